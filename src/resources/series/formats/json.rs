//! Observations as JSON: `data` with an object for each cell, then what all cells have in common.
//!
//! A value is a decimal in a string, so that no reader converts it to binary floating point. All cells of a response have the
//! same fields: `valid_from` if a past moment or the history was requested, `revision` and `valid_to` only with the history.
//! Without it, `valid_to` would change a response about the past with each revision. Only `deleted`, `not_published`, `reason`
//! and `note` are left out of cells that do not have them.

use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::resources::series::cell::{Cell, CellWriter, End, Labels, ReleaseInfo, ResponseInfo, SeriesInfo};
use crate::resources::series::formats::cache::{CurrentSeries, TextCache};
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};

/// Rendered periods, shared by all responses: they cost more than the rest of a cell.
static PERIODS: LazyLock<Mutex<TextCache<(Period, Frequency)>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
pub struct Json {
    has_cells: bool,
    line: String,
    series: CurrentSeries,
    releases: TextCache<Id>,
    moments: TextCache<Ts>,
}

impl CellWriter for Json {
    fn begin(&mut self, _info: &ResponseInfo, out: &mut dyn Write) -> Result<(), Problem> {
        out.write_all(b"{\"data\":[").map_err(Problem::internal)
    }

    fn cell(&mut self, info: &ResponseInfo, cell: &Cell, out: &mut dyn Write) -> Result<(), Problem> {
        self.line.clear();
        self.line.push_str(if self.has_cells { ",\n" } else { "\n" });
        self.has_cells = true;
        self.push_key(info, cell);
        self.push_value(cell);
        self.push_origin(info, cell);
        out.write_all(self.line.as_bytes()).map_err(Problem::internal)
    }

    fn end(&mut self, info: &ResponseInfo, end: &End, out: &mut dyn Write) -> Result<(), Problem> {
        let common = json!({
            "page": {"limit": end.limit, "next": end.next},
            "indicator": {
                "id": info.indicator,
                "slug": info.slug,
                "title": info.title,
                "unit": info.unit,
                "decimals": info.decimals,
            },
            "licence": info.licence,
            "as_of": info.as_of,
        });
        let common = common.to_string();
        // Without its opening brace: the fields continue the object of `data`.
        let rest = common.get(1..).unwrap_or_default();
        out.write_all(b"],").and_then(|()| out.write_all(rest.as_bytes())).map_err(Problem::internal)
    }
}

impl Json {
    /// The series, the codes and the period.
    fn push_key(&mut self, info: &ResponseInfo, cell: &Cell) {
        let series = &cell.series;
        self.line.push_str(self.series.get(series.number, || series_text(info, series)));
        let frequency = series.frequency;
        // After a panic at most one text is missing, so a poisoned lock is safe to use.
        let mut periods = PERIODS.lock().unwrap_or_else(PoisonError::into_inner);
        self.line.push_str(periods.get((cell.period, frequency), || period_text(cell.period, frequency)));
    }

    /// The value and its status.
    fn push_value(&mut self, cell: &Cell) {
        self.push_decimal("value", cell.value);
        self.push_decimal("numerator", cell.numerator);
        self.push_decimal("denominator", cell.denominator);
        let line = &mut self.line;
        line.push_str(",\"OBS_STATUS\":\"");
        line.push_str(cell.obs.code());
        line.push_str("\",\"CONF_STATUS\":\"");
        line.push_str(cell.conf.code());
        line.push_str(if cell.complete { "\",\"complete\":true" } else { "\",\"complete\":false" });
        line.push_str(if cell.revision > 1 { ",\"revised\":true" } else { ",\"revised\":false" });
    }

    /// The release and the interval of validity.
    fn push_origin(&mut self, info: &ResponseInfo, cell: &Cell) {
        self.line.push_str(self.releases.get(cell.release.id, || release_text(&cell.release)));
        if info.history {
            self.push_field("revision", &cell.revision.to_string());
        }
        if info.history || info.as_of.is_some() {
            self.push_moment("valid_from", Some(cell.valid_from));
        }
        if info.history {
            self.push_moment("valid_to", cell.valid_to);
        }
        if cell.deleted {
            self.push_field("deleted", "true");
        }
        for (name, text) in [("reason", &cell.reason), ("note", &cell.note)] {
            if let Some(text) = text {
                self.push_field(name, &quote(text));
            }
        }
        self.line.push('}');
    }

    fn push_field(&mut self, name: &str, json: &str) {
        self.line.push_str(",\"");
        self.line.push_str(name);
        self.line.push_str("\":");
        self.line.push_str(json);
    }

    fn push_decimal(&mut self, name: &str, value: Option<Scaled>) {
        match value {
            None => self.push_field(name, "null"),
            Some(value) => self.push_field(name, &format!("\"{value}\"")),
        }
    }

    fn push_moment(&mut self, name: &str, moment: Option<Ts>) {
        self.line.push_str(",\"");
        self.line.push_str(name);
        self.line.push_str("\":");
        self.line.push_str(match moment {
            None => "null",
            Some(moment) => self.moments.get(moment, || quote(&moment.to_string())),
        });
    }
}

/// A text as a JSON string.
fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

fn series_text(info: &ResponseInfo, series: &SeriesInfo) -> String {
    let mut text = format!("{{\"series\":{}", quote(&series.key));
    for (dimension, index) in info.dimensions.iter().zip(&series.codes) {
        let Some(code) = dimension.codes.get(*index) else { continue };
        let shown = if info.labels == Labels::Name { &code.name } else { &code.code };
        text.push_str(&format!(",{}:{}", quote(&dimension.code), quote(shown)));
        if info.labels == Labels::Both {
            text.push_str(&format!(",{}:{}", quote(&format!("{}_NAME", dimension.code)), quote(&code.name)));
        }
    }
    text.push_str(&format!(",\"FREQ\":\"{}\"", series.frequency.code()));
    text
}

fn period_text(period: Period, frequency: Frequency) -> String {
    let label = period.label(frequency).map_or_else(|| "null".to_owned(), |label| quote(&label));
    let (text, words) = (quote(&period.text(frequency)), quote(&period.words(frequency)));
    format!(",\"TIME_PERIOD\":{text},\"period\":{words},\"label\":{label}")
}

fn release_text(release: &ReleaseInfo) -> String {
    let reference = quote(&release.reference);
    match release.withdrawn {
        None => format!(",\"release\":{reference}"),
        Some(moment) => format!(
            ",\"release\":{reference},\"not_published\":{{\"release\":{reference},\"withdrawn_at\":\"{moment}\"}}"
        ),
    }
}
