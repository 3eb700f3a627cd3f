//! Schemas by name: one name is one schema, and whatever a generated client makes a type of has a name.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::http::schema::{list_schema, schema_ref};
use crate::record::diff::ANY;
use crate::record::kind::{NamedSchema, answer_schema, named_schema};
use crate::stats::words::pascal;

/// Takes the type from schemas of any value. utoipa reads no schema without a type; generators of clients drop a list whose
/// items are not described, with all that contains it, and any value may be such a list.
pub fn untype_any(schemas: &mut Value) {
    match schemas {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|types| *types == json!(ANY)) {
                fields.shift_remove("type");
            }
            fields.values_mut().for_each(untype_any);
        }
        Value::Array(items) => items.iter_mut().for_each(untype_any),
        _ => {}
    }
}

/// A schema as utoipa has it. What utoipa cannot say fails, so that nothing of a schema is lost.
pub fn typed(schema: Value) -> Result<RefOr<Schema>, String> {
    let typed: RefOr<Schema> =
        serde_json::from_value(schema.clone()).map_err(|error| format!("{error}: {schema}"))?;
    let back = serde_json::to_value(&typed).map_err(|error| error.to_string())?;
    if back == schema { Ok(typed) } else { Err(format!("not the same in utoipa: {schema} is {back}")) }
}

/// The schemas that the document names.
#[derive(Default)]
pub struct Schemas {
    by_name: BTreeMap<String, Value>,
    conflicts: Vec<String>,
}

impl Schemas {
    /// Adds a schema. A second one of the same name has to be the same.
    pub fn add(&mut self, name: &str, schema: Value) {
        match self.by_name.get(name) {
            Some(known) if *known != schema => {
                self.conflicts.push(format!("two schemas are called `{name}`: {known} and {schema}"));
            }
            Some(_) => {}
            None => {
                self.by_name.insert(name.to_owned(), schema);
            }
        }
    }

    /// Adds several.
    pub fn extend(&mut self, schemas: impl IntoIterator<Item = (String, Value)>) {
        schemas.into_iter().for_each(|(name, schema)| self.add(&name, schema));
    }

    /// Adds the schema of an answer.
    pub fn answer<T: utoipa::ToSchema>(&mut self, name: &str) {
        self.add_with_types(name, answer_schema::<T>());
    }

    /// Adds the schema of an answer that cannot grow.
    pub fn closed<T: utoipa::ToSchema>(&mut self, name: &str) {
        self.add_with_types(name, named_schema::<T>());
    }

    /// Adds the schema of a row, and that of a list of such rows.
    pub fn list_of<T: utoipa::ToSchema>(&mut self, row: &str, list: &str, most: u32) {
        self.answer::<T>(row);
        self.add(list, list_schema(row, most));
    }

    fn add_with_types(&mut self, name: &str, named: NamedSchema) {
        self.extend(named.types);
        self.add(name, named.schema);
    }

    /// All of them. Objects, lists of codes and bounded texts inside a schema become schemas of their own: a generator
    /// of clients would number them otherwise.
    pub fn finish(mut self) -> Result<BTreeMap<String, Value>, String> {
        for (name, mut schema) in std::mem::take(&mut self.by_name) {
            self.name_parts(name.strip_suffix("SomeFields").unwrap_or(&name), &mut schema);
            self.add(&name, schema);
        }
        if self.conflicts.is_empty() { Ok(self.by_name) } else { Err(self.conflicts.join("\n")) }
    }

    fn name_parts(&mut self, owner: &str, schema: &mut Value) {
        for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
            self.name_parts(owner, part);
        }
        for (field, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            self.name_part(&format!("{owner}{}", pascal(field)), property);
        }
        if let Some(items) = schema.get_mut("items") {
            self.name_part(owner.strip_suffix('s').unwrap_or(owner), items);
            self.name_text(items);
        }
        if let Some(values) = schema.get_mut("additionalProperties").filter(|values| values.is_object()) {
            self.name_part(&format!("{owner}Value"), values);
        }
    }

    /// Gives an object or a list of codes a name and puts a reference in its place, with its description.
    fn name_part(&mut self, name: &str, part: &mut Value) {
        self.name_parts(name, part);
        let is_object = part.get("properties").is_some();
        if !is_object && part.get("enum").is_none() {
            return;
        }
        let mut named = part.take();
        let description = named.as_object_mut().and_then(|object| object.remove("description"));
        let nullable = named["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
        if nullable {
            named["type"] = named["type"][0].clone();
            if let Some(codes) = named.get_mut("enum").and_then(Value::as_array_mut) {
                codes.retain(|code| !code.is_null());
            }
        }
        let reference = schema_ref(name);
        *part = if nullable { json!({"oneOf": [reference, {"type": "null"}]}) } else { reference };
        if let Some(description) = description {
            part["description"] = description;
        }
        self.add(name, named);
    }

    /// Gives the bounded texts of a list a name by their length.
    fn name_text(&mut self, items: &mut Value) {
        let bound = items["maxLength"]
            .as_u64()
            .filter(|_| items["type"] == "string" && items.get("pattern").is_none());
        let Some(bound) = bound else { return };
        let least = items["minLength"].as_u64().unwrap_or_default();
        let name = match (least, bound) {
            (1, 150) => "ShortText".to_owned(),
            (0, _) => format!("Text{bound}OrEmpty"),
            _ => format!("Text{bound}Characters"),
        };
        let mut named = items.take();
        named["description"] = match least {
            0 => json!(format!("A text of at most {bound} characters, which may be empty.")),
            _ => json!(format!("A text of 1 to {bound} characters.")),
        };
        *items = schema_ref(&name);
        self.add(&name, named);
    }
}
