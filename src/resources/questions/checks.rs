//! What a resident who put a question may expect of the record that is made of it.

use serde::Deserialize;

use super::dto::QuestionContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::received;
use crate::store::Conn;

/// Checks that a question is `edited` where it does not say what a resident has put. Once what was put is destroyed, the version
/// before takes its place.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let content = QuestionContent::deserialize(this.content).map_err(Problem::internal)?;
    if content.edited {
        return Ok(());
    }
    let Some(received) = received::text_of(conn, this.record)? else { return Ok(()) };
    let is_reworded = match (&received, this.before) {
        (Some(text), _) => text.trim() != content.text.trim(),
        (None, Some(before)) => {
            let before = QuestionContent::deserialize(before).map_err(Problem::internal)?;
            before.edited || before.text.trim() != content.text.trim()
        }
        (None, None) => false,
    };
    if is_reworded {
        let detail =
            "A resident put this question in other words. Say so with `edited: true`, or restore the words.";
        faults.push(Fault::pointer("/edited", "mismatch", detail));
    }
    Ok(())
}
