//! What a proposal or a report requires of a decision on it.

use serde::Deserialize;

use super::dto::{PanelDecisionContent, PanelOutcome};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::proposals::{ProposalContent, ProposalKind};
use crate::resources::reports::ReportContent;
use crate::resources::rules;
use crate::store::Conn;

/// Checks that the decision is not dated before what it is about, that a revision is not vetoed again, and that the veto of a
/// precept, and nothing else, has a direction.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let content = PanelDecisionContent::deserialize(this.content).map_err(Problem::internal)?;
    let [proposal, report] = ["on_proposal", "on_report"].map(|field| this.named.get(field).copied());
    let seen = Seen::read(conn, this, proposal.into_iter().chain(report))?;
    let (proposal, report) =
        (seen.content::<ProposalContent>(proposal)?, seen.content::<ReportContent>(report)?);
    for (first, first_is) in [
        (
            proposal.as_ref().map(|proposal| proposal.notified_on),
            "the day on which the Panel was notified of the proposal",
        ),
        (report.and_then(|report| report.published_on), "the day on which the report was published"),
    ] {
        rules::check_not_before("/decided_on", content.decided_on, first, first_is, faults);
    }
    let Some(proposal) = proposal.filter(|_| content.outcome == PanelOutcome::Veto) else { return Ok(()) };
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
