//! The examples of changes: the life of a record of every kind, played in a scratch database.

use std::sync::Arc;

use serde_json::{Value, json};

use super::examples::Story;
use crate::access::actor::Named;
use crate::access::{Action, Actor, Role};
use crate::http::operation::{Handler, Operation};
use crate::http::{Call, State, conditional};
use crate::record::read;
use crate::record::visible::Visibility;
use crate::record::{BODY, ORGANISATION};
use crate::resources;

/// Plays the story of every kind.
pub fn play(state: &Arc<State>) -> Result<Story, String> {
    let named = |kind: &str, reference: &str| -> Result<Named, String> {
        let kind = state.kind(kind).ok_or("a kind that the envelope stands on")?;
        let visibility = Visibility::as_of(state.now());
        let row = state
            .db
            .read(|conn| read::by_name(conn, kind, reference, &visibility))
            .map_err(|problem| problem.to_string())?;
        let row = row.ok_or_else(|| format!("the demo has no {reference}"))?;
        Ok(Named { id: row.record, reference: row.reference })
    };
    let body = named(BODY, "derbyshire-pcc")?;
    let office = named(ORGANISATION, "opcc-derbyshire")?;
    let panel = named(ORGANISATION, "derbyshire-police-and-crime-panel")?;
    let as_role = |role: Role, number: u8| {
        let (letter, organisation) = match role {
            Role::Editor => ('e', &office),
            Role::Publisher => ('b', &office),
            Role::Commissioner => ('c', &office),
            Role::PanelOfficer => ('f', &panel),
            Role::DataProtection => ('d', &office),
            _ => ('a', &office),
        };
        Actor {
            subject: Some(format!("client-00000000000000{letter}{number}")),
            roles: vec![role],
            body: Some(body.clone()),
            organisation: Some(organisation.clone()),
            stands_for_person: false,
        }
    };
    let mut story = Story::new();
    for kind in &state.kinds {
        let name = kind.def.name;
        // The role that the kind's rules name first does it.
        let actor = |action: Action, number: u8| {
            let rule = kind.rule(action)?;
            rule.first().map(|grant| as_role(grant.role, number))
        };
        let writer = actor(Action::Create, 1).ok_or("a kind that nobody writes")?;
        let mut content = kind.example.clone();
        let made = perform(state, &format!("create_{name}"), &writer, None, &content)?;
        let id = made["id"].as_str().unwrap_or_default().to_owned();
        story.insert(format!("create_{name}"), made);
        if let Some(object) = content.as_object_mut() {
            object.shift_remove("reference");
        }
        let patch =
            json!({kind.def.title: kind.example[kind.def.title], "change_reason": "A clearer wording."});
        for (verb, body) in [("replace", &content), ("update", &patch)] {
            let operation = format!("{verb}_{name}");
            story.insert(operation.clone(), perform(state, &operation, &writer, Some(&id), body)?);
        }
        // What is sent as a file of the record: observations.
        let takes_file = |row: &&Operation| {
            row.kind.is_some_and(|of| of.def.name == name) && matches!(row.handler, Handler::Upload(_))
        };
        for row in resources::operations().iter().filter(takes_file) {
            let sent = row.body.as_ref().map_or(Value::Null, |body| body.example.clone());
            story.insert(row.id.clone(), perform(state, &row.id, &writer, Some(&id), &sent)?);
        }
        let none = json!({});
        let returned = json!({"reason": "The source of the second figure is missing."});
        let withdrawn = json!({"reason": "Published by mistake under the wrong plan."});
        let redacted = json!({"reason": "It held personal data that must not be public."});
        // The second of a role publishes: where one role does all, nobody publishes what they wrote.
        let steps = [
            ("submit", Action::Submit, 1, &none),
            ("return", Action::Return, 2, &returned),
            ("submit", Action::Submit, 1, &none),
            ("approve", Action::Approve, 1, &none),
            ("share", Action::Share, 2, &none),
            ("publish", Action::Publish, 2, &none),
            ("withdraw", Action::Withdraw, 1, &withdrawn),
            ("redact", Action::Redact, 1, &redacted),
        ];
        for (verb, action, number, body) in steps {
            let operation = format!("{verb}_{name}");
            let Some(actor) = actor(action, number) else { continue };
            story.insert(operation.clone(), perform(state, &operation, &actor, Some(&id), body)?);
        }
    }
    let redaction =
        story.values().find_map(|answer| answer["review_due"].as_str().and(answer["id"].as_str()));
    if let Some(id) = redaction.map(str::to_owned) {
        let finding = json!({"finding": "upheld", "remarks": "The name of a victim was in the evidence."});
        let reviewer = as_role(Role::DataProtection, 2);
        let operation = "review_redaction";
        story.insert(operation.to_owned(), perform(state, operation, &reviewer, Some(&id), &finding)?);
    }
    Ok(story)
}

/// Calls one operation of the story.
fn perform(
    state: &Arc<State>,
    operation: &str,
    actor: &Actor,
    id: Option<&str>,
    body: &Value,
) -> Result<Value, String> {
    let row = resources::operations()
        .iter()
        .find(|row| row.id == operation)
        .ok_or("an operation outside the table")?;
    let if_match = match id.filter(|_| row.if_match) {
        None => None,
        Some(id) => {
            let kind = row.kind.ok_or("an operation without a kind")?;
            let read = resources::operations().iter().find(|row| row.id == format!("get_{}", kind.def.name));
            let read = read.ok_or("a kind without a get")?;
            let mut call = Call::bare(state, &read.spec, actor);
            call.path.insert("id", id.to_owned());
            let Handler::Read(get) = &read.handler else {
                return Err("a get that does not read".to_owned());
            };
            let reply = state.db.read(|conn| get(&call, conn)).map_err(|problem| problem.to_string())?;
            Some(format!("\"{}\"", conditional::tag(&reply.body)))
        }
    };
    let mut call = Call::bare(state, &row.spec, actor);
    call.headers.if_match = if_match;
    // A file is its own text.
    call.body = Arc::new(body.as_str().map_or_else(|| body.to_string(), str::to_owned).into_bytes());
    call.headers.content_type =
        row.body.as_ref().and_then(|spec| spec.media_types.first()).map(|name| (*name).to_owned());
    if let Some(id) = id {
        call.path.insert("id", id.to_owned());
    }
    let reply = match &row.handler {
        Handler::Write(handler) => state.db.write(|conn| handler(&call, conn)),
        Handler::Blocking(handler) => handler(&call),
        Handler::Upload(read) => read(&call).and_then(|store| store(&call)),
        _ => return Err(format!("{operation} changes nothing")),
    };
    let reply = reply.map_err(|problem| format!("{operation}: {problem}"))?;
    serde_json::from_slice(&reply.body).map_err(|error| error.to_string())
}
