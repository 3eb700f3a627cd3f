//! A control chart as the answer shows it, with its receipt.

use serde_json::Value;

use super::drawing::Drawing;
use super::dto::{ControlChart, ControlChartLine, ControlLimits, ControlPhase, ControlPoint, ControlTarget};
use crate::problem::Problem;
use crate::resources::receipts::{Receipt, ReceiptInput, ReceiptParts, ReceiptWarning, flatten};
use crate::resources::series::{Cell, SeriesInfo};
use crate::stats::comparison::Reason;
use crate::stats::measure::Operator;
use crate::stats::period::{Frequency, Period};
use crate::stats::spc::{Chart, Limits, NoVerdict, Phase, Refusal, Variation};
use crate::stats::target::Target;

/// The columns of the CSV of one chart.
pub const POINT_COLUMNS: &[&str] = &[
    "series",
    "TIME_PERIOD",
    "period",
    "value",
    "reason",
    "OBS_STATUS",
    "phase",
    "moving_range",
    "signals",
    "centre",
    "mean_moving_range",
    "lower_limit",
    "lower_near_limit",
    "upper_near_limit",
    "upper_limit",
    "release",
    "valid_from",
    "variation",
    "assurance",
    "assurance_reason",
    "formula",
    "unit",
    "rounding",
    "as_of",
    "warnings",
    "source",
    "licence",
    "citation",
];

/// The columns of the CSV of many charts.
pub const LINE_COLUMNS: &[&str] = &[
    "series",
    "variation",
    "assurance",
    "assurance_reason",
    "target",
    "target_operator",
    "reason",
    "TIME_PERIOD",
    "period",
    "value",
    "signals",
    "centre",
    "mean_moving_range",
    "lower_limit",
    "lower_near_limit",
    "upper_near_limit",
    "upper_limit",
    "formula",
    "unit",
    "rounding",
    "as_of",
    "warnings",
    "source",
    "licence",
    "citation",
];

/// The row of a line in a CSV: target, limits and receipt have columns of their own.
pub fn flat(line: &Value) -> Value {
    let mut row = line.clone();
    let Some(fields) = row.as_object_mut() else { return row };
    if let Some(Value::Object(limits)) = fields.shift_remove("limits") {
        fields.extend(limits);
    }
    fields.insert("target_operator".to_owned(), line["target"]["operator"].clone());
    fields.insert("target".to_owned(), line["target"]["value"].clone());
    flatten(fields);
    row
}

/// The verdicts of a chart, as the answer shows them.
struct Verdicts {
    assurance: Option<&'static str>,
    assurance_reason: Option<&'static str>,
    target: Option<ControlTarget>,
}

impl Drawing {
    fn decimals(&self) -> u32 {
        self.measure.decimals.max(2)
    }

    /// The chart of a series.
    pub fn chart_view(&self, series: &SeriesInfo, cells: &[Cell], chart: &Chart) -> ControlChart {
        let frequency = series.frequency;
        let text = |index: usize| {
            chart.points.get(index).map_or(String::new(), |point| point.period.text(frequency))
        };
        let phases = chart.phases.iter().enumerate().map(|(n, phase)| ControlPhase {
            phase: n + 1,
            first_period: text(phase.first),
            last_period: text(phase.last),
            break_on: phase.break_on,
            values: phase.values,
            values_of_limits: phase.values_of_limits,
            screened: phase.screened.iter().map(|index| text(*index)).collect(),
            has_signals: phase.has_signals,
            limits: self.limits(phase),
        });
        let Verdicts { assurance, assurance_reason, target } = verdicts(chart);
        ControlChart {
            series: series.key.clone(),
            variation: chart.variation.code(),
            assurance,
            assurance_reason,
            target,
            phases: phases.collect(),
            points: points(series, cells, chart),
            receipt: self.receipt(series, self.formula(chart, frequency), chart, vec![]),
        }
    }

    /// The rows of the chart's CSV: its points, each with the lines of its phase and the receipt.
    pub fn point_rows(
        &self,
        series: &SeriesInfo,
        cells: &[Cell],
        chart: &Chart,
    ) -> Result<Vec<Value>, Problem> {
        let value = |value: serde_json::Result<Value>| value.map_err(Problem::internal);
        let view = self.chart_view(series, cells, chart);
        let mut shared = value(serde_json::to_value(&view))?;
        if let Some(fields) = shared.as_object_mut() {
            fields.retain(|name, _| !["phases", "points"].contains(&name.as_str()));
            flatten(fields);
        }
        let mut rows = vec![];
        for point in &view.points {
            let mut row = shared.clone();
            let limits = view.phases.get(point.phase.saturating_sub(1)).map(|phase| &phase.limits);
            for part in [value(serde_json::to_value(limits))?, value(serde_json::to_value(point))?] {
                if let (Some(fields), Value::Object(part)) = (row.as_object_mut(), part) {
                    fields.extend(part);
                }
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// What the chart of a series says, in one line.
    pub fn line_view(
        &self,
        series: &SeriesInfo,
        cells: &[Cell],
        drawn: &Result<Chart, Refusal>,
    ) -> ControlChartLine {
        let frequency = series.frequency;
        let blank = |receipt| ControlChartLine {
            series: series.key.clone(),
            variation: Variation::InsufficientData.code(),
            assurance: None,
            assurance_reason: Some(NoVerdict::InsufficientData.code()),
            target: None,
            reason: None,
            time_period: None,
            period: None,
            value: None,
            signals: vec![],
            limits: ControlLimits::default(),
            receipt,
        };
        let chart = match drawn {
            Ok(chart) => chart,
            Err(refusal) => {
                let formula = format!("No chart. {refusal}");
                let receipt = self.receipt_of(series, formula, vec![], vec![]);
                return ControlChartLine { reason: Some(refusal.code()), ..blank(receipt) };
            }
        };
        let latest = chart.latest().and_then(|index| chart.points.get(index));
        let phase = latest.and_then(|point| chart.phases.get(point.phase));
        let cell = latest.and_then(|point| cell_at(cells, point.period));
        let formula = match (latest, phase) {
            (Some(point), Some(phase)) => self.formula_of(chart, phase, point.phase, frequency),
            _ => NO_VALUE.to_owned(),
        };
        let inputs =
            cell.map(|cell| ReceiptInput::new("current", None, &cell.point(), frequency, Some(cell)));
        let receipt = self.receipt(series, formula, chart, inputs.into_iter().collect());
        let Verdicts { assurance, assurance_reason, target } = verdicts(chart);
        ControlChartLine {
            variation: chart.variation.code(),
            assurance,
            assurance_reason,
            target,
            time_period: latest.map(|point| point.period.text(frequency)),
            period: latest.map(|point| point.period.words(frequency)),
            value: latest.and_then(|point| point.value.ok()).map(|value| value.to_string()),
            signals: latest
                .map(|point| point.signals.all())
                .unwrap_or_default()
                .iter()
                .map(|one| one.code())
                .collect(),
            limits: phase.map(|phase| self.limits(phase)).unwrap_or_default(),
            ..blank(receipt)
        }
    }

    fn limits(&self, phase: &Phase) -> ControlLimits {
        let Some(limits) = &phase.limits else { return ControlLimits::default() };
        let text = |line: fn(&Limits) -> Option<crate::stats::fraction::Fraction>| {
            line(limits).map(|number| number.text(self.decimals()))
        };
        ControlLimits {
            centre: Some(limits.centre().text(self.decimals())),
            mean_moving_range: text(Limits::mean_moving_range),
            lower_limit: text(Limits::lower),
            lower_near_limit: text(Limits::lower_near),
            upper_near_limit: text(Limits::upper_near),
            upper_limit: text(Limits::upper),
        }
    }

    /// What was computed, in words with the numbers in it.
    fn formula(&self, chart: &Chart, frequency: Frequency) -> String {
        let of_each = chart.phases.iter().enumerate();
        let all: Vec<String> =
            of_each.map(|(n, phase)| self.formula_of(chart, phase, n, frequency)).collect();
        if all.is_empty() { NO_VALUE.to_owned() } else { all.join(" ") }
    }

    fn formula_of(&self, chart: &Chart, phase: &Phase, n: usize, frequency: Frequency) -> String {
        let words = |index: usize| {
            chart.points.get(index).map_or(String::new(), |point| point.period.words(frequency))
        };
        let name = format!("Phase {}, {} to {}", n + 1, words(phase.first), words(phase.last));
        let Some(limits) = &phase.limits else { return format!("{name}: no value.") };
        let decimals = self.decimals();
        let centre = limits.centre().all_in_words(decimals);
        let from = match phase.values_of_limits {
            fixed if fixed < phase.values => format!("the first {fixed} of {} values", phase.values),
            values => format!("{values} values"),
        };
        let start = format!("{name}: centre = mean of {from} = {centre}");
        let (Some(mean), Some(upper), Some(lower)) =
            (limits.mean_moving_range(), limits.upper(), limits.lower())
        else {
            return format!("{start}; no two neighbouring values, so no limits.");
        };
        let screened = if phase.screened.is_empty() { "" } else { ", outliers left out" };
        let mean = mean.all_in_words(decimals);
        let (upper, lower) = (upper.in_words(decimals), lower.in_words(decimals));
        format!(
            "{start}; mean of the moving ranges{screened} = {mean}; limits = {centre} ± 2.66 × {mean} = {upper} and {lower}; near limits at two thirds of that."
        )
    }

    fn receipt(
        &self,
        series: &SeriesInfo,
        formula: String,
        chart: &Chart,
        inputs: Vec<ReceiptInput>,
    ) -> Receipt {
        let warning = |warning: &crate::stats::spc::Warning| ReceiptWarning {
            code: warning.code(),
            detail: warning.to_string(),
        };
        self.receipt_of(series, formula, inputs, chart.warnings.iter().map(warning).collect())
    }

    fn receipt_of(
        &self,
        series: &SeriesInfo,
        formula: String,
        inputs: Vec<ReceiptInput>,
        warnings: Vec<ReceiptWarning>,
    ) -> Receipt {
        self.context.receipt(ReceiptParts {
            formula,
            inputs,
            unit: self.figures.content().unit.code(),
            rounding: format!(
                "Computed exactly. Centre and limits are rounded once, half away from zero, to {} decimal places; values are compared with them before that.",
                self.decimals()
            ),
            warnings,
            about: &format!("control chart of {}", series.key),
            path: format!("/v1/series/{}/spc", series.key),
            query: self.request.query(),
        })
    }
}

/// Of a chart without values.
const NO_VALUE: &str = "There is no value to draw.";

impl ControlTarget {
    /// A target as answers show it.
    pub fn of(target: &Target) -> ControlTarget {
        let operator = match target.operator {
            Operator::AtMost => "le",
            Operator::AtLeast => "ge",
        };
        ControlTarget { value: target.value.to_string(), operator }
    }
}

fn verdicts(chart: &Chart) -> Verdicts {
    Verdicts {
        assurance: chart.assurance.ok().map(|assurance| assurance.code()),
        assurance_reason: chart.assurance.err().map(NoVerdict::code),
        target: chart.target.as_ref().map(ControlTarget::of),
    }
}

fn cell_at(cells: &[Cell], period: Period) -> Option<&Cell> {
    cells.binary_search_by_key(&period, |cell| cell.period).ok().and_then(|index| cells.get(index))
}

fn points(series: &SeriesInfo, cells: &[Cell], chart: &Chart) -> Vec<ControlPoint> {
    let frequency = series.frequency;
    let point = |point: &crate::stats::spc::ChartPoint| {
        let cell = cell_at(cells, point.period)?;
        Some(ControlPoint {
            time_period: point.period.text(frequency),
            period: point.period.words(frequency),
            value: point.value.ok().map(|value| value.to_string()),
            reason: point.value.err().map(|absence| Reason::from(absence).code()),
            obs_status: point.obs.code(),
            phase: point.phase + 1,
            moving_range: point.moving_range.map(|range| range.to_string()),
            signals: point.signals.all().iter().map(|signal| signal.code()).collect(),
            release: cell.release.reference.clone(),
            valid_from: cell.valid_from,
        })
    };
    chart.points.iter().filter_map(point).collect()
}
