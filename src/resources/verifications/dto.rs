//! The content of a verification: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::resources::assessments::dto::AssessmentEvidence;

/// What was found, the most favourable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerificationFinding {
    /// It is as the organisation claims.
    Verified,
    /// It is so in part.
    Partly,
    /// It is not so.
    NotVerified,
}

impl VerificationFinding {
    /// Every finding.
    pub const ALL: [VerificationFinding; 3] =
        [VerificationFinding::Verified, VerificationFinding::Partly, VerificationFinding::NotVerified];
}

/// A verification.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct VerificationContent {
    /// The progress that is verified.
    #[schema(min_length = 1, max_length = 150)]
    pub progress: String,
    /// The organisation that verified it: not the one that reported the progress.
    #[schema(min_length = 1, max_length = 150)]
    pub verified_by: String,
    /// The day of the verification.
    #[schema(max_length = 10)]
    pub on: NaiveDate,
    /// What was found.
    pub finding: VerificationFinding,
    /// How it was verified, and on what the finding rests.
    #[schema(min_length = 1, max_length = 4000)]
    pub basis: String,
    /// The evidence for the finding.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub evidence: Vec<AssessmentEvidence>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "VER-EXAMPLE-1",
        "progress": "derbyshire-pcc:PROG-CHILD-PROTECTION-2021",
        "verified_by": "opcc-derbyshire",
        "on": "2026-10-30",
        "finding": "partly",
        "basis": "The office read a sample of twenty referrals.",
        "evidence": [{"summary": "Eighteen of twenty used the new form.", "date": "2026-10-28"}]
    })
}
