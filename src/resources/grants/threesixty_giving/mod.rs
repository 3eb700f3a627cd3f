//! Grants in the 360Giving Data Standard (1.4): going out as its package or its spreadsheet, coming in from its
//! spreadsheet. No database: what goes out are grants as this API shows them, what comes in are lines for the
//! importer.

mod cells;
mod fields;
mod read;
mod remarks;
mod words;

use std::borrow::Cow;
use std::io;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

pub use self::fields::country;
use self::fields::{Field, Form, GROUPS, Group};
pub use self::read::{Entry, Giving, Options, Remark, read};

/// The version of the standard that is written.
pub const VERSION: &str = "1.4";

/// What a package says of itself. What is not known stays out.
#[derive(Debug, Default, Serialize)]
pub struct Meta {
    /// Its title, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the publisher calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Who publishes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Publisher>,
    /// The day, or the moment, on which it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Where this package can be fetched.
    #[serde(rename = "downloadURL", skip_serializing_if = "Option::is_none")]
    pub download_url: Option<String>,
    /// Where people read about it.
    #[serde(rename = "accessURL", skip_serializing_if = "Option::is_none")]
    pub access_url: Option<String>,
    /// The licence's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// What stands before a grant's `self` (`https://example.org`): with it, a grant without a data source names
    /// its own address as one.
    #[serde(skip)]
    pub base: Option<String>,
}

/// Who publishes a package.
#[derive(Debug, Default, Serialize)]
pub struct Publisher {
    /// Its org-id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Its name.
    pub name: String,
    /// Its web site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Its logo's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
}

/// A package that is written grant by grant. The standard wants at least one grant in it.
pub struct Package<W: io::Write> {
    out: W,
    base: Option<String>,
    empty: bool,
}

impl<W: io::Write> Package<W> {
    /// Writes what comes before the grants.
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

    /// Writes one grant, as this API shows it.
    pub fn grant(&mut self, grant: &Value) -> io::Result<()> {
        if !self.empty {
            self.out.write_all(b",")?;
        }
        self.empty = false;
        serde_json::to_writer(&mut self.out, &standard(grant, self.base.as_deref())?)?;
        Ok(())
    }

    /// Writes what comes after them, and gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"]}")?;
        Ok(self.out)
    }
}

/// A whole package at once.
pub fn package<'a>(meta: &Meta, grants: impl IntoIterator<Item = &'a Value>) -> io::Result<Vec<u8>> {
    let mut package = Package::begin(vec![], meta)?;
    for grant in grants {
        package.grant(grant)?;
    }
    package.finish()
}

/// The standard's spreadsheet: one row a grant, the columns that it requires and those that hold something.
/// Where a grant benefits several places, their columns are numbered from 0.
pub fn spreadsheet(base: Option<&str>, grants: &[Value]) -> io::Result<Vec<u8>> {
    let columns: Vec<(&Group, &Field, usize)> =
        GROUPS.iter().flat_map(|group| columns(group, grants, base)).collect();
    let titles = columns.iter().map(|(group, field, at)| {
        let several = group.several && places(grants) > 1;
        group.column(field, several.then_some(*at))
    });
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    writer.write_record(titles)?;
    for grant in grants {
        writer.write_record(columns.iter().map(|(group, field, at)| {
            let value = items(group, grant).get(*at).and_then(|item| shown(group, field, item, grant, base));
            value.map_or_else(String::new, |value| value.cell(field.form))
        }))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// The most places that a grant benefits.
fn places(grants: &[Value]) -> usize {
    let count = |grant: &Value| grant["beneficiary_locations"].as_array().map_or(0, Vec::len);
    grants.iter().map(count).max().unwrap_or(0)
}

/// The columns of a group that are required or hold something, with the number of the item that they show.
fn columns<'a>(group: &'a Group, grants: &[Value], base: Option<&str>) -> Vec<(&'a Group, &'a Field, usize)> {
    let times = if group.several { places(grants) } else { 1 };
    let mut all = vec![];
    for at in 0..times {
        for field in group.fields {
            let holds = |grant: &Value| {
                items(group, grant)
                    .get(at)
                    .is_some_and(|item| shown(group, field, item, grant, base).is_some())
            };
            if field.required || grants.iter().any(holds) {
                all.push((group, field, at));
            }
        }
    }
    all
}

/// A value on its way out.
enum Out<'a> {
    Text(Cow<'a, str>),
    Number(Cow<'a, str>),
    List(Vec<&'a str>),
}

impl Out<'_> {
    /// In a cell: guarded where a spreadsheet would take words for a formula, as in all our CSV.
    fn cell(&self, form: Form) -> String {
        match self {
            Out::Text(text) if matches!(form, Form::Text(_)) => crate::http::csv::guarded(text),
            Out::Text(text) | Out::Number(text) => text.clone().into_owned(),
            Out::List(items) => crate::http::csv::guarded(&items.join(";")),
        }
    }
}

/// A grant in the standard's JSON, in the order of its template.
struct Node<'a>(Vec<(&'static str, Member<'a>)>);

/// What is under a name of it.
enum Member<'a> {
    Value(Out<'a>, Option<Box<RawValue>>),
    Nodes(Vec<Node<'a>>),
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, member) in &self.0 {
            map.serialize_entry(name, member)?;
        }
        map.end()
    }
}

impl Serialize for Member<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Member::Value(_, Some(number)) => number.serialize(serializer),
            Member::Value(Out::Text(text) | Out::Number(text), None) => serializer.serialize_str(text),
            Member::Value(Out::List(items), None) => items.serialize(serializer),
            Member::Nodes(nodes) => {
                let mut list = serializer.serialize_seq(Some(nodes.len()))?;
                for node in nodes {
                    list.serialize_element(node)?;
                }
                list.end()
            }
        }
    }
}

/// A grant of ours as the standard has it.
fn standard<'a>(grant: &'a Value, base: Option<&'a str>) -> io::Result<Node<'a>> {
    let mut whole = vec![];
    for group in GROUPS {
        let mut nodes = vec![];
        for item in items(group, grant) {
            let node = members(group, item, grant, base)?;
            if !node.is_empty() {
                nodes.push(Node(node));
            }
        }
        if group.title.is_empty() {
            whole.extend(nodes.into_iter().flat_map(|node| node.0));
        } else if !nodes.is_empty() {
            whole.push((group.theirs, Member::Nodes(nodes)));
        }
    }
    Ok(Node(whole))
}

fn members<'a>(
    group: &Group,
    item: &'a Value,
    grant: &'a Value,
    base: Option<&str>,
) -> io::Result<Vec<(&'static str, Member<'a>)>> {
    let mut all = vec![];
    for field in group.fields {
        if let Some(value) = shown(group, field, item, grant, base) {
            // The digits as they stand: a number never passes through a float.
            let number = match &value {
                Out::Number(digits) => Some(RawValue::from_string(digits.clone().into_owned())?),
                _ => None,
            };
            all.push((field.theirs, Member::Value(value, number)));
        }
    }
    Ok(all)
}

/// What of a grant belongs to a group: itself, one of its members, or all of a list.
fn items<'a>(group: &Group, grant: &'a Value) -> Vec<&'a Value> {
    if group.title.is_empty() {
        return vec![grant];
    }
    match &grant[group.ours] {
        Value::Array(items) => items.iter().collect(),
        Value::Null => vec![],
        item => vec![item],
    }
}

/// The value of a field, where there is one: as it stands, or as the rest of the record tells it.
fn shown<'a>(
    group: &Group,
    field: &Field,
    item: &'a Value,
    grant: &'a Value,
    base: Option<&str>,
) -> Option<Out<'a>> {
    stated(field, item).or_else(|| implied(group, field, item, grant, base))
}

fn stated<'a>(field: &Field, item: &'a Value) -> Option<Out<'a>> {
    let value = &item[field.ours];
    match field.form {
        Form::Currency => Some(Out::Text(item["amount_awarded"]["currency"].as_str()?.into())),
        Form::Money => Some(Out::Number(value["amount"].as_str()?.into())),
        Form::Degrees(_) => Some(Out::Number(value.as_str()?.into())),
        Form::Whole(_) => Some(Out::Number(value.as_i64()?.to_string().into())),
        Form::YesNo => Some(Out::Text(if value.as_bool()? { "Yes" } else { "No" }.into())),
        Form::Several => {
            let items: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
            (!items.is_empty()).then_some(Out::List(items))
        }
        Form::Text(_) | Form::Day | Form::Moment | Form::Address | Form::Country => {
            Some(Out::Text(value.as_str()?.into()))
        }
    }
}

/// What a grant does not state and its record tells: numbers in registers, when it was published, where it stands.
fn implied<'a>(
    group: &Group,
    field: &Field,
    item: &'a Value,
    grant: &'a Value,
    base: Option<&str>,
) -> Option<Out<'a>> {
    let text = match (group.ours, field.ours) {
        ("recipient" | "funder", "charity_number") => registered(item, "GB-CHC")?.into(),
        ("recipient" | "funder", "company_number") => registered(item, "GB-COH")?.into(),
        ("beneficiary_locations", "geo_code") => area_code(item["area"].as_str()?)?.into(),
        ("", "last_modified") => grant["published_at"].as_str()?.into(),
        ("", "data_source") => format!("{}{}", base?, grant["self"].as_str()?).into(),
        _ => return None,
    };
    Some(Out::Text(text))
}

/// A party's number in a register, where its identifiers have one.
fn registered<'a>(party: &'a Value, scheme: &str) -> Option<&'a str> {
    let mut identifiers = party["identifiers"].as_array()?.iter();
    identifiers.find(|identifier| identifier["scheme"] == scheme)?["id"].as_str()
}

/// The reference of an area, where it is its code in the ONS's register.
fn area_code(reference: &str) -> Option<&str> {
    let digits = reference.strip_prefix(['E', 'K', 'N', 'S', 'W'])?;
    (digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(reference)
}
