//! The schemas of a kind's answers and bodies, as the document names them.

use serde_json::{Map, Value, json};

use crate::access::{Action, Reach, Rule};
use crate::http::schema::{self, MAX_ROWS, list_of, schema_ref};
use crate::record::kind::{Include, KindDef, layered_schema};
use crate::record::represent::{OfficeEnvelope, PanelEnvelope, PartnerEnvelope, PublicEnvelope};
use crate::stats::words::pascal;

/// The schemas of a kind's answers and bodies: of the fields of its content, of its records for each audience, of its
/// lists, of what changes take; and of the types of its fields.
pub fn schemas(kind: &KindDef, kinds: &[&'static KindDef]) -> Vec<(String, Value)> {
    let name = pascal(kind.def.name);
    let read = kind.rule(Action::Read).unwrap_or(&[]);
    let fields = format!("{name}Fields");
    let record = |about: &str, envelope: &str| json!({"description": about, "allOf": [schema_ref(envelope), schema_ref(&fields)]});
    let mut all = vec![(name.clone(), record(kind.def.about, "PublicEnvelope"))];
    if for_partners(read) {
        let about = "As an organisation gets it that owns it or that it is assigned to.";
        all.push((format!("{name}Partner"), record(about, "PartnerEnvelope")));
    }
    if reaches(read, Reach::PanelShared) {
        let about = "As the Police and Crime Panel gets it when it is shared.";
        all.push((format!("{name}Shared"), record(about, "PanelEnvelope")));
    }
    if kind.def.workflow {
        let about = "The working version, as its office and its auditors get it.";
        all.push((format!("{name}Working"), record(about, "OfficeEnvelope")));
    }
    let mut list = list_of(whole_or_part(kind), MAX_ROWS);
    if !kind.def.includes.is_empty() {
        list["properties"]["included"] = schema_ref(&format!("{name}Included"));
    }
    let patch = format!("{name}Patch");
    let named = kind.named_schema();
    let required = named.schema["required"].clone();
    all.push((format!("{name}List"), list));
    let content = format!("{name}Content");
    let changes = schema::patch_schema_by_name(&named.schema);
    all.push((format!("New{name}"), with_required(&content, &json!(["reference"]), &changes)));
    all.push((content, with_required(&patch, &required, &changes)));
    all.push((patch, changes));
    if let Some(included) = included_schema(kind, kinds) {
        all.push((format!("{name}Included"), included));
    }
    let forms = forms(kind);
    if forms.len() > 1 {
        all.push((format!("Any{name}"), json!({"anyOf": forms})));
    }
    let some = format!("{name}SomeFields");
    let about = "What `fields` chose of it: each of these fields is there if it was chosen.";
    all.push((
        format!("{name}Part"),
        json!({"description": about, "allOf": [schema_ref(SOME_OF_ENVELOPE), schema_ref(&some)]}),
    ));
    // Both in full: generators of clients stumble over a part that only requires the fields of another.
    let mut whole = fields_schema(kind, &named.schema);
    all.push((some, whole.clone()));
    whole["required"] = json!(field_names(&named.schema));
    all.push((fields, whole));
    all.extend(named.types);
    all
}

/// The schemas of the envelopes of all kinds.
pub fn envelopes() -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = vec![];
    for (name, mut envelope) in [
        ("PublicEnvelope", layered_schema::<PublicEnvelope<'_>>()),
        ("PartnerEnvelope", layered_schema::<PartnerEnvelope<'_>>()),
        ("PanelEnvelope", layered_schema::<PanelEnvelope<'_>>()),
        ("OfficeEnvelope", layered_schema::<OfficeEnvelope<'_>>()),
    ] {
        all.extend(envelope.types.into_iter().filter(|(name, _)| !name.ends_with("Envelope")));
        if name == "PublicEnvelope" {
            // Every reader can choose from these with `fields`.
            let mut some = envelope.schema.clone();
            if let Some(schema) = some.as_object_mut() {
                schema.remove("required");
            }
            all.push((SOME_OF_ENVELOPE.to_owned(), some));
        }
        require_all(&mut envelope.schema);
        all.push((name.to_owned(), envelope.schema));
    }
    all
}

/// The fields of the public's envelope, of which none is required.
const SOME_OF_ENVELOPE: &str = "EnvelopeSomeFields";

/// The names of an object's fields.
fn field_names(schema: &Value) -> Vec<&String> {
    schema["properties"].as_object().into_iter().flat_map(Map::keys).collect()
}

/// An answer has every field of its envelope, null or empty where there is nothing.
fn require_all(schema: &mut Value) {
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        require_all(part);
    }
    let names = json!(field_names(schema));
    if names != json!([]) {
        schema["required"] = names;
    }
}

/// The fields of a kind's content as answers have them, then those that are computed. What names a record is null where
/// the reader of a working version does not see that record. None is required here: `fields`
/// may choose any. Of the whole record, those of the content are; computed fields belong to no version, and lists may leave
/// them out.
fn fields_schema(kind: &KindDef, content: &Value) -> Value {
    let mut schema = json!({"type": "object", "properties": content["properties"]});
    for reference in kind.references() {
        // A working version can name a record that its reader does not see.
        if let Some(Value::Object(property)) = schema["properties"].get_mut(reference.path)
            && property.get("type") == Some(&json!("string"))
        {
            property.insert("type".to_owned(), json!(["string", "null"]));
        }
    }
    for (name, property) in kind.computed_schema["properties"].as_object().into_iter().flatten() {
        schema["properties"][name] = property.clone();
    }
    if !kind.def.includes.is_empty() {
        schema["properties"]["included"] = schema_ref(&format!("{}Included", pascal(kind.def.name)));
    }
    schema
}

/// A schema of the document, of whose fields these are required. It has those fields once more: generators of clients make
/// a type of each part, and one of a part without fields is a type that no value has.
fn with_required(name: &str, required: &Value, fields: &Value) -> Value {
    let names = required.as_array().into_iter().flatten().filter_map(Value::as_str);
    let properties: Map<String, Value> =
        names.map(|name| (name.to_owned(), fields["properties"][name].clone())).collect();
    json!({"allOf": [schema_ref(name), {"type": "object", "required": required, "properties": properties}]})
}

fn included_schema(kind: &KindDef, kinds: &[&'static KindDef]) -> Option<Value> {
    if kind.def.includes.is_empty() {
        return None;
    }
    let properties: Map<String, Value> = kind
        .def
        .includes
        .iter()
        .map(|include| {
            let other = included_kind(kind, include);
            let other = kinds.iter().find(|known| Some(known.def.name) == other);
            let record = other
                .map_or(json!({"type": "object", "additionalProperties": true}), |other| any_audience(other));
            (include.name().to_owned(), json!({"type": "array", "maxItems": 1000, "items": record}))
        })
        .collect();
    Some(json!({
        "type": "object", "properties": properties,
        "description": "What `include` brought along, by name: each record as its own list shows it.",
    }))
}

/// The name of the kind whose records an `include` brings along.
pub fn included_kind(kind: &KindDef, include: &Include) -> Option<&'static str> {
    match include {
        Include::Named { path, .. } => {
            kind.references().find(|reference| reference.path == *path).map(|reference| reference.kind)
        }
        Include::Naming { kind, .. } => Some(kind),
    }
}

/// A record as any caller may get it, or the part of it that `fields` chose. The part comes last: a client that tries one
/// after the other finds a whole record first.
pub fn whole_or_part(kind: &KindDef) -> Value {
    let part = format!("{}Part", pascal(kind.def.name));
    json!({"anyOf": [any_audience(kind), schema_ref(&part)]})
}

/// A record as any caller may get it: what it has depends on the caller.
pub fn any_audience(kind: &KindDef) -> Value {
    let name = pascal(kind.def.name);
    if forms(kind).len() == 1 { schema_ref(&name) } else { schema_ref(&format!("Any{name}")) }
}

fn forms(kind: &KindDef) -> Vec<Value> {
    let name = pascal(kind.def.name);
    let read = kind.rule(Action::Read).unwrap_or(&[]);
    let mut forms = vec![];
    if kind.def.workflow {
        forms.push(schema_ref(&format!("{name}Working")));
    }
    if reaches(read, Reach::PanelShared) {
        forms.push(schema_ref(&format!("{name}Shared")));
    }
    if for_partners(read) {
        forms.push(schema_ref(&format!("{name}Partner")));
    }
    forms.push(schema_ref(&name));
    forms
}

/// The form of a record for those who change it.
pub fn writers_form(kind: &KindDef, rule: Rule) -> Value {
    let name = pascal(kind.def.name);
    if !kind.def.workflow {
        schema_ref(&name)
    } else if reaches(rule, Reach::Assigned) {
        json!({"anyOf": [schema_ref(&format!("{name}Working")), schema_ref(&format!("{name}Partner"))]})
    } else {
        schema_ref(&format!("{name}Working"))
    }
}

/// Whether a partner sees working versions.
fn for_partners(rule: Rule) -> bool {
    [Reach::Assigned, Reach::OwnOrganisation, Reach::OwnArea].iter().any(|reach| reaches(rule, *reach))
}

fn reaches(rule: Rule, reach: Reach) -> bool {
    rule.iter().any(|grant| grant.reach.contains(&reach))
}
