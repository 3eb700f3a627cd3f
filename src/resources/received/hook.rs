//! What the steps of a question's record have to do with the residents who put it.

use diesel::prelude::*;

use super::row::empty;
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::kind::{LifecycleEvent, Step};
use crate::store::{Conn, Count, Sql};

/// Refuses to publish what its asker took back, destroys the original of what is redacted, and has those wait again that ask the
/// same as a question that will never be public.
pub fn lifecycle_hook(conn: &mut Conn, event: &LifecycleEvent<'_>) -> Result<(), Problem> {
    match event.step {
        Step::Published { .. } => {
            let back: Count = Sql::new(
                "SELECT count(*) AS n FROM resident_question WHERE state = 'withdrawn' AND question = ",
            )
            .bind(event.record)
            .get_result(conn)?;
            match back.n {
                0 => Ok(()),
                _ => Err(Problem::conflict(
                    "Whoever put this question has taken it back. It cannot be published; withdraw the draft.",
                )),
            }
        }
        Step::Withdrawn => wait_again(conn, event.record),
        Step::Redacted => {
            empty_original(conn, event.record)?;
            wait_again(conn, event.record)
        }
        // Nobody knows in which of the edits the resident's words were.
        Step::EditsRedacted => empty_original(conn, event.record),
        Step::Recalled => Ok(()),
    }
}

/// Destroys what was put of which the record was made.
fn empty_original(conn: &mut Conn, record: Id) -> Result<(), Problem> {
    let of_record = Sql::new("question = ").bind(record).text(" AND state = 'accepted'");
    empty(conn, &of_record, false).map(|_| ())
}

/// Nobody answers those any more that were merged with a record that ended before it was public: somebody decides on them anew.
fn wait_again(conn: &mut Conn, record: Id) -> Result<(), Problem> {
    Sql::new("UPDATE resident_question SET state = 'waiting', question = NULL, decided_at = NULL WHERE state = 'merged' AND text IS NOT NULL AND question = ")
        .bind(record)
        .text(" AND EXISTS (SELECT 1 FROM record WHERE id = ")
        .bind(record)
        .text(" AND was_public = ")
        .bind(false)
        .text(")")
        .execute(conn)?;
    Ok(())
}
