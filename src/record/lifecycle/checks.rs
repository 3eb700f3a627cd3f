//! Who may take a step, and who has worked on a version.

use crate::clock::Ts;
use crate::problem::{self, Problem};
use crate::record::related::ApprovalView;
use crate::record::row::Row;
use crate::record::state::State;
use crate::record::write_context::WriteContext;

/// Whether the working version is published, but from a moment that has not come.
pub(super) fn is_scheduled(head: &Row, now: Ts) -> bool {
    head.state == State::Published && head.public_from.is_some_and(|from| from > now)
}

/// Everyone who has worked on the record since its last publication, with the actor, as the version stores them.
pub(super) fn contributors(context: &WriteContext<'_>, head: &Row) -> String {
    let mut all = match head.state {
        State::Published => vec![],
        _ => head.contributors(),
    };
    if !all.contains(&context.actor.name()) {
        all.push(context.actor.name());
    }
    all.join(" ")
}

/// 403 for a person who has worked on the record since its last publication: a second person must take this step.
pub(super) fn not_by_a_contributor(
    context: &WriteContext<'_>,
    head: &Row,
    step: &str,
) -> Result<(), Problem> {
    if !head.contributors().contains(&context.actor.name()) {
        return Ok(());
    }
    Err(Problem::new(
        &problem::FORBIDDEN,
        format!(
            "You have written or submitted this version since the last publication; somebody else must {step}."
        ),
    ))
}

/// 403 for a person who has approved the version, where a third person must publish it.
pub(super) fn not_by_an_approver(
    context: &WriteContext<'_>,
    approvals: &[ApprovalView],
) -> Result<(), Problem> {
    if !approvals.iter().any(|approval| approval.person == context.actor.name()) {
        return Ok(());
    }
    Err(Problem::new(&problem::FORBIDDEN, "You have approved this version; somebody else must publish it."))
}

/// A noun with its article, at the beginning of a sentence.
pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} {noun}")
}
