//! What is asked for: the parameters of a query of figures, by SDMX's names, against what the indicator has.

use crate::clock::Ts;
use crate::http::Call;
use crate::http::params::{Param, ParamType};
use crate::problem::{self, Fault, Problem, unknown_name};
use crate::stats::period::Period;

use super::cell::Labels;
use super::formats::Format;
use super::queries::reading::Ends;
use super::queries::staging::days;

/// How many cells a page may have.
const MOST: i64 = 10_000;

/// How many unknown codes of a dimension are told: each is looked for among all that there are.
const TOLD: usize = 100;

/// The name in `format=` of what describes the CSV.
pub const CSVW: &str = "csvw";

/// The parameters that every query of figures takes.
pub fn params() -> Vec<Param> {
    let text = |name: &str, most: usize, about: &str| Param::new(name, ParamType::Text(most), about);
    vec![
        text(
            "startPeriod",
            40,
            "Only periods that begin with this one or after it: `2023-03`, `2023-Q1`, `2023`, `2022-04-01/P1Y`, `2023-03-31`.",
        ),
        text("endPeriod", 40, "Only periods that end with this one or before it."),
        Param::new(
            "firstNObservations",
            ParamType::Int(1, MOST),
            "Only the first so many periods of each series.",
        ),
        Param::new(
            "lastNObservations",
            ParamType::Int(1, MOST),
            "Only the last so many periods of each series.",
        ),
        Param::new(
            "asOf",
            ParamType::Moment,
            "The figures that were public at that moment, by the time of their publication.",
        ),
        Param::new(
            "includeHistory",
            ParamType::Bool,
            "With `true` every revision of each cell, with the interval in which it was valid.",
        ),
        Param::new(
            "updatedAfter",
            ParamType::Moment,
            "Only cells that were published, revised, taken away or withdrawn after that moment; it is not later than `asOf`.",
        ),
        Param::new(
            "labels",
            ParamType::OneOf(vec!["code", "name", "both"]),
            "Whether dimensions are told by code, by name or by both; by code when left out.",
        ),
        Param::new(
            "format",
            ParamType::OneOf(Format::ALL.iter().map(|format| format.name()).chain([CSVW]).collect()),
            "The format, in place of the `Accept` header: `csv` is SDMX-CSV, `csvw` the metadata that describes it, `jsonstat` JSON-stat 2.0.",
        ),
        Param::new(
            "limit",
            ParamType::Int(1, MOST),
            "How many cells a page has; without it the answer has all of them.",
        ),
        Param::new("cursor", ParamType::Text(4_000), "Where to read on: `page.next` of the answer before."),
    ]
}

/// What is asked for, whatever the indicator.
pub struct Asked {
    /// The first day of the first period.
    pub from: Option<i64>,
    /// The day after the last one of the last period.
    pub to: Option<i64>,
    /// How many periods of each series.
    pub ends: Ends,
    /// What was valid at this moment.
    pub at: Ts,
    /// That moment, where one was given.
    pub as_of: Option<Ts>,
    /// Every revision.
    pub history: bool,
    /// Only what changed after it.
    pub updated_after: Option<Ts>,
    /// How dimensions are told.
    pub labels: Labels,
    /// The format.
    pub format: Format,
    /// Whether it is described and not given.
    pub described: bool,
    /// How many cells a page has.
    pub limit: Option<i64>,
}

/// Reads the parameters; all that is wrong with them at once.
pub fn asked(call: &Call) -> Result<Asked, Problem> {
    let params = &call.params;
    let mut faults = vec![];
    let start = period(call, "startPeriod", &mut faults);
    let end = period(call, "endPeriod", &mut faults);
    if let (Some(start), Some(end)) = (start, end)
        && start.start >= end.end
    {
        faults.push(Fault::parameter("endPeriod", "order", "It ends before `startPeriod` begins."));
    }
    let ends = match (params.int("firstNObservations"), params.int("lastNObservations")) {
        (None, None) => Ends::All,
        (Some(most), None) => Ends::First(most),
        (None, Some(most)) => Ends::Last(most),
        (Some(_), Some(_)) => {
            let detail = "Ask for the first periods or for the last, not for both.";
            faults.push(Fault::parameter("lastNObservations", "conflict", detail));
            Ends::All
        }
    };
    let as_of = past(call, "asOf", call.now(), &mut faults);
    let at = as_of.unwrap_or(call.now());
    let updated_after = past(call, "updatedAfter", at, &mut faults);
    let history = params.flag("includeHistory");
    let (format, described) = format(call)?;
    let limit = params.int("limit");
    if format == Format::JsonStat {
        for (given, name) in
            [(history, "includeHistory"), (limit.is_some(), "limit"), (params.has("cursor"), "cursor")]
        {
            if given {
                let detail = "JSON-stat has one value for a cell, and all cells at once; leave it out, or ask for JSON or CSV.";
                faults.push(Fault::parameter(name, "conflict", detail));
            }
        }
    }
    if params.has("cursor") && limit.is_none() {
        faults.push(Fault::parameter(
            "cursor",
            "conflict",
            "A cursor goes with the `limit` that it came with.",
        ));
    }
    if !faults.is_empty() {
        return Err(Problem::bad_request(faults));
    }
    let labels = match params.text("labels") {
        Some("name") => Labels::Name,
        Some("both") => Labels::Both,
        _ => Labels::Code,
    };
    let (from, to) = (start.map(|period| days(period.start)), end.map(|period| days(period.end)));
    Ok(Asked { from, to, ends, at, as_of, history, updated_after, labels, format, described, limit })
}

fn period(call: &Call, name: &str, faults: &mut Vec<Fault>) -> Option<Period> {
    let text = call.params.text(name)?;
    match Period::parse(text) {
        Ok(period) => Some(period),
        Err(fault) => {
            faults.push(Fault::parameter(name, fault.code(), fault.to_string()));
            None
        }
    }
}

/// A moment that is not later than another.
fn past(call: &Call, name: &str, latest: Ts, faults: &mut Vec<Fault>) -> Option<Ts> {
    let moment = call.params.moment(name)?;
    if moment > latest {
        let detail = format!("What will be public is not on record; give a moment up to {latest}.");
        faults.push(Fault::parameter(name, "out_of_range", detail));
    }
    Some(moment)
}

/// The format asked for, and whether it is to be described and not given.
fn format(call: &Call) -> Result<(Format, bool), Problem> {
    if let Some(name) = call.params.text("format") {
        return match Format::parse(name) {
            Some(format) => Ok((format, false)),
            None => Ok((Format::Csv, true)),
        };
    }
    let wanted = call.headers.accept.as_deref().map_or(Some(Format::Json), Format::wanted);
    let refused = || {
        let known: Vec<&str> = Format::ALL.iter().flat_map(|format| format.accepted()).copied().collect();
        Problem::new(&problem::NOT_ACCEPTABLE, format!("Figures can be had as {}.", known.join(", ")))
    };
    Ok((wanted.ok_or_else(refused)?, false))
}

/// The codes that are asked for of each dimension: positions in the dimensions and their codes. Unknown ones are
/// faults that name the nearest known.
pub fn codes(
    call: &Call,
    dimensions: &[super::cell::DimensionInfo],
) -> Result<Vec<(usize, Vec<String>)>, Problem> {
    let mut faults = vec![];
    let mut wanted = vec![];
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
    for (name, text) in call.params.each("c") {
        let parameter = format!("c[{name}]");
        let Some(place) = dimensions.iter().position(|dimension| dimension.code == name) else {
            faults.push(Fault::parameter(parameter, "unknown", unknown_name("dimension", name, &names)));
            continue;
        };
        let known: Vec<&str> = dimensions[place].codes.iter().map(|code| code.code.as_str()).collect();
        let mut codes = vec![];
        for code in text.split(',') {
            match known.contains(&code) {
                true => codes.push(code.to_owned()),
                false if faults.len() >= TOLD => return Err(Problem::bad_request(faults)),
                false => faults.push(Fault::parameter(
                    parameter.clone(),
                    "unknown",
                    unknown_name("code", code, &known),
                )),
            }
        }
        wanted.push((place, codes));
    }
    if faults.is_empty() { Ok(wanted) } else { Err(Problem::bad_request(faults)) }
}
