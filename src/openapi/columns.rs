//! What the document says of the columns of a CSV: which are days, which exact decimals, and what they mean.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::components::all_schemas;
use crate::http::operation::OperationSpec;
use crate::problem::Problem;
use crate::resources;

/// What the cells of a column can be besides text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnType {
    /// The texts of the column are exact decimals.
    pub is_decimal: bool,
    /// The texts of the column are days.
    pub is_day: bool,
}

/// The type of a column whose cells are all of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datatype {
    Text,
    /// An exact decimal with at most thirteen digits before the point and six after it.
    Decimal,
    Integer,
    Boolean,
    Day,
    Moment,
}

impl Datatype {
    /// The type with the name that CSVW has for it.
    fn named(name: &str) -> Datatype {
        match name {
            "decimal" => Datatype::Decimal,
            "integer" => Datatype::Integer,
            "boolean" => Datatype::Boolean,
            "date" => Datatype::Day,
            "dateTime" => Datatype::Moment,
            _ => Datatype::Text,
        }
    }
}

/// The title of the first column of a CSV of figures; no field has this name.
const FIRST_OF_FIGURES: &str = "STRUCTURE";

/// The types of the columns of a CSV of figures. A title that has the name of a dimension is of a text.
fn datatypes_of_figures(titles: &[String]) -> Vec<Datatype> {
    let of = |title: &String| {
        // A title can have a name after the code.
        let code = title.split(": ").next().unwrap_or(title);
        resources::datatype_of_column(code).map_or(Datatype::Text, Datatype::named)
    };
    titles.iter().map(of).collect()
}

/// The columns with exact decimals, which JSON has as text. A cell that is no decimal stays text.
const DECIMALS: &[&str] = &[
    "value",
    "value_before",
    "base_value",
    "numerator",
    "denominator",
    "current",
    "base",
    "change",
    "change_pct",
    "change_pp",
    "relative_change_pct",
    "target",
    "moving_range",
    "centre",
    "mean_moving_range",
    "lower_limit",
    "lower_near_limit",
    "upper_near_limit",
    "upper_limit",
];

/// How deep the fields of a row are looked for: a CSV has some that JSON has within others.
const DEEPEST: usize = 4;

/// What is known of the columns of an operation.
#[derive(Default)]
pub struct Known {
    /// Of each field its type, and what it is.
    fields: BTreeMap<String, (Datatype, Option<String>)>,
}

impl Known {
    /// What the cells of that column can be besides text.
    pub fn column(&self, title: &str) -> ColumnType {
        // The columns with the days of a period are of no field.
        let is_of_period = title.ends_with("period_start") || title.ends_with("period_end");
        let is_day = is_of_period || self.datatype(title) == Datatype::Day;
        ColumnType { is_decimal: DECIMALS.contains(&title), is_day }
    }

    /// The types of all columns of a CSV for programs.
    pub fn datatypes(&self, titles: &[String]) -> Vec<Datatype> {
        match titles.first().is_some_and(|title| title == FIRST_OF_FIGURES) {
            true => datatypes_of_figures(titles),
            false => titles.iter().map(|title| self.datatype(title)).collect(),
        }
    }

    fn datatype(&self, title: &str) -> Datatype {
        self.fields.get(title).map_or(Datatype::Text, |(datatype, _)| *datatype)
    }

    /// What the column says.
    pub fn about(&self, title: &str) -> Option<&str> {
        // A title can have a name after the code.
        let code = title.split(": ").next().unwrap_or(title);
        // The columns of figures say what each of their codes means.
        resources::about_column(code)
            .or_else(|| self.fields.get(title).and_then(|(_, about)| about.as_deref()))
    }
}

/// What is known of the columns of an operation's CSV. Read once for each operation.
pub fn columns_of(operation: &'static OperationSpec) -> Result<&'static Known, Problem> {
    static ALL: Mutex<BTreeMap<&'static str, &'static Known>> = Mutex::new(BTreeMap::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(operation.id.as_str()) {
        return Ok(known);
    }
    let known: &'static Known = Box::leak(Box::new(read(operation)?));
    all.insert(&operation.id, known);
    Ok(known)
}

fn read(operation: &OperationSpec) -> Result<Known, Problem> {
    let mut known = Known::default();
    let answer = operation.answers.iter().find(|answer| answer.csv);
    let Some(schema) = answer.and_then(|answer| answer.schema.as_ref()) else { return Ok(known) };
    let schemas = all_schemas(&resources::kinds()).map_err(Problem::internal)?;
    let mut level = vec![schema];
    for _ in 0..DEEPEST {
        let mut next = vec![];
        for schema in level {
            fields(schema, &schemas, 0, &mut |name, field| {
                let resolved = resolve(field, &schemas);
                let about = field["description"].as_str().or(resolved["description"].as_str());
                let entry = || (datatype_of(field, &schemas), about.map(str::to_owned));
                // What is nearest to the row names the column. The list around the rows is none of them.
                if name != "data" {
                    known.fields.entry(name.to_owned()).or_insert_with(entry);
                }
                next.push(field);
            });
        }
        level = next;
    }
    Ok(known)
}

/// The schemas of exact decimals, and how the pattern of a text begins that is one.
const NUMBERS: &[&str] = &["Decimal", "Money"];
const DIGITS: &str = r"^-?[0-9]+\.[0-9]{";

/// The type of the cells of a field: of one that can be null, the other type; of a sum of money, its amount.
fn datatype_of(field: &Value, schemas: &BTreeMap<String, Value>) -> Datatype {
    let alternatives =
        ["oneOf", "anyOf", "allOf"].iter().filter_map(|name| field[*name].as_array()).flatten();
    for schema in std::iter::once(field).chain(alternatives) {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let is_number = name.is_some_and(|name| NUMBERS.contains(&name))
            || schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with(DIGITS));
        let schema = resolve(schema, schemas);
        let is = |name: &str| match &schema["type"] {
            Value::Array(names) => names.iter().any(|one| one == name),
            one => one == name,
        };
        let datatype = match schema["format"].as_str() {
            _ if is_number => Datatype::Decimal,
            _ if is("integer") => Datatype::Integer,
            _ if is("boolean") => Datatype::Boolean,
            Some("date") if is("string") => Datatype::Day,
            Some("date-time") if is("string") => Datatype::Moment,
            _ => Datatype::Text,
        };
        if datatype != Datatype::Text {
            return datatype;
        }
    }
    Datatype::Text
}

/// The schema that a reference leads to.
fn resolve<'s>(schema: &'s Value, schemas: &'s BTreeMap<String, Value>) -> &'s Value {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    name.and_then(|name| schemas.get(name)).unwrap_or(schema)
}

/// Calls for each field of a schema, of its alternatives and of the items of a list.
fn fields<'s>(
    schema: &'s Value,
    schemas: &'s BTreeMap<String, Value>,
    depth: usize,
    each: &mut impl FnMut(&'s str, &'s Value),
) {
    let schema = resolve(schema, schemas);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        each(name, field);
    }
    if depth > DEEPEST {
        return;
    }
    let parts = ["anyOf", "oneOf", "allOf"].iter().filter_map(|name| schema[*name].as_array()).flatten();
    for part in parts.chain(schema.get("items")) {
        fields(part, schemas, depth + 1, each);
    }
}
