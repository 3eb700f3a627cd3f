//! The schemas of types: put together into one for checking, and by name for the document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

/// The schema of a type as JSON, strict (no other fields), with everything that it refers to put inside: bodies are
/// checked against it.
pub fn object_schema<T: utoipa::ToSchema>() -> Value {
    let mut schema = inline(json!(T::schema()), &referred::<T>());
    schema["additionalProperties"] = json!(false);
    schema
}

/// The schema of a type as the document shows it.
#[derive(Clone, Debug, Default)]
pub struct NamedSchema {
    /// The type itself. It refers to other types as `#/components/schemas/…`.
    pub schema: Value,
    /// The types that it refers to, directly or through others, by name.
    pub types: BTreeMap<String, Value>,
}

/// The schema of a type for the document: strict, and with references to the types of its fields, so that a generated
/// client has one type for each.
pub fn named_schema<T: utoipa::ToSchema>() -> NamedSchema {
    let mut schema = bounded(json!(T::schema()));
    schema["additionalProperties"] = json!(false);
    let types = referred::<T>().into_iter().map(|(name, schema)| (name, bounded(schema))).collect();
    NamedSchema { schema, types }
}

fn referred<T: utoipa::ToSchema>() -> Map<String, Value> {
    let mut named: Vec<(String, RefOr<Schema>)> = vec![];
    T::schemas(&mut named);
    named.into_iter().map(|(name, schema)| (name, json!(schema))).collect()
}

/// Moves the description of "this type or null" from the type to the whole, and bounds texts.
fn bounded(schema: Value) -> Value {
    match schema {
        Value::Object(mut object) => {
            if let Some(only) = described(&object) {
                return bounded(only);
            }
            let description = object
                .get_mut("oneOf")
                .and_then(Value::as_array_mut)
                .filter(|options| options.len() == 2 && options.iter().any(|option| option["type"] == "null"))
                .and_then(|options| {
                    options.iter_mut().find_map(|option| option.as_object_mut()?.remove("description"))
                });
            if let Some(description) = description {
                object.entry("description").or_insert(description);
            }
            let object = object.into_iter().map(|(key, value)| (key, bounded(value))).collect();
            Value::Object(with_length(object))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(bounded).collect()),
        other => other,
    }
}

/// Text without a bound of its own is a name of something, in a list.
fn with_length(mut object: Map<String, Value>) -> Map<String, Value> {
    let is_text =
        object.get("type").is_some_and(|ty| *ty == json!("string") || *ty == json!(["string", "null"]));
    if is_text && ["maxLength", "enum", "const", "format"].iter().all(|bound| !object.contains_key(*bound)) {
        object.insert("minLength".to_owned(), json!(1));
        object.insert("maxLength".to_owned(), json!(150));
    }
    object
}

/// A type with another description in its place is written as "all of the type and of an object with this
/// description": that is the type, described so.
fn described(object: &Map<String, Value>) -> Option<Value> {
    let parts = object.get("allOf")?.as_array()?;
    let is_remark = |part: &Value| {
        part.as_object().is_some_and(|part| part.keys().all(|key| key == "type" || key == "description"))
            && part["type"] == "object"
    };
    let [only] = parts.iter().filter(|part| !is_remark(part)).collect::<Vec<_>>()[..] else {
        return None;
    };
    let remark = parts.iter().find(|part| is_remark(part))?;
    let mut only = only.clone();
    only["description"] = remark["description"].clone();
    Some(only)
}

/// Puts referred schemas inside, and writes "this or null" in the short way that error messages understand.
fn inline(schema: Value, named: &Map<String, Value>) -> Value {
    match schema {
        Value::Object(mut object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                let name = reference.rsplit('/').next().unwrap_or_default();
                let mut schema = inline(named.get(name).cloned().unwrap_or(Value::Null), named);
                // What a field says of itself comes before what its type says.
                if let Some(description) = object.remove("description") {
                    schema["description"] = description;
                }
                return schema;
            }
            if let Some(only) = described(&object) {
                return inline(only, named);
            }
            if let Some(Value::Array(options)) = object.get("oneOf") {
                let mut others: Vec<Value> =
                    options.iter().filter(|option| option["type"] != "null").cloned().collect();
                if others.len() == 1 && options.len() == 2 {
                    let mut only = inline(others.remove(0), named);
                    let ty = only["type"].clone();
                    only["type"] = json!([ty, "null"]);
                    if let Some(values) = only.get_mut("enum").and_then(Value::as_array_mut) {
                        values.push(Value::Null);
                    }
                    if let Some(description) = object.remove("description") {
                        only["description"] = description;
                    }
                    return only;
                }
            }
            let object = object.into_iter().map(|(key, value)| (key, inline(value, named))).collect();
            Value::Object(with_length(object))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| inline(item, named)).collect()),
        other => other,
    }
}
