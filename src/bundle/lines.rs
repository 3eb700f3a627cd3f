//! The lines of a file, one after the other: JSON objects, or rows of CSV turned into such objects.

use std::io::BufRead;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::part::Form;
use super::titles::{SHOWN_ONLY, wrong_titles};
use super::{EDIT, ENVELOPE};
use crate::allowance::Allowance;
use crate::csv_rows::{BoundedRows, MAX_CELLS};
use crate::http::body;
use crate::http::csv::rows::{RowFault, Rows};
use crate::http::csv::{Audience, audience_of};
use crate::problem::{At, Fault, Problem};
use crate::record::kind::KindDef;
use crate::sheet::is_no_result;
use crate::validation::characters;

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
        Line { number, fields, empty: vec![], shown: Map::new(), hidden: Hidden::default() }
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
    scope: LineScope,
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    match (form, kind) {
        (Form::Csv, Some(kind)) => each_row(input, kind, use_line),
        _ => each_line(input, scope, use_line),
    }
}

fn each_line(
    mut input: Box<dyn BufRead + '_>,
    scope: LineScope,
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
            LineScope::Whole => object(line),
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

fn object(text: &[u8]) -> Result<Map<String, Value>, Vec<Fault>> {
    match body::parse(text.trim_ascii()) {
        Ok((Value::Object(fields), faults)) if faults.is_empty() => Ok(fields),
        Ok((_, faults)) if !faults.is_empty() => Err(faults),
        Ok(_) => Err(vec![Fault::pointer("", "type", "A line must be one JSON object.")]),
        Err(problem) => Err(problem.errors),
    }
}

fn each_row(
    mut input: Box<dyn BufRead + '_>,
    kind: &KindDef,
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let audience = audience_of(input.fill_buf().map_err(broken)?);
    let mut rows = Rows::new(BoundedRows::new(input, MOST_BYTES as u64), b',');
    let mut next = |row: &mut csv::StringRecord| {
        let (number, result) = rows.read(row)?;
        Some((number, result.map_err(|fault| vec![not_csv(&fault)])))
    };
    each_of_table(&mut next, kind, audience, use_line)
}

/// Reads the next row of a table: its number, and what is wrong with it.
pub(super) type NextRow<'r> = dyn FnMut(&mut csv::StringRecord) -> Option<(u64, Result<(), Vec<Fault>>)> + 'r;

/// Calls `use_line` with each row of a table, after a row of titles.
pub(super) fn each_of_table(
    next: &mut NextRow<'_>,
    kind: &KindDef,
    audience: Audience,
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
    let titles: Vec<String> = row.iter().map(|title| audience.read(title).to_owned()).collect();
    let faults = wrong_titles(&titles, kind);
    if !faults.is_empty() {
        return use_line(Line::new(number, Err(faults)));
    }
    while let Some((number, result)) = next(&mut row) {
        // Spreadsheets write rows and columns without anything in them.
        if result.is_ok() && row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let is_read = result.is_ok() && has_length(&row, &titles);
        let fields = match result {
            Err(faults) => Err(faults),
            Ok(()) if is_read => fields_of(&titles, &row, kind, audience),
            Ok(()) => {
                let detail =
                    format!("This row has {} cells, but the file has {} columns.", row.len(), titles.len());
                Err(vec![Fault::pointer("", "cells", detail)])
            }
        };
        let (empty, shown) = if is_read { as_shown(&titles, &row) } else { (vec![], Map::new()) };
        use_line(Line { number, fields, empty, shown, hidden: Hidden::default() })?;
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

/// The fields of a row whose cells are empty, and those that a list shows and a new record does not have.
fn as_shown(titles: &[String], row: &csv::StringRecord) -> (Vec<String>, Map<String, Value>) {
    let mut empty = vec![];
    let mut shown = Map::new();
    for (title, text) in titles.iter().zip(row.iter()) {
        if text.is_empty() {
            empty.push(title.clone());
        } else if SHOWN_ONLY.contains(&title.as_str()) {
            let number = text.parse::<i64>().ok().filter(|_| title == EDIT);
            shown.insert(title.clone(), number.map_or_else(|| json!(text), |number| json!(number)));
        }
    }
    (empty, shown)
}

/// What is to be done about a formula without a result.
pub(super) const NO_RESULT: &str = "This cell has a formula without a result. Open the workbook in a spreadsheet and save it, or enter the value.";

/// The fields of a row, or the texts in it that cannot be stored.
fn fields_of(
    titles: &[String],
    row: &csv::StringRecord,
    kind: &KindDef,
    audience: Audience,
) -> Result<Map<String, Value>, Vec<Fault>> {
    let known = kind.field_names();
    // The JSON of all cells together is bounded like a body.
    let allowance = Allowance::of_json();
    let mut fields = Map::new();
    let mut faults = vec![];
    for (title, text) in titles.iter().zip(row.iter()) {
        let is_read = ENVELOPE.contains(&title.as_str()) || known.contains(&title.as_str());
        if title.trim().is_empty() && !text.trim().is_empty() {
            let text: String = text.chars().take(60).collect();
            let detail = format!("The column of `{text}` has no title. Give it one, or delete it.");
            faults.push(Fault::pointer("", "untitled_column", detail));
        }
        if text.is_empty() || !is_read {
            continue;
        }
        if is_no_result(text.trim()) {
            faults.push(Fault::at(At::Column(title.clone()), "formula", NO_RESULT));
            continue;
        }
        if let Some(character) = characters::refused(text) {
            faults.push(Fault::at(
                At::Column(title.clone()),
                characters::code(character),
                characters::detail(character),
            ));
            continue;
        }
        let schema = match title.as_str() {
            "version" => &json!({"type": "integer"}),
            title if ENVELOPE.contains(&title) => &json!({"type": "string"}),
            title => &kind.schema["properties"][title],
        };
        fields.insert(title.clone(), cell(text, schema, audience, &allowance));
    }
    if faults.is_empty() { Ok(fields) } else { Err(faults) }
}

/// The value of a cell, by the schema of its field. A value that does not fit stays text, so that the schema reports it.
fn cell(text: &str, schema: &Value, audience: Audience, allowance: &Allowance) -> Value {
    let is = |name: &str| {
        schema["type"] == name || schema["type"].as_array().is_some_and(|types| types.contains(&json!(name)))
    };
    let plain = audience.read(text);
    if is("integer") {
        return plain.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
    }
    if is("boolean") {
        return plain.to_ascii_lowercase().parse::<bool>().map_or_else(|_| json!(text), |yes| json!(yes));
    }
    let json_text =
        || body::parse_within(text.as_bytes(), allowance).map_or_else(|_| json!(text), |(value, _)| value);
    if is("array") {
        let simple = schema["items"]["type"] == "string";
        return if simple && !text.starts_with('[') {
            plain.split(" | ").map(str::to_owned).collect()
        } else {
            json_text()
        };
    }
    if is("object") {
        let money = schema["properties"].get("amount").is_some() && !text.starts_with('{');
        return if money { json!({"amount": plain, "currency": "GBP"}) } else { json_text() };
    }
    json!(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_they_are_written() {
        let of =
            |text: &str, schema: Value| cell(text, &schema, Audience::Spreadsheet, &Allowance::of_json());
        assert_eq!(of("'=1+1", json!({"type": "string"})), json!("=1+1"));
        assert_eq!(
            cell("'=1+1", &json!({"type": "string"}), Audience::Program, &Allowance::of_json()),
            json!("'=1+1")
        );
        assert_eq!(of("'s", json!({"type": ["string", "null"]})), json!("'s"));
        assert_eq!(of("7", json!({"type": "integer"})), json!(7));
        assert_eq!(of("seven", json!({"type": "integer"})), json!("seven"));
        assert_eq!(of("a | b", json!({"type": "array", "items": {"type": "string"}})), json!(["a", "b"]));
        assert_eq!(
            of("[{\"a\":1}]", json!({"type": "array", "items": {"type": "object"}})),
            json!([{"a": 1}])
        );
        let money = json!({"type": ["object", "null"], "properties": {"amount": {}, "currency": {}}});
        assert_eq!(of("5.20", money), json!({"amount": "5.20", "currency": "GBP"}));
    }
}
