//! A strict parser of JSON bodies.
//!
//! Duplicate keys, too deep nesting, U+0000, numbers out of range and bytes that are not UTF-8 are refused with their
//! place, all at once as far as the syntax allows.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::{self, FAULTS, Fault, Problem};

/// The deepest nesting of a body.
pub const DEPTH: usize = 32;

/// Parses a JSON body; fails with 400 when it is not JSON. Returns with the value the faults in spite of which it can be read:
/// they are 422, together with those of its schema.
pub fn parse(bytes: &[u8]) -> Result<(Value, Vec<Fault>), Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::bad_request(vec![Fault::pointer(
            "",
            "encoding",
            format!("The body is not UTF-8: byte {} is invalid.", error.valid_up_to()),
        )])
    })?;
    if text.trim().is_empty() {
        return Err(Problem::bad_request(vec![Fault::pointer(
            "",
            "empty",
            "The body is empty; send a JSON object.",
        )]));
    }
    let faults = RefCell::new(vec![]);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Strict { faults: &faults, pointer: String::new(), depth: 0 };
    let value = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    let faults = faults.into_inner();
    match value {
        Err(error) => {
            let mut all = faults;
            all.push(Fault::pointer(
                "",
                "syntax",
                format!("Not JSON at line {}, column {}: {}.", error.line(), error.column(), message(&error)),
            ));
            Err(Problem::bad_request(all))
        }
        Ok(_) if faults.iter().any(|fault| fault.code == "duplicate_key") => {
            Err(Problem::bad_request(faults))
        }
        Ok(value) => Ok((value, faults)),
    }
}

/// The library's message without its own "at line …".
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or("it cannot be read").to_owned()
}

struct Strict<'f> {
    faults: &'f RefCell<Vec<Fault>>,
    pointer: String,
    depth: usize,
}

impl Strict<'_> {
    fn inner(&self, step: &str) -> Self {
        let escaped = problem::step(step);
        Strict { faults: self.faults, pointer: format!("{}/{escaped}", self.pointer), depth: self.depth + 1 }
    }

    fn check_text(&self, text: &str) {
        if text.contains('\0') && self.faults.borrow().len() < FAULTS {
            self.faults.borrow_mut().push(Fault::pointer(
                self.pointer.clone(),
                "null_character",
                "The text contains U+0000, which cannot be stored; leave it out.",
            ));
        }
    }

    fn check_depth<E: de::Error>(&self) -> Result<(), E> {
        if self.depth >= DEPTH {
            return Err(E::custom(format!("nested more than {DEPTH} deep")));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        // JSON has one type of number: 3.0 is the whole number 3.
        let text = format!("{value:.0}");
        match text.parse::<i64>() {
            Ok(whole) if value.fract() == 0.0 && text.len() <= 16 => Ok(Value::from(whole)),
            _ => Ok(Number::from_f64(value).map_or(Value::Null, Value::Number)),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        self.check_text(value);
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        self.check_text(&value);
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut list = vec![];
        while let Some(item) = items.next_element_seed(self.inner(&list.len().to_string()))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let inner = self.inner(&name);
            inner.check_text(&name);
            if object.contains_key(&name) && self.faults.borrow().len() < FAULTS {
                self.faults.borrow_mut().push(Fault::pointer(
                    inner.pointer.clone(),
                    "duplicate_key",
                    "This field is repeated in its object; give it once.",
                ));
            }
            let value = fields.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// Merges a patch into a document (RFC 7396).
pub fn merge(document: &mut Value, patch: Value) {
    match patch {
        Value::Object(patch) => {
            if !document.is_object() {
                *document = Value::Object(Map::new());
            }
            if let Value::Object(object) = document {
                for (name, value) in patch {
                    if value.is_null() {
                        object.remove(&name);
                    } else {
                        merge(object.entry(name).or_insert(Value::Null), value);
                    }
                }
            }
        }
        other => *document = other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(body: &[u8]) -> (u16, Vec<&'static str>) {
        match parse(body) {
            Ok((_, faults)) if !faults.is_empty() => (422, faults.iter().map(|fault| fault.code).collect()),
            Ok(_) => (200, vec![]),
            Err(problem) => (problem.kind.status, problem.errors.iter().map(|fault| fault.code).collect()),
        }
    }

    #[test]
    fn invalid_bodies_are_refused_with_their_place() {
        assert_eq!(codes(b"{\"a\":1,\"a\":2}"), (400, vec!["duplicate_key"]));
        assert_eq!(codes(b"{\"a\":\"\\u0000\"}"), (422, vec!["null_character"]));
        assert_eq!(codes(b"{\"a\":NaN}"), (400, vec!["syntax"]));
        assert_eq!(codes(b"{\"a\":1e400}"), (400, vec!["syntax"]));
        assert_eq!(codes(b"{\"a\":1} x"), (400, vec!["syntax"]));
        assert_eq!(codes(b"\xff"), (400, vec!["encoding"]));
        assert_eq!(codes(b" "), (400, vec!["empty"]));
        assert_eq!(codes("[".repeat(33).as_bytes()).1, vec!["syntax"]);
        assert_eq!(codes("[".repeat(100_000).as_bytes()).1, vec!["syntax"]);
        assert_eq!(parse(b"{\"a\":3.0}").map(|(value, _)| value).ok(), Some(json!({"a": 3})));
    }

    #[test]
    fn a_merge_patch_is_rfc_7396() {
        let mut document = json!({"a": "b", "c": {"d": "e", "f": "g"}});
        merge(&mut document, json!({"a": "z", "c": {"f": null}}));
        assert_eq!(document, json!({"a": "z", "c": {"d": "e"}}));
    }
}
