//! The content of a counter-assessment: that of an assessment, under a rule of its own.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::assessments::dto::{AssessmentContent, AssessorRelation};
use crate::validation;

/// A counter-assessment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CounterAssessmentContent(AssessmentContent);

impl utoipa::PartialSchema for CounterAssessmentContent {
    fn schema() -> RefOr<Schema> {
        AssessmentContent::schema()
    }
}

impl utoipa::ToSchema for CounterAssessmentContent {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        AssessmentContent::schemas(schemas);
    }
}

impl Validate for CounterAssessmentContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        if self.0.assessor_relation != AssessorRelation::Panel {
            faults.push(Fault::pointer(
                "/assessor_relation",
                "not_here",
                "Only the Panel makes counter-assessments. Give `panel`, or record an assessment at `/v1/assessments`.",
            ));
        }
        self.0.check_shared(&mut faults);
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "COUNTER-9",
        "pledge": "derbyshire-pcc:PLEDGE-1",
        "assessed_on": "2026-06-01",
        "rating": "stalled",
        "rationale": "The Panel has seen no report for a year.",
        "evidence": [
            {
                "summary": "The minutes record that no report was tabled.",
                "date": "2026-05-20"
            }
        ],
        "indicators": [
            "derbyshire-pcc:IND-ALL-CRIME"
        ],
        "assessor": "Derbyshire Police and Crime Panel",
        "assessor_relation": "panel"
    })
}
