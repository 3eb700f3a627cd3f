//! Figures as JSON: `data` with a member for each cell, and behind it what all cells have in common.
//!
//! A value is a decimal string, so that no reader takes it through binary floating point. The members of a cell are the same
//! throughout an answer: `valid_from` is there where a past moment or the history was asked for, `revision` and
//! `valid_to` in the history only. Without it `valid_to` would make an answer of the past change with each revision.
//! `deleted`, `not_published`, `reason` and `note` stand only with the cells that have them.

use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::resources::series::cell::{Cell, CellWriter, End, Frame, Labels, ReleaseInfo, SeriesInfo};
use crate::resources::series::formats::kept::{Current, Kept};
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};

/// Periods in words: the same in every answer, and dearer than all else of a cell.
static PERIODS: LazyLock<Mutex<Kept<(Period, Frequency)>>> = LazyLock::new(Mutex::default);

/// Writes JSON.
#[derive(Default)]
pub struct Json {
    begun: bool,
    line: String,
    series: Current,
    releases: Kept<Id>,
    moments: Kept<Ts>,
}

impl CellWriter for Json {
    fn begin(&mut self, _frame: &Frame, out: &mut dyn Write) -> Result<(), Problem> {
        out.write_all(b"{\"data\":[").map_err(Problem::internal)
    }

    fn cell(&mut self, frame: &Frame, cell: &Cell, out: &mut dyn Write) -> Result<(), Problem> {
        self.line.clear();
        self.line.push_str(if self.begun { ",\n" } else { "\n" });
        self.begun = true;
        self.identity(frame, cell);
        self.figure(cell);
        self.origin(frame, cell);
        out.write_all(self.line.as_bytes()).map_err(Problem::internal)
    }

    fn end(&mut self, frame: &Frame, end: &End, out: &mut dyn Write) -> Result<(), Problem> {
        let about = json!({
            "page": {"limit": end.limit, "next": end.next},
            "indicator": {
                "id": frame.indicator,
                "slug": frame.slug,
                "title": frame.title,
                "unit": frame.unit,
                "decimals": frame.decimals,
            },
            "licence": frame.licence,
            "as_of": frame.as_of,
        });
        let about = about.to_string();
        // Its opening brace gives way to the end of the list.
        let rest = about.get(1..).unwrap_or_default();
        out.write_all(b"],").and_then(|()| out.write_all(rest.as_bytes())).map_err(Problem::internal)
    }
}

impl Json {
    /// Which cell it is: its series, its codes, its period.
    fn identity(&mut self, frame: &Frame, cell: &Cell) {
        let series = &cell.series;
        self.line.push_str(self.series.piece(series.number, || of_series(frame, series)));
        let frequency = series.frequency;
        // What a panic has left half done is a piece that is not there.
        let mut periods = PERIODS.lock().unwrap_or_else(PoisonError::into_inner);
        self.line.push_str(periods.piece((cell.period, frequency), || of_period(cell.period, frequency)));
    }

    /// What it says.
    fn figure(&mut self, cell: &Cell) {
        self.decimal("value", cell.value);
        self.decimal("numerator", cell.numerator);
        self.decimal("denominator", cell.denominator);
        let line = &mut self.line;
        line.push_str(",\"OBS_STATUS\":\"");
        line.push_str(cell.obs.code());
        line.push_str("\",\"CONF_STATUS\":\"");
        line.push_str(cell.conf.code());
        line.push_str(if cell.complete { "\",\"complete\":true" } else { "\",\"complete\":false" });
        line.push_str(if cell.revision > 1 { ",\"revised\":true" } else { ",\"revised\":false" });
    }

    /// Where it comes from, and since when it is valid.
    fn origin(&mut self, frame: &Frame, cell: &Cell) {
        self.line.push_str(self.releases.piece(cell.release.id, || of_release(&cell.release)));
        if frame.history {
            self.member("revision", &cell.revision.to_string());
        }
        if frame.history || frame.as_of.is_some() {
            self.moment("valid_from", Some(cell.valid_from));
        }
        if frame.history {
            self.moment("valid_to", cell.valid_to);
        }
        if cell.deleted {
            self.member("deleted", "true");
        }
        for (name, text) in [("reason", &cell.reason), ("note", &cell.note)] {
            if let Some(text) = text {
                self.member(name, &quoted(text));
            }
        }
        self.line.push('}');
    }

    fn member(&mut self, name: &str, rendered: &str) {
        self.line.push_str(",\"");
        self.line.push_str(name);
        self.line.push_str("\":");
        self.line.push_str(rendered);
    }

    fn decimal(&mut self, name: &str, value: Option<Scaled>) {
        match value {
            None => self.member(name, "null"),
            Some(value) => self.member(name, &format!("\"{value}\"")),
        }
    }

    fn moment(&mut self, name: &str, moment: Option<Ts>) {
        self.line.push_str(",\"");
        self.line.push_str(name);
        self.line.push_str("\":");
        self.line.push_str(match moment {
            None => "null",
            Some(moment) => self.moments.piece(moment, || quoted(&moment.to_string())),
        });
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn of_series(frame: &Frame, series: &SeriesInfo) -> String {
    let mut piece = format!("{{\"series\":{}", quoted(&series.key));
    for (dimension, place) in frame.dimensions.iter().zip(&series.codes) {
        let Some(code) = dimension.codes.get(*place) else { continue };
        let shown = if frame.labels == Labels::Name { &code.name } else { &code.code };
        piece.push_str(&format!(",{}:{}", quoted(&dimension.code), quoted(shown)));
        if frame.labels == Labels::Both {
            piece.push_str(&format!(
                ",{}:{}",
                quoted(&format!("{}_NAME", dimension.code)),
                quoted(&code.name)
            ));
        }
    }
    piece.push_str(&format!(",\"FREQ\":\"{}\"", series.frequency.code()));
    piece
}

fn of_period(period: Period, frequency: Frequency) -> String {
    let label = period.label(frequency).map_or_else(|| "null".to_owned(), |label| quoted(&label));
    let (text, words) = (quoted(&period.text(frequency)), quoted(&period.words(frequency)));
    format!(",\"TIME_PERIOD\":{text},\"period\":{words},\"label\":{label}")
}

fn of_release(release: &ReleaseInfo) -> String {
    let reference = quoted(&release.reference);
    match release.withdrawn {
        None => format!(",\"release\":{reference}"),
        Some(moment) => format!(
            ",\"release\":{reference},\"not_published\":{{\"release\":{reference},\"withdrawn_at\":\"{moment}\"}}"
        ),
    }
}
