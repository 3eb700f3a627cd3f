//! What became of a question, for whoever has its receipt.

use diesel::prelude::*;
use serde_json::json;

use super::ask::{kind, note_at, own_form};
use super::dto::QuestionReceipt;
use crate::access::Actor;
use crate::clock::Id;
use crate::http::input::Empty;
use crate::http::kinds::write_context;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::lifecycle;
use crate::record::read;
use crate::record::visible::Visibility;
use crate::record::write_context::WriteContext;
use crate::resources::received::{Received, ReceivedState, destroy_draft, empty, is_published, of_receipt};
use crate::store::{Conn, Sql};

/// Why a draft is destroyed, as its tombstone says.
const TAKEN_BACK: &str = "Whoever put this question took it back.";

/// The question of the receipt in the path.
pub fn of_call(call: &Call, conn: &mut Conn) -> Result<Received, Problem> {
    of_receipt(conn, call.segment("receipt"))?.ok_or_else(Problem::not_found)
}

pub fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let row = of_call(call, conn)?;
    reply(call, conn, row)
}

fn reply(call: &Call, conn: &mut Conn, row: Received) -> Result<Reply, Problem> {
    // A draft of the office stays its own.
    let is_public = match row.question {
        None => false,
        Some(id) => {
            let seen = read::many(conn, &[id], &Visibility::as_of(call.now()))?;
            !seen.is_empty()
        }
    };
    // What became of the record became of the question, as everyone's counts have it.
    let was_withdrawn = row.is_on_record() && row.question_withdrawn_at.is_some();
    let receipt = QuestionReceipt {
        state: if was_withdrawn { ReceivedState::Withdrawn.name().to_owned() } else { row.state },
        reason: row.reason,
        meeting: row.meeting_reference,
        question: row.question_reference.filter(|_| is_public),
        received_at: row.received_at,
        decided_at: row.decided_at,
    };
    let mut reply = Reply::value(&receipt)?;
    reply.tagged = false;
    Ok(reply)
}

pub fn withdraw(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    own_form(call)?;
    let row = of_call(call, conn)?;
    // Whoever decides on it has locked its meeting, and whoever publishes or withdraws its record has locked that.
    lifecycle::lock(conn, row.meeting)?;
    if let Some(question) = of_call(call, conn)?.question {
        lifecycle::lock(conn, question)?;
    }
    call.catch_up(conn)?;
    let Empty {} = call.input()?;
    let row = of_call(call, conn)?;
    if let Some(question) = row.question.filter(|_| !row.is(ReceivedState::Merged)) {
        destroy_its_draft(call, conn, question)?;
    }
    let own = Sql::new("id = ").bind(row.id);
    empty(conn, &own, false)?;
    // A refusal stays counted as one; what was taken back already stays so.
    if !row.is(ReceivedState::Refused) && !row.is(ReceivedState::Withdrawn) {
        let mut change =
            Sql::new("UPDATE resident_question SET state = 'withdrawn', decided_at = ").bind(call.now());
        if row.is(ReceivedState::Merged) {
            change = change.text(", question = NULL");
        }
        change.text(" WHERE id = ").bind(row.id).execute(conn)?;
        let detail = json!({"question": row.id, "meeting": row.meeting});
        note_at(call, conn, "question_withdrawn", Some(row.body), detail)?;
    }
    call.state.scrub();
    let row = of_call(call, conn)?;
    reply(call, conn, row)
}

/// Destroys the draft that the office has made of it; 409 where it is on record.
fn destroy_its_draft(call: &Call, conn: &mut Conn, question: Id) -> Result<(), Problem> {
    let kind = kind(call, "question")?;
    if is_published(conn, question)? {
        let one = kind.def.one;
        return Err(Problem::conflict(format!(
            "It is on record: the {one} is public, or has a moment at which it will be. Ask the office to withdraw it."
        )));
    }
    // Whoever has the receipt stays unnamed, and no line of the log leads here.
    let actor = Actor::public();
    let context = WriteContext { actor: &actor, request: None, ..write_context(call) };
    destroy_draft(conn, &context, kind, question, TAKEN_BACK).map(|_| ())
}
