//! A value of JSON as a reader sees it: with links, dates in words and tables.

use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::codes::{self, Tone};
use super::labels::{code_in, is_said_otherwise, says_nothing, unit_of};
pub use super::labels::{is_empty, label};
pub use super::written::{day, day_in_words, day_of, ended, grouped, moment, money, period};
use super::written::{figure, grouped_whole};
use crate::http::State;
use crate::record::ORGANISATION;
use crate::record::kind::KindDef;
use crate::record::read::is_reference;

/// A value as a page shows it. All its texts are escaped when they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// There is no value.
    Nothing,
    /// Text.
    Text(String),
    /// A link: to an address of this server, or to one that begins with `https://` or `http://`.
    Link { address: String, words: String },
    /// A day or a moment.
    Moment { machine: String, words: String },
    /// Several values.
    List(Vec<Shown>),
    /// Several objects.
    Table { titles: Vec<String>, rows: Vec<Vec<Shown>> },
    /// The fields of an object, each with its label.
    Fields(Vec<(String, Shown)>),
    /// Several values in one line.
    Line(Vec<Shown>),
    /// Several values, one below the other.
    Stack(Vec<Shown>),
    /// A verdict or a status, and whether it is good news.
    Word { words: String, tone: Tone },
    /// What says less than the rest.
    Soft(String),
    /// The reference of a record, which is never cut where there is room.
    Reference(String),
    /// A picture of this server, for light and for dark pages.
    Picture { address: String, dark: String, words: String, width: u16, height: u16 },
    /// A chart of this server, for light and dark pages, and of another width on a phone, so that its words can be read.
    Chart { address: String, words: String },
    /// Text of which parts were inserted, deleted or found.
    Cuts(Vec<(Cut, String)>),
}

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is as it was.
    Same,
    /// It was inserted.
    Inserted,
    /// It was deleted.
    Deleted,
    /// It was searched for.
    Found,
}

#[derive(Template)]
#[template(path = "value.html")]
struct ValuePage<'a> {
    value: &'a Shown,
}

impl ValuePage<'_> {
    /// What stands before the part of that place: words that replace others do not run into them where there is no style.
    fn gap(&self, cuts: &[(Cut, String)], next: &usize) -> &'static str {
        let text = cuts.get(*next).filter(|(cut, _)| *cut == Cut::Inserted);
        if text.is_some_and(|(_, text)| !text.starts_with(char::is_whitespace)) { " " } else { "" }
    }
}

impl Shown {
    /// The value as HTML.
    pub fn html(&self) -> askama::Result<String> {
        ValuePage { value: self }.render()
    }
}

/// What is left as it is in a segment of an address.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// A text as a part of an address.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The address of a record.
pub fn address_of(kind: &KindDef, name: &str) -> String {
    format!("/v1/{}/{}", kind.def.path, segment(name))
}

/// How the addresses of this server begin that answers have.
const OWN: &[&str] = &["/v1/", "/problems/", "/.well-known/", "/openapi.json", "/catalogue.jsonld", "/docs/"];

/// Shows the values of a record or of another answer.
pub struct Shower<'a> {
    pub state: &'a State,
    /// The kind, whose definition says which fields name other records.
    pub kind: Option<&'a KindDef>,
}

impl Shower<'_> {
    /// The value of a field; `path` is its place in the record, with `*` for the elements of a list.
    pub fn value(&self, path: &str, value: &Value) -> Shown {
        match value {
            Value::Null => Shown::Nothing,
            Value::Bool(yes) => Shown::Text(if *yes { "Yes" } else { "No" }.to_owned()),
            Value::Number(number) => Shown::Text(grouped(&number.to_string())),
            Value::String(text) => self.text(path, text),
            Value::Array(items) => self.list(path, items),
            Value::Object(fields) => {
                let own = money(fields).map(Shown::Text).or_else(|| named(fields));
                match own.or_else(|| counts(fields)) {
                    Some(shown) => shown,
                    None => self.fields(path, fields),
                }
            }
        }
    }

    /// The fields of an object that have a value.
    pub fn fields(&self, path: &str, fields: &Map<String, Value>) -> Shown {
        let record = record_cell(self.state, fields);
        let is_shown = |name: &str, value: &Value| {
            let is_whole = name == "truncated" && *value == false;
            let is_in_cell = record.is_some() && OF_RECORD.contains(&name);
            !is_whole && !is_in_cell && !says_nothing(name, value) && !is_said_otherwise(name, fields)
        };
        let shown = fields.iter().filter(|(name, value)| is_shown(name, value));
        let rest = shown.map(|(name, value)| (label(name), self.value(&below(path, name), value)));
        let first = record.clone().map(|record| ("Record".to_owned(), record));
        Shown::Fields(first.into_iter().chain(rest).collect())
    }

    fn text(&self, path: &str, text: &str) -> Shown {
        let named = self.kind.and_then(|kind| kind.reference_at(path));
        if let Some(kind) = named.and_then(|reference| self.state.kind(reference.kind)) {
            return Shown::Link { address: address_of(kind, text), words: text.to_owned() };
        }
        let name = path.rsplit('/').find(|step| *step != "*").unwrap_or_default();
        if self.is_code(path, name, text) {
            if let Some(words) = code_in(name, text) {
                return Shown::Text(words.to_owned());
            }
            return match codes::tone(text) {
                Tone::Plain => Shown::Text(codes::of(text)),
                tone => Shown::Word { words: codes::of(text), tone },
            };
        }
        if is_decimal(text) {
            let kind = self.kind.map_or("", |kind| kind.def.name);
            return Shown::Text(match unit_of(kind, path) {
                Some(unit) => figure(text, unit),
                None if text.contains('.') || IS_FIGURE.contains(&name) => grouped_whole(text),
                None => text.to_owned(),
            });
        }
        // Every answer names organisations by their references.
        if OF_ORGANISATIONS.contains(&name)
            && is_reference(text)
            && let Some(kind) = self.state.kind(ORGANISATION)
        {
            return Shown::Link { address: address_of(kind, text), words: text.to_owned() };
        }
        // An address with braces is a pattern of addresses.
        let is_address = !text.contains('{');
        let own = is_address && OWN.iter().any(|start| text.starts_with(start));
        if own || text.starts_with("https://") || text.starts_with("http://") {
            return Shown::Link { address: text.to_owned(), words: text.to_owned() };
        }
        if let Some(words) = day(text).or_else(|| moment(text)) {
            return Shown::Moment { machine: text.to_owned(), words };
        }
        if let Some(words) = period(text) {
            return Shown::Text(words);
        }
        Shown::Text(if is_code(text) { codes::of(text) } else { text.to_owned() })
    }

    /// Whether a text is a code: its kind says so, or it is in a field that has codes in every answer.
    fn is_code(&self, path: &str, name: &str, text: &str) -> bool {
        match self.kind {
            Some(kind) => kind.has_code(path, text),
            None => CODED.contains(&name),
        }
    }

    fn list(&self, path: &str, items: &[Value]) -> Shown {
        let path = below(path, "*");
        let objects: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
        if objects.is_empty() || objects.len() < items.len() {
            return Shown::List(items.iter().map(|item| self.value(&path, item)).collect());
        }
        // Only columns in which something is stated.
        let mut names: Vec<&String> = vec![];
        for (name, value) in objects.iter().flat_map(|object| object.iter()) {
            if !says_nothing(name, value) && !names.contains(&name) {
                names.push(name);
            }
        }
        names.retain(|name| !objects.iter().all(|object| is_said_otherwise(name, object)));
        // A table of tables cannot be read.
        if objects.iter().flat_map(|object| object.values()).any(is_nested) {
            return Shown::List(objects.iter().map(|object| self.fields(&path, object)).collect());
        }
        let records: Vec<Shown> =
            objects.iter().filter_map(|object| record_cell(self.state, object)).collect();
        let are_records = !records.is_empty() && records.len() == objects.len();
        if are_records {
            names.retain(|name| !OF_RECORD.contains(&name.as_str()));
        }
        if let ([only], false) = (names.as_slice(), are_records) {
            let path = below(&path, only);
            let values = objects.iter().filter_map(|object| object.get(only.as_str()));
            return Shown::List(values.map(|value| self.value(&path, value)).collect());
        }
        let row = |object: &&Map<String, Value>| {
            let cell = |name: &&String| match object.get(name.as_str()) {
                Some(value) if !says_nothing(name, value) => self.value(&below(&path, name), value),
                _ => Shown::Nothing,
            };
            names.iter().map(cell).collect()
        };
        let mut titles: Vec<String> = names.iter().map(|name| label(name)).collect();
        let mut rows: Vec<Vec<Shown>> = objects.iter().map(row).collect();
        if are_records {
            titles.insert(0, "Record".to_owned());
            rows.iter_mut().zip(records).for_each(|(row, record)| row.insert(0, record));
        }
        Shown::Table { titles, rows }
    }
}

/// The fields of answers, and computed ones, that name organisations by their references.
const OF_ORGANISATIONS: &[&str] = &["organisation", "verified_by", "withdrawn_by"];

/// The fields of an answer without a kind that have codes.
const CODED: &[&str] = &[
    "unit",
    "method",
    "frequency",
    "FREQ",
    "OBS_STATUS",
    "variation",
    "variation_reason",
    "assurance",
    "assurance_reason",
    "operator",
    "reason",
    "state",
    "status",
    "verdict",
    "stage",
    "event",
];

/// The fields that are figures where they are texts.
const IS_FIGURE: &[&str] = &["value", "result", "sum"];

/// The fields that name a record.
const OF_RECORD: &[&str] = &["id", "kind", "reference", "self", "title", "name"];

/// A link to the record that a row is about, with its kind and its reference, where the row says more of it than that.
fn record_cell(state: &State, fields: &Map<String, Value>) -> Option<Shown> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let address = text("self").filter(|address| address.starts_with("/v1/"))?;
    let (kind, reference) = (state.kind(text("kind")?)?, text("reference")?);
    let words = text("title").or_else(|| text("name")).unwrap_or(reference);
    Some(Shown::Stack(vec![
        Shown::Link { address: address.to_owned(), words: words.to_owned() },
        Shown::Soft(format!("{} {reference}", label(kind.def.one))),
    ]))
}

/// Counts by code, in one line; those of none are left out where there are many.
fn counts(fields: &Map<String, Value>) -> Option<Shown> {
    if fields.len() < 3 || !fields.values().all(Value::is_u64) {
        return None;
    }
    let many = fields.len() > 4;
    let some = fields.iter().filter(|(_, count)| !many || count.as_u64() != Some(0));
    let parts: Vec<String> =
        some.map(|(name, count)| format!("{}: {}", of_count(name), grouped(&count.to_string()))).collect();
    Some(Shown::Text(if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }))
}

/// What is counted; `none` are those that have no such code.
fn of_count(name: &str) -> String {
    if name == "none" { "without one".to_owned() } else { codes::of(name) }
}

/// Whether a text is a number, with a sign and a point at most.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.split_once('.').map_or(is_whole(digits), |(whole, part)| is_whole(whole) && is_whole(part))
}

/// Whether a value has parts that need lines of their own.
fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            money(fields).is_none() && named(fields).is_none() && counts(fields).is_none()
        }
        Value::Array(items) => items.iter().any(|item| item.is_object() || item.is_array()),
        _ => false,
    }
}

/// A link to a record, if the object only names one.
fn named(fields: &Map<String, Value>) -> Option<Shown> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let only_names =
        fields.keys().all(|name| ["id", "kind", "reference", "self", "title"].contains(&name.as_str()));
    let address = text("self").filter(|address| only_names && address.starts_with("/v1/"))?;
    Some(Shown::Link {
        address: address.to_owned(),
        words: text("title").or_else(|| text("reference"))?.to_owned(),
    })
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// Whether a text is a code of several words.
pub fn is_code(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    text.contains('_') && text.split('_').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_words_with_underscores() {
        assert_eq!((is_code("not_yet_rated"), is_code("PLEDGE_1"), is_code("kept")), (true, false, false));
        for (text, is_number) in [("10.00", true), ("-5", true), ("1.2.3", false), (".5", false), ("", false)]
        {
            assert_eq!(is_decimal(text), is_number, "{text}");
        }
    }

    #[test]
    fn no_text_becomes_markup_and_no_script_an_address() {
        let html = Shown::Text("<script>alert(1)</script> & \"".to_owned()).html().unwrap();
        assert!(!html.contains('<') && html.contains("script"), "{html}");
        let link =
            Shown::Link { address: "https://a.example/?\"><img src=x>".to_owned(), words: "<b>".to_owned() };
        let html = link.html().unwrap();
        assert_eq!(html.matches('<').count(), 2, "{html}");
    }
}
