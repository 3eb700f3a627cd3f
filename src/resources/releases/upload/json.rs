//! Reads a list of objects in JSON, `{"observations": [{…}, …]}`, whose fields are the columns of the canonical form.
//!
//! Numbers never pass through binary floating point: a value is a string or an integer.

use std::borrow::Cow;
use std::fmt;

use csv::StringRecord;
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::canonical::Canonical;
use super::report::Report;
use super::shape::IndicatorShape;
use super::source_row::SourceRow;
use super::table::Reader;
use crate::problem::{self, Fault, Problem, unknown_name};
use crate::text_encoding;
use crate::validation::characters::brief;

/// The most observations: millions of empty objects fit into a body.
const MAX_ROWS: u64 = 500_000;

/// The most fields of an observation.
const MAX_FIELDS: usize = 1000;

/// Passes all observations to the reader.
pub fn read(
    body: &[u8],
    shape: &IndicatorShape,
    reader: &mut Canonical<'_, '_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let body = text_encoding::without_mark(body);
    if let Some(fault) = text_encoding::fault(body) {
        return Err(Problem::bad_request(vec![Fault::pointer("", "encoding", fault)]));
    }
    reader.header(Canonical::full_header(shape), report);
    let mut visitor = Rows { shape, reader, report, row: 0, has_list: false, problem: None };
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = json.deserialize_map(&mut visitor).and_then(|()| json.end());
    if let Some(problem) = visitor.problem {
        return Err(problem);
    }
    let has_list = visitor.has_list;
    if let Err(error) = read {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or("it cannot be read");
        let detail = match wrong_type(what) {
            Some(what) => format!("The JSON has {what} (line {}).", error.line()),
            None => {
                format!(
                    "The JSON cannot be read at line {}, column {}: {what}.",
                    error.line(),
                    error.column()
                )
            }
        };
        return Err(Problem::bad_request(vec![Fault::pointer("", "syntax", detail)]));
    }
    if !has_list {
        let detail =
            "Send the observations as a list in the field `observations`: `{\"observations\": [{…}]}`.";
        report.error(1, "observations", "required", || detail.to_owned());
    }
    reader.end(report);
    Ok(())
}

/// What stands in the place of what, in the words of JSON. None if the text is not about that.
fn wrong_type(what: &str) -> Option<String> {
    let (found, expected) = what.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    let found = match found {
        "map" => "an object",
        "sequence" => "a list",
        "null" => "`null`",
        other => other,
    };
    Some(format!("{found} in the place of {expected}"))
}

struct Rows<'a, 'm, 's> {
    shape: &'a IndicatorShape,
    reader: &'a mut Canonical<'m, 's>,
    report: &'a mut Report,
    row: u64,
    has_list: bool,
    /// The problem that stopped the reading, if it was not an error of the JSON.
    problem: Option<Problem>,
}

impl<'de> Visitor<'de> for &mut Rows<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the field `observations`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name != "observations" {
                let known = ["observations"];
                self.report.error(1, &name, "unknown_member", || unknown_name("field", &name, &known));
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if std::mem::replace(&mut self.has_list, true) {
                return Err(A::Error::custom("the field `observations` occurs twice"));
            }
            map.next_value_seed(List(self))?;
        }
        Ok(())
    }
}

struct List<'r, 'a, 'm, 's>(&'r mut Rows<'a, 'm, 's>);

impl<'de> DeserializeSeed<'de> for List<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of observations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let rows = self.0;
        let mut cells: Vec<Cow<'de, str>> = vec![];
        while let Some(element) = list.next_element::<&'de RawValue>()? {
            rows.row += 1;
            if rows.row > MAX_ROWS {
                let detail = format!(
                    "A request may have at most {MAX_ROWS} observations. Split them into several releases."
                );
                rows.problem = Some(Problem::new(&problem::TOO_LARGE, detail));
                return Err(A::Error::custom("stopped"));
            }
            rows.report.rows_read += 1;
            if !rows.read_object(element.get(), &mut cells) {
                continue;
            }
            let record: StringRecord = cells.iter().map(AsRef::as_ref).collect();
            if let Err(problem) = rows.reader.row(&SourceRow::plain(rows.row, &record), rows.report) {
                rows.problem = Some(problem);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl Rows<'_, '_, '_> {
    /// Puts the fields of an observation into the cells of their columns. Returns whether the row can be read.
    fn read_object<'j>(&mut self, json: &'j str, cells: &mut Vec<Cow<'j, str>>) -> bool {
        cells.clear();
        cells
            .resize(super::canonical_columns::COLUMNS.len() + self.shape.dimensions.len(), Cow::Borrowed(""));
        let Ok(Fields(fields)) = serde_json::from_str::<Fields<'j>>(json) else {
            self.report.error(self.row, "", "not_an_object", || {
                format!("An observation must be an object with named fields, at most {MAX_FIELDS}.")
            });
            return false;
        };
        let mut readable = true;
        let mut filled = vec![];
        for (name, value) in fields {
            let position = match Canonical::position(self.shape, &name) {
                Some(Some(position)) => position,
                Some(None) => continue,
                None => {
                    self.report.error(self.row, &name, "unknown_member", || {
                        unknown_name("field", &name, &Canonical::known_names(self.shape))
                    });
                    readable = false;
                    continue;
                }
            };
            if filled.contains(&position) {
                self.report.error(self.row, &name, "duplicate_member", || {
                    "This field occurs twice. Remove one of them.".to_owned()
                });
                readable = false;
            }
            filled.push(position);
            match scalar_text(value.get()) {
                Some(text) => cells[position] = text,
                None => {
                    self.report.error(self.row, &name, "not_a_text", || {
                        format!(
                            "`{}` is not accepted. Write a string; only integers may be JSON numbers.",
                            brief(value.get())
                        )
                    });
                    readable = false;
                }
            }
        }
        readable
    }
}

/// The text of a string, an integer, `true` or `false`; empty for null. None for everything else.
fn scalar_text(json: &str) -> Option<Cow<'_, str>> {
    let integer = json.strip_prefix('-').unwrap_or(json).bytes().all(|byte| byte.is_ascii_digit());
    match json {
        "null" => Some(Cow::Borrowed("")),
        "true" | "false" => Some(Cow::Borrowed(json)),
        _ if json.starts_with('"') => {
            let inside = &json[1..json.len() - 1];
            if !inside.contains('\\') {
                return Some(Cow::Borrowed(inside));
            }
            serde_json::from_str::<String>(json).ok().map(Cow::Owned)
        }
        _ if integer => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

/// The fields of an object in their order. A field that occurs twice is listed twice.
struct Fields<'j>(Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'de> serde::Deserialize<'de> for Fields<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    if all.len() == MAX_FIELDS {
                        return Err(A::Error::custom("too many fields"));
                    }
                    all.push((name, map.next_value::<&'de RawValue>()?));
                }
                Ok(Fields(all))
            }
        }
        deserializer.deserialize_map(All)
    }
}
