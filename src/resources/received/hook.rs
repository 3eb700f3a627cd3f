//! What the steps of a question's record have to do with the resident who put it.

use diesel::prelude::*;

use super::row::empty;
use crate::problem::Problem;
use crate::record::kind::{LifecycleEvent, Step};
use crate::store::{Conn, Count, Sql};

/// Refuses to publish what its asker took back, and destroys the original of what is redacted.
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
        Step::Redacted => {
            let of_record = Sql::new("question = ").bind(event.record).text(" AND state = 'accepted'");
            empty(conn, &of_record, false).map(|_| ())
        }
        _ => Ok(()),
    }
}
