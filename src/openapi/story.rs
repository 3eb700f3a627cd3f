//! The examples of changes: every kind's own life, played in a scratch database.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::bare_call;
use crate::access::actor::Named;
use crate::access::{Actor, Role};
use crate::http::operation::Handler;
use crate::http::{State, conditional};
use crate::record::read::{self, Name};
use crate::record::visible::Sight;
use crate::record::{BODY, ORGANISATION};
use crate::resources;

/// What a kind's operations that change something answer, by operation id: the generator makes the kind's example
/// in its scratch database and takes it through its life, as the demo's people would.
pub type Story = BTreeMap<String, Value>;

/// Plays the story of every kind.
pub fn play(state: &Arc<State>) -> Result<Story, String> {
    let named = |kind: &str, reference: &str| -> Result<Named, String> {
        let kind = state.kind(kind).ok_or("a kind that the envelope stands on")?;
        let sight = Sight::as_of(state.now());
        let name = Name::Shared(reference.to_owned());
        let row = state
            .db
            .read(|conn| read::one(conn, kind, &name, &sight))
            .map_err(|problem| problem.to_string())?;
        let row = row.ok_or_else(|| format!("the demo has no {reference}"))?;
        Ok(Named { id: row.record, reference: row.reference })
    };
    let body = named(BODY, "derbyshire-pcc")?;
    let office = named(ORGANISATION, "opcc-derbyshire")?;
    let as_role = |role: Role, name: &str| Actor {
        subject: Some(name.to_owned()),
        roles: vec![role],
        body: Some(body.clone()),
        organisation: Some(office.clone()),
        stands_for_person: false,
    };
    let mut story = Story::new();
    for kind in &state.kinds {
        let (writer, name) = match kind.def.workflow {
            true => (as_role(Role::Editor, "client-00000000000000e1"), kind.def.name),
            false => (as_role(Role::Admin, "client-00000000000000a1"), kind.def.name),
        };
        let mut content = kind.example.clone();
        let made = perform(state, &format!("create_{name}"), &writer, None, &content)?;
        let id = made["id"].as_str().unwrap_or_default().to_owned();
        story.insert(format!("create_{name}"), made);
        if let Some(object) = content.as_object_mut() {
            object.shift_remove("reference");
        }
        let patch =
            json!({kind.def.title: kind.example[kind.def.title], "change_reason": "A clearer wording."});
        for (verb, given) in [("replace", &content), ("update", &patch)] {
            let operation = format!("{verb}_{name}");
            story.insert(operation.clone(), perform(state, &operation, &writer, Some(&id), given)?);
        }
        let none = json!({});
        let returned = json!({"reason": "The source of the second figure is missing."});
        let withdrawn = json!({"reason": "Published by mistake under the wrong plan."});
        let steps = [
            ("submit", Role::Editor, "e1", &none),
            ("return", Role::Publisher, "b1", &returned),
            ("submit", Role::Editor, "e1", &none),
            ("approve", Role::Commissioner, "c1", &none),
            ("publish", Role::Publisher, "b1", &none),
            ("withdraw", Role::Publisher, "b2", &withdrawn),
        ];
        for (verb, role, who, given) in steps {
            let operation = format!("{verb}_{name}");
            if !resources::operations().iter().any(|row| row.id == operation) {
                continue;
            }
            let actor = as_role(role, &format!("client-00000000000000{who}"));
            story.insert(operation.clone(), perform(state, &operation, &actor, Some(&id), given)?);
        }
    }
    Ok(story)
}

/// Carries one operation of the story out.
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
    let Handler::Write(handler) = &row.handler else { return Err(format!("{operation} changes nothing")) };
    let kind = row.kind.ok_or("an operation without a kind")?;
    let if_match = match id {
        None => None,
        Some(id) => {
            let read = resources::operations().iter().find(|row| row.id == format!("get_{}", kind.def.name));
            let mut call = bare_call(state, read.ok_or("a kind without a get")?, actor);
            call.path.insert("id", id.to_owned());
            let Handler::Read(get) = &call.operation.handler else {
                return Err("a get that does not read".to_owned());
            };
            let reply = state.db.read(|conn| get(&call, conn)).map_err(|problem| problem.to_string())?;
            Some(format!("\"{}\"", conditional::tag(&reply.body)))
        }
    };
    let mut call = bare_call(state, row, actor);
    call.headers.if_match = if_match;
    call.body = body.to_string().into_bytes();
    if let Some(id) = id {
        call.path.insert("id", id.to_owned());
    }
    let reply = state.db.write(|conn| handler(&call, conn));
    let reply = reply.map_err(|problem| format!("{operation}: {problem}"))?;
    serde_json::from_slice(&reply.body).map_err(|error| error.to_string())
}
