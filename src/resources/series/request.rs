//! The parameters of a query of observations, with SDMX's names, checked against the indicator.

use crate::clock::Ts;
use crate::http::Call;
use crate::http::accept::PARQUET;
use crate::http::call::AS_OF;
use crate::http::csv::Audience;
use crate::http::kinds;
use crate::http::params::{DayMeans, Param, ParamType};
use crate::problem::{self, Fault, Problem, unknown_name};
use crate::resources::indicators::Dimension;
use crate::stats::period::Period;

use super::cell::Labels;
use super::formats::{self, Format};
use super::queries::days::days;
use super::queries::reading::PeriodLimit;

/// The most cells of a page.
const MAX_LIMIT: i64 = 10_000;

/// The most faults about unknown codes: each costs a search for the nearest known one.
const MAX_FAULTS: usize = 100;

/// The value of `format` that asks for the metadata of the CSV.
pub const CSVW: &str = "csvw";

/// The parameters that say which series of which indicator.
pub fn series_params() -> Vec<Param> {
    vec![
        Param::new("indicator", ParamType::Reference, "The indicator: its id, `body:REFERENCE` or its slug.")
            .required(),
        Param::new(
            "c",
            ParamType::Each(4_000),
            "Only series with one of these codes of a dimension, separated by commas: `c[AREA]=E23000018,E23000037`.",
        ),
    ]
}

/// The parameters of what is computed from observations: which periods, as of when.
pub fn window_params() -> Vec<Param> {
    let of_window = |param: &Param| ["startPeriod", "endPeriod", AS_OF].contains(&param.name.as_str());
    params().into_iter().filter(of_window).collect()
}

/// The parameters of every query of observations.
pub fn params() -> Vec<Param> {
    let text = |name: &str, max: usize, about: &str| Param::new(name, ParamType::Text(max), about);
    vec![
        text(
            "startPeriod",
            40,
            "Only periods that begin on or after the first day of this period: `2023-03`, `2023-Q1`, `2023`, `2022-04-01/P1Y`, `2023-03-31`.",
        ),
        text("endPeriod", 40, "Only periods that end on or before the last day of this period."),
        Param::new(
            "firstNObservations",
            ParamType::Int(1, MAX_LIMIT),
            "Only the first periods of each series, this many.",
        ),
        Param::new(
            "lastNObservations",
            ParamType::Int(1, MAX_LIMIT),
            "Only the last periods of each series, this many.",
        ),
        Param::new(
            AS_OF,
            ParamType::Moment(DayMeans::End),
            "The observations that were public at this moment, by the time of their publication. A day means its end in Europe/London, today as far as it has come. `X-As-Of` says which moment was used.",
        )
        .also("asOf"),
        Param::new(
            "includeHistory",
            ParamType::Bool,
            "With `true`, returns every revision of each cell, with the interval in which it was valid.",
        ),
        Param::new(
            "updatedAfter",
            ParamType::Moment(DayMeans::End),
            "Only cells that were published, revised, deleted or withdrawn after this moment, which must not be later than `asOf`. A day means its end in Europe/London.",
        )
        .also("updated_after"),
        Param::new(
            "labels",
            ParamType::OneOf(Labels::ALL.iter().map(|labels| labels.name()).collect()),
            "Whether dimensions are shown by code, by name or by both. The default is `code`; for SDMX-CSV, `labels` in `Accept`.",
        ),
        Param::new(
            "format",
            ParamType::OneOf(Format::ALL.iter().map(|format| format.name()).chain([CSVW]).collect()),
            "The format, instead of the `Accept` header: `json`, `csv` for SDMX-CSV, `csvw` for the metadata that describes the CSV, `jsonstat` for JSON-stat 2.0, or `parquet` for the columns of the CSV with their types.",
        ),
        Param::new(
            "limit",
            ParamType::Int(1, MAX_LIMIT),
            "The most cells to return on a page. Without it, the response has all cells.",
        ),
        Param::new(
            "cursor",
            ParamType::Text(4_000),
            "Where to continue: `page.next` of the previous response.",
        ),
    ]
}

/// A query of observations, apart from the indicator and its codes.
pub struct ObservationRequest {
    /// Only periods that begin on this day or later, in days since 1970.
    pub from: Option<i64>,
    /// Only periods whose day after the last is this one or earlier.
    pub to: Option<i64>,
    pub periods: PeriodLimit,
    /// Cells that were valid at this moment.
    pub at: Ts,
    /// The moment that `asOf` names.
    pub as_of: Option<Ts>,
    /// Whether to return every revision.
    pub history: bool,
    /// Only cells that changed after this moment.
    pub updated_after: Option<Ts>,
    pub labels: Labels,
    pub format: Format,
    /// Whether to return the metadata of the CSV instead of the CSV.
    pub metadata_only: bool,
    pub content_type: &'static str,
    /// What a CSV is read with.
    pub audience: Audience,
    /// The most cells of a page.
    pub limit: Option<i64>,
}

/// Reads the parameters. The problem lists all faults.
pub fn parse(call: &Call) -> Result<ObservationRequest, Problem> {
    let params = &call.params;
    let mut faults = vec![];
    let Window { start, end } = window(call, &mut faults);
    let periods = match (params.int("firstNObservations"), params.int("lastNObservations")) {
        (None, None) => PeriodLimit::All,
        (Some(count), None) => PeriodLimit::First(count),
        (None, Some(count)) => PeriodLimit::Last(count),
        (Some(_), Some(_)) => {
            let detail = "Give either `firstNObservations` or `lastNObservations`, not both.";
            faults.push(Fault::parameter("lastNObservations", "conflict", detail));
            PeriodLimit::All
        }
    };
    let mut past = |moment: Result<Option<Ts>, Fault>| {
        moment.unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let as_of = past(call.past());
    let at = as_of.unwrap_or(call.now());
    let updated_after = past(params.moment_up_to("updatedAfter", at));
    let history = params.flag("includeHistory");
    let audience = kinds::audience(call);
    let (format, metadata_only, content_type) = format(call)?;
    let limit = params.int("limit");
    if format == Format::JsonStat {
        for (is_present, name) in
            [(history, "includeHistory"), (limit.is_some(), "limit"), (params.has("cursor"), "cursor")]
        {
            if is_present {
                let detail = "JSON-stat has one value for each cell, and all cells in one response. Leave this parameter out, or ask for JSON or CSV.";
                faults.push(Fault::parameter(name, "conflict", detail));
            }
        }
    }
    if params.has("cursor") && limit.is_none() {
        faults.push(Fault::parameter(
            "cursor",
            "conflict",
            "Give the same `limit` as in the request that returned this cursor.",
        ));
    }
    if !faults.is_empty() {
        return Err(Problem::bad_request(faults));
    }
    // The parameter comes before the header, as `format` does.
    let labels = match params.text("labels").and_then(Labels::parse) {
        Some(labels) => labels,
        None => formats::accepted_labels(call.headers.accept.as_deref(), content_type)?,
    };
    let (from, to) = (start.map(|period| days(period.start)), end.map(|period| days(period.end)));
    Ok(ObservationRequest {
        from,
        to,
        periods,
        at,
        as_of,
        history,
        updated_after,
        labels,
        format,
        metadata_only,
        content_type,
        audience,
        limit,
    })
}

/// The periods that `startPeriod` and `endPeriod` give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub start: Option<Period>,
    pub end: Option<Period>,
}

impl Window {
    /// Whether a period begins on the first day of `start` or later, and ends on the last day of `end` or earlier.
    pub fn includes(&self, period: Period) -> bool {
        self.start.is_none_or(|start| start.start <= period.start)
            && self.end.is_none_or(|end| period.end <= end.end)
    }
}

/// The window of a request.
pub fn window(call: &Call, faults: &mut Vec<Fault>) -> Window {
    let start = period(call, "startPeriod", faults);
    let end = period(call, "endPeriod", faults);
    if let (Some(start), Some(end)) = (start, end)
        && start.start >= end.end
    {
        faults.push(Fault::parameter(
            "endPeriod",
            "order",
            "`endPeriod` ends before `startPeriod` begins. Give a later one.",
        ));
    }
    Window { start, end }
}

/// The period that a parameter gives.
pub fn period(call: &Call, name: &str, faults: &mut Vec<Fault>) -> Option<Period> {
    let text = call.params.text(name)?;
    match Period::parse(text) {
        Ok(period) => Some(period),
        Err(fault) => {
            faults.push(Fault::parameter(name, fault.code(), fault.to_string()));
            None
        }
    }
}

/// The requested format, whether only the metadata of the CSV is requested, and the `Content-Type`.
fn format(call: &Call) -> Result<(Format, bool, &'static str), Problem> {
    let for_spreadsheet = kinds::audience(call) == Audience::Spreadsheet;
    // A workbook is made from the CSV, and Parquet from that for programs.
    if call.is_for_workbook() || (call.is_for_parquet() && !for_spreadsheet) {
        return Ok((Format::Csv, false, Format::Csv.content_type()));
    }
    // A page is made from the JSON.
    let is_page = call.is_for_page();
    if is_page && !for_spreadsheet {
        return Ok((Format::Json, false, Format::Json.content_type()));
    }
    if let Some(name) = call.params.text("format") {
        let format = Format::parse(name);
        let is_other = name == PARQUET || format.is_some_and(|format| format != Format::Csv);
        if for_spreadsheet && (is_page || is_other) {
            let detail = "`for=spreadsheet` is about CSV. Leave it out, or ask for `format=csv`.";
            return Err(Problem::bad_request(vec![Fault::parameter("for", "conflict", detail)]));
        }
        return Ok(match format {
            Some(format) => (format, false, format.content_type()),
            None => (Format::Csv, true, formats::METADATA_TYPE),
        });
    }
    let refused = || {
        let known: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        let detail = format!(
            "Observations are available as {}. Send one of their media types in `Accept`, or use the parameter `format`.",
            known.join(", ")
        );
        Problem::new(&problem::NOT_ACCEPTABLE, detail)
    };
    let accepted = formats::accepted(call.headers.accept.as_deref());
    match for_spreadsheet && (is_page || accepted.is_some()) {
        true => Ok((Format::Csv, false, Format::Csv.content_type())),
        false => accepted.ok_or_else(refused),
    }
}

/// The filter by codes: for each filtered dimension its index and the codes. A fault about an unknown code suggests the nearest
/// known one.
pub fn code_filter(call: &Call, dimensions: &[Dimension]) -> Result<Vec<(usize, Vec<String>)>, Problem> {
    let mut faults = vec![];
    let mut filter = vec![];
    let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
    for (name, text) in call.params.each("c") {
        let parameter = format!("c[{name}]");
        let Some(index) = dimensions.iter().position(|dimension| dimension.code == name) else {
            faults.push(Fault::parameter(parameter, "unknown", unknown_name("dimension", name, &names)));
            continue;
        };
        let known: Vec<&str> = dimensions[index].codes.iter().map(|code| code.code.as_str()).collect();
        let mut codes = vec![];
        for code in text.split(',') {
            match known.contains(&code) {
                true => codes.push(code.to_owned()),
                false if faults.len() >= MAX_FAULTS => return Err(Problem::bad_request(faults)),
                false => faults.push(Fault::parameter(
                    parameter.clone(),
                    "unknown",
                    unknown_name("code", code, &known),
                )),
            }
        }
        filter.push((index, codes));
    }
    if faults.is_empty() { Ok(filter) } else { Err(Problem::bad_request(faults)) }
}
