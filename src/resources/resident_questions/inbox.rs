//! The inbox: what residents have put, and the decisions of a person on it.

use std::cell::RefCell;

use diesel::prelude::*;
use serde_json::{Value, json};

use super::ask::kind;
use super::dto::{Acceptance, InboxQuestion, Refusal, SameAs};
use crate::access::{Reach, Role};
use crate::clock::Id;
use crate::http::kinds::{create_as, list_reply, values};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::lifecycle;
use crate::record::read;
use crate::record::resolve::no_such;
use crate::resources::questions::Handling;
use crate::resources::received::{Received, ReceivedState, find, page};
use crate::store::{Conn, Count, Sql, Val};

/// The columns of the list in CSV.
const COLUMNS: &[&str] = &[
    "id",
    "meeting",
    "text",
    "asked_by",
    "area",
    "state",
    "reason",
    "question",
    "received_at",
    "decided_at",
];

/// Whose inbox the caller reads: that of a body, and there of the office whose member the caller is. The auditor reads those
/// of all.
fn inbox(call: &Call) -> Result<(Id, Option<Id>), Problem> {
    let (Some(body), Some(organisation)) = (&call.actor.body, &call.actor.organisation) else {
        return Err(Problem::not_found());
    };
    let all = call.actor.reach(call.operation.rule).contains(&Reach::All) && call.actor.has(Role::Auditor);
    Ok((body.id, (!all).then_some(organisation.id)))
}

pub fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let inbox = inbox(call)?;
    let filter = call.params.names("state");
    let names = ReceivedState::ALL.iter().map(|state| state.name());
    let states: Vec<&'static str> =
        names.filter(|name| filter.iter().any(|(code, _)| code == name)).collect();
    let paged = PageRequest::own(call, "question inbox");
    let after = paged.after(|keys| match keys {
        [Val::Ts(at), Val::Id(id)] => Some((*at, *id)),
        _ => None,
    })?;
    let mut rows = page(conn, inbox, &states, after, paged.rows_to_read())?;
    let page = paged.truncate(&mut rows, |last| vec![Val::Ts(last.received_at), Val::Id(last.id)])?;
    let mut reply = list_reply(call, COLUMNS, &values(rows.into_iter().map(InboxQuestion::from))?, &page)?;
    reply.tagged = false;
    Ok(reply)
}

/// The question of the path, in the caller's own inbox.
pub fn waiting(call: &Call, conn: &mut Conn) -> Result<Received, Problem> {
    let (body, _) = inbox(call)?;
    let owner = call.actor.organisation.as_ref().map(|organisation| organisation.id);
    let id = Id::parse(call.segment("id")).ok_or_else(Problem::not_found)?;
    find(conn, id, body, owner)?.ok_or_else(Problem::not_found)
}

/// Decides on a question that waits; 409 if somebody has decided already, or the asker took it back.
fn decide(
    call: &Call,
    conn: &mut Conn,
    row: &Received,
    state: ReceivedState,
    (question, reason): (Option<Id>, Option<&'static str>),
) -> Result<(), Problem> {
    let changed = Sql::new("UPDATE resident_question SET state = ")
        .bind(state.name())
        .text(", question = ")
        .bind(question)
        .text(", reason = ")
        .bind(reason.map(str::to_owned))
        .text(", decided_at = ")
        .bind(call.now())
        .text(" WHERE state = 'waiting' AND id = ")
        .bind(row.id)
        .execute(conn)?;
    match changed {
        1 => Ok(()),
        _ => Err(Problem::conflict(
            "This question does not wait any more: somebody has decided on it, or whoever put it took it back.",
        )),
    }
}

/// The decided question as the response.
fn decided(
    call: &Call,
    conn: &mut Conn,
    row: &Received,
    event: &str,
    detail: Value,
) -> Result<Reply, Problem> {
    let mut detail = detail;
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("question".to_owned(), json!(row.id));
        fields.insert("meeting".to_owned(), json!(row.meeting));
    }
    call.note(conn, event, detail)?;
    let mut reply = Reply::value(&InboxQuestion::from(waiting(call, conn)?))?;
    reply.tagged = false;
    Ok(reply)
}

/// The question, locked. The lock of its meeting comes first, as where it is put or taken back.
fn locked(call: &Call, conn: &mut Conn) -> Result<Received, Problem> {
    let row = waiting(call, conn)?;
    lifecycle::lock(conn, row.meeting)?;
    call.catch_up(conn)?;
    waiting(call, conn)
}

pub fn accept(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let row = locked(call, conn)?;
    let Acceptance { reference, text, asked_by, assigned_organisation, handling } = call.input()?;
    decide(call, conn, &row, ReceivedState::Accepted, (None, None))?;
    let original = row.text.clone().unwrap_or_default();
    let edited = text.as_ref().is_some_and(|text| text.trim() != original.trim());
    let mut content = json!({
        "reference": reference,
        "meeting": row.meeting,
        "asked_by": row.asked_by,
        "text": text.unwrap_or(original),
        "edited": edited,
        "taken": handling.unwrap_or(Handling::Yes),
    });
    if let Some(asked_by) = asked_by {
        content["asked_by"] = json!(asked_by);
    }
    let optional = [("area", row.area.clone()), ("assigned_organisation", assigned_organisation)];
    for (field, value) in optional {
        if let Some(value) = value {
            content[field] = json!(value);
        }
    }
    let question = create_as(call, conn, kind(call, "question")?, content)?;
    Sql::new("UPDATE resident_question SET question = ")
        .bind(question)
        .text(" WHERE id = ")
        .bind(row.id)
        .execute(conn)?;
    decided(call, conn, &row, "question_accepted", json!({"record": question, "edited": edited}))
}

pub fn same_as(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let row = locked(call, conn)?;
    let reader = RefCell::new(&mut *conn);
    let (_, other) = call.input_with(|input: &SameAs, faults| {
        other(call, &mut reader.borrow_mut(), &row, &input.same_as, faults)
    })?;
    let other = other.ok_or_else(|| Problem::internal("a question without a fault that is not there"))?;
    decide(call, conn, &row, ReceivedState::Merged, (Some(other), None))?;
    decided(call, conn, &row, "question_merged", json!({"record": other}))
}

/// The question on record that asks the same; adds a fault if there is none, or if it is of another meeting.
fn other(
    call: &Call,
    conn: &mut Conn,
    row: &Received,
    name: &str,
    faults: &mut Vec<Fault>,
) -> Result<Option<Id>, Problem> {
    let kind = kind(call, "question")?;
    // Whoever withdraws it, or takes it back, has locked it: then this waits again.
    if let Some(found) = read::by_name(conn, kind, name, &call.visibility())? {
        lifecycle::lock(conn, found.record)?;
        call.catch_up(conn)?;
    }
    let Some(found) = read::by_name(conn, kind, name, &call.visibility())? else {
        faults.push(Fault::pointer("/same_as", "not_found", no_such(kind.def.one, true)));
        return Ok(None);
    };
    let same: Count = Sql::new("SELECT count(*) AS n FROM question WHERE record = ")
        .bind(found.record)
        .text(" AND version = ")
        .bind(found.version)
        .text(" AND meeting = ")
        .bind(row.meeting)
        .get_result(conn)?;
    if same.n == 0 {
        let detail =
            format!("This question was put to another meeting. Name one of {}.", row.meeting_reference);
        faults.push(Fault::pointer("/same_as", "other_meeting", detail));
    }
    Ok(Some(found.record))
}

pub fn refuse(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let row = locked(call, conn)?;
    let Refusal { reason } = call.input()?;
    decide(call, conn, &row, ReceivedState::Refused, (None, Some(reason.name())))?;
    decided(call, conn, &row, "question_refused", json!({"reason": reason.name()}))
}
