//! Changes of a record: create, replace, patch, submit, return, approve, publish, withdraw.
//!
//! The order of refusals is the same for all: not there (404, 410), not yours (403), not what you read (428,
//! 412), not readable (400), wrong (422), not in this state (409). Nothing is said of a record's state or
//! content before it is sure that the caller may see it.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::include::{add_computed_one, render_one};
use super::inputs::{Publication, Reason, Sharing, to_come};
use super::read::{after_change, find, gone, kind_of, tombstone_value};
use crate::clock::Id;
use crate::http::idempotency::{self, Claim};
use crate::http::input::Empty;
use crate::http::{Call, Reply, body, conditional};
use crate::problem::{self, Fault, Problem};
use crate::record::kind::{CrossRecordCheck, KindDef, READ_ONLY};
use crate::record::lifecycle;
use crate::record::links;
use crate::record::read::{self, COLUMNS, Row};
use crate::record::represent;
use crate::record::resolve::{self, PreviousNames};
use crate::record::state::State;
use crate::record::version::{Draft, Home};
use crate::record::visible::{Audience, Visibility};
use crate::record::write_context::WriteContext;
use crate::store::{Conn, Sql};

/// Who does it, when.
pub fn context(call: &Call) -> WriteContext<'_> {
    WriteContext {
        actor: &call.actor,
        now: call.now(),
        clock: &call.state.clock,
        request: Some(call.request),
        operation: &call.operation.id,
    }
}

/// 403 for what no role of the caller allows.
pub fn forbidden() -> Problem {
    Problem::new(
        &problem::FORBIDDEN,
        "Neither your roles nor an assignment to your organisation allow this here; GET /v1/me lists what they allow.",
    )
}

/// `POST /v1/{kind}`.
pub fn create(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    if call.actor.reach(call.operation.rule).is_empty() || kind.bars(&call.actor) {
        return Err(forbidden());
    }
    call.catch_up(conn)?;
    let mut home = home_of(call, kind)?;
    if let Claim::Again(record, version) = idempotency::claim(call, conn)? {
        if !still_covered(call, conn, kind, record)? {
            return Err(forbidden());
        }
        return replay(call, conn, kind, record, version, 201);
    }
    let (mut input, mut faults) = call.json()?;
    problem::add_elsewhere(&mut faults, call.state.schemas.create_faults(kind, &input));
    let reason = take_text(&mut input, "change_reason");
    let reference = take_text(&mut input, "reference").unwrap_or_default();
    if Id::parse(&reference).is_some() {
        let detail = "A reference must not have the form of an id, which would stand for another record.";
        faults.push(Fault::pointer("/reference", "pattern", detail));
    }
    let new = Whose { record: home.id, body: home.body.as_ref().map(|(id, _)| *id), before: None };
    let draft = draft(call, conn, kind, &new, &PreviousNames::default(), input, reason, &mut faults)?;
    home.reference = reference;
    let public_from = (!kind.def.workflow).then_some(call.now());
    lifecycle::create(conn, &context(call), kind, &home, &draft, public_from)?;
    idempotency::done(call, conn, home.id, 1)?;
    let (text, row) = after_change(call, conn, kind, home.id)?;
    Ok(Reply::json(text).status(201).header("Location", kind.self_link(row.record)))
}

/// Where a new record belongs, without its reference: the verified membership says, never the body.
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

/// The record that a content is for.
struct Whose<'a> {
    record: Id,
    body: Option<Id>,
    before: Option<&'a Value>,
}

/// Checks a content against schema, records and rules; gives it as it will be stored.
#[expect(clippy::too_many_arguments, reason = "what a content is checked with")]
fn draft(
    call: &Call,
    conn: &mut Conn,
    kind: &'static KindDef,
    whose: &Whose<'_>,
    kept: &PreviousNames,
    mut content: Value,
    reason: Option<String>,
    faults: &mut Vec<Fault>,
) -> Result<Draft, Problem> {
    let visibility = call.visibility();
    let mut unresolved = vec![];
    // A list that is too long is not looked up: that would cost what its bound is there to spare.
    if faults.iter().any(|fault| fault.code == "too_many") {
        return Err(Problem::unprocessable(std::mem::take(faults)));
    }
    let resolved = resolve::resolve(
        conn,
        kind,
        &mut content,
        &visibility,
        kept,
        &|name| call.state.has_workflow(name),
        &mut unresolved,
    )?;
    problem::add_elsewhere(faults, unresolved);
    if let Some(content) = kind.check_content(content, faults) {
        let (record, body, before) = (whose.record, whose.body, whose.before);
        let this = CrossRecordCheck { record, body, before, content: &content, named: &resolved.single };
        kind.cross_check(conn, &this, faults)?;
        if faults.is_empty() {
            return Ok(Draft { content, resolved, reason });
        }
    }
    Err(Problem::unprocessable(std::mem::take(faults)))
}

fn take_text(input: &mut Value, member: &str) -> Option<String> {
    let taken = input.as_object_mut()?.shift_remove(member)?;
    taken.as_str().map(str::to_owned)
}

/// What was found behind an address that is to be changed.
pub struct Target {
    /// Its kind.
    pub kind: &'static KindDef,
    /// Its working version.
    pub row: Row,
    /// As the caller reads it, for the tag and for read-only members.
    pub text: String,
    audience: Option<Audience>,
}

/// Claims, finds, permits, locks, and checks `If-Match`; or replays what was done before.
pub fn target(call: &Call, conn: &mut Conn) -> Result<Result<Target, Reply>, Problem> {
    let kind = kind_of(call)?;
    // The credential's own earlier deed comes first: what it did may have ended the record.
    if call.operation.idempotent_by_key
        && let Claim::Again(record, version) = idempotency::claim(call, conn)?
    {
        if !still_covered(call, conn, kind, record)? {
            permitted(call, conn, kind)?;
            return Err(forbidden());
        }
        return replay(call, conn, kind, record, version, 200).map(Err);
    }
    let row = permitted(call, conn, kind)?;
    lifecycle::lock(conn, row.record)?;
    call.catch_up(conn)?;
    // Who waited for the lock reads what the one before has made of it, and may do what it may do by then: an
    // assignment can have ended meanwhile.
    looked_at(call, conn, kind).map(Ok)
}

/// What stands behind the address, as far as the caller may change it and has read it as it is: what a change begins with,
/// and what one looks at first that takes its time before the transaction.
pub fn looked_at(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<Target, Problem> {
    let row = permitted(call, conn, kind)?;
    let visibility = call.visibility();
    let text = render_one(conn, kind, &row, &visibility)?;
    conditional::require_match(call.headers.if_match.as_deref(), &conditional::tag(text.as_bytes()))?;
    let audience = visibility.audience(&row);
    Ok(Target { kind, row, text, audience })
}

/// Makes a new working version of what the last one holds, for what stands beside it and is another now; the answer is
/// the record.
pub fn touch(call: &Call, conn: &mut Conn, target: &Target, reason: &str) -> Result<Reply, Problem> {
    let content = target.row.content_value()?.clone();
    store_edit(call, conn, target, content, Some(reason.to_owned()), vec![])
}

/// The record in the path as the caller sees it, if the operation's rule covers it.
pub fn permitted(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<Row, Problem> {
    let row = find(call, conn, kind, &call.visibility())?;
    let allowed = Visibility::under(&call.actor, &kind.def, call.operation.rule, call.now());
    let covered = match kind.def.workflow {
        true => allowed.covers(&row),
        false => allowed.audience(&row).is_some(),
    };
    if covered && !kind.bars(&call.actor) { Ok(row) } else { Err(forbidden()) }
}

/// Whether the operation's rule still covers what the caller did: a key outlives roles and memberships.
fn still_covered(call: &Call, conn: &mut Conn, kind: &'static KindDef, record: Id) -> Result<bool, Problem> {
    if !kind.def.workflow {
        return Ok(!call.actor.reach(call.operation.rule).is_empty());
    }
    let head: Row = Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.is_head AND v.record = ")
        .bind(record)
        .get_result(conn)?;
    let allowed = Visibility::under(&call.actor, &kind.def, call.operation.rule, call.now());
    Ok(allowed.covers(&head) && !kind.bars(&call.actor))
}

/// Answers a repeated request with the version that the first one made.
fn replay(
    call: &Call,
    conn: &mut Conn,
    kind: &'static KindDef,
    record: Id,
    version: i64,
    status: u16,
) -> Result<Reply, Problem> {
    // What has been withdrawn since is not shown again by a key either.
    let office = call.visibility().office_body(kind.def.name);
    if let Some(tombstone) = read::tombstone(conn, kind, &read::Name::Id(record), office)? {
        if !call.operation.id.starts_with("withdraw_") {
            return Err(gone(kind, &tombstone));
        }
        return Ok(tombstone_reply(kind, &tombstone)?.header("Idempotency-Replayed", "true"));
    }
    let row: Row = Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .bind(record)
        .text(" AND v.version = ")
        .bind(version)
        .get_result(conn)?;
    // Only the office posts to records with a workflow; other records are everyone's.
    let audience = if kind.def.workflow { Audience::Office } else { Audience::Public };
    let approvals = represent::approvals(conn, &[record])?;
    let text = represent::to_json(kind, &row, audience, call.now(), Some(&approvals))?;
    let text = add_computed_one(conn, kind, text, &row, &call.visibility())?;
    let reply = Reply::json(text).status(status).header("Idempotency-Replayed", "true");
    Ok(if status == 201 { reply.header("Location", kind.self_link(record)) } else { reply })
}

fn answer(call: &Call, conn: &mut Conn, kind: &'static KindDef, record: Id) -> Result<Reply, Problem> {
    let (text, row) = after_change(call, conn, kind, record)?;
    if call.operation.idempotent_by_key {
        idempotency::done(call, conn, record, row.version)?;
    }
    Ok(Reply::json(text))
}

/// `PUT /v1/{kind}/{id}`.
pub fn replace(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    let (mut input, mut faults) = call.json()?;
    strip_read_only(&mut input, &target, &mut faults)?;
    let reason = input["change_reason"].as_str().map(str::to_owned);
    if target.audience == Some(Audience::Partner) {
        let own = only_assigned_members(target.kind, &target, input)?;
        input = target.row.content_value()?.clone();
        overlay(&mut input, own);
    }
    store_edit(call, conn, &target, input, reason, faults)
}

/// Puts members over those of the same name.
fn overlay(input: &mut Value, members: Value) {
    if let (Some(object), Value::Object(members)) = (input.as_object_mut(), members) {
        object.extend(members);
    }
}

/// `PATCH /v1/{kind}/{id}`: JSON Merge Patch.
pub fn update(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    let (mut patch, mut faults) = call.json()?;
    let Some(members) = patch.as_object() else {
        return Err(Problem::unprocessable(vec![Fault::pointer(
            "",
            "type",
            "A merge patch of a record is a JSON object.",
        )]));
    };
    // A member that is emptied leaves no trace in what the patch makes: unknown ones are looked for here.
    let known = call.state.schemas.members(target.kind);
    for (name, _) in
        members.iter().filter(|(name, value)| value.is_null() && !is_read_only(target.kind, name))
    {
        if !known.contains(name) {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            let pointer = format!("/{}", problem::step(name));
            faults.push(Fault::pointer(
                pointer,
                "unknown_member",
                problem::unknown_name("member", name, &names),
            ));
        }
    }
    strip_read_only(&mut patch, &target, &mut faults)?;
    if patch.as_object().is_some_and(Map::is_empty) && faults.is_empty() {
        faults.push(Fault::pointer("", "too_few_members", "A patch names at least one member to change."));
    }
    if target.audience == Some(Audience::Partner) {
        patch = only_assigned_members(target.kind, &target, patch)?;
    }
    let reason = patch["change_reason"].as_str().map(str::to_owned);
    let mut input = target.row.content_value()?.clone();
    body::merge(&mut input, patch);
    store_edit(call, conn, &target, input, reason, faults)
}

/// Whether a member is of the envelope, or stands beside the content.
fn is_read_only(kind: &KindDef, name: &str) -> bool {
    READ_ONLY.contains(&name) || kind.computed_names().contains(&name)
}

/// Takes the members away that the caller may repeat but not set; those that differ are faults.
fn strip_read_only(input: &mut Value, target: &Target, faults: &mut Vec<Fault>) -> Result<(), Problem> {
    let Some(object) = input.as_object_mut() else {
        return Ok(());
    };
    let current: Value = serde_json::from_str(&target.text).map_err(Problem::internal)?;
    let computed = target.kind.computed_names();
    for member in READ_ONLY.iter().copied().chain(["reference"]).chain(computed) {
        let Some(given) = object.shift_remove(member) else {
            continue;
        };
        if current.get(member) != Some(&given) {
            faults.push(Fault::pointer(
                format!("/{member}"),
                "read_only",
                match member {
                    "reference" => "A reference is for good; leave it out, or as it is.".to_owned(),
                    _ => format!("`{member}` is not set by a body; leave it out, or as it is."),
                },
            ));
        }
    }
    Ok(())
}

fn store_edit(
    call: &Call,
    conn: &mut Conn,
    target: &Target,
    mut input: Value,
    reason: Option<String>,
    mut faults: Vec<Fault>,
) -> Result<Reply, Problem> {
    let kind = target.kind;
    problem::add_elsewhere(&mut faults, call.state.schemas.replace_faults(kind, &input));
    if let Some(object) = input.as_object_mut() {
        object.shift_remove("change_reason");
    }
    if target.audience == Some(Audience::Partner) && State::AWAITING_PUBLICATION.contains(&target.row.state) {
        return Err(Problem::conflict(
            "The office has handed this version in; your change would hold it up. Ask for its return, or wait until it is published.",
        ));
    }
    let before = target.row.content_value()?;
    let kept = PreviousNames::of(kind, before, &links::of(conn, &[(target.row.record, target.row.version)])?);
    let whose = Whose { record: target.row.record, body: target.row.body, before: Some(before) };
    let draft = draft(call, conn, kind, &whose, &kept, input, reason, &mut faults)?;
    lifecycle::edit(conn, &context(call), kind, &target.row, &draft)?;
    answer(call, conn, kind, target.row.record)
}

/// An organisation that a record is assigned to changes what its kind leaves to it, nothing else. What it sends is
/// compared with what it reads, so that a refusal tells nothing of what is hidden from it; the rest stays as it is.
fn only_assigned_members(kind: &KindDef, target: &Target, given: Value) -> Result<Value, Problem> {
    let Value::Object(given) = given else { return Ok(given) };
    let read: Value = serde_json::from_str(&target.text).map_err(Problem::internal)?;
    let known = kind.field_names();
    let mut kept = Map::new();
    let mut faults = vec![];
    for (name, value) in given {
        if !known.contains(&name.as_str()) || kind.def.assigned_fields.contains(&name.as_str()) {
            kept.insert(name, value);
        } else if read.get(&name) != Some(&value) {
            faults.push(Fault::pointer(
                format!("/{name}"),
                "not_yours",
                format!(
                    "Of a record assigned to you, you may change: {}.",
                    kind.def.assigned_fields.join(", ")
                ),
            ));
        }
    }
    if faults.is_empty() {
        return Ok(Value::Object(kept));
    }
    Err(Problem::new(
        &problem::FORBIDDEN,
        "This part of the record is kept by its office; nothing has been changed.",
    )
    .with(faults))
}

/// `POST /v1/{kind}/{id}/submit`.
pub fn submit(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    call.input::<Empty>()?;
    lifecycle::submit(conn, &context(call), target.kind, &target.row)?;
    answer(call, conn, target.kind, target.row.record)
}

/// `POST /v1/{kind}/{id}/return`.
pub fn return_version(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    let Reason { reason } = call.input()?;
    lifecycle::return_version(conn, &context(call), target.kind, &target.row, &reason)?;
    answer(call, conn, target.kind, target.row.record)
}

/// `POST /v1/{kind}/{id}/approve`.
pub fn approve(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    call.input::<Empty>()?;
    let already = approvals_of(conn, &target.row)?;
    lifecycle::approve(conn, &context(call), target.kind, &target.row, &already)?;
    answer(call, conn, target.kind, target.row.record)
}

/// `POST /v1/{kind}/{id}/share`.
pub fn share(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    let (Sharing { embargo_until }, ()) = call.input_with(|body: &Sharing, faults| {
        to_come(body.embargo_until, "/embargo_until", call.now(), faults);
        Ok(())
    })?;
    lifecycle::share(conn, &context(call), target.kind, &target.row, embargo_until)?;
    answer(call, conn, target.kind, target.row.record)
}

/// `POST /v1/{kind}/{id}/publish`.
pub fn publish(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    let (Publication { publish_at }, ()) = call.input_with(|body: &Publication, faults| {
        to_come(body.publish_at, "/publish_at", call.now(), faults);
        Ok(())
    })?;
    let approvals = approvals_of(conn, &target.row)?;
    lifecycle::publish(conn, &context(call), target.kind, &target.row, &approvals, publish_at)?;
    answer(call, conn, target.kind, target.row.record)
}

fn approvals_of(conn: &mut Conn, row: &Row) -> Result<Vec<represent::ApprovalView>, Problem> {
    Ok(represent::approvals(conn, &[row.record])?.remove(&(row.record, row.version)).unwrap_or_default())
}

/// `POST /v1/{kind}/{id}/withdraw`.
pub fn withdraw(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let target = match target(call, conn)? {
        Ok(target) => target,
        Err(reply) => return Ok(reply),
    };
    let Reason { reason } = call.input()?;
    let published = read::publications(conn, target.row.record, call.now())?;
    let publishers: Vec<String> = match published.first() {
        Some(latest) => latest.published_by.iter().cloned().collect(),
        None => target.row.published_by.iter().cloned().collect(),
    };
    let was_public = !published.is_empty();
    lifecycle::withdraw(conn, &context(call), target.kind, &target.row, &publishers, was_public, &reason)?;
    idempotency::done(call, conn, target.row.record, target.row.version)?;
    let office = call.visibility().office_body(target.kind.def.name);
    let name = read::Name::Id(target.row.record);
    let tombstone = read::tombstone(conn, target.kind, &name, office)?
        .ok_or_else(|| Problem::internal("a withdrawn record has no tombstone"))?;
    tombstone_reply(target.kind, &tombstone)
}

/// What is answered to who has withdrawn a record.
fn tombstone_reply(kind: &KindDef, tombstone: &read::Tombstone) -> Result<Reply, Problem> {
    let mut reply = Reply::value(&tombstone_value(kind, tombstone))?;
    reply.tagged = false;
    Ok(reply)
}
