//! Writes grants as the standard's package (JSON) and as its spreadsheet (CSV).

use std::borrow::Cow;
use std::io;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::cell::is_separable;
use super::fields::{Field, Form, GROUPS, Group};
use crate::http::csv::Audience;

/// The version of the standard that is written.
pub const VERSION: &str = "1.4";

/// The metadata of a package. Unknown fields are left out.
#[derive(Debug, Default, Serialize)]
pub struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The publisher's own identifier of the package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Publisher>,
    /// The date, or the date and time, of issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// The address of this package.
    #[serde(rename = "downloadURL", skip_serializing_if = "Option::is_none")]
    pub download_url: Option<String>,
    /// The address of a page about the package.
    #[serde(rename = "accessURL", skip_serializing_if = "Option::is_none")]
    pub access_url: Option<String>,
    /// The address of the licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// What precedes a grant's `self` (`https://example.org`). With it, a grant without a data source names its own
    /// address as the data source.
    #[serde(skip)]
    pub base: Option<String>,
}

/// The publisher of a package.
#[derive(Debug, Default, Serialize)]
pub struct Publisher {
    /// The org-id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// The address of the logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
}

/// A package that is written one grant at a time. The standard requires at least one grant.
pub struct Package<W: io::Write> {
    out: W,
    base: Option<String>,
    empty: bool,
}

impl<W: io::Write> Package<W> {
    /// Writes the metadata, which precedes the grants.
    pub fn begin(mut out: W, meta: &Meta) -> io::Result<Package<W>> {
        #[derive(Serialize)]
        struct Head<'a> {
            version: &'static str,
            #[serde(flatten)]
            meta: &'a Meta,
        }
        let mut head = serde_json::to_vec(&Head { version: VERSION, meta })?;
        head.pop();
        out.write_all(&head)?;
        out.write_all(b",\"grants\":[")?;
        Ok(Package { out, base: meta.base.clone(), empty: true })
    }

    /// Writes a grant, which is given as this API shows it.
    pub fn grant(&mut self, grant: &Value) -> io::Result<()> {
        if !self.empty {
            self.out.write_all(b",")?;
        }
        self.empty = false;
        serde_json::to_writer(&mut self.out, &standard_grant(grant, self.base.as_deref())?)?;
        Ok(())
    }

    /// Writes the end of the package and returns the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"]}")?;
        Ok(self.out)
    }
}

/// A package of these grants.
pub fn package<'a>(meta: &Meta, grants: impl IntoIterator<Item = &'a Value>) -> io::Result<Vec<u8>> {
    let mut package = Package::begin(vec![], meta)?;
    for grant in grants {
        package.grant(grant)?;
    }
    package.finish()
}

/// The standard's spreadsheet: a row for each grant, with the required columns and those that are not empty. If a
/// grant has several locations, the columns of a location are numbered from 0.
pub fn spreadsheet(base: Option<&str>, grants: &[Value], audience: Audience) -> io::Result<Vec<u8>> {
    let columns: Vec<(&Group, &Field, usize)> =
        GROUPS.iter().flat_map(|group| columns(group, grants, base)).collect();
    let titles = columns.iter().map(|(group, field, n)| {
        let numbered = group.repeated && most_locations(grants) > 1;
        group.column(field, numbered.then_some(*n))
    });
    let mut writer = audience.writer();
    writer.write_record(titles)?;
    for grant in grants {
        writer.write_record(columns.iter().map(|(group, field, n)| {
            let value =
                items(group, grant).get(*n).and_then(|item| value_of(group, field, item, grant, base));
            value.map_or_else(String::new, |value| value.cell(field.form, audience))
        }))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// A list of a grant that the spreadsheet cannot hold: semicolons separate its values in a cell, and none of them can have
/// one, or blanks at its ends.
pub struct Inseparable {
    pub identifier: String,
    pub title: &'static str,
    pub value: String,
}

/// The first list of these grants that the spreadsheet cannot hold.
pub fn inseparable(grants: &[Value]) -> Option<Inseparable> {
    let lists = || {
        GROUPS
            .iter()
            .flat_map(|group| group.fields.iter().map(move |field| (group, field)))
            .filter(|(_, field)| field.form == Form::List)
    };
    grants.iter().find_map(|grant| {
        lists().find_map(|(group, field)| {
            let values =
                items(group, grant).into_iter().filter_map(|item| item[field.name].as_array()).flatten();
            let value = values.filter_map(Value::as_str).find(|value| !is_separable(value))?;
            Some(Inseparable {
                identifier: grant["identifier"].as_str().unwrap_or_default().to_owned(),
                title: field.title,
                value: value.to_owned(),
            })
        })
    })
}

/// The names of the fields of the standard in which two grants differ.
pub fn differences(one: &Value, other: &Value, base: &str) -> io::Result<Vec<String>> {
    let written = |grant: &Value| -> io::Result<Vec<(&'static str, String)>> {
        let StandardObject(fields) = standard_grant(grant, Some(base))?;
        fields.iter().map(|(name, field)| Ok((*name, serde_json::to_string(field)?))).collect()
    };
    let (one, other) = (written(one)?, written(other)?);
    let names = one.iter().chain(&other).map(|(name, _)| *name);
    let value = |fields: &[(&str, String)], name: &str| {
        fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let mut differences: Vec<String> = vec![];
    for name in names {
        if value(&one, name) != value(&other, name) && !differences.iter().any(|known| known == name) {
            differences.push(name.to_owned());
        }
    }
    Ok(differences)
}

fn most_locations(grants: &[Value]) -> usize {
    let count = |grant: &Value| grant["beneficiary_locations"].as_array().map_or(0, Vec::len);
    grants.iter().map(count).max().unwrap_or(0)
}

/// The columns of a group that are required or not empty, each with the number of its item.
fn columns<'a>(group: &'a Group, grants: &[Value], base: Option<&str>) -> Vec<(&'a Group, &'a Field, usize)> {
    let times = if group.repeated { most_locations(grants) } else { 1 };
    let mut columns = vec![];
    for n in 0..times {
        for field in group.fields {
            let has_value = |grant: &Value| {
                items(group, grant)
                    .get(n)
                    .is_some_and(|item| value_of(group, field, item, grant, base).is_some())
            };
            if field.required || grants.iter().any(has_value) {
                columns.push((group, field, n));
            }
        }
    }
    columns
}

/// A value in the form in which it is written.
enum OutputValue<'a> {
    Text(Cow<'a, str>),
    Number(Cow<'a, str>),
    List(Vec<&'a str>),
}

impl OutputValue<'_> {
    /// The content of a cell.
    fn cell(&self, form: Form, audience: Audience) -> String {
        match self {
            OutputValue::Text(text) if matches!(form, Form::Text(_) | Form::Code(_)) => {
                audience.text(text).into_owned()
            }
            OutputValue::Text(text) | OutputValue::Number(text) => text.clone().into_owned(),
            OutputValue::List(items) => audience.text(&items.join(";")).into_owned(),
        }
    }
}

/// An object of the standard's JSON, with its fields in the order of the standard's template.
struct StandardObject<'a>(Vec<(&'static str, StandardField<'a>)>);

enum StandardField<'a> {
    /// A value; if it is a number, with its digits.
    Value(OutputValue<'a>, Option<Box<RawValue>>),
    Objects(Vec<StandardObject<'a>>),
}

impl Serialize for StandardObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            map.serialize_entry(name, field)?;
        }
        map.end()
    }
}

impl Serialize for StandardField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            StandardField::Value(_, Some(number)) => number.serialize(serializer),
            StandardField::Value(OutputValue::Text(text) | OutputValue::Number(text), None) => {
                serializer.serialize_str(text)
            }
            StandardField::Value(OutputValue::List(items), None) => items.serialize(serializer),
            StandardField::Objects(objects) => {
                let mut list = serializer.serialize_seq(Some(objects.len()))?;
                for object in objects {
                    list.serialize_element(object)?;
                }
                list.end()
            }
        }
    }
}

/// A grant of ours in the standard's JSON.
fn standard_grant<'a>(grant: &'a Value, base: Option<&'a str>) -> io::Result<StandardObject<'a>> {
    let mut fields = vec![];
    for group in GROUPS {
        let mut objects = vec![];
        for item in items(group, grant) {
            let object = standard_fields(group, item, grant, base)?;
            if !object.is_empty() {
                objects.push(StandardObject(object));
            }
        }
        if group.title.is_empty() {
            fields.extend(objects.into_iter().flat_map(|object| object.0));
        } else if !objects.is_empty() {
            fields.push((group.standard_name, StandardField::Objects(objects)));
        }
    }
    Ok(StandardObject(fields))
}

fn standard_fields<'a>(
    group: &Group,
    item: &'a Value,
    grant: &'a Value,
    base: Option<&str>,
) -> io::Result<Vec<(&'static str, StandardField<'a>)>> {
    let mut fields = vec![];
    for field in group.fields {
        if let Some(value) = value_of(group, field, item, grant, base) {
            // The digits are written as they are: a number never passes through a float.
            let number = match &value {
                OutputValue::Number(digits) => Some(RawValue::from_string(digits.clone().into_owned())?),
                _ => None,
            };
            fields.push((field.standard_name, StandardField::Value(value, number)));
        }
    }
    Ok(fields)
}

/// The parts of a grant that belong to a group: the grant itself, one of its fields, or the elements of a list.
fn items<'a>(group: &Group, grant: &'a Value) -> Vec<&'a Value> {
    if group.title.is_empty() {
        return vec![grant];
    }
    match &grant[group.name] {
        Value::Array(items) => items.iter().collect(),
        Value::Null => vec![],
        item => vec![item],
    }
}

/// The value of a field: as the grant states it, or derived from the rest of the record.
fn value_of<'a>(
    group: &Group,
    field: &Field,
    item: &'a Value,
    grant: &'a Value,
    base: Option<&str>,
) -> Option<OutputValue<'a>> {
    stated_value(field, item).or_else(|| derived_value(group, field, item, grant, base))
}

fn stated_value<'a>(field: &Field, item: &'a Value) -> Option<OutputValue<'a>> {
    let value = &item[field.name];
    match field.form {
        Form::Currency => Some(OutputValue::Text(item["amount_awarded"]["currency"].as_str()?.into())),
        Form::Money => Some(OutputValue::Number(value["amount"].as_str()?.into())),
        Form::Degrees(_) => Some(OutputValue::Number(value.as_str()?.into())),
        Form::Integer(_) => Some(OutputValue::Number(value.as_i64()?.to_string().into())),
        Form::YesNo => Some(OutputValue::Text(if value.as_bool()? { "Yes" } else { "No" }.into())),
        Form::List => {
            let items: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
            (!items.is_empty()).then_some(OutputValue::List(items))
        }
        Form::Text(_)
        | Form::Code(_)
        | Form::Date
        | Form::PartialDate
        | Form::DateTime
        | Form::Url
        | Form::Country => Some(OutputValue::Text(value.as_str()?.into())),
    }
}

/// A value that the grant does not state and its record implies: a number in a register, an area's code, the time of
/// publication, the address of the record.
fn derived_value<'a>(
    group: &Group,
    field: &Field,
    item: &'a Value,
    grant: &'a Value,
    base: Option<&str>,
) -> Option<OutputValue<'a>> {
    let text = match (group.name, field.name) {
        ("recipient" | "funder", "charity_number") => register_number(item, "GB-CHC")?.into(),
        ("recipient" | "funder", "company_number") => register_number(item, "GB-COH")?.into(),
        ("beneficiary_locations", "geo_code") => ons_code(item["area"].as_str()?)?.into(),
        ("", "last_modified") => grant["published_at"].as_str()?.into(),
        ("", "data_source") => format!("{}{}", base?, grant["self"].as_str()?).into(),
        _ => return None,
    };
    Some(OutputValue::Text(text))
}

/// The number of an organisation in a register, if its identifiers have one.
fn register_number<'a>(party: &'a Value, scheme: &str) -> Option<&'a str> {
    let mut identifiers = party["identifiers"].as_array()?.iter();
    identifiers.find(|identifier| identifier["scheme"] == scheme)?["id"].as_str()
}

/// The reference of an area, if it has the form of an ONS code.
fn ons_code(reference: &str) -> Option<&str> {
    let digits = reference.strip_prefix(['E', 'K', 'N', 'S', 'W'])?;
    (digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(reference)
}
