//! A list of objects in JSON: `{"observations": [{…}, …]}`, member by member the canonical form.
//!
//! Numbers never pass through binary floating point: a value is a text, or an integer.

use std::borrow::Cow;
use std::fmt;

use csv::StringRecord;
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::canonical::Canonical;
use super::found::{Found, brief};
use super::row::Shape;
use super::table::Reader;
use crate::problem::{self, Fault, Problem, unknown_name};

/// How many observations are read: millions of empty ones fit into a body.
const ROWS: u64 = 500_000;

/// Reads all elements.
pub fn read(
    body: &[u8],
    shape: &Shape,
    reader: &mut Canonical<'_, '_>,
    found: &mut Found,
) -> Result<(), Problem> {
    reader.header(Canonical::whole_header(shape), found);
    let mut seed = Rows { shape, reader, found, row: 0, listed: false, stop: None };
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = json.deserialize_map(&mut seed).and_then(|()| json.end());
    if let Some(problem) = seed.stop {
        return Err(problem);
    }
    let listed = seed.listed;
    if let Err(error) = read {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or("it cannot be read");
        let detail =
            format!("Not what is read here, at line {}, column {}: {what}.", error.line(), error.column());
        return Err(Problem::bad_request(vec![Fault::pointer("", "syntax", detail)]));
    }
    if !listed {
        let detail = "Give the observations in a list of that name: `{\"observations\": [{…}]}`.";
        found.error(1, "observations", "required", || detail.to_owned());
    }
    Ok(())
}

struct Rows<'a, 'm, 's> {
    shape: &'a Shape,
    reader: &'a mut Canonical<'m, 's>,
    found: &'a mut Found,
    row: u64,
    listed: bool,
    /// Why there is no reading on, if it is not for the JSON.
    stop: Option<Problem>,
}

impl<'de> Visitor<'de> for &mut Rows<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the member `observations`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name != "observations" {
                let known = ["observations"];
                self.found.error(1, &name, "unknown_member", || unknown_name("member", &name, &known));
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if std::mem::replace(&mut self.listed, true) {
                return Err(A::Error::custom("`observations` stands there twice"));
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
            if rows.row > ROWS {
                let detail =
                    format!("At most {ROWS} observations are read at once; open several releases for more.");
                rows.stop = Some(Problem::new(&problem::TOO_LARGE, detail));
                return Err(A::Error::custom("stopped"));
            }
            rows.found.rows_read += 1;
            if !rows.element(element.get(), &mut cells) {
                continue;
            }
            let record: StringRecord = cells.iter().map(AsRef::as_ref).collect();
            if let Err(problem) = rows.reader.row(rows.row, &record, rows.found) {
                rows.stop = Some(problem);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl Rows<'_, '_, '_> {
    /// Puts the members of an element into the places of their columns; says whether the row can be read.
    fn element<'j>(&mut self, json: &'j str, cells: &mut Vec<Cow<'j, str>>) -> bool {
        cells.clear();
        cells.resize(super::canonical::READ.len() + self.shape.dimensions.len(), Cow::Borrowed(""));
        let Ok(Members(members)) = serde_json::from_str::<Members<'j>>(json) else {
            self.found.error(self.row, "", "not_an_object", || {
                "An observation is an object, with its members by their names.".to_owned()
            });
            return false;
        };
        let mut whole = true;
        let mut filled = vec![];
        for (name, value) in members {
            let place = match Canonical::place(self.shape, &name) {
                Some(Some(place)) => place,
                Some(None) => continue,
                None => {
                    let known = Canonical::known(self.shape);
                    self.found
                        .error(self.row, &name, "unknown_member", || unknown_name("member", &name, &known));
                    whole = false;
                    continue;
                }
            };
            if filled.contains(&place) {
                self.found.error(self.row, &name, "duplicate_member", || {
                    "This member stands there twice.".to_owned()
                });
                whole = false;
            }
            filled.push(place);
            match plain(value.get()) {
                Some(text) => cells[place] = text,
                None => {
                    self.found.error(self.row, &name, "not_a_text", || {
                        format!(
                            "`{}` is not taken: give a text in quotes; only a whole number may stand without.",
                            brief(value.get())
                        )
                    });
                    whole = false;
                }
            }
        }
        whole
    }
}

/// The text of a plain value: a text itself, an integer, true or false, nothing for null.
fn plain(json: &str) -> Option<Cow<'_, str>> {
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

/// The members of an object as they stand, with those that come twice.
struct Members<'j>(Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    all.push((name, map.next_value::<&'de RawValue>()?));
                }
                Ok(Members(all))
            }
        }
        deserializer.deserialize_map(All)
    }
}
