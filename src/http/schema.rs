//! Bodies are checked against their schemas in the OpenAPI document, so that each bound is declared once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};

use super::patterns;
use crate::clock::{Ts, is_on_record, parse_day};
use crate::problem::{FAULTS, Fault, step, unknown_name};
use crate::record::kind::KindDef;
use crate::validation::{by_place, days};

/// The schemas that bodies are checked against, compiled once in a process.
pub struct Schemas {
    of_kinds: HashMap<&'static str, &'static KindSchemas>,
}

/// The schemas of one kind.
struct KindSchemas {
    create: CompiledSchema,
    replace: CompiledSchema,
}

impl KindSchemas {
    /// Those of a kind. A definition lives as long as the process, and so do its schemas: a second application (each test
    /// has one) uses what the first compiled.
    fn of(kind: &'static KindDef) -> &'static KindSchemas {
        // By address: two definitions of one name may differ.
        static COMPILED: Mutex<Vec<(&KindDef, &KindSchemas)>> = Mutex::new(vec![]);
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, schemas)) = compiled.iter().find(|(known, _)| std::ptr::eq(*known, kind)) {
            return schemas;
        }
        let schemas: &'static KindSchemas = Box::leak(Box::new(KindSchemas {
            create: CompiledSchema::new(create_schema(kind)),
            replace: CompiledSchema::new(replace_schema(kind)),
        }));
        compiled.push((kind, schemas));
        schemas
    }
}

/// A schema, compiled so that bodies can be checked against it.
pub struct CompiledSchema {
    schema: Value,
    validator: Validator,
}

impl CompiledSchema {
    /// Compiles a schema of the source; a mistake in one stops the start.
    #[expect(
        clippy::expect_used,
        reason = "a mistake in a schema of the source must stop the start, and a test finds it"
    )]
    pub fn new(schema: Value) -> CompiledSchema {
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            // The same days and moments as in queries.
            .with_format("date", |text: &str| parse_day(text).is_some_and(is_on_record))
            .with_format("date-time", |text: &str| Ts::parse(text).is_some())
            .build(&schema)
            .expect("a schema of the source compiles");
        CompiledSchema { schema, validator }
    }

    /// The schema itself.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// Every fault of a body.
    pub fn faults(&self, body: &Value) -> Vec<Fault> {
        // Checking that nothing is wrong is much cheaper than collecting faults.
        if self.validator.is_valid(body) {
            return vec![];
        }
        let mut all = vec![];
        for error in self.validator.iter_errors(body) {
            explain(&self.schema, body, &error, &mut all);
            if all.len() >= FAULTS {
                break;
            }
        }
        all.sort_by(by_place);
        all.dedup();
        all
    }
}

/// The reference to a schema of the document.
pub fn schema_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The most rows of a page, of most lists.
pub const MAX_ROWS: u32 = 200;

/// The schema of a page whose rows have the schema of that name.
pub fn list_schema(row: &str, most: u32) -> Value {
    list_of(schema_ref(row), most)
}

/// The schema of a page whose rows have that schema.
pub fn list_of(row: Value, most: u32) -> Value {
    json!({"type": "object", "required": ["data", "page"], "properties": {
        "data": {"type": "array", "maxItems": most, "items": row},
        "page": schema_ref("Page"),
    }})
}

/// The schema of a record's reference.
pub fn reference_schema() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        "description": "The name of the record, such as `OBJ-3`. It is unique among the records of its kind and body, and never changes.",
    })
}

fn reason_schema() -> Value {
    json!({
        "type": ["string", "null"], "minLength": 1, "maxLength": 2000,
        "description": "Why the change is made. It is stored with the version, for the office and its auditors.",
    })
}

/// The body of `POST`.
pub fn create_schema(kind: &KindDef) -> Value {
    let mut schema = replace_schema(kind);
    if let Some(required) = schema["required"].as_array_mut() {
        required.insert(0, json!("reference"));
    }
    schema
}

/// The body of `PUT`: the whole content. It may repeat `reference`.
pub fn replace_schema(kind: &KindDef) -> Value {
    with_content(&kind.schema)
}

/// What `PATCH` takes, for the document: any part of a content of that schema, null to empty a field.
pub fn patch_schema_by_name(content: &Value) -> Value {
    let mut schema = with_content(content);
    schema["properties"]["reference"] = schema_ref("Reference");
    schema["properties"]["change_reason"] = schema_ref("ChangeReason");
    if let Some(object) = schema.as_object_mut() {
        object.remove("required");
        object.insert("minProperties".to_owned(), json!(1));
    }
    schema
}

/// The types that the bodies of all kinds have in common, by name.
pub fn shared_types() -> [(&'static str, Value); 2] {
    [("Reference", reference_schema()), ("ChangeReason", reason_schema())]
}

fn with_content(content: &Value) -> Value {
    let mut properties = Map::new();
    properties.insert("reference".to_owned(), reference_schema());
    for (name, property) in content["properties"].as_object().into_iter().flatten() {
        properties.insert(name.clone(), property.clone());
    }
    properties.insert("change_reason".to_owned(), reason_schema());
    let required = content["required"].as_array().cloned().unwrap_or_default();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

impl Schemas {
    /// The schemas of these kinds.
    pub fn new(kinds: &[&'static KindDef]) -> Schemas {
        Schemas { of_kinds: kinds.iter().map(|kind| (kind.def.name, KindSchemas::of(kind))).collect() }
    }

    /// The faults of a body of `POST`.
    pub fn create_faults(&self, kind: &KindDef, body: &Value) -> Vec<Fault> {
        self.of(kind).map(|schemas| schemas.create.faults(body)).unwrap_or_default()
    }

    /// The faults of a body of `PUT`, or of the result of a patch.
    pub fn replace_faults(&self, kind: &KindDef, body: &Value) -> Vec<Fault> {
        self.of(kind).map(|schemas| schemas.replace.faults(body)).unwrap_or_default()
    }

    /// The fields that a body of `PUT` may have.
    pub fn field_names(&self, kind: &KindDef) -> Vec<String> {
        let properties = self.of(kind).and_then(|schemas| schemas.replace.schema["properties"].as_object());
        properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
    }

    fn of(&self, kind: &KindDef) -> Option<&'static KindSchemas> {
        self.of_kinds.get(kind.def.name).copied()
    }
}

fn explain(schema: &Value, body: &Value, error: &ValidationError<'_>, all: &mut Vec<Fault>) {
    let pointer = error.instance_path().to_string();
    let mut add =
        |pointer: String, code: &'static str, detail: String| all.push(Fault::pointer(pointer, code, detail));
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            add(format!("{pointer}/{name}"), "required", format!("`{name}` is required here."));
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_members(schema, error);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            for name in unexpected.iter().take(FAULTS) {
                add(
                    format!("{pointer}/{}", step(name)),
                    "unknown_member",
                    unknown_name("field", name, &known),
                );
            }
        }
        ValidationErrorKind::Enum { options } => {
            let names: Vec<&str> =
                options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let code = error.instance().as_str().map_or_else(|| error.instance().to_string(), str::to_owned);
            add(pointer, "unknown_code", unknown_name("code", &code, &names));
        }
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => {
                    many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or ")
                }
            };
            add(pointer, "type", format!("This must be of type {expected}."));
        }
        // That it is no date says more.
        ValidationErrorKind::MaxLength { .. } if parent(schema, error)["format"] == "date" => {}
        ValidationErrorKind::MaxLength { limit } => {
            add(pointer, "too_long", format!("This must have at most {limit} characters."));
        }
        ValidationErrorKind::MinLength { limit } => {
            let detail = match limit {
                1 => "This must have at least 1 character. If the field is optional, leave it out (or send null).".to_owned(),
                _ => format!("This must have at least {limit} characters."),
            };
            add(pointer, "too_short", detail);
        }
        ValidationErrorKind::MaxItems { limit } => {
            add(pointer, "too_many", format!("This must have at most {}.", items(*limit)));
        }
        ValidationErrorKind::MinItems { limit } => {
            add(pointer, "too_few", format!("This must have at least {}.", items(*limit)));
        }
        // An object that takes no fields.
        ValidationErrorKind::FalseSchema => {
            for (name, _) in
                body.pointer(&pointer).and_then(Value::as_object).into_iter().flatten().take(FAULTS)
            {
                let detail = "This operation takes no fields; send `{}` or no body.".to_owned();
                add(format!("{pointer}/{}", step(name)), "unknown_member", detail);
            }
        }
        ValidationErrorKind::MaxProperties { limit: 0 } => {}
        ValidationErrorKind::MaxProperties { limit } => {
            add(pointer, "too_many_members", format!("This must have at most {limit} fields."));
        }
        ValidationErrorKind::Maximum { limit } => {
            add(pointer, "out_of_range", format!("This must be at most {limit}."))
        }
        ValidationErrorKind::Minimum { limit } => {
            add(pointer, "out_of_range", format!("This must be at least {limit}."))
        }
        ValidationErrorKind::Pattern { pattern } => {
            let meant = patterns::takes_days(pattern).then(|| advice_on(error)).flatten();
            let detail = match (meant, patterns::words(pattern)) {
                (Some(advice), _) => advice,
                (None, Some(words)) => format!("This must be {words}."),
                (None, None) => format!("This must match `{pattern}`."),
            };
            add(pointer, "pattern", detail);
        }
        ValidationErrorKind::Format { format } => {
            let example = match format.as_str() {
                "date" => " such as `2013-03-31`, a day that the calendar has, in the years 1000 to 2999",
                "date-time" => " such as `2024-03-21T00:00:00Z`",
                "uri" => " such as `https://www.example.org/page`",
                _ => "",
            };
            let advice = if format == "date" { advice_on(error) } else { None };
            let advice = advice.map_or_else(String::new, |advice| format!(" {advice}"));
            let detail = format!("This must be a {format}{example}.{advice}");
            add(pointer, "format", detail);
        }
        ValidationErrorKind::UniqueItems => {
            add(pointer, "duplicate", "The same item is repeated; give it once.".to_owned());
        }
        other => add(pointer, "invalid", format!("This does not meet `{}` of its schema.", other.keyword())),
    }
}

/// The fields that the object of an error may have: those that the schema has next to the keyword.
fn known_members(schema: &Value, error: &ValidationError<'_>) -> Vec<String> {
    let properties = parent(schema, error)["properties"].as_object();
    properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

/// The schema whose keyword an error is about.
fn parent<'s>(schema: &'s Value, error: &ValidationError<'_>) -> &'s Value {
    let path = error.schema_path().to_string();
    let object = path.rsplit_once('/').map_or("", |(object, _)| object);
    schema.pointer(object).unwrap_or(&Value::Null)
}

/// What to write for a text that was meant for a date.
fn advice_on(error: &ValidationError<'_>) -> Option<String> {
    error.instance().as_str().and_then(days::advice)
}

/// So many items, in words.
fn items(number: u64) -> String {
    if number == 1 { "1 item".to_owned() } else { format!("{number} items") }
}
