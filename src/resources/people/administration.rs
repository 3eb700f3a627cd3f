//! What the operations of administrators have in common. An administrator acts within the body of their own membership;
//! what belongs to another body is not found.

use super::inputs::MembershipTerms;
use crate::access::actor::Named;
use crate::access::rule::ADMINISTER;
use crate::access::{Role, membership};
use crate::clock::{Id, Ts};
use crate::http::operation::{Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::{self, Fault, Problem};
use crate::record::ORGANISATION;
use crate::record::read;
use crate::record::resolve;
use crate::store::Conn;

/// An operation that only administrators may call.
pub fn administered(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    let mut operation = Operation::new(method, path, id, ADMINISTER, handler);
    operation.tag = "access";
    operation.summary = summary.to_owned();
    operation.problems = vec![403];
    operation
}

/// Documents the parameter of that name, if the operation's path has it.
pub fn with_path_param(mut operation: Operation, name: &'static str, about: &'static str) -> Operation {
    if operation.path.contains(&format!("{{{name}}}")) {
        operation.path_params = vec![(name, about)];
        operation.problems.push(404);
    }
    operation
}

/// The body that the caller administers.
pub fn own_body(call: &Call) -> Result<&Named, Problem> {
    // An administrator has a membership, and so a body.
    call.actor
        .body
        .as_ref()
        .filter(|_| !call.actor.reach(ADMINISTER).is_empty())
        .ok_or_else(Problem::not_found)
}

/// 403 if the subject is the caller.
pub fn not_oneself(call: &Call, subject: &str, detail: &str) -> Result<(), Problem> {
    match call.actor.subject.as_deref() == Some(subject) {
        true => Err(Problem::new(&problem::FORBIDDEN, detail)),
        false => Ok(()),
    }
}

/// The organisation that a request names by reference or id; adds a fault if there is none, and for each role that its
/// members cannot have.
pub fn organisation(
    call: &Call,
    conn: &mut Conn,
    text: &str,
    roles: &[Role],
    faults: &mut Vec<Fault>,
) -> Result<Option<Id>, Problem> {
    let kind = call.state.kind(ORGANISATION);
    let kind = kind.ok_or_else(|| Problem::internal("there is no kind of organisations"))?;
    let row = read::by_name(conn, kind, text, &call.visibility())?;
    if row.is_none() {
        faults.push(Fault::pointer("/organisation", "not_found", resolve::no_such(kind.def.one, false)));
    }
    if let Some(row) = &row
        && let Some(kind) = membership::organisation_kind(conn, row.record)?
    {
        membership::check_kind(&kind, roles, "/roles", faults);
    }
    Ok(row.map(|row| row.record))
}

/// The organisation that [`organisation`] found: without a fault there is one.
pub fn found(organisation: Option<Id>) -> Result<Id, Problem> {
    organisation.ok_or_else(|| Problem::internal("a request without a fault names no organisation"))
}

/// The interval in which a new membership holds. It begins now if nothing is set, and never in the past.
pub fn interval(membership: &MembershipTerms, now: Ts, faults: &mut Vec<Fault>) -> (Ts, Option<Ts>) {
    let MembershipTerms { valid_from, valid_to, .. } = *membership;
    not_past(valid_from, "/valid_from", now, faults);
    not_past(valid_to, "/valid_to", now, faults);
    let begins = valid_from.unwrap_or(now);
    if valid_to.is_some_and(|end| end <= begins) {
        faults.push(Fault::pointer(
            "/valid_to",
            "order",
            "A membership must end after it begins, and after now.",
        ));
    }
    (begins, valid_to)
}

/// Adds a fault if the moment is in the past.
pub fn not_past(at: Option<Ts>, pointer: &str, now: Ts, faults: &mut Vec<Fault>) {
    if at.is_some_and(|at| at < now) {
        let detail = format!("This is in the past; it is {now}. Leave it out for now.");
        faults.push(Fault::pointer(pointer, "past", detail));
    }
}

/// A response that shared caches must not store.
pub fn private(value: &impl serde::Serialize) -> Result<Reply, Problem> {
    let mut reply = Reply::value(value)?;
    reply.tagged = false;
    Ok(reply)
}
