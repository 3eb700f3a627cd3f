//! What became of a question, for whoever has its receipt.

use diesel::prelude::*;
use serde_json::json;

use super::ask::{kind, note_at, own_form};
use super::dto::QuestionReceipt;
use crate::http::input::Empty;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::lifecycle;
use crate::record::read;
use crate::record::visible::Visibility;
use crate::resources::received::{Received, ReceivedState, empty, of_receipt};
use crate::store::{Conn, Count, Sql};

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
    let receipt = QuestionReceipt {
        state: row.state,
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
    lifecycle::lock(conn, row.meeting)?;
    // Whoever publishes a draft of it has locked that.
    if let Some(question) = row.question {
        lifecycle::lock(conn, question)?;
    }
    call.catch_up(conn)?;
    let Empty {} = call.input()?;
    let row = of_call(call, conn)?;
    if row.is(ReceivedState::Accepted) && is_published(conn, &row)? {
        let one = kind(call, "question")?.def.one;
        return Err(Problem::conflict(format!(
            "It is on record: the {one} is public, or has a moment at which it will be. Ask the office to withdraw it."
        )));
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

/// Whether the question on record that it became was ever published, or will be.
fn is_published(conn: &mut Conn, row: &Received) -> Result<bool, Problem> {
    let Some(question) = row.question else { return Ok(false) };
    let count: Count =
        Sql::new("SELECT count(*) AS n FROM record_version WHERE public_from IS NOT NULL AND record = ")
            .bind(question)
            .get_result(conn)?;
    Ok(count.n > 0)
}
