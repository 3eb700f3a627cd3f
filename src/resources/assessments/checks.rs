//! What the schema cannot say.

use super::dto::{AssessmentContent, AssessorRelation, Rating};
use crate::problem::Fault;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &AssessmentContent, faults: &mut Vec<Fault>) {
    if content.assessor_relation == AssessorRelation::Panel {
        faults.push(Fault::pointer(
            "/assessor_relation",
            "not_here",
            "The Panel's own reading is a counter-assessment; the Panel's clerk records it there.",
        ));
    }
    common(content, faults);
}

/// What holds of the Panel's readings too.
pub fn common(content: &AssessmentContent, faults: &mut Vec<Fault>) {
    if content.rating != Rating::NotYetRated && content.evidence.is_empty() {
        faults.push(Fault::pointer(
            "/evidence",
            "required",
            "A rating names at least one piece of evidence.",
        ));
    }
    if let Some(reply) = &content.right_of_reply
        && reply.on < content.assessed_on
    {
        faults.push(Fault::pointer(
            "/right_of_reply/on",
            "out_of_range",
            format!("This is before `assessed_on` ({}); a reply comes after.", content.assessed_on),
        ));
    }
}
