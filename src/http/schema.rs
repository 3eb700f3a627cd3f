//! Bodies are checked against their own schema in the OpenAPI document: bounds stand once, there.

use std::collections::HashMap;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::problem::{FAULTS, Fault, step, unknown_name};
use crate::record::kind::KindDef;

/// The schemas that bodies are checked against, compiled once.
pub struct Schemas {
    create: HashMap<&'static str, Checked>,
    replace: HashMap<&'static str, Checked>,
    fixed: HashMap<&'static str, Checked>,
}

/// A schema, and what checks it.
struct Checked {
    schema: Value,
    validator: Validator,
}

/// The schema of a reference that an office gives a record.
pub fn reference_schema() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        "description": "What people will call it, such as `OBJ-3`; unique in its body and kind, and for good.",
    })
}

fn reason_schema() -> Value {
    json!({
        "type": ["string", "null"], "minLength": 1, "maxLength": 2000,
        "description": "Why the change is made; kept with the version, for the office and its auditors.",
    })
}

/// What `POST` takes.
pub fn create_schema(kind: &KindDef) -> Value {
    let mut properties = Map::new();
    properties.insert("reference".to_owned(), reference_schema());
    with_content(kind, properties, true)
}

/// What `PUT` takes: the whole content. `reference` may be repeated.
pub fn replace_schema(kind: &KindDef) -> Value {
    let mut properties = Map::new();
    properties.insert("reference".to_owned(), reference_schema());
    with_content(kind, properties, false)
}

/// What `PATCH` takes: any part of it, null to empty a member.
pub fn patch_schema(kind: &KindDef) -> Value {
    let mut schema = replace_schema(kind);
    if let Some(object) = schema.as_object_mut() {
        object.remove("required");
        object.insert("minProperties".to_owned(), json!(1));
    }
    schema
}

fn with_content(kind: &KindDef, mut properties: Map<String, Value>, reference_required: bool) -> Value {
    for (name, property) in kind.schema["properties"].as_object().into_iter().flatten() {
        properties.insert(name.clone(), property.clone());
    }
    properties.insert("change_reason".to_owned(), reason_schema());
    let mut required: Vec<Value> = if reference_required { vec![json!("reference")] } else { vec![] };
    required.extend(kind.schema["required"].as_array().into_iter().flatten().cloned());
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// What `return` and `withdraw` take.
pub fn reason_body() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["reason"],
        "properties": {"reason": {
            "type": "string", "minLength": 1, "maxLength": 2000, "description": "Why, in words.",
        }},
    })
}

/// What `publish` takes.
pub fn publish_body() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "properties": {"publish_at": {
            "type": ["string", "null"], "format": "date-time", "maxLength": 40,
            "description": "A whole minute to come, by RFC 3339; at once when left out.",
        }},
    })
}

/// What `share` takes.
pub fn share_body() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "properties": {"embargo_until": {
            "type": ["string", "null"], "format": "date-time", "maxLength": 40,
            "description": "Until when the Panel keeps it to itself: a whole minute to come, by RFC 3339; it is not published before. No embargo when left out.",
        }},
    })
}

/// What `redact` takes.
pub fn redact_body() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["reason"],
        "properties": {
            "reason": {
                "type": "string", "minLength": 1, "maxLength": 2000,
                "description": "Why, in words that the tombstone tells everyone: nothing of what is to go.",
            },
            "versions": {
                "type": ["array", "null"], "minItems": 1, "maxItems": 1000,
                "items": {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^e?[1-9][0-9]*$"},
                "description": "The versions that go, by the number of the publication (`1`) or of the edit (`e3`): not the working version, nor what is public. The whole record when left out.",
            },
        },
    })
}

/// What the review of a redaction takes.
pub fn review_body() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["finding"],
        "properties": {
            "finding": {"type": "string", "enum": ["upheld", "not_upheld"], "description": "Whether it was right to destroy it."},
            "remarks": {"type": ["string", "null"], "minLength": 1, "maxLength": 2000, "description": "In words."},
        },
    })
}

/// What `submit` and `approve` take: nothing.
pub fn empty_body() -> Value {
    json!({"type": "object", "additionalProperties": false, "maxProperties": 0})
}

impl Schemas {
    /// Compiles them.
    pub fn new(kinds: &[&'static KindDef]) -> Schemas {
        let each = |schema: fn(&KindDef) -> Value| {
            kinds.iter().map(|kind| (kind.def.name, compile(&schema(kind)))).collect()
        };
        Schemas {
            create: each(create_schema),
            replace: each(replace_schema),
            fixed: HashMap::from([
                ("reason", compile(&reason_body())),
                ("share", compile(&share_body())),
                ("redact", compile(&redact_body())),
                ("review", compile(&review_body())),
                ("publish", compile(&publish_body())),
                ("empty", compile(&empty_body())),
            ]),
        }
    }

    /// What is wrong with a body for `POST`.
    pub fn create_faults(&self, kind: &KindDef, body: &Value) -> Vec<Fault> {
        self.create.get(kind.def.name).map(|validator| faults(validator, body)).unwrap_or_default()
    }

    /// What is wrong with a body for `PUT` (or with what a patch makes).
    pub fn replace_faults(&self, kind: &KindDef, body: &Value) -> Vec<Fault> {
        self.replace.get(kind.def.name).map(|validator| faults(validator, body)).unwrap_or_default()
    }

    /// What is wrong with one of the small bodies: `reason`, `publish`, `empty`.
    pub fn small_faults(&self, name: &str, body: &Value) -> Vec<Fault> {
        match (name, body) {
            ("empty", Value::Object(members)) => members
                .keys()
                .map(|member| {
                    let pointer = format!("/{}", step(member));
                    Fault::pointer(
                        pointer,
                        "unknown_member",
                        "This step takes no members; send `{}` or nothing.",
                    )
                })
                .collect(),
            _ => self.fixed.get(name).map(|checked| faults(checked, body)).unwrap_or_default(),
        }
    }

    /// The members that a body for `PUT` may have.
    pub fn members(&self, kind: &KindDef) -> Vec<String> {
        let properties =
            self.replace.get(kind.def.name).and_then(|checked| checked.schema["properties"].as_object());
        properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
    }
}

/// What is wrong with a body against a schema that stands with its operation: for those that are asked rarely.
pub fn faults_of(schema: &Value, body: &Value) -> Vec<Fault> {
    faults(&compile(schema), body)
}

#[expect(
    clippy::expect_used,
    reason = "our own schemas: a mistake in one must stop the start, and a test sees it"
)]
fn compile(schema: &Value) -> Checked {
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .expect("a schema of ours compiles");
    Checked { schema: schema.clone(), validator }
}

/// Every fault of a body against a schema.
fn faults(checked: &Checked, body: &Value) -> Vec<Fault> {
    // To say that nothing is wrong is much cheaper than to look for all that may be.
    if checked.validator.is_valid(body) {
        return vec![];
    }
    let mut all = vec![];
    for error in checked.validator.iter_errors(body) {
        explain(&checked.schema, &error, &mut all);
        if all.len() >= FAULTS {
            break;
        }
    }
    all.sort_by(|a, b| format!("{:?}", a.at).cmp(&format!("{:?}", b.at)));
    all.dedup();
    all
}

fn explain(schema: &Value, error: &ValidationError<'_>, all: &mut Vec<Fault>) {
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
                let escaped = step(name);
                add(format!("{pointer}/{escaped}"), "unknown_member", unknown_name("member", name, &known));
            }
        }
        ValidationErrorKind::Enum { options } => {
            let names: Vec<&str> =
                options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let given = error.instance().as_str().map_or_else(|| error.instance().to_string(), str::to_owned);
            add(pointer, "unknown_code", unknown_name("code", &given, &names));
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => {
                    many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or ")
                }
            };
            add(pointer, "type", format!("This has to be of type {wanted}."));
        }
        ValidationErrorKind::MaxLength { limit } => {
            add(pointer, "too_long", format!("At most {limit} characters may stand here."));
        }
        ValidationErrorKind::MinLength { limit } => {
            add(
                pointer,
                "too_short",
                format!(
                    "At least {limit} character has to stand here; leave the member out (or null) for none."
                ),
            );
        }
        ValidationErrorKind::MaxItems { limit } => {
            add(pointer, "too_many", format!("At most {limit} items may stand here."));
        }
        ValidationErrorKind::MinItems { limit } => {
            add(pointer, "too_few", format!("At least {limit} items have to stand here."));
        }
        ValidationErrorKind::MaxProperties { limit } => {
            add(pointer, "too_many_members", format!("At most {limit} members may stand here."));
        }
        ValidationErrorKind::Maximum { limit } => {
            add(pointer, "out_of_range", format!("The most is {limit}."))
        }
        ValidationErrorKind::Minimum { limit } => {
            add(pointer, "out_of_range", format!("The least is {limit}."))
        }
        ValidationErrorKind::Pattern { pattern } => {
            add(pointer, "pattern", format!("This has to match `{pattern}`."));
        }
        ValidationErrorKind::Format { format } => {
            let example = match format.as_str() {
                "date" => " such as `2013-03-31`, a day that the calendar has",
                "date-time" => " such as `2024-03-21T00:00:00Z`",
                "uri" => " such as `https://www.example.org/page`",
                _ => "",
            };
            add(pointer, "format", format!("This has to be a {format}{example}."));
        }
        ValidationErrorKind::UniqueItems => {
            add(pointer, "duplicate", "The same item stands here more than once.".to_owned());
        }
        other => add(pointer, "invalid", format!("This does not meet `{}` of its schema.", other.keyword())),
    }
}

/// The members that the object of an error may have: those that the schema names beside the keyword.
fn known_members(schema: &Value, error: &ValidationError<'_>) -> Vec<String> {
    let path = error.schema_path().to_string();
    let object = path.rsplit_once('/').map_or("", |(object, _)| object);
    let properties = schema.pointer(object).and_then(|object| object["properties"].as_object());
    properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}
