//! The administrator's rooms: the people of a body, and what people and clients belong to.
//!
//! An administrator acts within its own body. What belongs to another is not there.

mod accounts;
mod dto;
mod memberships;

use serde_json::Value;

use crate::access::actor::Named;
use crate::access::membership;
use crate::access::rule::ADMINISTER;
use crate::clock::{Id, Ts};
use crate::http::operation::{Handler, Method, Operation};
use crate::http::schema::faults_of;
use crate::http::{Call, Reply};
use crate::problem::{self, Fault, Problem};
use crate::record::ORGANISATION;
use crate::record::read;
use crate::record::resolve;
use crate::store::Conn;

use dto::Person;
pub use dto::schemas;

/// These rooms' rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut all = accounts::operations();
    all.extend(memberships::operations());
    all
}

/// A row of the administrator's: only for administrators, told of together.
pub(super) fn administered(
    method: Method,
    path: &str,
    id: &str,
    summary: &str,
    handler: Handler,
) -> Operation {
    let mut row = Operation::new(method, path, id, ADMINISTER, handler);
    row.tag = "access";
    row.summary = summary.to_owned();
    row.problems = vec![403];
    row
}

/// The same of one thing, where the path names it.
fn administered_one(mut row: Operation, name: &'static str, about: &'static str) -> Operation {
    if row.path.contains(&format!("{{{name}}}")) {
        row.path_params = vec![(name, about)];
        row.problems.push(404);
    }
    row
}

/// The body within which the caller administers.
pub(super) fn own_body(call: &Call) -> Result<&Named, Problem> {
    // Who administers has a membership, and so a body.
    call.actor
        .body
        .as_ref()
        .filter(|_| !call.actor.reach(ADMINISTER).is_empty())
        .ok_or_else(Problem::not_found)
}

/// What nobody does for themselves.
fn not_oneself(call: &Call, subject: &str, detail: &str) -> Result<(), Problem> {
    match call.actor.subject.as_deref() == Some(subject) {
        true => Err(Problem::new(&problem::FORBIDDEN, detail)),
        false => Ok(()),
    }
}

/// The body of the request, and what its schema says against it. None was sent: an empty one.
pub(super) fn read_body(call: &Call, schema: &Value) -> Result<(Value, Vec<Fault>), Problem> {
    if call.body.is_empty() {
        return Ok((Value::Object(Default::default()), vec![]));
    }
    let (body, mut faults) = call.json()?;
    faults.extend(faults_of(schema, &body));
    Ok((body, faults))
}

/// The organisation that a body names.
pub(super) fn organisation(
    call: &Call,
    conn: &mut Conn,
    body: &Value,
    faults: &mut Vec<Fault>,
) -> Result<Option<Id>, Problem> {
    let (Some(text), Some(kind)) = (body["organisation"].as_str(), call.state.kind(ORGANISATION)) else {
        return Ok(None);
    };
    let row = read::by_name(conn, kind, text, &call.visibility())?;
    if row.is_none() {
        faults.push(Fault::pointer("/organisation", "not_found", resolve::no_such(kind.def.one, false)));
    }
    Ok(row.map(|row| row.record))
}

/// From when to when a membership is to hold: from now on where nothing is said; never in the past, which has
/// happened.
fn span(body: &Value, now: Ts, faults: &mut Vec<Fault>) -> (Ts, Option<Ts>) {
    let from = moment(body, "valid_from", now, faults);
    let to = moment(body, "valid_to", now, faults);
    let begins = from.unwrap_or(now);
    if to.is_some_and(|to| to <= begins) {
        faults.push(Fault::pointer(
            "/valid_to",
            "order",
            "A membership ends after it begins, and after now.",
        ));
    }
    (begins, to)
}

/// A moment of a body, which is not in the past.
fn moment(body: &Value, member: &str, now: Ts, faults: &mut Vec<Fault>) -> Option<Ts> {
    let at = Ts::parse(body[member].as_str()?)?;
    if at < now {
        faults.push(Fault::pointer(
            format!("/{member}"),
            "past",
            format!("This is in the past; it is {now}. Leave it out for now."),
        ));
    }
    Some(at)
}

/// An answer that holds what one reader may keep and nothing else may.
pub(super) fn private(value: &impl serde::Serialize) -> Result<Reply, Problem> {
    let mut reply = Reply::value(value)?;
    reply.tagged = false;
    Ok(reply)
}

/// What people hold now, as it is told beside them.
fn shown(conn: &mut Conn, people: &[crate::access::person::Person], now: Ts) -> Result<Vec<Person>, Problem> {
    let ids: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
    let held = membership::latest(conn, &ids, now)?;
    Ok(people
        .iter()
        .map(|person| Person::of(person, held.get(&person.id).filter(|held| held.holds(now))))
        .collect())
}
