//! The schemas of types: put together into one for checking, and by name for the document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

/// The schema of a type as JSON, strict (no other fields), with everything that it refers to put inside: bodies are
/// checked against it.
pub fn object_schema<T: utoipa::ToSchema>() -> Value {
    let mut schema = merged(inline(json!(T::schema()), &referred::<T>()), &BTreeMap::new());
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
    let mut named = answer_schema::<T>();
    named.schema["additionalProperties"] = json!(false);
    named
}

/// The schema of an answer for the document. Answers may grow, so it is open.
pub fn answer_schema<T: utoipa::ToSchema>() -> NamedSchema {
    let NamedSchema { schema, types } = layered_schema::<T>();
    let schema = merged(schema, &types);
    let mut needed = BTreeMap::new();
    add_referred(&schema, &types, &mut needed);
    NamedSchema { schema, types: needed }
}

/// The schema of a type for the document, where a type whose fields it has (`#[serde(flatten)]`) is a schema of its own.
pub fn layered_schema<T: utoipa::ToSchema>() -> NamedSchema {
    let types = referred::<T>().into_iter().map(|(name, schema)| (name, bounded(schema))).collect();
    NamedSchema { schema: bounded(json!(T::schema())), types }
}

/// One object in place of "all of these objects", which is the schema of a type with flattened fields. If that were closed,
/// each part would refuse the fields of the others.
fn merged(schema: Value, types: &BTreeMap<String, Value>) -> Value {
    let Value::Object(mut schema) = schema else { return schema };
    let Some(Value::Array(parts)) = schema.remove("allOf") else { return Value::Object(schema) };
    let mut properties = Map::new();
    let mut required = vec![];
    for part in parts {
        let part = referred_name(&part).and_then(|name| types.get(name)).cloned().unwrap_or(part);
        let mut part = merged(part, types);
        if let Some(Value::Object(more)) = part.get_mut("properties").map(Value::take) {
            properties.extend(more);
        }
        if let Some(Value::Array(more)) = part.get_mut("required").map(Value::take) {
            required.extend(more);
        }
    }
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("required".to_owned(), Value::Array(required));
    schema.insert("properties".to_owned(), Value::Object(properties));
    Value::Object(schema)
}

/// The name of the schema to which this one only refers.
fn referred_name(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

/// Adds the types that a schema refers to, directly or through others.
fn add_referred(schema: &Value, types: &BTreeMap<String, Value>, needed: &mut BTreeMap<String, Value>) {
    if let Some((name, referred)) = referred_name(schema).and_then(|name| types.get_key_value(name))
        && needed.insert(name.clone(), referred.clone()).is_none()
    {
        add_referred(referred, types, needed);
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|part| add_referred(part, types, needed)),
        Value::Array(items) => items.iter().for_each(|part| add_referred(part, types, needed)),
        _ => {}
    }
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

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::{answer_schema, layered_schema, named_schema, object_schema};

    #[derive(Serialize, Deserialize, utoipa::ToSchema)]
    struct Colour {
        #[schema(max_length = 6)]
        code: String,
    }

    #[derive(Serialize, Deserialize, utoipa::ToSchema)]
    struct Shared {
        #[schema(max_length = 10)]
        place: String,
        colour: Option<Colour>,
    }

    /// A whole.
    #[derive(Serialize, Deserialize, utoipa::ToSchema)]
    struct Whole {
        #[schema(max_length = 10)]
        name: String,
        #[serde(flatten)]
        shared: Shared,
    }

    #[test]
    fn flattened_fields_are_fields_of_one_closed_object() {
        let body = json!({"name": "a", "place": "b", "colour": {"code": "red"}});
        for schema in [object_schema::<Whole>(), closed_with_types()] {
            assert!(jsonschema::is_valid(&schema, &body), "{schema}");
            for (field, value) in
                [("other", json!(1)), ("place", json!("longer than ten")), ("name", json!(null))]
            {
                let mut wrong = body.clone();
                wrong[field] = value;
                assert!(!jsonschema::is_valid(&schema, &wrong), "{field}: {schema}");
            }
            for missing in ["name", "place"] {
                let mut wrong = body.clone();
                wrong.as_object_mut().unwrap().remove(missing);
                assert!(!jsonschema::is_valid(&schema, &wrong), "{missing}: {schema}");
            }
        }
    }

    /// The schema by name, as it is in a document.
    fn closed_with_types() -> serde_json::Value {
        let named = named_schema::<Whole>();
        let mut schema = named.schema;
        schema["components"] = json!({"schemas": named.types});
        schema
    }

    #[test]
    fn a_document_has_only_the_types_that_its_schemas_refer_to() {
        let answer = answer_schema::<Whole>();
        assert_eq!(answer.types.keys().collect::<Vec<_>>(), ["Colour"]);
        assert_eq!(answer.schema["description"], "A whole.");
        assert!(answer.schema.get("additionalProperties").is_none());
        assert!(answer.schema.get("allOf").is_none());
        let layered = layered_schema::<Whole>();
        assert_eq!(layered.types.keys().collect::<Vec<_>>(), ["Colour", "Shared"]);
        assert_eq!(layered.schema["allOf"][0]["$ref"], "#/components/schemas/Shared");
    }
}
