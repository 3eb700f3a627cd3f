//! The content of an assessment: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::validation;

/// The rating of a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// The pledge has not been rated.
    NotYetRated,
    /// Work on the pledge is in progress.
    InProgress,
    /// Work on the pledge has stopped.
    Stalled,
    /// The pledge was kept.
    Kept,
    /// The pledge was kept in part.
    PartlyKept,
    /// The pledge was broken.
    Broken,
}

/// How the assessor relates to the maker of the pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssessorRelation {
    /// The assessor is the maker's own office.
    OwnOffice,
    /// The assessor is the Police and Crime Panel.
    Panel,
    /// The assessor is neither of the two.
    Independent,
}

/// Evidence for an assessment, for progress, or for a verification.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentEvidence {
    /// What was done or found.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: String,
    /// The address of the evidence.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The date of the evidence.
    #[schema(max_length = 10)]
    pub date: Option<NaiveDate>,
}

/// A reply from those who were assessed.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RightOfReply {
    /// Who replies: a role or an organisation.
    #[schema(min_length = 1, max_length = 200)]
    pub by: String,
    /// The date of the reply.
    #[schema(max_length = 10)]
    pub on: NaiveDate,
    /// The text of the reply.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
}

/// An assessment.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AssessmentContent {
    /// The pledge that is assessed.
    #[schema(min_length = 1, max_length = 150)]
    pub pledge: String,
    /// The date of the assessment.
    #[schema(max_length = 10)]
    pub assessed_on: NaiveDate,
    /// The rating of the pledge.
    pub rating: Rating,
    /// The reasons for the rating.
    #[schema(min_length = 1, max_length = 4000)]
    pub rationale: String,
    /// The evidence for the rating.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub evidence: Vec<AssessmentEvidence>,
    /// The indicators that support the rating.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub indicators: Vec<String>,
    /// Who assesses: a role or an organisation, never a private person.
    #[schema(min_length = 1, max_length = 200)]
    pub assessor: String,
    /// How the assessor relates to the maker of the pledge: `own_office`, `panel` or `independent`.
    pub assessor_relation: AssessorRelation,
    /// The reply from those who were assessed.
    pub right_of_reply: Option<RightOfReply>,
}

impl AssessmentContent {
    /// Checks the rules that assessments and counter-assessments have in common.
    pub fn check_shared(&self, faults: &mut Vec<Fault>) {
        if self.rating != Rating::NotYetRated && self.evidence.is_empty() {
            faults.push(Fault::pointer(
                "/evidence",
                "required",
                "A rating needs at least one item of evidence.",
            ));
        }
        if let Some(reply) = &self.right_of_reply
            && reply.on < self.assessed_on
        {
            faults.push(Fault::pointer(
                "/right_of_reply/on",
                "out_of_range",
                format!(
                    "This is before `assessed_on` ({}). Give that date or a later one.",
                    self.assessed_on
                ),
            ));
        }
    }
}

impl Validate for AssessmentContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        if self.assessor_relation == AssessorRelation::Panel {
            faults.push(Fault::pointer(
                "/assessor_relation",
                "not_here",
                "An assessment by the Panel is a counter-assessment. The Panel's clerk records it at `/v1/counter-assessments`.",
            ));
        }
        self.check_shared(&mut faults);
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "ASSESS-9",
        "pledge": "derbyshire-pcc:PLEDGE-1",
        "assessed_on": "2026-06-01",
        "rating": "in_progress",
        "rationale": "The first steps are documented; results are not yet.",
        "evidence": [
            {
                "summary": "A report to the Panel lists what was done.",
                "date": "2026-05-20"
            }
        ],
        "indicators": [
            "derbyshire-pcc:IND-ALL-CRIME"
        ],
        "assessor": "Office of the Police and Crime Commissioner",
        "assessor_relation": "own_office"
    })
}
