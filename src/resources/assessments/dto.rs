//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How a pledge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// Nobody has judged it.
    NotYetRated,
    /// Work on it is under way.
    InProgress,
    /// Work on it has stopped.
    Stalled,
    /// It was kept.
    Kept,
    /// Part of it was kept.
    PartlyKept,
    /// It was broken.
    Broken,
}

/// How the assessor stands to whoever made the pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssessorRelation {
    /// Their own office.
    OwnOffice,
    /// The Police and Crime Panel.
    Panel,
    /// Neither.
    Independent,
}

/// What an assessment rests on.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentEvidence {
    /// What was done or found.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: String,
    /// Where it can be seen.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The day that it is about.
    #[schema(max_length = 10)]
    pub date: Option<NaiveDate>,
}

/// What those assessed say to it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RightOfReply {
    /// Who replies: a role or an organisation.
    #[schema(min_length = 1, max_length = 200)]
    pub by: String,
    /// The day of the reply.
    #[schema(max_length = 10)]
    pub on: NaiveDate,
    /// What they say.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
}

/// An assessment.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AssessmentContent {
    /// The pledge that it is about.
    #[schema(min_length = 1, max_length = 150)]
    pub pledge: String,
    /// The day on which it was made.
    #[schema(max_length = 10)]
    pub assessed_on: NaiveDate,
    /// How the pledge stands.
    pub rating: Rating,
    /// Why.
    #[schema(min_length = 1, max_length = 4000)]
    pub rationale: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub evidence: Vec<AssessmentEvidence>,
    /// The indicators that it rests on.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub indicators: Vec<String>,
    /// Who assesses: a role or an organisation, never a private person.
    #[schema(min_length = 1, max_length = 200)]
    pub assessor: String,
    /// How the assessor stands to whoever made the pledge.
    pub assessor_relation: AssessorRelation,
    /// What those assessed say to it.
    pub right_of_reply: Option<RightOfReply>,
}

/// A body that `POST` takes.
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
