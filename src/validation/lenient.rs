//! Reads a value in spite of the faults that its schema finds, so that the rules on its other fields are still checked.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::problem::{At, Fault};

/// A value that cannot be read as it is.
pub(super) struct Unreadable<T> {
    /// The value with the least and with the greatest permitted value in each unreadable place; empty where even that cannot
    /// be read.
    pub stand_ins: Vec<T>,
    /// Why it cannot be read, where no fault says so.
    pub error: Option<serde_json::Error>,
}

/// Which of the permitted values replaces one that cannot be read.
#[derive(Clone, Copy, PartialEq)]
enum Extreme {
    Least,
    Greatest,
}

/// The codes of faults in spite of which a value can be read as it is: bounds, and names.
const READABLE: &[&str] = &[
    "control_character",
    "duplicate",
    "not_found",
    "null_character",
    "pattern",
    "read_only",
    "too_few",
    "too_long",
    "too_many",
    "too_short",
    "unknown_member",
];

/// Reads a value, without the fields that its schema does not know.
pub(super) fn read<T: DeserializeOwned>(
    mut body: Value,
    schema: &Value,
    faults: &[Fault],
) -> Result<T, Unreadable<T>> {
    for pointer in places(faults, |code| code == "unknown_member") {
        remove(&mut body, pointer);
    }
    let unreadable: Vec<&str> = places(faults, |code| !READABLE.contains(&code)).collect();
    if unreadable.is_empty() {
        return T::deserialize(body).map_err(|error| Unreadable { stand_ins: vec![], error: Some(error) });
    }
    // Of a body that is no object at all nothing more can be said.
    if unreadable.contains(&"") {
        return Err(Unreadable { stand_ins: vec![], error: None });
    }
    let stand_in = |extreme| {
        let mut body = body.clone();
        for pointer in &unreadable {
            replace(&mut body, pointer, schema, extreme);
        }
        T::deserialize(body).ok()
    };
    let both = [Extreme::Least, Extreme::Greatest].into_iter().map(stand_in).collect::<Option<Vec<T>>>();
    Err(Unreadable { stand_ins: both.unwrap_or_default(), error: None })
}

fn places<'f>(faults: &'f [Fault], of: impl Fn(&str) -> bool + 'f) -> impl Iterator<Item = &'f str> {
    faults.iter().filter(move |fault| of(fault.code)).filter_map(|fault| match &fault.at {
        At::Pointer(pointer) => Some(pointer.as_str()),
        _ => None,
    })
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn remove(body: &mut Value, pointer: &str) {
    if let Some((parent, name)) = pointer.rsplit_once('/')
        && let Some(object) = body.pointer_mut(parent).and_then(Value::as_object_mut)
    {
        object.shift_remove(&unescape(name));
    }
}

fn replace(body: &mut Value, pointer: &str, schema: &Value, extreme: Extreme) {
    let Some(value) = schema_at(schema, pointer).and_then(|schema| stand_in(schema, extreme)) else {
        return;
    };
    if let Some(place) = body.pointer_mut(pointer) {
        *place = value;
    } else if let Some((parent, name)) = pointer.rsplit_once('/')
        && let Some(object) = body.pointer_mut(parent).and_then(Value::as_object_mut)
    {
        object.insert(unescape(name), value);
    }
}

/// The schema of the value at a pointer.
fn schema_at<'s>(schema: &'s Value, pointer: &str) -> Option<&'s Value> {
    pointer.split('/').skip(1).try_fold(schema, |schema, step| {
        schema.get("properties").and_then(|all| all.get(unescape(step))).or_else(|| schema.get("items"))
    })
}

/// A value that a schema permits; none where it states its values in another way than ours do.
fn stand_in(schema: &Value, extreme: Extreme) -> Option<Value> {
    let least = extreme == Extreme::Least;
    let pick = |one: &str, other: &str| Some(Value::from(if least { one } else { other }));
    if let Some(constant) = schema.get("const") {
        return Some(constant.clone());
    }
    if let Some(options) = schema["enum"].as_array() {
        let mut options = options.iter().filter(|option| !option.is_null());
        return if least { options.next().cloned() } else { options.next_back().cloned() };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    if least && types.contains(&"null") {
        return Some(Value::Null);
    }
    match types.into_iter().find(|name| *name != "null")? {
        "string" => match schema["format"].as_str() {
            Some("date") => pick("1000-01-01", "2999-12-31"),
            Some("date-time") => pick("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"),
            Some("uuid") => {
                pick("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
            }
            _ => pick("-", "~"),
        },
        "integer" => {
            let bound = if least { schema["minimum"].as_i64() } else { schema["maximum"].as_i64() };
            Some(json!(bound.unwrap_or(if least { 0 } else { i64::from(i16::MAX) })))
        }
        "boolean" => Some(json!(!least)),
        "array" if least => Some(json!([])),
        "array" => Some(json!([stand_in(&schema["items"], extreme)?])),
        "object" => {
            let mut object = Map::new();
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                object.insert(name.to_owned(), stand_in(&schema["properties"][name], extreme)?);
            }
            Some(Value::Object(object))
        }
        _ => None,
    }
}
