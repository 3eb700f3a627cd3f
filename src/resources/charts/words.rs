//! What a picture says in words.

use chrono::NaiveDate;

use crate::resources::indicators::BreakReason;
use crate::stats::measure::Unit;
use crate::stats::period::PeriodKind;
use crate::stats::spc::{Assurance, Chart, NoVerdict, Refusal, Variation, Warning};
use crate::stats::target::Target;
use crate::stats::words::capitalised;

use super::model::{Dot, Line, Shown};

/// The unit as the axis has it.
pub fn unit(unit: Unit) -> String {
    match unit {
        Unit::Count => "Number".to_owned(),
        Unit::Percent => "Per cent".to_owned(),
        Unit::Rate(_) => capitalised(unit.of("").trim()),
        Unit::Pounds => "Pounds".to_owned(),
        Unit::Other("") => "Ratio".to_owned(),
        Unit::Other(name) => capitalised(name),
    }
}

/// Why values cannot be compared across a break.
pub fn break_reason(reason: BreakReason) -> &'static str {
    match reason {
        BreakReason::DefinitionChange => "definition change",
        BreakReason::Rebase => "rebase",
        BreakReason::RecordingChange => "recording change",
        BreakReason::BoundaryChange => "boundary change",
        BreakReason::Other => "break",
    }
}

/// What the control chart of a series says, or why there is none.
pub fn verdict(chart: &Result<Chart, Refusal>) -> String {
    match chart {
        Ok(chart) => {
            let more = match chart.assurance {
                Ok(assurance) => format!(" {}", of_assurance(assurance)),
                Err(_) => String::new(),
            };
            let unstable = match chart.warnings.contains(&Warning::UnstablePhase) {
                true => " But the values do not vary around a single level.",
                false => "",
            };
            format!("{}{unstable}{more}", variation(chart.variation))
        }
        Err(Refusal::Overlap(_) | Refusal::OverlappingPeriods) => {
            "No verdict: the periods overlap, so that a control chart would mislead.".to_owned()
        }
        Err(_) => "No verdict: no control chart can be made of these figures.".to_owned(),
    }
}

fn variation(variation: Variation) -> String {
    match variation {
        Variation::CommonCause => "Ordinary variation: the latest value lies within the limits.".to_owned(),
        Variation::Improvement => "No ordinary variation: a change for the better.".to_owned(),
        Variation::Concern => "No ordinary variation: a change for the worse.".to_owned(),
        Variation::NeutralHigh => "No ordinary variation: a change to higher values.".to_owned(),
        Variation::NeutralLow => "No ordinary variation: a change to lower values.".to_owned(),
        Variation::InsufficientData => format!("No verdict. {}", NoVerdict::InsufficientData),
    }
}

fn of_assurance(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::ConsistentPass => "Ordinary variation always meets the target.",
        Assurance::ConsistentFail => "Ordinary variation never meets the target.",
        Assurance::HitOrMiss => "Ordinary variation meets the target only sometimes.",
    }
}

/// A target, short.
pub fn target(shown: &Shown, target: &Target) -> String {
    let sign = match target.operator {
        crate::stats::measure::Operator::AtMost => "≤",
        crate::stats::measure::Operator::AtLeast => "≥",
    };
    format!("Target {sign} {}", shown.value(target.value))
}

/// The latest values and the verdict, for those who do not see the picture.
pub fn description(lines: &[Line], shown: &Shown, verdict: &str) -> String {
    let of = |line: &Line| {
        let name = if lines.len() > 1 { format!("{}: ", line.label) } else { String::new() };
        match line.latest() {
            Some((dot, value)) => {
                let period = dot.period.words(shown.frequency);
                let at = if dot.period.kind() == PeriodKind::Day { "on" } else { "in" };
                format!("{name}{} {at} {period}{}", shown.value(value), certainty(dot))
            }
            None => format!("{name}no value"),
        }
    };
    let latest: Vec<String> = lines.iter().map(of).collect();
    format!("Latest value: {}. {verdict}", latest.join("; "))
}

fn certainty(dot: &Dot) -> &'static str {
    if dot.is_hollow { " (not final)" } else { "" }
}

/// The decimals of a number that the API wrote.
pub fn decimals_of(text: &str) -> u32 {
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    u32::try_from(places).unwrap_or(0)
}

/// A day in words.
pub fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}
