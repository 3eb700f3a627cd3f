//! Observations as SDMX-CSV 2.0 (UTF-8, with a header row).
//!
//! `labels` works as SDMX-CSV defines it: with `code`, a cell has only the code; with `both`, headers and coded cells have both
//! (`E23000018: Derbyshire`); with `name`, each component's column is followed by a column with the name. Columns that are not
//! components of the structure (from SHORTHAND on) are custom columns and have no name. A row with action D deletes a cell: it
//! has the key and no measures or attributes, since SDMX-CSV would delete those that it contains.
//!
//! People, who read it in a spreadsheet, get the id and the title of the indicator first, and the days of each period.
//!
//! Texts are as they are, unless the CSV is for a spreadsheet, as in all CSV of this API.

use crate::clock::Ts;
use crate::http::csv::{Audience, push_field};
use crate::problem::Problem;
use crate::resources::series::cell::{
    Cell, CellWriter, End, Labels, ReleaseInfo, ResponseInfo, SeriesHead, SeriesInfo,
};
use crate::resources::series::formats::cache::TextCache;
use crate::resources::series::formats::columns::columns;
use crate::stats::decimal::LONGEST;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::shorthand;

/// The agency that maintains the indicators, in SDMX's sense.
pub const AGENCY: &str = "ONRECORD";

#[derive(Default)]
pub struct SdmxCsv {
    audience: Audience,
    line: String,
    structure: String,
    unit: String,
    /// The dimensions of the series whose cells are being written, and what many of these have in common.
    series: String,
    common: Option<Common>,
    /// Of each period the code and the words.
    periods: TextCache<(Period, Frequency), [String; 2]>,
    releases: TextCache<i64>,
    moments: TextCache<Ts>,
}

/// The release and the moment that many cells of a series have, each with its text.
struct Common {
    release: (i64, String),
    valid_from: (Ts, String),
}

impl CellWriter for SdmxCsv {
    fn begin(&mut self, info: &ResponseInfo, out: &mut Vec<u8>) -> Result<(), Problem> {
        // A version has three parts; only the first counts.
        let id = format!("{AGENCY}:{}({}.0.0)", info.slug, info.definition_version);
        self.audience = info.audience;
        let id = if info.labels == Labels::Both { format!("{id}: {}", info.title) } else { id };
        let mut structure = String::new();
        let mut push = |text: &str| {
            push_text(&mut structure, info.audience, text);
            structure.push(',');
        };
        match (info.audience.is_people(), info.labels) {
            (true, _) => [&id, &info.title, "dataflow"].into_iter().for_each(&mut push),
            (false, Labels::Name) => ["dataflow", &id, &info.title].into_iter().for_each(&mut push),
            (false, _) => ["dataflow", &id].into_iter().for_each(&mut push),
        }
        self.structure = structure;
        // The unit and the decimals have an empty name column.
        let name_column = if info.labels == Labels::Name { "," } else { "" };
        self.unit = format!(",{}{name_column},{}{name_column}", info.unit, info.decimals);
        let mut header = String::new();
        let start = self.audience.start();
        for column in columns(info) {
            if !header.is_empty() {
                header.push(',');
            }
            push_field(&mut header, &column.title);
        }
        header.push_str(self.audience.line_end());
        out.extend_from_slice(start.as_bytes());
        out.extend_from_slice(header.as_bytes());
        Ok(())
    }

    fn series(&mut self, info: &ResponseInfo, head: &SeriesHead, _out: &mut Vec<u8>) {
        self.series = series_text(info, &head.series);
        self.common = Some(Common {
            release: (head.release.number, release_text(info.audience, &head.release)),
            valid_from: (head.valid_from, head.valid_from.to_string()),
        });
    }

    fn cell(&mut self, info: &ResponseInfo, cell: &Cell, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.line.clear();
        self.push_key(info, cell);
        self.push_value(info, cell);
        self.push_custom(info, cell);
        self.line.push_str(self.audience.line_end());
        out.extend_from_slice(self.line.as_bytes());
        Ok(())
    }

    fn end(&mut self, _info: &ResponseInfo, _end: &End, _out: &mut Vec<u8>) -> Result<(), Problem> {
        Ok(())
    }
}

impl SdmxCsv {
    /// The structure, the action and the dimensions.
    fn push_key(&mut self, info: &ResponseInfo, cell: &Cell) {
        self.line.push_str(&self.structure);
        push_text(&mut self.line, info.audience, if cell.deleted { "D" } else { "I" });
        self.line.push_str(&self.series);
        let [code, _] = self.periods.get(key(cell), || period_texts(info, cell));
        self.line.push_str(code);
    }

    /// The measures and the attributes.
    fn push_value(&mut self, info: &ResponseInfo, cell: &Cell) {
        let labels = info.labels;
        if cell.deleted {
            // Value, numerator, denominator, unit, decimals and the two statuses stay empty.
            self.line.push_str(if labels == Labels::Name { ",,,,,,,,,,,,,," } else { ",,,,,,," });
            return;
        }
        for value in [cell.value, cell.numerator, cell.denominator] {
            self.line.push(',');
            if let Some(value) = value {
                self.line.push_str(value.text(&mut [0; LONGEST]));
            }
            if labels == Labels::Name {
                self.line.push(',');
            }
        }
        self.line.push_str(&self.unit);
        push_coded(&mut self.line, info, cell.obs.code(), cell.obs.words());
        push_coded(&mut self.line, info, cell.conf.code(), cell.conf.words());
    }

    /// The custom columns.
    fn push_custom(&mut self, info: &ResponseInfo, cell: &Cell) {
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
        let [_, words] = self.periods.get(key(cell), || period_texts(info, cell));
        self.line.push_str(words);
        self.line.push_str(if revised { ",true," } else { ",false," });
        self.line.push_str(&cell.revision.to_string());
        let release = &cell.release;
        match &self.common {
            Some(Common { release: (number, text), .. }) if *number == release.number => {
                self.line.push_str(text)
            }
            _ => {
                self.line.push_str(self.releases.get(release.number, || release_text(info.audience, release)))
            }
        }
        self.push_moment(Some(cell.valid_from));
        self.push_moment(cell.valid_to.filter(|_| info.history));
        for text in [&cell.reason, &cell.note] {
            self.line.push(',');
            if let Some(text) = text {
                push_text(&mut self.line, info.audience, text);
            }
        }
    }

    fn push_moment(&mut self, moment: Option<Ts>) {
        self.line.push(',');
        match (moment, &self.common) {
            (None, _) => {}
            (Some(moment), Some(Common { valid_from: (common, text), .. })) if moment == *common => {
                self.line.push_str(text);
            }
            (Some(moment), _) => self.line.push_str(self.moments.get(moment, || moment.to_string())),
        }
    }
}

fn series_text(info: &ResponseInfo, series: &SeriesInfo) -> String {
    let mut line = String::new();
    for (dimension, index) in info.dimensions.iter().zip(&series.codes) {
        match dimension.codes.get(*index) {
            Some(code) => push_coded(&mut line, info, &code.code, &code.name),
            None => push_coded(&mut line, info, "", ""),
        }
    }
    push_coded(&mut line, info, series.frequency.code(), series.frequency.words());
    line
}

fn key(cell: &Cell) -> (Period, Frequency) {
    (cell.period, cell.series.frequency)
}

fn period_texts(info: &ResponseInfo, cell: &Cell) -> [String; 2] {
    let (period, frequency) = key(cell);
    [period_text(info, period, frequency), words_text(info.audience, period, frequency)]
}

fn period_text(info: &ResponseInfo, period: Period, frequency: Frequency) -> String {
    let audience = info.audience;
    let mut line = String::from(",");
    push_text(&mut line, audience, &period.text(frequency));
    if info.labels == Labels::Name {
        line.push(',');
        push_text(&mut line, audience, &period.words(frequency));
    }
    if audience.is_people() {
        for day in [period.start, period.last_day()] {
            line.push(',');
            push_text(&mut line, audience, &day.to_string());
        }
    }
    line
}

fn words_text(audience: Audience, period: Period, frequency: Frequency) -> String {
    let mut line = String::from(",");
    push_text(&mut line, audience, &period.words(frequency));
    line.push(',');
    push_text(&mut line, audience, &period.label(frequency).unwrap_or_default());
    line
}

fn release_text(audience: Audience, release: &ReleaseInfo) -> String {
    let mut line = String::from(",");
    push_text(&mut line, audience, &release.reference);
    line.push(',');
    if let Some(moment) = release.withdrawn {
        line.push_str(&moment.to_string());
    }
    line
}

/// A code and its name, as `labels` shows them.
fn push_coded(line: &mut String, info: &ResponseInfo, code: &str, name: &str) {
    let audience = info.audience;
    line.push(',');
    match info.labels {
        Labels::Code => push_text(line, audience, code),
        Labels::Both => push_text(line, audience, &format!("{code}: {name}")),
        Labels::Name => {
            push_text(line, audience, code);
            line.push(',');
            push_text(line, audience, name);
        }
    }
}

fn push_text(line: &mut String, audience: Audience, content: &str) {
    push_field(line, &audience.text(content));
}
