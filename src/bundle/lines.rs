//! The lines of a file, one after the other: JSON, or a row of CSV turned into the same.

use std::io::BufRead;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::{ENVELOPE, Form};
use crate::http::body;
use crate::http::csv::unguarded;
use crate::problem::{At, Fault, Problem, unknown_name};
use crate::record::kind::KindDef;

/// How long a line may be: as long as the largest body that a `POST` takes.
const LENGTH: usize = 1 << 20;

/// How many columns a file may have: several times what any kind has.
const TITLES: usize = 500;

/// A line: its number, and what stands in it or what is wrong with it.
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// What stands in it.
    pub members: Result<Map<String, Value>, Vec<Fault>>,
}

/// How much of a line is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Much {
    /// All of it, strictly.
    Whole,
    /// What stands in front of its content; a line that is not JSON is left out, and told when all of it is read.
    Front,
}

/// The members of a line's front.
struct Front(Map<String, Value>);

impl<'de> Deserialize<'de> for Front {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Front, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Front;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Front, A::Error> {
                let mut members = Map::new();
                while let Some(name) = map.next_key::<String>()? {
                    if ENVELOPE.contains(&name.as_str()) {
                        members.insert(name, map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Front(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Gives each line of a file to `take`. Stops where that fails.
pub fn each(
    input: Box<dyn BufRead + '_>,
    form: Form,
    kind: Option<&KindDef>,
    much: Much,
    take: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    match (form, kind) {
        (Form::Csv, Some(kind)) => each_row(input, kind, take),
        _ => each_line(input, much, take),
    }
}

fn each_line(
    mut input: Box<dyn BufRead + '_>,
    much: Much,
    take: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut text = vec![];
    let mut number = 0;
    loop {
        text.clear();
        let mut limited = std::io::Read::take(&mut input, LENGTH as u64 + 1);
        let read = limited.read_until(b'\n', &mut text).map_err(broken)?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        let bare = text.strip_prefix("\u{feff}".as_bytes()).filter(|_| number == 1).unwrap_or(&text);
        if bare.trim_ascii().is_empty() {
            continue;
        }
        if bare.len() > LENGTH {
            let detail = format!("A line has at most {LENGTH} bytes; what stands behind it was not read.");
            return take(Line { number, members: Err(vec![Fault::pointer("", "too_long", detail)]) });
        }
        let members = match much {
            Much::Whole => object(bare),
            Much::Front => {
                serde_json::from_slice(bare.trim_ascii()).map(|Front(members)| members).map_err(|_| vec![])
            }
        };
        take(Line { number, members })?;
    }
}

/// What broke off in the middle.
fn broken(error: std::io::Error) -> Problem {
    Problem::unprocessable(vec![Fault::pointer(
        "",
        "unreadable",
        format!("The file cannot be read on: {error}."),
    )])
}

fn object(text: &[u8]) -> Result<Map<String, Value>, Vec<Fault>> {
    match body::parse(text.trim_ascii()) {
        Ok((Value::Object(members), faults)) if faults.is_empty() => Ok(members),
        Ok((_, faults)) if !faults.is_empty() => Err(faults),
        Ok(_) => Err(vec![Fault::pointer("", "type", "A line holds one JSON object.")]),
        Err(problem) => Err(problem.errors),
    }
}

fn each_row(
    input: Box<dyn BufRead + '_>,
    kind: &KindDef,
    take: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let titles: Vec<String> = match reader.headers() {
        Ok(titles) => titles.iter().map(|title| title.trim_start_matches('\u{feff}').to_owned()).collect(),
        Err(error) => return take(Line { number: 1, members: Err(vec![not_csv(&error)]) }),
    };
    let faults = wrong_titles(&titles, kind);
    if !faults.is_empty() {
        return take(Line { number: 1, members: Err(faults) });
    }
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let number = error.position().map_or(1, csv::Position::line);
                take(Line { number, members: Err(vec![not_csv(&error)]) })?;
                continue;
            }
        };
        let number = row.position().map_or(1, csv::Position::line);
        let members = if row.len() == titles.len() {
            Ok(members(&titles, &row, kind))
        } else {
            let detail = format!("This row has {} cells, the titles are {}.", row.len(), titles.len());
            Err(vec![Fault::pointer("", "cells", detail)])
        };
        take(Line { number, members })?;
    }
    Ok(())
}

fn not_csv(error: &csv::Error) -> Fault {
    Fault::pointer(
        "",
        "syntax",
        format!("Not CSV in UTF-8: {error}. Spreadsheets call this form \"CSV UTF-8\"."),
    )
}

/// Members that lists show and that say nothing new.
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
    if titles.len() > TITLES {
        let detail = format!("A file has at most {TITLES} columns.");
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
            faults.push(Fault::at(At::Column(title.clone()), "duplicate", "This column stands there twice."));
        }
    }
    faults
}

fn members(titles: &[String], row: &csv::StringRecord, kind: &KindDef) -> Map<String, Value> {
    let known = kind.field_names();
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
            (title.clone(), cell(text, schema))
        })
        .collect()
}

/// What a cell holds, by the schema of its member. What does not fit stays text, and the schema says so.
fn cell(text: &str, schema: &Value) -> Value {
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
    let json_text = || body::parse(text.as_bytes()).map_or_else(|_| json!(text), |(value, _)| value);
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
        let of = |text: &str, schema: Value| cell(text, &schema);
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
