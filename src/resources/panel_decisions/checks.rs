//! What a proposal requires of a decision on it.

use serde::Deserialize;

use super::dto::{PanelDecisionContent, PanelOutcome};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::proposals::{ProposalContent, ProposalKind};
use crate::store::Conn;

/// Checks that a revision is not vetoed again, and that the veto of a precept, and nothing else, has a direction.
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
    let Some(proposal) = seen.content::<ProposalContent>(proposal)? else { return Ok(()) };
    if proposal.revises.is_some() {
        let detail =
            "This proposal revises one that was vetoed, and there is no second veto. Correct the outcome.";
        faults.push(Fault::pointer("/outcome", "no_second_veto", detail));
    }
    match (proposal.proposal_kind, content.direction) {
        (ProposalKind::Precept, None) => {
            let detail = "The veto of a precept says whether it is too high or too low. Give the direction.";
            faults.push(Fault::pointer("/direction", "required", detail));
        }
        (ProposalKind::Appointment, Some(_)) => {
            let detail = "This proposal is of an appointment, which is neither too high nor too low. Remove the direction.";
            faults.push(Fault::pointer("/direction", "not_here", detail));
        }
        _ => {}
    }
    Ok(())
}
