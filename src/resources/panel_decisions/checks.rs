//! What a proposal requires of a decision on it.

use serde::Deserialize;

use super::dto::{PanelDecisionContent, PanelOutcome};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::proposals::ProposalContent;
use crate::store::Conn;

/// Checks that a revision is not vetoed again.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let content = PanelDecisionContent::deserialize(this.content).map_err(Problem::internal)?;
    let proposal = this.named.get("on_proposal").copied();
    if content.outcome != PanelOutcome::Veto || proposal.is_none() {
        return Ok(());
    }
    let seen = Seen::read(conn, this, proposal)?;
    if seen.content::<ProposalContent>(proposal)?.is_some_and(|proposal| proposal.revises.is_some()) {
        let detail =
            "This proposal revises one that was vetoed, and there is no second veto. Correct the outcome.";
        faults.push(Fault::pointer("/outcome", "no_second_veto", detail));
    }
    Ok(())
}
