//! The schema of a type as plain JSON, with everything that it refers to put inside.

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

/// The schema of a type as JSON, strict (no other members), with everything that it refers to put inside.
pub fn object_schema<T: utoipa::ToSchema>() -> Value {
    let mut named: Vec<(String, RefOr<Schema>)> = vec![];
    T::schemas(&mut named);
    let named: Map<String, Value> = named.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
    let mut schema = inline(json!(T::schema()), &named);
    schema["additionalProperties"] = json!(false);
    schema
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
            let mut object: Map<String, Value> =
                object.into_iter().map(|(key, value)| (key, inline(value, named))).collect();
            // Text without a bound of its own is a name of something, in a list.
            let is_text = object
                .get("type")
                .is_some_and(|ty| *ty == json!("string") || *ty == json!(["string", "null"]));
            if is_text
                && ["maxLength", "enum", "const", "format"].iter().all(|bound| !object.contains_key(*bound))
            {
                object.insert("minLength".to_owned(), json!(1));
                object.insert("maxLength".to_owned(), json!(150));
            }
            Value::Object(object)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| inline(item, named)).collect()),
        other => other,
    }
}
