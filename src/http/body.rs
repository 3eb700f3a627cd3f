//! A strict parser of JSON bodies.
//!
//! Duplicate keys, too deep nesting, control characters, numbers out of range and bytes that are not UTF-8 are refused with their
//! place, all at once as far as the syntax allows.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::allowance::{Allowance, Exceeded, amount};
use crate::problem::{self, FAULTS, Fault, Problem};
use crate::validation::characters;

/// The deepest nesting of a body.
pub const DEPTH: usize = 32;

/// Parses a JSON body; fails with 400 when it is not JSON, and with 413 when its values would take too much memory. Returns
/// with the value the faults in spite of which it can be read: they are 422, together with those of its schema.
pub fn parse(bytes: &[u8]) -> Result<(Value, Vec<Fault>), Problem> {
    parse_within(bytes, &Allowance::of_json())
}

/// [`parse`], drawing from that allowance what the values take: far more than their text, for `[0,0,0]` 80 bytes a digit.
pub fn parse_within(bytes: &[u8], allowance: &Allowance) -> Result<(Value, Vec<Fault>), Problem> {
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
    let found = Found { faults: RefCell::new(vec![]), allowance, exceeded: Cell::new(None) };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Strict { found: &found, place: &Place::Root, depth: 0 };
    let value = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    if let Some(exceeded) = found.exceeded.get() {
        return Err(exceeded.into());
    }
    let faults = found.faults.into_inner();
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

/// What was found while a body was read.
struct Found<'f> {
    faults: RefCell<Vec<Fault>>,
    allowance: &'f Allowance,
    exceeded: Cell<Option<Exceeded>>,
}

/// A place in a body. Its pointer is only written for a fault: names can be long, and many values can be below one.
enum Place<'p> {
    Root,
    Name(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Place::Root => String::new(),
            Place::Name(parent, name) => format!("{}/{}", parent.pointer(), problem::step(name)),
            Place::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

struct Strict<'f> {
    found: &'f Found<'f>,
    place: &'f Place<'f>,
    depth: usize,
}

impl Strict<'_> {
    fn add(&self, place: &Place<'_>, code: &'static str, detail: &str) {
        if self.found.faults.borrow().len() < FAULTS {
            self.found.faults.borrow_mut().push(Fault::pointer(place.pointer(), code, detail));
        }
    }

    fn check_text(&self, place: &Place<'_>, text: &str) {
        if let Some(character) = characters::refused(text) {
            self.add(place, characters::code(character), &characters::detail(character));
        }
    }

    fn check_depth<E: de::Error>(&self) -> Result<(), E> {
        if self.depth >= DEPTH {
            return Err(E::custom(format!("nested more than {DEPTH} deep")));
        }
        Ok(())
    }

    /// Draws what a value, or a field's name, takes in memory.
    fn hold<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        self.found.allowance.hold(amount(bytes)).map_err(|exceeded| {
            self.found.exceeded.set(Some(exceeded));
            E::custom("too large")
        })
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

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.hold(value.len())?;
        self.check_text(self.place, value);
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut list = vec![];
        loop {
            let place = Place::Index(self.place, list.len());
            let inner = Strict { found: self.found, place: &place, depth: self.depth + 1 };
            let Some(item) = items.next_element_seed(inner)? else { break };
            // While a list grows, it is there twice.
            self.hold(2 * size_of::<Value>())?;
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            self.hold(2 * size_of::<Value>() + size_of::<Field>() + name.len())?;
            let place = Place::Name(self.place, &name);
            self.check_text(&place, &name);
            if object.contains_key(&name) {
                let detail = "This field is repeated in its object; give it once.";
                self.add(&place, "duplicate_key", detail);
            }
            let inner = Strict { found: self.found, place: &place, depth: self.depth + 1 };
            let value = fields.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// What an object stores for each field besides the value: its name, its hash and its index.
type Field = (String, u64, usize, usize);

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
    fn what_takes_far_more_memory_than_its_text_is_refused() {
        let status = |body: String| parse(body.as_bytes()).map_err(|problem| problem.kind.status).err();
        let zeros = |count: usize| format!("[{}0]", "0,".repeat(count));
        assert_eq!(status(zeros(10_000)), None);
        assert_eq!(status(zeros(500_000)), Some(413));
        assert_eq!(status(format!("[{}0]", "{},".repeat(300_000))), Some(413));
        let fields: String = (0..100_000).map(|n| format!("\"{n}\":0,")).collect();
        assert_eq!(status(format!("{{{fields}\"a\":0}}")), Some(413));
        assert_eq!(status(format!("\"{}\"", "a".repeat(17 << 20))), Some(413));
        // Below a long name there are many values: the name is not copied for each.
        assert_eq!(status(format!("{{\"{}\":{}}}", "n".repeat(500_000), zeros(20_000))), None);
        let pointer = parse(b"{\"a/b\":[0,{\"c\":\"\\u0000\"}]}").map(|(_, faults)| faults[0].at.clone());
        assert_eq!(pointer.ok(), Some(problem::At::Pointer("/a~1b/1/c".to_owned())));
    }

    #[test]
    fn a_merge_patch_is_rfc_7396() {
        let mut document = json!({"a": "b", "c": {"d": "e", "f": "g"}});
        merge(&mut document, json!({"a": "z", "c": {"f": null}}));
        assert_eq!(document, json!({"a": "z", "c": {"d": "e"}}));
    }
}
