//! A value of JSON as a reader sees it: with links, dates in words and tables.

use askama::Template;
use chrono::{DateTime, NaiveDate};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::codes::{self, Tone};
use crate::http::State;
use crate::record::kind::KindDef;
use crate::stats::period::{Frequency, Period};
use crate::stats::words::{capitalised, thousands};

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
    /// A picture of this server, for light and for dark pages.
    Picture { address: String, dark: String, words: String, width: u16, height: u16 },
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

impl Shown {
    /// The value as HTML.
    pub fn html(&self) -> askama::Result<String> {
        ValuePage { value: self }.render()
    }
}

/// What is left as it is in a segment of an address.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// The address of a record.
pub fn address_of(kind: &KindDef, name: &str) -> String {
    format!("/v1/{}/{}", kind.def.path, utf8_percent_encode(name, SEGMENT))
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
            Value::Object(fields) => match money(fields).map(Shown::Text).or_else(|| named(fields)) {
                Some(shown) => shown,
                None => self.fields(path, fields),
            },
        }
    }

    /// The fields of an object that have a value.
    pub fn fields(&self, path: &str, fields: &Map<String, Value>) -> Shown {
        let shown = fields.iter().filter(|(_, value)| !is_empty(value));
        Shown::Fields(
            shown.map(|(name, value)| (label(name), self.value(&below(path, name), value))).collect(),
        )
    }

    fn text(&self, path: &str, text: &str) -> Shown {
        let named = self.kind.and_then(|kind| kind.reference_at(path));
        if let Some(kind) = named.and_then(|reference| self.state.kind(reference.kind)) {
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

    fn list(&self, path: &str, items: &[Value]) -> Shown {
        let path = below(path, "*");
        let objects: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
        if objects.is_empty() || objects.len() < items.len() {
            return Shown::List(items.iter().map(|item| self.value(&path, item)).collect());
        }
        // Only columns in which something is stated.
        let mut names: Vec<&String> = vec![];
        for (name, value) in objects.iter().flat_map(|object| object.iter()) {
            if !is_empty(value) && !names.contains(&name) {
                names.push(name);
            }
        }
        // A table of tables cannot be read.
        if objects.iter().flat_map(|object| object.values()).any(is_nested) {
            return Shown::List(objects.iter().map(|object| self.fields(&path, object)).collect());
        }
        if let [only] = names.as_slice() {
            let path = below(&path, only);
            let values = objects.iter().filter_map(|object| object.get(only.as_str()));
            return Shown::List(values.map(|value| self.value(&path, value)).collect());
        }
        let row = |object: &&Map<String, Value>| {
            let cell = |name: &&String| match object.get(name.as_str()) {
                Some(value) => self.value(&below(&path, name), value),
                None => Shown::Nothing,
            };
            names.iter().map(cell).collect()
        };
        Shown::Table {
            titles: names.iter().map(|name| label(name)).collect(),
            rows: objects.iter().map(row).collect(),
        }
    }
}

/// Whether a field says nothing.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a value has parts that need lines of their own.
fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => money(fields).is_none() && named(fields).is_none(),
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

/// The name of a field as a label: `said_on` is "Said on".
pub fn label(name: &str) -> String {
    capitalised(&name.replace('_', " "))
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// Whether a text is a code of several words.
pub fn is_code(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    text.contains('_') && text.split('_').all(is_word)
}

/// A day in words.
pub fn day(text: &str) -> Option<String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10).then(|| day_in_words(day))
}

/// The day of a moment, or of a text that begins with a day, in words.
pub fn day_of(value: &Value) -> Option<String> {
    day(value.as_str()?.get(..10)?)
}

/// A day in words.
pub fn day_in_words(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A moment in words, in UTC as the record has it.
pub fn moment(text: &str) -> Option<String> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    Some(moment.format("%-d %B %Y, %H:%M UTC").to_string())
}

/// A period with a length (`2022-04-01/P1Y`) in words.
pub fn period(text: &str) -> Option<String> {
    let frequency = Frequency::parse(text.split_once('/')?.1)?;
    Some(Period::parse(text).ok()?.words(frequency))
}

/// A whole number of five digits or more with separators; a year stays as it is.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("−", digits));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let whole = if whole.len() < 5 { whole.to_owned() } else { thousands(whole) };
    match part {
        Some(part) => format!("{sign}{whole}.{part}"),
        None => format!("{sign}{whole}"),
    }
}

/// An amount of money in words, if the object is one.
pub fn money(fields: &Map<String, Value>) -> Option<String> {
    let (amount, currency) = (fields.get("amount")?.as_str()?, fields.get("currency")?.as_str()?);
    if fields.len() != 2 {
        return None;
    }
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("−", digits));
    let (pounds, pence) = digits.split_once('.').unwrap_or((digits, "00"));
    let pounds = thousands(pounds);
    let words = if pence == "00" { pounds } else { format!("{pounds}.{pence}") };
    Some(match currency {
        "GBP" => format!("{sign}£{words}"),
        other => format!("{sign}{words} {other}"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_money_and_days_are_written_as_people_do() {
        assert_eq!(
            (grouped("2011"), grouped("256814"), grouped("-12345.6")),
            ("2011".into(), "256,814".into(), "−12,345.6".into())
        );
        let of = |amount: &str, currency: &str| {
            money(json!({"amount": amount, "currency": currency}).as_object().unwrap())
        };
        assert_eq!(of("500000.00", "GBP").unwrap(), "£500,000");
        assert_eq!(of("-1249.50", "GBP").unwrap(), "−£1,249.50");
        assert_eq!(of("99.00", "EUR").unwrap(), "99 EUR");
        assert_eq!(day("2013-03-31").unwrap(), "31 March 2013");
        assert_eq!(moment("2013-03-31T00:00:00Z").unwrap(), "31 March 2013, 00:00 UTC");
        assert_eq!(period("2022-04-01/P1Y").unwrap(), "Apr 2022 to Mar 2023");
        assert_eq!((day("2013-02-30"), moment("2013")), (None, None));
        assert_eq!(
            (label("said_on"), is_code("not_yet_rated"), is_code("PLEDGE_1")),
            ("Said on".into(), true, false)
        );
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
