//! Query parameters: the declaration both checks and documents them.
//!
//! An unknown parameter, a repeated one or an invalid value fails with 400, which lists the known ones; nothing is ignored.

use chrono::{Datelike, NaiveDate};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::clock::Ts;
use crate::problem::{FAULTS, Fault, Problem, unknown_name};
use crate::record::money;
use crate::validation::characters;

/// The type of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamType {
    /// A whole number from the first to the second.
    Int(i64, i64),
    /// `true` or `false`.
    Bool,
    /// Text of at most this many characters.
    Text(usize),
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A sum of money in pounds, with at most two decimals.
    Money,
    /// A moment, RFC 3339.
    Moment,
    /// One of these.
    OneOf(Vec<&'static str>),
    /// One of the codes of a field.
    Code(Vec<String>),
    /// Some of these names, separated by commas.
    Some {
        /// The names.
        of: Vec<String>,
        /// Whether a name may have the prefix `-`.
        signed: bool,
        /// The most names.
        most: usize,
    },
    /// The id or reference of a record.
    Reference,
    /// Text of at most this many characters for each name in brackets after the parameter's own: `c[AREA]=…`.
    Each(usize),
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The name in the query.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The type of its value.
    pub ty: ParamType,
}

impl Param {
    /// A parameter of that name and type.
    pub fn new(name: impl Into<String>, ty: ParamType, description: impl Into<String>) -> Param {
        Param { name: name.into(), description: description.into(), ty }
    }

    /// Whether a name in a query is this parameter's.
    fn has_name(&self, name: &str) -> bool {
        match &self.ty {
            ParamType::Each(_) => bracketed(name, &self.name).is_some(),
            _ => self.name == name,
        }
    }

    /// The parameter's schema in the OpenAPI document.
    pub fn schema(&self) -> Value {
        match &self.ty {
            ParamType::Int(least, most) => {
                json!({"type": "integer", "format": "int64", "minimum": least, "maximum": most})
            }
            ParamType::Bool => json!({"type": "boolean"}),
            ParamType::Text(most) => json!({"type": "string", "minLength": 1, "maxLength": most}),
            ParamType::Date => json!({"type": "string", "format": "date", "maxLength": 10}),
            ParamType::Money => {
                json!({"type": "string", "minLength": 1, "maxLength": money::LENGTH, "pattern": money::PATTERN})
            }
            ParamType::Moment => json!({"type": "string", "format": "date-time", "maxLength": 40}),
            ParamType::OneOf(names) => json!({"type": "string", "enum": names}),
            ParamType::Code(names) => json!({"type": "string", "enum": names}),
            ParamType::Some { of, signed, most } => {
                let mut names = of.clone();
                if *signed {
                    names.extend(of.iter().map(|name| format!("-{name}")));
                }
                json!({"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1, "maxItems": most})
            }
            ParamType::Reference => {
                json!({"type": "string", "minLength": 1, "maxLength": 150, "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]*$"})
            }
            ParamType::Each(most) => json!({
                "type": "object", "maxProperties": 20,
                "additionalProperties": {"type": "string", "minLength": 1, "maxLength": most},
            }),
        }
    }
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// A number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// A day.
    Date(NaiveDate),
    /// A sum of money, in pence.
    Pence(i64),
    /// A moment.
    Moment(Ts),
    /// Names, each with whether it has the prefix `-`.
    Names(Vec<(String, bool)>),
}

/// The parameters of a request, by name, in the order of the query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    values: Vec<(String, ParamValue)>,
    /// The faults of the other parameters.
    pub faults: Vec<Fault>,
}

impl Params {
    /// Parses a query string by the known parameters; 400 with all faults.
    pub fn parse(query: &str, known: &[Param]) -> Result<Params, Problem> {
        let params = Params::read(query, known);
        if params.faults.is_empty() { Ok(params) } else { Err(Problem::bad_request(params.faults)) }
    }

    /// [`Params::parse`] for an operation that finds further faults and reports all together.
    pub fn read(query: &str, known: &[Param]) -> Params {
        let mut params: Vec<(String, ParamValue)> = vec![];
        let mut faults = vec![];
        let mut seen: Vec<String> = vec![];
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if faults.len() >= FAULTS {
                break;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                faults.push(Fault::parameter(
                    shorten(name),
                    "encoding",
                    "The parameter is not percent-encoded UTF-8 without control characters (U+0000 and others).",
                ));
                continue;
            };
            let Some(param) = known.iter().find(|param| param.has_name(&name)) else {
                let names: Vec<&str> = known.iter().map(|param| param.name.as_str()).collect();
                faults.push(Fault::parameter(
                    shorten(&name),
                    "unknown",
                    unknown_name("parameter", &name, &names),
                ));
                continue;
            };
            if seen.contains(&name) {
                params.retain(|(earlier, _)| *earlier != name);
                faults.push(Fault::parameter(name, "repeated", "The parameter is repeated; give it once."));
                continue;
            }
            seen.push(name.clone());
            match read(param, &value) {
                Ok(value) => params.push((name, value)),
                Err((code, detail)) => faults.push(Fault::parameter(name, code, detail)),
            }
        }
        Params { values: params, faults }
    }

    fn get(&self, name: &str) -> Option<&ParamValue> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A number.
    pub fn int(&self, name: &str) -> Option<i64> {
        if let Some(ParamValue::Int(value)) = self.get(name) { Some(*value) } else { None }
    }

    /// Yes or no; no by default.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(ParamValue::Bool(true)))
    }

    /// Text.
    pub fn text(&self, name: &str) -> Option<&str> {
        if let Some(ParamValue::Text(value)) = self.get(name) { Some(value) } else { None }
    }

    /// A day.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        if let Some(ParamValue::Date(value)) = self.get(name) { Some(*value) } else { None }
    }

    /// A sum of money, in pence.
    pub fn pence(&self, name: &str) -> Option<i64> {
        if let Some(ParamValue::Pence(value)) = self.get(name) { Some(*value) } else { None }
    }

    /// A moment.
    pub fn moment(&self, name: &str) -> Option<Ts> {
        if let Some(ParamValue::Moment(value)) = self.get(name) { Some(*value) } else { None }
    }

    /// Names.
    pub fn names(&self, name: &str) -> &[(String, bool)] {
        if let Some(ParamValue::Names(value)) = self.get(name) { value } else { &[] }
    }

    /// The text of each name in brackets.
    pub fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values.iter().filter_map(move |(known, value)| match value {
            ParamValue::Text(text) => Some((bracketed(known, name)?, text.as_str())),
            _ => None,
        })
    }

    /// Whether the query has the parameter.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All parameters but these, in one order, for the context that a cursor is bound to.
    pub fn canonical(&self, without: &[&str]) -> String {
        let mut all: Vec<String> = self
            .values
            .iter()
            .filter(|(name, _)| !without.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        all.sort();
        all.join("&")
    }
}

/// The name in brackets after a parameter's name.
fn bracketed<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let inner = text.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.is_empty() && inner.len() <= 40).then_some(inner)
}

/// Decodes percent-encoding strictly; a space may be `+`.
pub fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?.into_owned();
    characters::refused(&decoded).is_none().then_some(decoded)
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

fn read(param: &Param, value: &str) -> Result<ParamValue, (&'static str, String)> {
    match &param.ty {
        ParamType::Int(least, most) => value
            .parse::<i64>()
            .ok()
            .filter(|number| (*least..=*most).contains(number) && number.to_string() == value)
            .map(ParamValue::Int)
            .ok_or_else(|| ("out_of_range", format!("Give a whole number from {least} to {most}."))),
        ParamType::Bool => match value {
            "true" => Ok(ParamValue::Bool(true)),
            "false" => Ok(ParamValue::Bool(false)),
            _ => Err(("invalid", "Give `true` or `false`.".to_owned())),
        },
        ParamType::Text(most) | ParamType::Each(most) => {
            let length = value.chars().count();
            if length == 0 || length > *most {
                return Err(("length", format!("Give 1 to {most} characters.")));
            }
            Ok(ParamValue::Text(value.to_owned()))
        }
        ParamType::Date => parse_date(value)
            .map(ParamValue::Date)
            .ok_or_else(|| ("invalid", "Give a day of the calendar as `YYYY-MM-DD`.".to_owned())),
        ParamType::Money => money::pence(value)
            .map(ParamValue::Pence)
            .ok_or_else(|| ("invalid", "Give a sum in pounds such as `1000` or `1000.50`.".to_owned())),
        ParamType::Moment => Ts::parse(value).map(ParamValue::Moment).ok_or_else(|| {
            (
                "invalid",
                "Give a moment by RFC 3339, such as `2024-03-21T00:00:00Z` (a `+` is written `%2B`)."
                    .to_owned(),
            )
        }),
        ParamType::OneOf(names) => names
            .contains(&value)
            .then(|| ParamValue::Text(value.to_owned()))
            .ok_or_else(|| ("unknown", unknown_name("value", value, names))),
        ParamType::Code(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            match names.contains(&value) {
                true => Ok(ParamValue::Text(value.to_owned())),
                false => Err(("unknown_code", unknown_name("code", value, &names))),
            }
        }
        ParamType::Some { of, signed, most } => {
            let known: Vec<&str> = of.iter().map(String::as_str).collect();
            let mut names: Vec<(String, bool)> = vec![];
            for item in value.split(',') {
                let (name, minus) = match item.strip_prefix('-') {
                    Some(name) if *signed => (name, true),
                    _ => (item, false),
                };
                if !known.contains(&name) {
                    return Err(("unknown", unknown_name("name", name, &known)));
                }
                if names.iter().any(|(earlier, _)| earlier == name) {
                    return Err(("repeated", format!("`{name}` is repeated; give it once.")));
                }
                names.push((name.to_owned(), minus));
            }
            if names.len() > *most {
                return Err(("too_many", format!("Give at most {most}.")));
            }
            Ok(ParamValue::Names(names))
        }
        ParamType::Reference => {
            let fits = !value.is_empty()
                && value.len() <= 150
                && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-'));
            if fits {
                Ok(ParamValue::Text(value.to_owned()))
            } else {
                Err(("invalid", "Give an id or a reference.".to_owned()))
            }
        }
    }
}

/// A day of the form `YYYY-MM-DD`, the only accepted one.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|day: &NaiveDate| form && day.year() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Param> {
        vec![
            Param::new("limit", ParamType::Int(1, 200), ""),
            Param::new("sort", ParamType::Some { of: vec!["title".into()], signed: true, most: 2 }, ""),
        ]
    }

    fn codes(query: &str) -> Vec<&'static str> {
        match Params::parse(query, &known()) {
            Ok(_) => vec![],
            Err(problem) => problem.errors.iter().map(|fault| fault.code).collect(),
        }
    }

    #[test]
    fn all_faults_come_at_once() {
        assert_eq!(
            codes("limit=-1&sort=titel&limmit=3&limit=5"),
            ["out_of_range", "unknown", "unknown", "repeated"]
        );
        assert_eq!(codes("limit=5&limit=6"), ["repeated"]);
        assert_eq!(codes("limit=%00"), ["encoding"]);
        assert_eq!(codes("limit=%ff"), ["encoding"]);
        assert_eq!(codes("limit=%2B5"), ["out_of_range"]);
        assert_eq!(codes("limit=05"), ["out_of_range"]);
        assert_eq!(codes("limit=5&sort=-title"), Vec::<&str>::new());
    }
}
