//! Figures as SDMX-CSV 2.0 (RFC 4180, UTF-8, a header row, nothing else).
//!
//! `labels` does what SDMX-CSV says: with `code` a cell holds the code alone; with `both` headers and coded cells
//! hold `E23000018: Derbyshire`; with `name` each component's column is followed by one with the name. What is not a component of
//! the structure (from SHORTHAND on) is a custom column and has no name. A row of action D takes a cell away: it has the
//! key and no measure or attribute, since SDMX-CSV takes those away that it finds.
//!
//! Text that a spreadsheet would take for a formula gets an apostrophe, as everywhere here; numbers do not.

use std::io::Write;

use crate::clock::{Id, Ts};
use crate::http::csv::guarded;
use crate::problem::Problem;
use crate::resources::series::cell::{Cell, CellWriter, End, Frame, Labels, ReleaseInfo, SeriesInfo};
use crate::resources::series::formats::columns::columns;
use crate::resources::series::formats::kept::{Current, Kept};
use crate::stats::period::{Frequency, Period};
use crate::stats::status::shorthand;

/// The agency that indicators are maintained by, as SDMX tells it.
const AGENCY: &str = "ONRECORD";

/// Writes CSV.
#[derive(Default)]
pub struct SdmxCsv {
    line: String,
    structure: String,
    unit: String,
    series: Current,
    periods: Kept<(Period, Frequency)>,
    words: Kept<(Period, Frequency)>,
    releases: Kept<Id>,
    moments: Kept<Ts>,
}

impl CellWriter for SdmxCsv {
    fn begin(&mut self, frame: &Frame, out: &mut dyn Write) -> Result<(), Problem> {
        let id = format!("{AGENCY}:{}", frame.slug);
        let mut structure = String::from("dataflow,");
        match frame.labels {
            Labels::Code => text(&mut structure, &id),
            Labels::Both => text(&mut structure, &format!("{id}: {}", frame.title)),
            Labels::Name => {
                text(&mut structure, &id);
                structure.push(',');
                text(&mut structure, &frame.title);
            }
        }
        self.structure = structure;
        // Neither the unit's code nor a number has a name.
        let unnamed = if frame.labels == Labels::Name { "," } else { "" };
        self.unit = format!(",{}{unnamed},{}{unnamed}", frame.unit, frame.decimals);
        let mut header = String::new();
        for column in columns(frame) {
            if !header.is_empty() {
                header.push(',');
            }
            field(&mut header, &column.title);
        }
        header.push_str("\r\n");
        out.write_all(header.as_bytes()).map_err(Problem::internal)
    }

    fn cell(&mut self, frame: &Frame, cell: &Cell, out: &mut dyn Write) -> Result<(), Problem> {
        self.line.clear();
        self.key(frame, cell);
        self.figure(frame.labels, cell);
        self.custom(frame, cell);
        self.line.push_str("\r\n");
        out.write_all(self.line.as_bytes()).map_err(Problem::internal)
    }

    fn end(&mut self, _frame: &Frame, _end: &End, _out: &mut dyn Write) -> Result<(), Problem> {
        Ok(())
    }
}

impl SdmxCsv {
    /// The structure, the action, the dimensions.
    fn key(&mut self, frame: &Frame, cell: &Cell) {
        let (series, frequency, labels) = (&cell.series, cell.series.frequency, frame.labels);
        self.line.push_str(&self.structure);
        self.line.push_str(if cell.deleted { ",D" } else { ",I" });
        self.line.push_str(self.series.piece(series.number, || of_series(frame, series)));
        let make = || of_period(labels, cell.period, frequency);
        self.line.push_str(self.periods.piece((cell.period, frequency), make));
    }

    /// The measures and the attributes.
    fn figure(&mut self, labels: Labels, cell: &Cell) {
        if cell.deleted {
            // Value, numerator, denominator, unit, decimals and two statuses.
            self.line.push_str(if labels == Labels::Name { ",,,,,,,,,,,,,," } else { ",,,,,,," });
            return;
        }
        for value in [cell.value, cell.numerator, cell.denominator] {
            self.line.push(',');
            if let Some(value) = value {
                self.line.push_str(&value.to_string());
            }
            if labels == Labels::Name {
                self.line.push(',');
            }
        }
        self.line.push_str(&self.unit);
        coded(&mut self.line, labels, cell.obs.code(), cell.obs.words());
        coded(&mut self.line, labels, cell.conf.code(), cell.conf.words());
    }

    /// What is ours.
    fn custom(&mut self, frame: &Frame, cell: &Cell) {
        let revised = cell.revision > 1;
        self.line.push(',');
        if !cell.deleted {
            self.line.push_str(&shorthand(cell.obs, cell.conf, revised));
        }
        self.line.push_str(match (cell.deleted, cell.complete) {
            (true, _) => ",",
            (false, true) => ",true",
            (false, false) => ",false",
        });
        let (period, frequency) = (cell.period, cell.series.frequency);
        self.line.push_str(self.words.piece((period, frequency), || in_words(period, frequency)));
        self.line.push_str(if revised { ",true," } else { ",false," });
        self.line.push_str(&cell.revision.to_string());
        self.line.push_str(self.releases.piece(cell.release.id, || of_release(&cell.release)));
        self.moment(Some(cell.valid_from));
        self.moment(cell.valid_to.filter(|_| frame.history));
        for remark in [&cell.reason, &cell.note] {
            self.line.push(',');
            if let Some(remark) = remark {
                text(&mut self.line, remark);
            }
        }
    }

    fn moment(&mut self, moment: Option<Ts>) {
        self.line.push(',');
        if let Some(moment) = moment {
            self.line.push_str(self.moments.piece(moment, || moment.to_string()));
        }
    }
}

fn of_series(frame: &Frame, series: &SeriesInfo) -> String {
    let mut piece = String::new();
    for (dimension, place) in frame.dimensions.iter().zip(&series.codes) {
        match dimension.codes.get(*place) {
            Some(code) => coded(&mut piece, frame.labels, &code.code, &code.name),
            None => coded(&mut piece, frame.labels, "", ""),
        }
    }
    coded(&mut piece, frame.labels, series.frequency.code(), series.frequency.words());
    piece
}

fn of_period(labels: Labels, period: Period, frequency: Frequency) -> String {
    let mut piece = format!(",{}", period.text(frequency));
    if labels == Labels::Name {
        piece.push(',');
        text(&mut piece, &period.words(frequency));
    }
    piece
}

fn in_words(period: Period, frequency: Frequency) -> String {
    let mut piece = String::from(",");
    text(&mut piece, &period.words(frequency));
    piece.push(',');
    text(&mut piece, &period.label(frequency).unwrap_or_default());
    piece
}

fn of_release(release: &ReleaseInfo) -> String {
    let mut piece = String::from(",");
    text(&mut piece, &release.reference);
    piece.push(',');
    if let Some(moment) = release.withdrawn {
        piece.push_str(&moment.to_string());
    }
    piece
}

/// A code and its name, as the labels want them.
fn coded(line: &mut String, labels: Labels, code: &str, name: &str) {
    line.push(',');
    match labels {
        Labels::Code => text(line, code),
        Labels::Both => text(line, &format!("{code}: {name}")),
        Labels::Name => {
            text(line, code);
            line.push(',');
            text(line, name);
        }
    }
}

/// A text that a spreadsheet shall not run.
fn text(line: &mut String, content: &str) {
    field(line, &guarded(content));
}

/// A field of RFC 4180.
fn field(line: &mut String, content: &str) {
    if content.contains([',', '"', '\r', '\n']) {
        line.push('"');
        line.push_str(&content.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(content);
    }
}
