//! The schemas of a kind's answers and bodies, as the document names them.

use serde_json::{Map, Value, json};

use crate::access::{Action, Reach, Rule};
use crate::http::schema;
use crate::record::kind::{KindDef, object_schema};
use crate::record::represent::{OfficeEnvelope, PanelEnvelope, PartnerEnvelope, PublicEnvelope};

/// The schemas of a kind's answers, one for each audience, and of its lists.
pub fn schemas(kind: &KindDef) -> Vec<(String, Value)> {
    let name = pascal(kind.def.name);
    let read = kind.rule(Action::Read).unwrap_or(&[]);
    let mut all = vec![(name.clone(), audience_schema::<PublicEnvelope<'_>>(kind))];
    if for_partners(read) {
        all.push((format!("{name}Partner"), audience_schema::<PartnerEnvelope<'_>>(kind)));
    }
    if reaches(read, Reach::PanelShared) {
        all.push((format!("{name}Shared"), audience_schema::<PanelEnvelope<'_>>(kind)));
    }
    if kind.def.workflow {
        all.push((format!("{name}Working"), audience_schema::<OfficeEnvelope<'_>>(kind)));
    }
    let mut list = json!({
        "type": "object",
        "required": ["data", "page"],
        "properties": {
            "data": {"type": "array", "maxItems": 200, "items": any_audience(kind)},
            "page": reference("Page"),
        },
    });
    if let Some(included) = included_schema(kind) {
        list["properties"]["included"] = included;
    }
    all.push((format!("{name}List"), list));
    all.push((format!("New{name}"), schema::create_schema(kind)));
    all.push((format!("{name}Content"), schema::replace_schema(kind)));
    all.push((format!("{name}Patch"), schema::patch_schema(kind)));
    all
}

/// The envelope's members, then the content's.
fn audience_schema<E: utoipa::ToSchema>(kind: &KindDef) -> Value {
    let mut schema = flat(object_schema::<E>());
    let mut required: Vec<Value> = vec![];
    if let Some(properties) = schema["properties"].as_object_mut() {
        for (name, property) in kind.schema["properties"].as_object().into_iter().flatten() {
            properties.insert(name.clone(), property.clone());
        }
        // What is written is always there, null or empty where there is nothing.
        required.extend(properties.keys().map(|name| json!(name)));
    }
    schema["required"] = json!(required);
    // Beside it stands what no version shows, and lists perhaps not either: it is not always there.
    for (name, property) in kind.computed_schema["properties"].as_object().into_iter().flatten() {
        schema["properties"][name] = property.clone();
    }
    if let Some(included) = included_schema(kind) {
        schema["properties"]["included"] = included;
    }
    if let Some(object) = schema.as_object_mut() {
        object.remove("additionalProperties");
        object.insert("description".to_owned(), json!(kind.def.about));
    }
    schema
}

/// What `#[serde(flatten)]` makes of a schema (`allOf`), as one object.
fn flat(schema: Value) -> Value {
    let Some(parts) = schema["allOf"].as_array() else {
        return schema;
    };
    let mut properties = Map::new();
    for part in parts {
        let part = flat(part.clone());
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            properties.insert(name.clone(), property.clone());
        }
    }
    json!({"type": "object", "properties": properties})
}

fn included_schema(kind: &KindDef) -> Option<Value> {
    if kind.def.includes.is_empty() {
        return None;
    }
    let properties: Map<String, Value> = kind
        .def
        .includes
        .iter()
        .map(|include| {
            let records = json!({"type": "array", "maxItems": 1000, "items": {"type": "object"}});
            (include.name().to_owned(), records)
        })
        .collect();
    Some(json!({
        "type": "object", "properties": properties,
        "description": "What `include` brought along, by name: each record as its own list shows it.",
    }))
}

/// The form of one record for whoever asks.
pub fn any_audience(kind: &KindDef) -> Value {
    let name = pascal(kind.def.name);
    let read = kind.rule(Action::Read).unwrap_or(&[]);
    let mut forms = vec![];
    if kind.def.workflow {
        forms.push(reference(&format!("{name}Working")));
    }
    if reaches(read, Reach::PanelShared) {
        forms.push(reference(&format!("{name}Shared")));
    }
    if for_partners(read) {
        forms.push(reference(&format!("{name}Partner")));
    }
    forms.push(reference(&name));
    if forms.len() == 1 { forms.remove(0) } else { json!({"anyOf": forms}) }
}

/// The form of a record for those who change it.
pub fn writers_form(kind: &KindDef, rule: Rule) -> Value {
    let name = pascal(kind.def.name);
    if !kind.def.workflow {
        reference(&name)
    } else if reaches(rule, Reach::Assigned) {
        json!({"anyOf": [reference(&format!("{name}Working")), reference(&format!("{name}Partner"))]})
    } else {
        reference(&format!("{name}Working"))
    }
}

/// Whether a partner sees working versions.
fn for_partners(rule: Rule) -> bool {
    [Reach::Assigned, Reach::OwnOrganisation, Reach::OwnArea].iter().any(|reach| reaches(rule, *reach))
}

fn reaches(rule: Rule, reach: Reach) -> bool {
    rule.iter().any(|grant| grant.reach.contains(&reach))
}

/// The kind's name in the document: `policing_body` is `PolicingBody`.
pub fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect::<String>())
                .unwrap_or_default()
        })
        .collect()
}

/// The reference to a schema of the document.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
