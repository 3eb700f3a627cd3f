//! Redactions: what was destroyed in an emergency, and its review by a second person within a day.

use serde_json::json;

use crate::access::rule;
use crate::clock::Id;
use crate::http::kinds::{
    RedactionView, Review, cursor_param, format_param, limit_param, list_reply, redaction_reply,
    redactions_seen, values, write_context,
};
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::{self, Problem};
use crate::record::redaction::{self, Which};
use crate::store::{Conn, Val};

/// The columns of the list in CSV.
const MEMBERS: &[&str] = &[
    "id",
    "record",
    "kind",
    "reference",
    "versions",
    "reason",
    "redacted_at",
    "redacted_by",
    "review_due",
    "reviewed_at",
    "reviewed_by",
    "finding",
    "remarks",
    "rewritten_at",
];

/// The parameter in the path.
const ID: (&str, &str) = ("id", "The redaction's id.");

pub fn operations() -> Vec<Operation> {
    let mut list = Operation::new(
        Method::Get,
        "/v1/redactions",
        "list_redactions",
        rule::READ_REDACTIONS,
        Handler::Read(list),
    );
    list.summary = "List redactions".to_owned();
    list.description = "What was destroyed for data protection in the caller's body, the latest first, and whether a second person has reviewed it. The office sees redactions of its own records, the Panel's officer those of the Panel's, the data protection officer and the auditor both.".to_owned();
    list.params = vec![cursor_param(), limit_param(), format_param()];
    list.answers = vec![Answer::named(200, "A page of redactions.", "RedactionList").or_csv()];
    list.problems = vec![403];
    let mut review = Operation::new(
        Method::Post,
        "/v1/redactions/{id}/review",
        "review_redaction",
        rule::REVIEW_REDACTION,
        Handler::Write(review),
    );
    review.summary = "Review a redaction".to_owned();
    review.description = "Records the review of a redaction by a second person, within a day: not the person who redacted, and for the Panel's records not the commissioner. The review cannot restore what was destroyed; if it should not have been destroyed, the office publishes it again.".to_owned();
    review.path_params = vec![ID];
    review.before_body = Some(|call, conn| reviewed(call, conn).map(|_| ()));
    review.body = Some(BodySpec::of::<Review>(
        json!({"finding": "upheld", "remarks": "The name of a victim stood in the evidence."}),
    ));
    review.answers = vec![Answer::named(200, "The redaction.", "Redaction").untagged()];
    review.problems = vec![403, 404, 409, 422];
    let mut get = Operation::new(
        Method::Get,
        "/v1/redactions/{id}",
        "get_redaction",
        rule::READ_REDACTIONS,
        Handler::Read(get),
    );
    get.summary = "Get a redaction".to_owned();
    get.description = "One redaction of the caller's body.".to_owned();
    get.path_params = vec![ID];
    get.answers = vec![Answer::named(200, "The redaction.", "Redaction").untagged()];
    get.problems = vec![403, 404];
    for operation in [&mut list, &mut get, &mut review] {
        operation.tag = "redactions";
    }
    vec![list, get, review]
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let body = body_of(call)?;
    let paged = PageRequest::own(call, "redactions");
    let after = paged.after(|keys| match keys {
        [Val::Ts(at), Val::Id(id)] => Some((*at, *id)),
        _ => None,
    })?;
    let seen = redactions_seen(call);
    let mut rows = redaction::of_body(conn, body, seen, &Which::After(after), paged.rows_to_read())?;
    let page = paged.truncate(&mut rows, |last| vec![Val::Ts(last.redacted_at), Val::Id(last.id)])?;
    list_reply(call, MEMBERS, &values(rows.into_iter().map(RedactionView::from))?, &page)
}

/// The caller's body. Every caller with a role in redactions has one.
fn body_of(call: &Call) -> Result<Id, Problem> {
    call.actor.body.as_ref().map(|body| body.id).ok_or_else(Problem::not_found)
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let id = Id::parse(call.segment("id")).ok_or_else(Problem::not_found)?;
    redaction_reply(call, conn, id)
}

fn review(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let row = reviewed(call, conn)?;
    crate::record::lifecycle::lock(conn, row.record)?;
    call.catch_up(conn)?;
    let row = reviewed(call, conn)?;
    let id = row.id;
    let Review { finding, remarks } = call.input()?;
    if row.reviewed_at.is_some() {
        return Err(Problem::conflict("This redaction has been reviewed."));
    }
    redaction::review(conn, &write_context(call), id, finding.name(), remarks.as_deref())?;
    call.note(conn, "redaction_reviewed", json!({"redaction": id, "finding": finding.name()}))?;
    redaction_reply(call, conn, id)
}

/// The redaction of the path, if the caller sees it and may review it.
fn reviewed(call: &Call, conn: &mut Conn) -> Result<redaction::Redaction, Problem> {
    let body = body_of(call)?;
    let id = Id::parse(call.segment("id")).ok_or_else(Problem::not_found)?;
    let found = redaction::of_body(conn, body, redactions_seen(call), &Which::One(id), 1)?.pop();
    let row = found.ok_or_else(Problem::not_found)?;
    let own = redaction::of_body(conn, body, call.visibility().drafts("r", "r"), &Which::One(id), 1)?;
    if own.is_empty() {
        return Err(Problem::new(
            &problem::FORBIDDEN,
            "This record belongs to another office, whose own reviewer reviews this.",
        ));
    }
    if row.redacted_by == call.actor.name() {
        return Err(Problem::new(
            &problem::FORBIDDEN,
            "You redacted this record; another person must review it.",
        ));
    }
    Ok(row)
}
