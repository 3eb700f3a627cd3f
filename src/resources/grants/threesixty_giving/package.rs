//! Reads the standard's package (JSON). Numbers are read as they are written, never through a float.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::LazyLock;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::cell::{CellRemark, is_separable};
use super::columns::{self, Column, Columns};
use super::fields::{self, Form, GROUPS, Group};
use super::sheet::{Place, ReadCell, Sheet};
use super::table::{add_remarks, read_text};
use super::text::brief;
use super::titles::MAX_ITEMS;
use crate::text_encoding::{self, without_mark};

/// The names of what grants here cannot hold.
static NOT_HELD: LazyLock<HashSet<String>> =
    LazyLock::new(|| fields::not_held().map(|(_, name)| name).collect());

/// The fields of a JSON object, in order, unread.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'a>, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields: Vec<(String, &'de RawValue)> = vec![];
                while let Some(name) = map.next_key::<String>()? {
                    if fields.len() == MOST_FIELDS {
                        return Err(A::Error::custom(format!("it has more than {MOST_FIELDS} fields")));
                    }
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format!(
                            "the field `{name}` is repeated in its object"
                        )));
                    }
                    fields.push((name, map.next_value()?));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// Whether this is JSON with a field that only a package of the standard has.
pub fn is_package(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Object<'_>>(without_mark(bytes))
        .is_ok_and(|package| package.get("grants").is_some())
}

impl<'a> Object<'a> {
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

/// Reads a package.
pub fn read(bytes: &[u8]) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.tables.push(Rc::new(Columns::of_package()));
    let whole = Place { table: 0, row: 0 };
    let grants = match grants(bytes) {
        Ok(grants) => grants,
        Err(detail) => {
            sheet.error(whole, "", "not_a_package", detail);
            return sheet;
        }
    };
    let columns = sheet.tables[0].clone();
    let mut reader = Reader { sheet: &mut sheet, columns: &columns, unknown: HashSet::new() };
    for (n, grant) in (1..).zip(grants) {
        reader.grant(Place { table: 0, row: n }, grant);
    }
    sheet
}

/// The most fields of an object.
const MOST_FIELDS: usize = 1_000;

/// The most grants of a package.
const MOST_GRANTS: usize = 50_000;

fn grants(bytes: &[u8]) -> Result<Vec<&RawValue>, String> {
    let expected = "A package of 360Giving is a JSON object with a list `grants`.";
    if let Some(fault) = text_encoding::fault(bytes) {
        return Err(fault);
    }
    let package: Object<'_> = serde_json::from_slice(without_mark(bytes))
        .map_err(|error| format!("{expected} This cannot be read: {error}."))?;
    let grants = package.get("grants").ok_or_else(|| expected.to_owned())?;
    let grants: List<'_> = serde_json::from_str(grants.get())
        .map_err(|error| format!("{expected} The list cannot be read: {error}."))?;
    Ok(grants.0)
}

/// The elements of a JSON list, unread.
struct List<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<List<'a>, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = List<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<'de>, A::Error> {
                let mut elements = vec![];
                while let Some(element) = list.next_element()? {
                    if elements.len() == MOST_GRANTS {
                        return Err(A::Error::custom(format!(
                            "it has more than {MOST_GRANTS} grants; divide it"
                        )));
                    }
                    elements.push(element);
                }
                Ok(List(elements))
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

struct Reader<'a> {
    sheet: &'a mut Sheet,
    columns: &'a Columns,
    /// The unknown fields that a remark names already.
    unknown: HashSet<String>,
}

impl<'a> Reader<'a> {
    fn grant(&mut self, place: Place, grant: &'a RawValue) {
        let fields = match serde_json::from_str::<Object<'_>>(grant.get()) {
            Ok(Object(fields)) => fields,
            Err(error) => {
                let detail = format!("A grant is a JSON object; this is none: {error}.");
                return self.sheet.error(place, "", "type", detail);
            }
        };
        let mut cells = vec![];
        // The columns of the items of a list beyond the first.
        let mut more: Vec<(Column, Value)> = vec![];
        for (name, value) in fields {
            if let Some(group) = GROUPS.iter().find(|group| group.standard_name == name && !name.is_empty()) {
                self.group(place, group, value, &mut cells, &mut more);
            } else if let Some(column) = self.column("", &name) {
                cells.extend(self.value(place, column, &column.title, value).map(|value| (column, value)));
            } else {
                self.unknown(place, &name, &name, value);
            }
        }
        let mut all: Vec<ReadCell<'_>> =
            cells.into_iter().map(|(column, value)| ReadCell { column, value }).collect();
        all.extend(more.iter().map(|(column, value)| ReadCell { column, value: value.clone() }));
        self.sheet.add_row(place, all, true);
    }

    fn column(&self, group: &str, name: &str) -> Option<&'a Column> {
        self.columns
            .columns
            .iter()
            .find(|column| column.group.standard_name == group && column.field.standard_name == name)
    }

    fn group(
        &mut self,
        place: Place,
        group: &'static Group,
        value: &'a RawValue,
        cells: &mut Vec<(&'a Column, Value)>,
        more: &mut Vec<(Column, Value)>,
    ) {
        let name = group.standard_name;
        if is_nothing(value) {
            return;
        }
        let items: Vec<&RawValue> = match serde_json::from_str(value.get()) {
            Ok(List(items)) => items,
            Err(error) => {
                let detail = format!("The standard has a list of objects here; this is none: {error}.");
                self.mark_group(place, name);
                return self.sheet.error(place, name, "type", detail);
            }
        };
        let most = if group.repeated { MAX_ITEMS } else { 1 };
        if items.len() > most {
            let (code, detail) = columns::further(group);
            self.mark_group(place, name);
            return self.sheet.error(place, &format!("{name}/{most}"), code, detail);
        }
        for (item, object) in items.into_iter().enumerate() {
            let Ok(Object(fields)) = serde_json::from_str(object.get()) else {
                let detail = "The standard has an object here; this is none, or has a field twice.";
                self.sheet.error(place, &format!("{name}/{item}"), "type", detail);
                continue;
            };
            for (field, value) in fields {
                let at = format!("{name}/{item}/{field}");
                let Some(column) = self.column(name, &field) else {
                    self.unknown(place, &format!("{name}/{field}"), &at, value);
                    continue;
                };
                let Some(read) = self.value(place, column, &at, value) else { continue };
                match item {
                    0 => cells.push((column, read)),
                    _ => {
                        let Column { index, group, field, .. } = *column;
                        more.push((Column { index, title: at, group, item, field }, read));
                    }
                }
            }
        }
    }

    /// What is wrong with all fields of a group was said: that they are missing is no second fault.
    fn mark_group(&mut self, place: Place, name: &str) {
        for column in self.columns.columns.iter().filter(|column| column.group.standard_name == name) {
            self.sheet.mark_wrong(place, &column.title);
        }
    }

    fn value(&mut self, place: Place, column: &Column, at: &str, value: &RawValue) -> Option<Value> {
        if is_nothing(value) {
            return None;
        }
        let form = column.field.form;
        let parsed: Value = serde_json::from_str(value.get()).ok()?;
        let mut remarks: Vec<CellRemark> = vec![];
        let read = match parsed {
            Value::Array(items) if form == Form::List => list(&items, &mut remarks),
            Value::String(text) => read_text(form, &text, &mut remarks),
            Value::Bool(yes) if form == Form::YesNo => Some(json!(yes)),
            // A number as it is written. An exponent is another way of writing it, not a number that was shortened.
            Value::Number(_) => {
                let text = value.get();
                let plain = rust_decimal::Decimal::from_scientific(text).ok();
                let plain =
                    plain.filter(|_| text.contains(['e', 'E'])).map(|number| number.normalize().to_string());
                read_text(form, plain.as_deref().unwrap_or(text), &mut remarks)
            }
            _ => {
                let detail = "The standard has another type here; write it as the standard does.".to_owned();
                remarks.push(CellRemark { code: "type", detail, fatal: true });
                None
            }
        };
        add_remarks(self.sheet, place, at, remarks);
        read
    }

    /// A field that a grant here does not have.
    fn unknown(&mut self, place: Place, name: &str, at: &str, value: &RawValue) {
        if NOT_HELD.contains(name) {
            if !is_nothing(value) {
                let detail = "The standard has this field, but grants on this record do not. Remove it.";
                self.sheet.error(place, at, "not_held", detail);
            }
        } else if self.unknown.len() < 1000 && self.unknown.insert(name.to_owned()) {
            let detail = "A grant on this record has no such field. It is left out, here and in the grants after this one.";
            self.sheet.warning(place, at, "unknown_column", detail);
        }
    }
}

fn list(items: &[Value], remarks: &mut Vec<CellRemark>) -> Option<Value> {
    let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
    let fits = texts.len() == items.len()
        && texts.len() <= 100
        && texts.iter().all(|text| !text.is_empty() && text.chars().count() <= 200);
    if !fits {
        let detail = "Give at most 100 texts of at most 200 characters each.".to_owned();
        remarks.push(CellRemark { code: "too_long", detail, fatal: true });
        return None;
    }
    if let Some(value) = texts.iter().find(|value| !is_separable(value)) {
        let detail = format!(
            "A 360Giving spreadsheet cannot hold `{}`: semicolons separate the values of a list. It is imported; the grant can be downloaded as a package only.",
            brief(value)
        );
        remarks.push(CellRemark { code: "semicolon", detail, fatal: false });
    }
    Some(json!(texts))
}

/// Whether a value says nothing.
fn is_nothing(value: &RawValue) -> bool {
    matches!(value.get().trim(), "null" | "\"\"" | "[]" | "{}")
}
