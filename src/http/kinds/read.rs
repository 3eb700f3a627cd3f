//! Reads one record: get, thread.

use serde_json::{Value, json};

use super::include::{included, render_one};
use super::list_reply::{fields, select};
use crate::clock::Id;
use crate::http::{Call, Reply};
use crate::problem::{self, Problem};
use crate::record::ORGANISATION;
use crate::record::kind::KindDef;
use crate::record::read::{self, Name, Row, Tombstone};
use crate::record::redaction;
use crate::record::thread;
use crate::record::visible::Visibility;
use crate::store::Conn;

/// The fields of a record as the public sees it, in order, with the computed fields.
pub fn public_fields(kind: &KindDef) -> Vec<String> {
    const ENVELOPE: &[&str] =
        &["id", "kind", "reference", "body", "owner", "self", "state", "version", "published_at"];
    let names = ENVELOPE.iter().copied().chain(kind.field_names()).chain(kind.computed_names());
    names.map(str::to_owned).collect()
}

/// The fields of a record as lists show it to the public.
pub fn list_fields(kind: &KindDef) -> Vec<String> {
    let mut names = public_fields(kind);
    if kind.computed.is_some_and(|computed| !computed.in_lists) {
        names.truncate(names.len() - kind.computed_names().len());
    }
    names
}

/// What the caller sees, now or at `as_of`.
pub fn visibility_of(call: &Call) -> Result<Visibility, Problem> {
    match call.past() {
        Ok(None) => Ok(call.visibility()),
        Ok(Some(moment)) => Ok(Visibility::as_of(moment)),
        Err(fault) => Err(Problem::bad_request(vec![fault])),
    }
}

/// The operation's kind.
pub fn kind_of(call: &Call) -> Result<&'static KindDef, Problem> {
    call.operation.kind.ok_or_else(|| Problem::internal("an operation without a kind"))
}

/// The version of the record in the path that the caller sees. 410 if the record was withdrawn and the caller could see
/// it, otherwise 404. A hidden record takes the same queries as one that never existed.
pub fn find(call: &Call, conn: &mut Conn, kind: &KindDef, visibility: &Visibility) -> Result<Row, Problem> {
    let name = Name::parse(kind, call.segment("id")).ok_or_else(Problem::not_found)?;
    if let Some(row) = read::one(conn, kind, &name, visibility)? {
        return Ok(row);
    }
    if let Some(tombstone) = read::tombstone(conn, kind, &name, visibility)? {
        let office = match (&tombstone.office, call.state.kind(ORGANISATION)) {
            (Some(office), Some(kind)) => read::by_name(conn, kind, office, visibility)?,
            _ => None,
        };
        let mut problem = gone(kind, &tombstone);
        problem.office =
            office.and_then(|row| row.content::<Value>().ok()?["name"].as_str().map(str::to_owned));
        return Err(problem);
    }
    match redaction::gone_at(conn, kind, &name, visibility.moment())? {
        Some(row) => Err(version_gone(kind, &row)),
        None => Err(Problem::not_found()),
    }
}

/// 410 with the record's tombstone.
pub fn gone(kind: &KindDef, tombstone: &Tombstone) -> Problem {
    let mut problem = Problem::new(
        &problem::GONE,
        format!("This {} was withdrawn on {}.", kind.def.one, tombstone.withdrawn_at.0.date_naive()),
    );
    problem.extra.push(("tombstone", tombstone_value(kind, tombstone)));
    problem
}

/// 410 with a tombstone for a version whose content was destroyed, while others of its record exist.
pub fn version_gone(kind: &KindDef, row: &Row) -> Problem {
    let day = row.redacted_at.unwrap_or(row.authored_at).0.date_naive();
    let mut problem =
        Problem::new(&problem::GONE, format!("This version of the {} was redacted on {day}.", kind.def.one));
    let tombstone = json!({
        "id": row.record,
        "kind": kind.def.name,
        "withdrawn_at": row.redacted_at,
        "withdrawn_by": row.owner_reference,
        "reason": "Redacted for data protection; other versions of the record still exist.",
        "redacted_at": row.redacted_at,
    });
    problem.extra.push(("tombstone", tombstone));
    problem
}

/// A tombstone as JSON.
pub fn tombstone_value(kind: &KindDef, tombstone: &Tombstone) -> Value {
    json!({
        "id": tombstone.record,
        "kind": kind.def.name,
        "withdrawn_at": tombstone.withdrawn_at,
        "withdrawn_by": tombstone.office,
        "reason": tombstone.reason,
        "redacted_at": tombstone.redacted_at,
    })
}

/// `GET /v1/{kind}/{id}`.
pub fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = visibility_of(call)?;
    let row = find(call, conn, kind, &visibility)?;
    let rows = [row];
    let mut text = render_one(conn, kind, &rows[0], &visibility)?;
    let fields = fields(call);
    if !fields.is_empty() {
        let value: Value = serde_json::from_str(&text).map_err(Problem::internal)?;
        text = select(&value, &fields).to_string();
    }
    if let Some(included) = included(call, conn, kind, &rows, &visibility)? {
        text.pop();
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str("\"included\":");
        text.push_str(&Value::Object(included).to_string());
        text.push('}');
    }
    Ok(Reply::json(text))
}

/// `GET /v1/{kind}/{id}/thread`.
pub fn thread(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let visibility = visibility_of(call)?;
    let row = find(call, conn, kind, &visibility)?;
    let depth = call.params.int("depth").unwrap_or(thread::DEFAULT_DEPTH);
    let mut rels: Vec<&'static str> = call
        .state
        .kinds
        .iter()
        .flat_map(|kind| kind.references())
        .filter(|reference| reference.thread)
        .map(|reference| reference.rel)
        .collect();
    rels.sort_unstable();
    rels.dedup();
    let thread = thread::walk(conn, &row, &visibility, depth, &rels, &|name| call.state.path_of(name))?;
    Reply::value(&thread)
}

/// The record after a change, as the caller now sees it: its JSON and its row.
pub fn after_change(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    record: Id,
) -> Result<(String, Row), Problem> {
    let visibility = call.visibility();
    let row = read::one(conn, kind, &Name::Id(record), &visibility)?
        .ok_or_else(|| Problem::internal("the caller does not see the record that it has just written"))?;
    let text = render_one(conn, kind, &row, &visibility)?;
    Ok((text, row))
}
