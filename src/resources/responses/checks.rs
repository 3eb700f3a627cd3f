//! What the recommendations require of a response.

use serde::Deserialize;

use super::dto::ResponseContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::panel_decisions::PanelDecisionContent;
use crate::resources::recommendations::RecommendationContent;
use crate::resources::reports::ReportContent;
use crate::resources::rules;
use crate::store::Conn;

/// The reference to the recommendation of each answer.
const ANSWERED: &str = "answers/*/recommendation";

/// Checks that the response answers only recommendations of its own report, and is not dated before what it answers.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let content = ResponseContent::deserialize(this.content).map_err(Problem::internal)?;
    let [report, decision] = ["report", "panel_decision"].map(|field| this.named.get(field).copied());
    let answered = this.named_at(ANSWERED).map(|(_, recommendation)| recommendation);
    let seen = Seen::read(conn, this, answered.chain(report).chain(decision))?;
    let published_on = seen.content::<ReportContent>(report)?.and_then(|report| report.published_on);
    let decided_on = seen.content::<PanelDecisionContent>(decision)?.map(|decision| decision.decided_on);
    for (first, first_is) in [
        (published_on, "the day on which the report was published"),
        (decided_on, "the day on which the Panel decided"),
    ] {
        rules::check_not_before("/responded_on", content.responded_on, first, first_is, faults);
    }
    for (n, recommendation) in this.named_at(ANSWERED) {
        if let Some(answered) = seen.content::<RecommendationContent>(Some(recommendation))?
            && content.report.as_ref() != Some(&answered.report)
        {
            let detail = format!(
                "This is a recommendation of another report, `{}`. Answer it in a response to that report.",
                answered.report
            );
            faults.push(Fault::pointer(format!("/answers/{n}/recommendation"), "other_report", detail));
        }
    }
    Ok(())
}
