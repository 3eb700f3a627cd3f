//! Observations as JSON: what all have in common, then `data` with an object for each series, which has its observations.
//!
//! Nothing is said twice. An observation has its period and its value, `release` and `valid_from` where they are not those of
//! its series, and every other field where it does not have its usual value ([`super::usual`]). A value is a decimal in a
//! string, so that no reader converts it to binary floating point.
//!
//! `valid_from` is shown if a past moment or the history was requested, `revision` and `valid_to` only with the history.
//! Without it, `valid_to` would change a response about the past with each revision.

use serde_json::{Value, json};

use super::cache::{Pool, TextCache};
use super::usual::usual;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::resources::series::cell::{
    Cell, CellWriter, End, Labels, ReleaseInfo, ResponseInfo, SeriesHead, SeriesInfo,
};
use crate::stats::decimal::{LONGEST, Scaled};
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// Rendered periods, which pass from one response to the next: they cost more than the rest of an observation.
static PERIODS: Pool<(Period, Frequency)> = Pool::new();

pub struct Json {
    periods: TextCache<(Period, Frequency)>,
    moments: TextCache<Ts>,
    /// The series that is being written.
    head: Option<Head>,
    /// Whether the series has an observation yet.
    has_cells: bool,
}

/// What most observations of a series have in common.
#[derive(Clone, Copy)]
struct Head {
    release: i64,
    valid_from: Ts,
}

impl Json {
    pub fn new() -> Json {
        Json { periods: PERIODS.take(), moments: TextCache::default(), head: None, has_cells: false }
    }
}

impl CellWriter for Json {
    fn begin(&mut self, info: &ResponseInfo, out: &mut Vec<u8>) -> Result<(), Problem> {
        let common = json!({
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
        // Without its closing brace: more fields follow.
        push(out, common.strip_suffix('}').unwrap_or(&common));
        push(out, ",\"usual\":");
        push(out, &usual(info.history));
        push(out, ",\"data\":[");
        Ok(())
    }

    fn series(&mut self, info: &ResponseInfo, head: &SeriesHead, out: &mut Vec<u8>) {
        let is_first = self.head.is_none();
        push(out, if is_first { "\n" } else { "\n]},\n" });
        push(out, &series_text(info, &head.series));
        push_release(out, &head.release);
        if shows_validity(info) {
            self.push_moment(out, "valid_from", head.valid_from);
        }
        push(out, ",\"observations\":[");
        self.head = Some(Head { release: head.release.number, valid_from: head.valid_from });
        self.has_cells = false;
    }

    fn cell(&mut self, info: &ResponseInfo, cell: &Cell, out: &mut Vec<u8>) -> Result<(), Problem> {
        push(out, if self.has_cells { ",\n" } else { "\n" });
        self.has_cells = true;
        let key = (cell.period, cell.series.frequency);
        push(out, self.periods.get(key, || period_text(cell.period, cell.series.frequency)));
        match cell.value {
            Some(value) => push_decimal(out, "value", value),
            None => push(out, ",\"value\":null"),
        }
        self.push_unusual(info, cell, out)?;
        push(out, "}");
        Ok(())
    }

    fn end(&mut self, _info: &ResponseInfo, end: &End, out: &mut Vec<u8>) -> Result<(), Problem> {
        if self.head.is_some() {
            push(out, "\n]}\n");
        }
        push(out, "],\"page\":");
        push(out, &json!({"limit": end.limit, "next": end.next}).to_string());
        push(out, "}");
        PERIODS.put(std::mem::take(&mut self.periods));
        Ok(())
    }
}

impl Json {
    /// The fields in which an observation differs from its series and from the usual.
    fn push_unusual(&mut self, info: &ResponseInfo, cell: &Cell, out: &mut Vec<u8>) -> Result<(), Problem> {
        let Some(head) = self.head else {
            return Err(Problem::internal("an observation without its series"));
        };
        for (name, value) in [("numerator", cell.numerator), ("denominator", cell.denominator)] {
            if let Some(value) = value {
                push_decimal(out, name, value);
            }
        }
        if cell.obs != ObsStatus::Normal {
            push_text(out, "OBS_STATUS", cell.obs.code());
        }
        if cell.conf != ConfStatus::Free {
            push_text(out, "CONF_STATUS", cell.conf.code());
        }
        if !cell.complete {
            push(out, ",\"complete\":false");
        }
        if cell.revision > 1 {
            push(out, ",\"revised\":true");
        }
        if cell.release.number != head.release {
            push_release(out, &cell.release);
        }
        if cell.release.withdrawn.is_some() {
            push_not_published(out, &cell.release);
        }
        if info.history && cell.revision > 1 {
            push(out, ",\"revision\":");
            push(out, &cell.revision.to_string());
        }
        if shows_validity(info) && cell.valid_from != head.valid_from {
            self.push_moment(out, "valid_from", cell.valid_from);
        }
        if let Some(valid_to) = cell.valid_to.filter(|_| info.history) {
            self.push_moment(out, "valid_to", valid_to);
        }
        if cell.deleted {
            push(out, ",\"deleted\":true");
        }
        for (name, text) in [("reason", &cell.reason), ("note", &cell.note)] {
            if let Some(text) = text {
                push_text(out, name, text);
            }
        }
        Ok(())
    }

    fn push_moment(&mut self, out: &mut Vec<u8>, name: &str, moment: Ts) {
        push_name(out, name);
        push(out, self.moments.get(moment, || quote(&moment.to_string())));
    }
}

/// Whether a response says since when its observations are valid.
fn shows_validity(info: &ResponseInfo) -> bool {
    info.history || info.as_of.is_some()
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// The name of a field that follows another.
fn push_name(out: &mut Vec<u8>, name: &str) {
    push(out, ",\"");
    push(out, name);
    push(out, "\":");
}

fn push_text(out: &mut Vec<u8>, name: &str, text: &str) {
    push_name(out, name);
    push(out, &quote(text));
}

fn push_decimal(out: &mut Vec<u8>, name: &str, value: Scaled) {
    push_name(out, name);
    push(out, "\"");
    push(out, value.text(&mut [0; LONGEST]));
    push(out, "\"");
}

fn push_release(out: &mut Vec<u8>, release: &ReleaseInfo) {
    push_text(out, "release", &release.reference);
}

/// What takes the place of a value whose release was withdrawn.
fn push_not_published(out: &mut Vec<u8>, release: &ReleaseInfo) {
    push_name(out, "not_published");
    push(out, &json!({"release": release.reference, "withdrawn_at": release.withdrawn}).to_string());
}

/// A text as a JSON string.
fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

/// The beginning of a series: its key, its codes and its frequency.
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

/// The beginning of an observation: its period.
fn period_text(period: Period, frequency: Frequency) -> String {
    let (text, words) = (quote(&period.text(frequency)), quote(&period.words(frequency)));
    let label = period.label(frequency).map(|label| format!(",\"label\":{}", quote(&label)));
    format!("{{\"TIME_PERIOD\":{text},\"period\":{words}{}", label.unwrap_or_default())
}
