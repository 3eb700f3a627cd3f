//! The formats of observations: JSON, SDMX-CSV 2.0 with its CSVW metadata, and JSON-stat 2.0.
//!
//! All are written from the same stream of cells, one cell at a time. The text of a series, a period or a release is rendered
//! once and cached, so that a cell costs little more than its own digits.

mod cache;
mod columns;
mod csvw;
mod json;
mod json_stat;
mod sdmx_csv;
#[cfg(test)]
mod tests;
mod usual;

use std::sync::Arc;

pub use columns::{about as about_column, datatype as datatype_of_column, reserved};
pub use csvw::{MEDIA_TYPE as METADATA_TYPE, metadata};
pub use sdmx_csv::AGENCY;
pub use usual::{USUAL, USUAL_IN_HISTORY, UsualField};

use crate::http::accept::{choose, parameter};
use crate::problem::{self, Fault, Problem};
use crate::resources::series::cell::{CellWriter, Labels, ResponseInfo, SeriesInfo};
use crate::stats::period::Period;

/// A format of observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The API's own JSON.
    Json,
    /// SDMX-CSV 2.0.
    Csv,
    /// JSON-stat 2.0, class `dataset`.
    JsonStat,
}

impl Format {
    /// All formats, the default first.
    pub const ALL: &[Format] = &[Format::Json, Format::Csv, Format::JsonStat];

    /// The name in `format=`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::JsonStat => "jsonstat",
        }
    }

    /// The format with this name.
    pub fn parse(name: &str) -> Option<Format> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// The `Content-Type` of responses whose request names the format.
    ///
    /// JSON-stat has no registered media type. Services that offer it next to their own JSON use this one.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => CSV,
            Format::JsonStat => "application/json-stat+json",
        }
    }
}

const CSV: &str = "text/csv; charset=utf-8";

/// What an `Accept` header can choose: a media type, the format, and whether only the metadata of the CSV is returned.
const OFFERS: &[(&str, (Format, bool))] = &[
    ("application/json", (Format::Json, false)),
    ("text/csv", (Format::Csv, false)),
    (SDMX_CSV_2, (Format::Csv, false)),
    ("application/json-stat+json", (Format::JsonStat, false)),
    ("application/jsonstat+json", (Format::JsonStat, false)),
    (METADATA_TYPE, (Format::Csv, true)),
];

/// SDMX's CSV in the version that we return.
const SDMX_CSV_2: &str = "application/vnd.sdmx.data+csv;version=2.0.0";

/// What clients of SDMX call the labels in the parameter of that media type.
const SDMX_LABELS: &[(&str, Labels)] =
    &[("id", Labels::Code), ("name", Labels::Name), ("both", Labels::Both)];

/// The labels that an `Accept` header asks for, where SDMX's own CSV is returned.
pub fn accepted_labels(accept: Option<&str>, content_type: &str) -> Result<Labels, Problem> {
    let accept = accept.filter(|_| content_type == SDMX_CSV_2);
    let accepted = accept.and_then(|accept| parameter(accept, SDMX_CSV_2, "labels")).unwrap_or("id");
    let found = SDMX_LABELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(accepted));
    found.map(|(_, labels)| *labels).ok_or_else(|| {
        let detail = "In `Accept`, `labels` of SDMX-CSV is `id`, `name` or `both`. Send one of these, or leave it out.";
        Problem::new(&problem::NOT_ACCEPTABLE, detail)
    })
}

/// The media types that an answer with observations has besides JSON and CSV, each with its schema.
pub const OTHER_TYPES: &[(&str, Option<&str>)] = &[
    (SDMX_CSV_2, Some("Csv")),
    ("application/json-stat+json", None),
    ("application/jsonstat+json", None),
    (METADATA_TYPE, None),
];

/// The format that an `Accept` header prefers, whether only the metadata of the CSV is wanted, and the `Content-Type`. None
/// if it accepts none of them.
pub fn accepted(accept: Option<&str>) -> Option<(Format, bool, &'static str)> {
    let (name, (format, metadata_only)) = choose(accept, OFFERS)?;
    Some((format, metadata_only, if name == "text/csv" { CSV } else { name }))
}

/// Refuses a response that a format cannot represent. Called before the first byte is sent.
pub fn check(
    format: Format,
    info: &ResponseInfo,
    series: &[Arc<SeriesInfo>],
    periods: &[Period],
) -> Result<(), Problem> {
    let fault = match format {
        Format::Json | Format::Csv => None,
        Format::JsonStat if info.history => Some((
            "no_history",
            "A JSON-stat dataset has one value for each cell. Leave out `includeHistory`, or use `format=csv`.".to_owned(),
        )),
        Format::JsonStat => json_stat::too_large(info, series, periods).then(|| {
            let max = json_stat::MAX_CELLS;
            ("too_large", format!("A JSON-stat dataset has a cell for each combination of codes, frequency and period, and readers allocate all of them. This one would have more than {max}. Ask for fewer codes or periods, or use `format=csv`."))
        }),
    };
    match fault {
        None => Ok(()),
        Some((code, detail)) => Err(Problem::bad_request(vec![Fault::parameter("format", code, detail)])),
    }
}

/// The writer of a format. `series` and `periods` are those of the response, sorted and each once; JSON-stat lists them before
/// the first value.
pub fn writer(format: Format, series: &[Arc<SeriesInfo>], periods: &[Period]) -> Box<dyn CellWriter + Send> {
    match format {
        Format::Json => Box::new(json::Json::new()),
        Format::Csv => Box::new(sdmx_csv::SdmxCsv::default()),
        Format::JsonStat => Box::new(json_stat::JsonStat::new(series, periods)),
    }
}
