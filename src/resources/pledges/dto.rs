//! The content of a pledge: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::resources::shared::WordingKind;

/// A pledge.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct PledgeContent {
    /// The term of office for which the pledge was made.
    #[schema(min_length = 1, max_length = 150)]
    pub term: String,
    /// The date on which the pledge was made.
    #[schema(max_length = 10)]
    pub made_on: Option<NaiveDate>,
    /// The text of the pledge.
    #[schema(min_length = 1, max_length = 4000)]
    pub wording: String,
    /// `verbatim` if the wording is quoted from the source, `paraphrase` if it is not.
    pub wording_kind: WordingKind,
    /// `true` if the pledge is specific enough to be judged kept or broken.
    pub testable: bool,
    /// What the pledge covers, and what it does not.
    #[schema(min_length = 1, max_length = 1000)]
    pub scope: Option<String>,
    /// The objectives that fulfil the pledge.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that fulfil the pledge.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "PLEDGE-14",
        "term": "derbyshire-pcc:TERM-PCC-2012",
        "made_on": "2012-11-15",
        "wording": "Publish every decision of significant public interest within a week.",
        "wording_kind": "paraphrase",
        "testable": true,
        "scope": "Decisions of the commissioner, not of the force.",
        "objectives": [
            "derbyshire-pcc:OBJ-2"
        ]
    })
}
