//! The lines of a file, one after the other: JSON objects, or rows of CSV turned into such objects.

use std::io::BufRead;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::ENVELOPE;
use super::part::Form;
use crate::allowance::Allowance;
use crate::csv_rows::BoundedRows;
use crate::http::body;
use crate::http::csv::unguarded;
use crate::problem::{At, Fault, Problem, unknown_name};
use crate::record::kind::KindDef;

/// The most bytes of a line: those of the largest body that a `POST` takes.
const MOST_BYTES: usize = 1 << 20;

/// The most columns of a file: several times what any kind has.
const MOST_COLUMNS: usize = 500;

/// A line: its number, and its fields or its faults.
pub struct Line {
    /// The line's number in the file, from 1.
    pub number: u64,
    /// The line's fields, or what is wrong with it.
    pub fields: Result<Map<String, Value>, Vec<Fault>>,
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
            return use_line(Line { number, fields: Err(vec![Fault::pointer("", "too_long", detail)]) });
        }
        let fields = match scope {
            LineScope::Whole => object(line),
            LineScope::Envelope => {
                serde_json::from_slice(line.trim_ascii()).map(|Envelope(fields)| fields).map_err(|_| vec![])
            }
        };
        use_line(Line { number, fields })?;
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
    input: Box<dyn BufRead + '_>,
    kind: &KindDef,
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let rows = BoundedRows::new(input, MOST_BYTES as u64);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(rows);
    let titles: Vec<String> = match reader.headers() {
        Ok(titles) => titles.iter().map(|title| title.trim_start_matches('\u{feff}').to_owned()).collect(),
        Err(error) => return use_line(Line { number: 1, fields: Err(vec![not_csv(&error)]) }),
    };
    let faults = wrong_titles(&titles, kind);
    if !faults.is_empty() {
        return use_line(Line { number: 1, fields: Err(faults) });
    }
    let mut last = 1;
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let number = error.position().map_or(last + 1, csv::Position::line);
                use_line(Line { number, fields: Err(vec![not_csv(&error)]) })?;
                // Nothing is read beyond a row that is too long, or a file that is broken.
                if error.is_io_error() {
                    return Ok(());
                }
                continue;
            }
        };
        let number = row.position().map_or(1, csv::Position::line);
        last = number;
        let fields = if row.len() == titles.len() {
            Ok(fields_of(&titles, &row, kind))
        } else {
            let detail =
                format!("This row has {} cells, but the file has {} columns.", row.len(), titles.len());
            Err(vec![Fault::pointer("", "cells", detail)])
        };
        use_line(Line { number, fields })?;
    }
    Ok(())
}

fn not_csv(error: &csv::Error) -> Fault {
    if let csv::ErrorKind::Io(error) = error.kind() {
        let detail = format!("The file was read no further: {error}");
        return Fault::pointer("", "too_long", detail);
    }
    Fault::pointer(
        "",
        "syntax",
        format!("Not CSV in UTF-8: {error}. Spreadsheets call this form \"CSV UTF-8\"."),
    )
}

/// Fields that lists show and imports ignore.
const SHOWN_ONLY: &[&str] = &["kind", "self", "state"];

fn wrong_titles(titles: &[String], kind: &KindDef) -> Vec<Fault> {
    let mut known: Vec<&str> = ENVELOPE.to_vec();
    known.extend(kind.field_names());
    let computed = kind.computed_names();
    let fits =
        |title: &str| known.contains(&title) || SHOWN_ONLY.contains(&title) || computed.contains(&title);
    if let [title] = titles
        && title.contains([';', '\t'])
    {
        let detail = "The titles are not separated by commas; save the file as CSV with commas, in UTF-8.";
        return vec![Fault::pointer("", "separator", detail)];
    }
    if titles.len() > MOST_COLUMNS {
        let detail = format!("A file must have at most {MOST_COLUMNS} columns.");
        return vec![Fault::pointer("", "too_many", detail)];
    }
    let mut faults: Vec<Fault> = titles
        .iter()
        .filter(|title| !fits(title))
        .map(|title| {
            Fault::at(At::Column(title.clone()), "unknown_column", unknown_name("column", title, &known))
        })
        .collect();
    let mut seen = std::collections::HashSet::new();
    for title in titles {
        if !seen.insert(title) {
            faults.push(Fault::at(
                At::Column(title.clone()),
                "duplicate",
                "This column is repeated; leave one out.",
            ));
        }
    }
    faults
}

fn fields_of(titles: &[String], row: &csv::StringRecord, kind: &KindDef) -> Map<String, Value> {
    let known = kind.field_names();
    // The JSON of all cells together is bounded like a body.
    let allowance = Allowance::of_json();
    titles
        .iter()
        .zip(row.iter())
        .filter(|(title, text)| {
            !text.is_empty() && (ENVELOPE.contains(&title.as_str()) || known.contains(&title.as_str()))
        })
        .map(|(title, text)| {
            let schema = match title.as_str() {
                "version" => &json!({"type": "integer"}),
                title if ENVELOPE.contains(&title) => &json!({"type": "string"}),
                title => &kind.schema["properties"][title],
            };
            (title.clone(), cell(text, schema, &allowance))
        })
        .collect()
}

/// The value of a cell, by the schema of its field. A value that does not fit stays text, so that the schema reports it.
fn cell(text: &str, schema: &Value, allowance: &Allowance) -> Value {
    let is = |name: &str| {
        schema["type"] == name || schema["type"].as_array().is_some_and(|types| types.contains(&json!(name)))
    };
    let plain = unguarded(text);
    if is("integer") {
        return plain.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
    }
    if is("boolean") {
        return plain.parse::<bool>().map_or_else(|_| json!(text), |yes| json!(yes));
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
        let of = |text: &str, schema: Value| cell(text, &schema, &Allowance::of_json());
        assert_eq!(of("'=1+1", json!({"type": "string"})), json!("=1+1"));
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
