//! What a step needs of the working version and of whoever takes it.

use crate::problem::{self, Problem};
use crate::record::represent;
use crate::record::row::Row;
use crate::record::write_context::WriteContext;

/// What waits to be approved or published.
pub(super) const AWAITING_PUBLICATION: &[&str] = &["submitted", "panel_shared"];

/// Who has had a hand in it since the last publication, with who does this.
pub(super) fn contributors(context: &WriteContext<'_>, head: &Row) -> String {
    let mut all = if head.state == "published" { vec![] } else { represent::contributors(head) };
    if !all.contains(&context.actor.name()) {
        all.push(context.actor.name());
    }
    all.join(" ")
}

/// Two pairs of eyes: who has written since the last publication does not do this.
pub(super) fn not_by_an_author(context: &WriteContext<'_>, head: &Row, what: &str) -> Result<(), Problem> {
    if !represent::contributors(head).contains(&context.actor.name()) {
        return Ok(());
    }
    Err(Problem::new(
        &problem::FORBIDDEN,
        format!(
            "You have written in this version, or handed it in, since the last publication; somebody else has to {what}."
        ),
    ))
}

pub(super) fn expect_state(head: &Row, allowed: &[&str], done: &str) -> Result<(), Problem> {
    if allowed.contains(&head.state.as_str()) {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "The working version is {}; only one that is {} can be {done}.",
        head.state,
        allowed.join(" or ")
    )))
}

pub(super) fn capitalised(text: &str) -> String {
    let article = if text.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} {text}")
}
