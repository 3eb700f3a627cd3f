//! The lines of a file, one after the other: JSON objects, or rows of CSV turned into such objects.

use std::io::BufRead;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::ENVELOPE;
use super::cells::{self, CellNote, RowCells};
use super::part::Form;
use super::titles::{are_titles, is_known, known_titles, titles_below, wrong_titles};
use crate::allowance::Allowance;
use crate::csv_rows::{BoundedRows, MAX_CELLS};
use crate::http::body;
use crate::http::csv::rows::{RowFault, Rows};
use crate::http::csv::{Audience, audience_of};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;

/// The most bytes of a line: those of the largest body that a `POST` takes.
const MOST_BYTES: usize = 1 << 20;

/// A line: its number, and its fields or its faults.
pub struct Line {
    /// The line's number in the file, from 1.
    pub number: u64,
    /// The line's fields, or what is wrong with it.
    pub fields: Result<Map<String, Value>, Vec<Fault>>,
    /// The fields that have a cell, and nothing in it.
    pub empty: Vec<String>,
    /// The fields that a list shows and a new record does not have.
    pub shown: Map<String, Value>,
    /// What is odd about its cells.
    pub notes: Vec<CellNote>,
    /// Whether its row of a workbook is hidden, or all columns of these titles are.
    pub hidden: Hidden,
}

/// What nobody sees of a line in a workbook.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// Whether its row is hidden.
    pub row: bool,
    /// The titles of the columns that are.
    pub columns: Arc<Vec<String>>,
}

impl Line {
    /// A line without empty cells.
    pub fn new(number: u64, fields: Result<Map<String, Value>, Vec<Fault>>) -> Line {
        Line { number, fields, empty: vec![], shown: Map::new(), notes: vec![], hidden: Hidden::default() }
    }
}

/// How much of a line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineScope {
    /// All fields, strictly.
    Whole,
    /// The fields of the envelope. A line that is not JSON is skipped; reading it whole reports the fault.
    Envelope,
}

/// The fields of a line's envelope.
struct Envelope(Map<String, Value>);

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Envelope, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Envelope;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
                let mut fields = Map::new();
                while let Some(name) = map.next_key::<String>()? {
                    if ENVELOPE.contains(&name.as_str()) {
                        fields.insert(name, map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Envelope(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// Calls `use_line` with each line of a file, until it fails.
pub fn each(
    input: Box<dyn BufRead + '_>,
    form: Form,
    kind: Option<&KindDef>,
    (scope, allowance): (LineScope, &Allowance),
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    match (form, kind) {
        (Form::Csv, Some(kind)) => each_row(input, kind, (scope, allowance), use_line),
        _ => each_line(input, (scope, allowance), use_line),
    }
}

/// How many bytes of the values of a line count as a cell of the file.
const CELL: u64 = 128;

fn each_line(
    mut input: Box<dyn BufRead + '_>,
    (scope, allowance): (LineScope, &Allowance),
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut text = vec![];
    let mut number = 0;
    loop {
        text.clear();
        let mut limited = std::io::Read::take(&mut input, MOST_BYTES as u64 + 1);
        let read = limited.read_until(b'\n', &mut text).map_err(broken)?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        let line = text.strip_prefix("\u{feff}".as_bytes()).filter(|_| number == 1).unwrap_or(&text);
        if line.trim_ascii().is_empty() {
            continue;
        }
        if line.len() > MOST_BYTES {
            let detail = format!(
                "A line must have at most {MOST_BYTES} bytes; the lines after this one were not read."
            );
            return use_line(Line::new(number, Err(vec![Fault::pointer("", "too_long", detail)])));
        }
        let fields = match scope {
            LineScope::Whole => {
                let of_line = Allowance::of_json();
                let fields = object(line, &of_line);
                allowance.cells(of_line.held() / CELL)?;
                fields
            }
            LineScope::Envelope => {
                serde_json::from_slice(line.trim_ascii()).map(|Envelope(fields)| fields).map_err(|_| vec![])
            }
        };
        use_line(Line::new(number, fields))?;
    }
}

/// The problem of a file that cannot be read to its end.
fn broken(error: std::io::Error) -> Problem {
    Problem::unprocessable(vec![Fault::pointer(
        "",
        "unreadable",
        format!("The file cannot be read further: {error}."),
    )])
}

fn object(text: &[u8], allowance: &Allowance) -> Result<Map<String, Value>, Vec<Fault>> {
    match body::parse_within(text.trim_ascii(), allowance) {
        Ok((Value::Object(fields), faults)) if faults.is_empty() => Ok(fields),
        Ok((_, faults)) if !faults.is_empty() => Err(faults),
        Ok(_) => Err(vec![Fault::pointer("", "type", "A line must be one JSON object.")]),
        Err(problem) => Err(problem.errors),
    }
}

fn each_row(
    mut input: Box<dyn BufRead + '_>,
    kind: &KindDef,
    within: (LineScope, &Allowance),
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let audience = audience_of(input.fill_buf().map_err(broken)?);
    let mut rows = Rows::new(BoundedRows::new(input, MOST_BYTES as u64), b',');
    let mut next = |row: &mut csv::StringRecord| {
        let (number, result) = rows.read(row)?;
        Some((number, result.map_err(|fault| vec![not_csv(&fault)])))
    };
    each_of_table(&mut next, (kind, audience), within, use_line)
}

/// Reads the next row of a table: its number, and what is wrong with it.
pub(super) type NextRow<'r> = dyn FnMut(&mut csv::StringRecord) -> Option<(u64, Result<(), Vec<Fault>>)> + 'r;

/// Calls `use_line` with each row of a table, after a row of titles.
pub(super) fn each_of_table(
    next: &mut NextRow<'_>,
    (kind, audience): (&KindDef, Audience),
    (scope, allowance): (LineScope, &Allowance),
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut row = csv::StringRecord::new();
    let Some((number, result)) = next(&mut row) else {
        let fault = Fault::pointer("", "empty", "The file is empty; give one row of titles.");
        return use_line(Line::new(1, Err(vec![fault])));
    };
    if let Err(faults) = result {
        return use_line(Line::new(number, Err(faults)));
    }
    let titles = |row: &csv::StringRecord| -> Vec<String> {
        let titles: Vec<String> = row.iter().map(|title| audience.read(title).to_owned()).collect();
        known_titles(titles, kind)
    };
    let found = titles(&row);
    let mut faults = wrong_titles(&found, kind);
    if !faults.is_empty() {
        let is_unknown = |fault: &Fault| fault.code == "unknown_column";
        if faults.iter().all(is_unknown) && !found.iter().any(|title| is_known(title, kind)) {
            let mut below = csv::StringRecord::new();
            let next = std::iter::from_fn(|| next(&mut below).map(|(number, _)| (number, titles(&below))));
            faults =
                titles_below(next, &|titles| are_titles(titles, kind)).map_or(faults, |fault| vec![fault]);
        }
        return use_line(Line::new(number, Err(faults)));
    }
    let titles = found;
    while let Some((number, result)) = next(&mut row) {
        // Spreadsheets write rows and columns without anything in them.
        if result.is_ok() && row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let failed = |faults| Line::new(number, Err(faults));
        let line = match result {
            Err(faults) => failed(faults),
            Ok(()) if has_length(&row, &titles) => {
                let of_row = Allowance::of_json();
                let all = cells::read(&titles, &row, (kind, audience), &of_row);
                if scope == LineScope::Whole {
                    allowance.cells(of_row.held() / CELL)?;
                }
                let RowCells { fields, empty, shown, notes } = all;
                Line { number, fields, empty, shown, notes, hidden: Hidden::default() }
            }
            Ok(()) => {
                let detail =
                    format!("This row has {} cells, but the file has {} columns.", row.len(), titles.len());
                failed(vec![Fault::pointer("", "cells", detail)])
            }
        };
        use_line(line)?;
    }
    Ok(())
}

/// Whether a row has a cell for each title, and nothing beyond them.
fn has_length(row: &csv::StringRecord, titles: &[String]) -> bool {
    row.len() >= titles.len() && row.iter().skip(titles.len()).all(|cell| cell.trim().is_empty())
}

fn not_csv(fault: &RowFault) -> Fault {
    let (code, detail) = match fault {
        RowFault::NotUtf8 => (
            "syntax",
            "This row is not in UTF-8. Spreadsheets call this form \"CSV UTF-8\".".to_owned(),
        ),
        RowFault::TooManyCells => {
            ("too_many", format!("This row has more than {MAX_CELLS} cells; the rows after it were not read."))
        }
        RowFault::QuoteNotClosed => (
            "syntax",
            "A quote that opens in this row is never closed, so that the rest of the file would be one cell. Close it."
                .to_owned(),
        ),
        RowFault::Unreadable(error) => ("too_long", format!("The file was read no further: {error}")),
    };
    Fault::pointer("", code, detail)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Form, LineScope, each};
    use crate::allowance::Allowance;

    #[test]
    fn the_values_of_all_lines_are_bounded_together() {
        let line = format!("{{\"title\":[{}0]}}\n", "0,".repeat(160_000));
        let of = |lines: usize| {
            let (mut read, allowance) = (0, Allowance::of_file());
            let input = Box::new(Cursor::new(line.repeat(lines)));
            let result = each(input, Form::JsonLines, None, (LineScope::Whole, &allowance), &mut |_| {
                read += 1;
                Ok(())
            });
            (read, result.err().map(|problem| problem.kind.status))
        };
        assert_eq!(of(3), (3, None));
        let (read, status) = of(300);
        assert_eq!(status, Some(413));
        assert!(read < 200, "{read}");
    }
}
