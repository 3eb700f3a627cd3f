//! What the schema cannot say.

use crate::problem::Fault;
use crate::resources::assessments::checks;
use crate::resources::assessments::dto::{AssessmentContent, AssessorRelation};

/// Adds a fault for each thing that is wrong.
pub fn check(content: &AssessmentContent, faults: &mut Vec<Fault>) {
    if content.assessor_relation != AssessorRelation::Panel {
        faults.push(Fault::pointer(
            "/assessor_relation",
            "not_here",
            "A counter-assessment is the Panel's own reading; any other is an assessment.",
        ));
    }
    checks::common(content, faults);
}
