//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::resources::shared::WordingKind;

/// A pledge.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PledgeContent {
    /// The term of office that it was made for.
    #[schema(min_length = 1, max_length = 150)]
    pub term: String,
    /// The day on which it was made.
    #[schema(max_length = 10)]
    pub made_on: Option<NaiveDate>,
    /// What was promised.
    #[schema(min_length = 1, max_length = 4000)]
    pub wording: String,
    /// Whose words these are.
    pub wording_kind: WordingKind,
    /// Whether it says enough to be judged kept or broken.
    pub testable: bool,
    /// What it covers, and what it does not.
    #[schema(min_length = 1, max_length = 1000)]
    pub scope: Option<String>,
    /// The objectives that fulfil it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that fulfil it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// A body that `POST` takes.
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
