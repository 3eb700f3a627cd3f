//! What the recommendations require of a response.

use serde::Deserialize;

use super::dto::ResponseContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::named::Seen;
use crate::resources::recommendations::RecommendationContent;
use crate::store::Conn;

/// The reference to the recommendation of each answer.
const ANSWERED: &str = "answers/*/recommendation";

/// Checks that the response answers only recommendations of its own report.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let content = ResponseContent::deserialize(this.content).map_err(Problem::internal)?;
    let seen = Seen::read(conn, this, this.named_at(ANSWERED).map(|(_, recommendation)| recommendation))?;
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
