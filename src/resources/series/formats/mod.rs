//! The formats that figures go out in: JSON, SDMX-CSV 2.0 with its CSVW metadata, JSON-stat 2.0.
//!
//! All are written from the same stream of cells, one cell at a time. What a series, a period or a release
//! has to say is rendered once and kept, so that a cell costs little more than its own digits.

mod columns;
mod csvw;
mod json;
mod json_stat;
mod kept;
mod sdmx_csv;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use columns::reserved;
pub use csvw::{MEDIA_TYPE as METADATA_TYPE, metadata};

use crate::http::accept::quality;
use crate::problem::{Fault, Problem};
use crate::resources::series::cell::{CellWriter, Frame, SeriesInfo};
use crate::stats::period::Period;

/// A format of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The house's own JSON.
    Json,
    /// SDMX-CSV 2.0.
    Csv,
    /// JSON-stat 2.0, class `dataset`.
    JsonStat,
}

impl Format {
    /// All of them, the one that is given where none is asked for first.
    pub const ALL: &[Format] = &[Format::Json, Format::Csv, Format::JsonStat];

    /// Its name in `format=`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::JsonStat => "jsonstat",
        }
    }

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Format> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// The `Content-Type` that it goes out as.
    ///
    /// JSON-stat has registered none of its own; this is the name that it is asked for by where a service tells it
    /// from its own JSON.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv; charset=utf-8",
            Format::JsonStat => "application/json-stat+json",
        }
    }

    /// The media types that ask for it in `Accept`.
    pub fn accepted(self) -> &'static [&'static str] {
        match self {
            Format::Json => &["application/json"],
            Format::Csv => &["text/csv", "application/vnd.sdmx.data+csv"],
            Format::JsonStat => &["application/json-stat+json", "application/jsonstat+json"],
        }
    }

    /// The one that an `Accept` wants most; none where it takes none of them.
    pub fn wanted(accept: &str) -> Option<Format> {
        let weight =
            |format: Format| format.accepted().iter().map(|name| quality(accept, name)).max().unwrap_or(0);
        // `max_by_key` gives the last of equals, so the order is turned round: the first is to win.
        let most = Self::ALL.iter().rev().copied().max_by_key(|format| weight(*format))?;
        (weight(most) > 0).then_some(most)
    }
}

/// Whether an answer can be told in a format, to be asked before its first byte is sent.
pub fn check(
    format: Format,
    frame: &Frame,
    series: &[Arc<SeriesInfo>],
    periods: &[Period],
) -> Result<(), Problem> {
    let fault = match format {
        Format::Json | Format::Csv => None,
        Format::JsonStat if frame.history => Some((
            "no_history",
            "A JSON-stat dataset has one value in each place: ask without `includeHistory`, or for `format=csv`.".to_owned(),
        )),
        Format::JsonStat => json_stat::too_large(frame, series, periods).then(|| {
            let most = json_stat::PLACES;
            ("too_large", format!("A JSON-stat dataset has a place for each series in each period, and readers lay out all of them; this would have more than {most}. Ask for fewer dimensions or periods, or for `format=csv`."))
        }),
    };
    match fault {
        None => Ok(()),
        Some((code, detail)) => Err(Problem::bad_request(vec![Fault::parameter("format", code, detail)])),
    }
}

/// What writes a format. The series of the answer and its periods, in order and each once, are for JSON-stat, which
/// has to tell all of them before the first value.
pub fn writer(format: Format, series: &[Arc<SeriesInfo>], periods: &[Period]) -> Box<dyn CellWriter + Send> {
    match format {
        Format::Json => Box::new(json::Json::default()),
        Format::Csv => Box::new(sdmx_csv::SdmxCsv::default()),
        Format::JsonStat => Box::new(json_stat::JsonStat::new(series, periods)),
    }
}
