//! `POST /v1/meetings/{id}/questions`: the one change that anyone can make.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv6Addr};

use diesel::prelude::*;
use serde_json::json;

use super::dto::{NewQuestion, ReceivedQuestion};
use super::{personal, sender};
use crate::access::{Actor, audit};
use crate::clock::{Id, Ts};
use crate::hex::hex;
use crate::http::form::FORM;
use crate::http::kinds::find;
use crate::http::{Call, Reply};
use crate::problem::{self, At, Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::lifecycle;
use crate::record::read;
use crate::record::resolve::no_such;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::meetings::{MeetingAccess, MeetingContent, MeetingQuestions, MeetingStatus};
use crate::resources::received::{digest_of, room};
use crate::store::{Conn, Sql, Val};

/// How many questions can wait for one meeting.
const WAITING: i64 = 200;
/// When to try again where so many wait: as soon as somebody has decided on some of them.
const WAIT: i64 = 3_600;

/// The meeting of the path, if it is public, whoever calls.
pub fn meeting(call: &Call, conn: &mut Conn) -> Result<Row, Problem> {
    find(call, conn, kind(call, "meeting")?, &Visibility::as_of(call.now()))
}

/// The kind of that name.
pub fn kind(call: &Call, name: &str) -> Result<&'static KindDef, Problem> {
    call.state.kind(name).ok_or_else(|| Problem::internal(format!("there is no kind {name}")))
}

/// 409 where the meeting takes no question now.
fn open(row: &Row, now: Ts) -> Result<(), Problem> {
    let meeting = row.content::<MeetingContent>()?;
    let refused = |code, detail: String| {
        let at = At::Parameter("id".to_owned());
        Err(Problem::conflict(detail.clone()).with(vec![Fault::at(at, code, detail)]))
    };
    let no_more = match meeting.status {
        MeetingStatus::Scheduled => None,
        MeetingStatus::Held => Some("held"),
        MeetingStatus::Cancelled => Some("cancelled"),
        MeetingStatus::Postponed => Some("postponed"),
    };
    match (meeting.questions, no_more) {
        (None, _) => refused("no_questions", "This meeting takes no questions from residents.".to_owned()),
        _ if meeting.access == MeetingAccess::Private => {
            let detail = "This meeting is private and takes no questions from residents.";
            refused("no_questions", detail.to_owned())
        }
        (Some(_), Some(status)) => {
            refused("questions_closed", format!("This meeting takes no questions any more: it is {status}."))
        }
        (Some(MeetingQuestions { close_on, .. }), None) if now.day() > close_on => {
            refused("questions_closed", format!("Questions to this meeting were taken until {close_on}."))
        }
        (Some(_), None) => Ok(()),
    }
}

pub fn ask(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    own_form(call)?;
    // One question after the other, so that never more wait than can.
    let found = meeting(call, conn)?;
    lifecycle::lock(conn, found.record)?;
    call.catch_up(conn)?;
    let meeting = meeting(call, conn)?;
    let reader = RefCell::new(&mut *conn);
    let (input, area) = call.input_with(|input: &NewQuestion, faults| {
        if personal::visible(&input.text) < 10 && input.text.chars().count() >= 10 {
            let detail = "Write at least 10 characters that can be seen.";
            faults.push(Fault::pointer("/text", "too_short", detail));
        }
        faults.extend(personal::faults(&input.text, "/text"));
        area(call, &mut reader.borrow_mut(), input.area.as_deref(), faults)
    })?;
    open(&meeting, call.now())?;
    if room(conn, meeting.record, Ts::start_of_day(call.now().day()))? >= WAITING {
        return Err(Problem::new(
            &problem::TOO_MANY,
            format!(
                "This meeting takes no more questions now: {WAITING} wait to be read or were taken back today. Try again later."
            ),
        )
        .header("Retry-After", WAIT.to_string()));
    }
    sender::count(call, conn, call.from.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))?;
    let receipt = hex(&call.state.clock.random::<16>());
    let id = store(call, conn, &meeting, &input, area, &receipt)?;
    note(call, conn, "question_received", &meeting, id)?;
    let location = format!("/v1/question-receipts/{receipt}");
    let mut reply = Reply::value(&ReceivedQuestion { receipt })?.status(202).header("Location", location);
    reply.tagged = false;
    Ok(reply)
}

/// 403 where a browser sends a form of another site: whoever reads that site would put questions without knowing it. A script
/// of another site cannot send JSON without asking first.
pub fn own_form(call: &Call) -> Result<(), Problem> {
    if call.headers.content_type.as_deref() != Some(FORM) {
        return Ok(());
    }
    // A browser keeps the origin of a page that sends no referrer to itself, as ours do: then it says `null`.
    let site = call.headers.fetch_site.as_deref();
    let is_own = match (call.headers.origin.as_deref(), site) {
        (Some("null"), site) => site == Some("same-origin"),
        (Some(origin), _) if !origin.eq_ignore_ascii_case(&call.state.public_url) => false,
        (_, site) => site.is_none_or(|site| ["same-origin", "none"].contains(&site)),
    };
    match is_own {
        true => Ok(()),
        false => Err(Problem::new(&problem::FORBIDDEN, "Send this form from a page of this service.")),
    }
}

/// The area that a question names, by reference or id; adds a fault if there is none.
fn area(
    call: &Call,
    conn: &mut Conn,
    name: Option<&str>,
    faults: &mut Vec<Fault>,
) -> Result<Option<Id>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let kind = kind(call, "area")?;
    let row = read::by_name(conn, kind, name, &Visibility::as_of(call.now()))?;
    if row.is_none() {
        faults.push(Fault::pointer("/area", "not_found", no_such(kind.def.one, false)));
    }
    Ok(row.map(|row| row.record))
}

fn store(
    call: &Call,
    conn: &mut Conn,
    meeting: &Row,
    input: &NewQuestion,
    area: Option<Id>,
    receipt: &str,
) -> Result<Id, Problem> {
    let id = call.state.clock.new_id();
    let asked_by = serde_json::to_value(input.asked_by).map_err(Problem::internal)?;
    let values = [
        Val::from(id),
        meeting.record.into(),
        meeting.body.into(),
        digest_of(receipt).into(),
        call.now().into(),
        input.text.as_str().into(),
        asked_by.as_str().unwrap_or_default().into(),
        area.into(),
        "waiting".into(),
    ];
    Sql::new("INSERT INTO resident_question (id, meeting, body, receipt_digest, received_at, text, asked_by, area, state, owner) VALUES (")
        .bind_all(values)
        .text(", (SELECT owner FROM record WHERE id = ")
        .bind(meeting.record)
        .text("))")
        .execute(conn)?;
    Ok(id)
}

/// Notes an event of whoever put a question: that there was one, and to which meeting. Neither text nor caller nor request is
/// noted, so that no line of the log leads to it.
pub fn note(call: &Call, conn: &mut Conn, event: &str, meeting: &Row, question: Id) -> Result<(), Problem> {
    note_at(call, conn, event, meeting.body, json!({"question": question, "meeting": meeting.record}))
}

/// [`note`] with that detail.
pub fn note_at(
    call: &Call,
    conn: &mut Conn,
    event: &str,
    body: Option<Id>,
    detail: serde_json::Value,
) -> Result<(), Problem> {
    let public = Actor::public();
    let entry = audit::Entry {
        body,
        ..audit::Entry::new(call.now(), event, public.name(), &audit::with_actor(detail, &public))
    };
    audit::record(conn, &call.state.clock, &entry)
}
