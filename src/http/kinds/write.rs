//! Changes the content of a record: create, replace, update.
//!
//! All changes refuse in the same order: 404 or 410 if the caller does not see the record, 403 if the caller may not
//! change it, 428 or 412 if the caller has not read it as it is, 400 if the body cannot be read, 422 if it is wrong, 409
//! if the record's state does not allow the change. Nothing reveals a record's state or content before it is certain
//! that the caller sees the record.

use serde_json::{Map, Value};

use super::content::{
    self, NewContent, only_assigned_fields, refuse_unknown_removals, strip_read_only, take_text,
};
use super::load::{
    ForUpdate, LoadedRecord, forbidden, load_for_update, replay, still_permitted, write_context,
};
use super::read::{after_change, kind_of};
use crate::clock::Id;
use crate::http::idempotency::{self, Claim};
use crate::http::{Call, Reply, body};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::lifecycle;
use crate::record::links;
use crate::record::resolve::PreviousNames;
use crate::record::state::State;
use crate::record::version::Home;
use crate::store::Conn;

/// Before the body of `POST /v1/{kind}`: whether the caller may create records of the kind.
pub fn before_create(call: &Call, _: &mut Conn) -> Result<(), Problem> {
    let kind = kind_of(call)?;
    if call.actor.reach(call.operation.rule).is_empty() || kind.bars(&call.actor) {
        return Err(forbidden());
    }
    home_of(call, kind).map(|_| ())
}

/// `POST /v1/{kind}`.
pub fn create(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    before_create(call, conn)?;
    call.catch_up(conn)?;
    let mut home = home_of(call, kind)?;
    if let Claim::Again(record, version) = idempotency::claim(call, conn)? {
        if !still_permitted(call, conn, kind, record)? {
            return Err(forbidden());
        }
        return replay(call, conn, kind, record, version, 201);
    }
    let (input, faults) = call.json()?;
    make(call, conn, kind, &mut home, input, faults)?;
    idempotency::done(call, conn, home.id, 1)?;
    let (text, row) = after_change(call, conn, kind, home.id)?;
    Ok(Reply::json(text).status(201).header("Location", kind.self_link(row.record)))
}

/// Creates a record from a content as `POST` does for the same caller, for an operation that makes it of something else.
/// Returns its id.
pub fn create_as(
    call: &Call,
    conn: &mut Conn,
    kind: &'static KindDef,
    content: Value,
) -> Result<Id, Problem> {
    if kind.bars(&call.actor) {
        return Err(forbidden());
    }
    let mut home = home_of(call, kind)?;
    make(call, conn, kind, &mut home, content, vec![])?;
    Ok(home.id)
}

/// Checks the content of a new record, and stores it.
fn make(
    call: &Call,
    conn: &mut Conn,
    kind: &'static KindDef,
    home: &mut Home,
    mut input: Value,
    mut faults: Vec<Fault>,
) -> Result<(), Problem> {
    problem::add_elsewhere(&mut faults, call.state.schemas.create_faults(kind, &input));
    let reason = take_text(&mut input, "change_reason");
    home.reference = take_text(&mut input, "reference").unwrap_or_default();
    if Id::parse(&home.reference).is_some() {
        let detail = "A reference cannot look like an id, which could belong to another record.";
        faults.push(Fault::pointer("/reference", "pattern", detail));
    }
    let new = NewContent {
        kind,
        record: home.id,
        body: home.body.as_ref().map(|(id, _)| *id),
        owner: home.owner_reference.clone(),
        before: None,
        previous: PreviousNames::default(),
        content: input,
        reason,
    };
    let draft = content::check(call, conn, new, faults)?;
    let public_from = (!kind.def.workflow).then_some(call.now());
    lifecycle::create(conn, &write_context(call), kind, home, &draft, public_from)
}

/// The owner of a new record, without its reference. It follows from the verified membership, never from the request's
/// body.
fn home_of(call: &Call, kind: &KindDef) -> Result<Home, Problem> {
    let id = call.state.clock.new_id();
    let shared = Home { id, reference: String::new(), body: None, owner: None, owner_reference: None };
    if !kind.def.workflow {
        return Ok(shared);
    }
    let (Some(body), Some(organisation)) = (&call.actor.body, &call.actor.organisation) else {
        return Err(forbidden());
    };
    Ok(Home {
        body: Some((body.id, body.reference.clone())),
        owner: Some(organisation.id),
        owner_reference: Some(organisation.reference.clone()),
        ..shared
    })
}

/// `PUT /v1/{kind}/{id}`.
pub fn replace(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let record = match load_for_update(call, conn)? {
        ForUpdate::Record(record) => record,
        ForUpdate::Replayed(reply) => return Ok(reply),
    };
    let (mut input, mut faults) = call.json()?;
    strip_read_only(&mut input, &record, &mut faults)?;
    let reason = input["change_reason"].as_str().map(str::to_owned);
    if record.is_partners() {
        let allowed = only_assigned_fields(&record, input)?;
        input = record.row.content_value()?.clone();
        if let (Some(object), Value::Object(allowed)) = (input.as_object_mut(), allowed) {
            object.extend(allowed);
        }
    }
    store_edit(call, conn, &record, input, reason, faults)
}

/// `PATCH /v1/{kind}/{id}`: JSON Merge Patch.
pub fn update(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let record = match load_for_update(call, conn)? {
        ForUpdate::Record(record) => record,
        ForUpdate::Replayed(reply) => return Ok(reply),
    };
    let (mut patch, mut faults) = call.json()?;
    let Some(fields) = patch.as_object() else {
        let detail = "A merge patch of a record is a JSON object.";
        return Err(Problem::unprocessable(vec![Fault::pointer("", "type", detail)]));
    };
    refuse_unknown_removals(call, record.kind, fields, &mut faults);
    strip_read_only(&mut patch, &record, &mut faults)?;
    if patch.as_object().is_some_and(Map::is_empty) && faults.is_empty() {
        let detail = "This patch changes nothing; give at least one field to change.";
        faults.push(Fault::pointer("", "too_few_members", detail));
    }
    if record.is_partners() {
        patch = only_assigned_fields(&record, patch)?;
    }
    let reason = patch["change_reason"].as_str().map(str::to_owned);
    let mut input = record.row.content_value()?.clone();
    body::merge(&mut input, patch);
    store_edit(call, conn, &record, input, reason, faults)
}

/// Makes a new working version with the same content, because something changed that belongs to the record but not to
/// its content. Returns the record.
pub fn touch(call: &Call, conn: &mut Conn, record: &LoadedRecord, reason: &str) -> Result<Reply, Problem> {
    let content = record.row.content_value()?.clone();
    store_edit(call, conn, record, content, Some(reason.to_owned()), vec![])
}

/// The content of a record with other values in some of its fields; null removes one.
pub fn with_fields(record: &LoadedRecord, fields: Map<String, Value>) -> Result<Value, Problem> {
    let mut input = record.row.content_value()?.clone();
    if let Some(content) = input.as_object_mut() {
        for (name, value) in fields {
            if value.is_null() {
                content.shift_remove(&name);
            } else {
                content.insert(name, value);
            }
        }
    }
    Ok(input)
}

/// Makes a new working version with other values in some fields of the content, within what the caller may change of it.
pub fn change_fields(
    call: &Call,
    conn: &mut Conn,
    record: &LoadedRecord,
    fields: Map<String, Value>,
) -> Result<(), Problem> {
    let mut faults = vec![];
    refuse_unknown_removals(call, record.kind, &fields, &mut faults);
    let reason = fields.get("change_reason").and_then(Value::as_str).map(str::to_owned);
    let fields = match record.is_partners() {
        true => only_assigned_fields(record, Value::Object(fields))?,
        false => Value::Object(fields),
    };
    let Value::Object(fields) = fields else { return Err(Problem::internal("fields that are no object")) };
    make_version(call, conn, record, with_fields(record, fields)?, reason, faults)
}

/// Checks the content of a new working version, stores it, and returns the record.
fn store_edit(
    call: &Call,
    conn: &mut Conn,
    record: &LoadedRecord,
    input: Value,
    reason: Option<String>,
    faults: Vec<Fault>,
) -> Result<Reply, Problem> {
    make_version(call, conn, record, input, reason, faults)?;
    reply_after(call, conn, record)
}

/// Checks the content of a new working version, and stores it.
fn make_version(
    call: &Call,
    conn: &mut Conn,
    record: &LoadedRecord,
    mut input: Value,
    reason: Option<String>,
    mut faults: Vec<Fault>,
) -> Result<(), Problem> {
    let (kind, row) = (record.kind, &record.row);
    problem::add_elsewhere(&mut faults, call.state.schemas.replace_faults(kind, &input));
    if let Some(object) = input.as_object_mut() {
        object.shift_remove("change_reason");
    }
    if record.is_partners() && State::AWAITING_PUBLICATION.contains(&row.state) {
        return Err(Problem::conflict(
            "This version is submitted, and your change would delay it. Ask the office to return it, or wait until it is published.",
        ));
    }
    let before = row.content_value()?;
    let links = links::of(conn, &[(row.record, row.version)])?;
    let new = NewContent {
        kind,
        record: row.record,
        body: row.body,
        owner: row.owner_reference.clone(),
        before: Some(before),
        previous: PreviousNames::of(kind, before, &links),
        content: input,
        reason,
    };
    let draft = content::check(call, conn, new, faults)?;
    if record.is_partners() {
        content::only_own_items(call, record, &draft.content)?;
    }
    lifecycle::edit(conn, &write_context(call), kind, row, &draft)
}

/// The record after a change, as the response; remembers the change for its idempotency key.
pub fn reply_after(call: &Call, conn: &mut Conn, record: &LoadedRecord) -> Result<Reply, Problem> {
    let (text, row) = after_change(call, conn, record.kind, record.row.record)?;
    if call.operation.idempotent_by_key {
        idempotency::done(call, conn, row.record, row.version)?;
    }
    Ok(Reply::json(text))
}
