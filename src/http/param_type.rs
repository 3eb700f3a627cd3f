//! The types of query parameters: how a value is read, and its schema in the OpenAPI document.

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::schema::CompiledSchema;
use crate::clock::{Id, Ts, is_on_record, parse_day};
use crate::problem::unknown_name;
use crate::record::kind::Forms;
use crate::record::money;
use crate::validation::days;

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
    /// A moment, RFC 3339; or a day, which means its end or its start in Europe/London.
    Moment(DayMeans),
    /// One of these.
    OneOf(Vec<&'static str>),
    /// Some of the codes of a field, separated by commas.
    Codes(Vec<String>),
    /// Text of the form that a field has.
    Formed(Formed),
    /// The id of a record.
    Id,
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

/// What a plain day means where a moment is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayMeans {
    /// The last moment of the day: `as_of=2024-03-21` includes what was published on that day.
    End,
    /// The first moment of the day, for bounds of ranges.
    Start,
}

/// The form of a text: the schema of the field that it is compared with, and other forms in which people write it.
#[derive(Clone)]
pub struct Formed {
    schema: Arc<CompiledSchema>,
    also: Option<Forms>,
}

impl Formed {
    /// The form that a schema of text describes.
    pub fn new(schema: Value, also: Option<Forms>) -> Formed {
        Formed { schema: Arc::new(CompiledSchema::new(schema)), also }
    }

    /// The text as the field has it; what is wrong with a text that no field can have.
    fn read(&self, value: &str) -> Result<String, String> {
        let text = self.also.and_then(|forms| (forms.read)(value)).unwrap_or_else(|| value.to_owned());
        let Some(fault) = self.schema.faults(&Value::String(text.clone())).into_iter().next() else {
            return Ok(text);
        };
        Err(match self.also {
            Some(forms) => format!("No record can have this value. Give {}.", forms.words),
            None => format!("No record can have this value. {}", fault.detail),
        })
    }

    fn schema(&self) -> Value {
        match self.also {
            None => self.schema.schema().clone(),
            Some(_) => json!({"type": "string", "minLength": 1, "maxLength": 40}),
        }
    }
}

impl std::fmt::Debug for Formed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.schema.schema())
    }
}

impl PartialEq for Formed {
    fn eq(&self, other: &Formed) -> bool {
        self.schema.schema() == other.schema.schema()
    }
}

impl ParamType {
    /// The schema of the parameter in the OpenAPI document.
    pub fn schema(&self) -> Value {
        match self {
            ParamType::Int(least, most) => {
                json!({"type": "integer", "format": "int64", "minimum": least, "maximum": most})
            }
            ParamType::Bool => json!({"type": "boolean"}),
            ParamType::Text(most) => json!({"type": "string", "minLength": 1, "maxLength": most}),
            ParamType::Date => json!({"type": "string", "format": "date", "maxLength": 10}),
            ParamType::Money => {
                json!({"type": "string", "minLength": 1, "maxLength": money::LENGTH, "pattern": money::PATTERN})
            }
            ParamType::Moment(_) => {
                json!({"type": "string", "maxLength": 40, "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?$"})
            }
            ParamType::OneOf(names) => json!({"type": "string", "enum": names}),
            ParamType::Codes(names) => {
                json!({"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1, "maxItems": names.len()})
            }
            ParamType::Formed(formed) => formed.schema(),
            ParamType::Id => json!({"type": "string", "format": "uuid", "maxLength": 36}),
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
    /// A moment, and the day if it was given as one.
    Moment(Ts, Option<NaiveDate>),
    /// Names, each with whether it has the prefix `-`.
    Names(Vec<(String, bool)>),
}

/// Reads a value; the code of the fault and a sentence if it is wrong.
pub(super) fn read(ty: &ParamType, value: &str) -> Result<ParamValue, (&'static str, String)> {
    match ty {
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
        ParamType::Date => parse_day(value)
                .filter(|day| is_on_record(*day))
            .map(ParamValue::Date)
            .ok_or_else(|| ("invalid", day_advice(value, "Give a day of the calendar as `YYYY-MM-DD`, in the years 1000 to 2999."))),
        ParamType::Money => money::pence(value)
            .map(ParamValue::Pence)
            .ok_or_else(|| ("invalid", "Give a sum in pounds such as `1000` or `1000.50`.".to_owned())),
        ParamType::Moment(means) => moment(value, *means).ok_or_else(|| {
            (
                "invalid",
                day_advice(value, "Give a day as `YYYY-MM-DD`, or a moment by RFC 3339, such as `2024-03-21T00:00:00Z` (a `+` is written `%2B`)."),
            )
        }),
        ParamType::OneOf(names) => names
            .contains(&value)
            .then(|| ParamValue::Text(value.to_owned()))
            .ok_or_else(|| ("unknown", unknown_name("value", value, names))),
        ParamType::Codes(known) => {
            let codes = names(value, known, false, "code").map_err(|(code, detail)| match code {
                "unknown" => ("unknown_code", detail),
                code => (code, detail),
            });
            codes.map(ParamValue::Names)
        }
        ParamType::Formed(formed) => {
            formed.read(value).map(ParamValue::Text).map_err(|detail| ("invalid", detail))
        }
        ParamType::Id => match Id::parse(value) {
            Some(id) => Ok(ParamValue::Text(id.to_string())),
            None => Err(("invalid", "Give the id of a record, a UUID.".to_owned())),
        },
        ParamType::Some { of, signed, most } => {
            let names = names(value, of, *signed, "name")?;
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

/// Names separated by commas, each once, and where they may be signed whether each has the prefix `-`.
fn names(
    value: &str,
    known: &[String],
    signed: bool,
    what: &str,
) -> Result<Vec<(String, bool)>, (&'static str, String)> {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut names: Vec<(String, bool)> = vec![];
    for item in value.split(',') {
        let (name, minus) = match item.strip_prefix('-') {
            Some(name) if signed => (name, true),
            _ => (item, false),
        };
        if !known.contains(&name) {
            return Err(("unknown", unknown_name(what, name, &known)));
        }
        if names.iter().any(|(earlier, _)| earlier == name) {
            return Err(("repeated", format!("`{name}` is repeated; give it once.")));
        }
        names.push((name.to_owned(), minus));
    }
    Ok(names)
}

/// What to give for a day; with the day that a text in another form means, if that is clear.
fn day_advice(value: &str, otherwise: &str) -> String {
    days::advice(value).map_or_else(|| otherwise.to_owned(), |advice| format!("{advice} {otherwise}"))
}

/// A moment to the minute, `2022-02-01T12:00Z`, with its seconds.
fn with_seconds(value: &str) -> Option<String> {
    let (minute, zone) = value.split_at_checked("2022-02-01T12:00".len())?;
    zone.starts_with(['Z', '+', '-']).then(|| format!("{minute}:00{zone}"))
}

/// A moment, or a day.
fn moment(value: &str, means: DayMeans) -> Option<ParamValue> {
    let Some(day) = parse_day(value) else {
        let moment = Ts::parse(value).or_else(|| Ts::parse(&with_seconds(value)?));
        return moment.map(|moment| ParamValue::Moment(moment, None));
    };
    let moment = match means {
        DayMeans::End => Ts::end_of_day(day),
        DayMeans::Start => Ts::start_of_day(day),
    };
    Some(ParamValue::Moment(moment, Some(day)))
}
