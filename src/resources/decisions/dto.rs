//! The content of a decision: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::resources::dates::DateBasis;
use crate::resources::documents::Exempt;
use crate::resources::shared::Money;
use crate::validation;

/// An option that was considered.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionOption {
    /// The option.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Whether it was chosen.
    pub chosen: bool,
    /// Why it was or was not chosen.
    #[schema(min_length = 1, max_length = 2000)]
    pub why: Option<String>,
}

/// The type of advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdviceKind {
    /// On the law.
    Legal,
    /// On money.
    Financial,
    /// On equality.
    Equality,
    /// Other advice.
    Other,
}

/// Advice that was taken.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// The type of advice.
    pub advice_kind: AdviceKind,
    /// Who gave it, by role.
    #[schema(min_length = 1, max_length = 200)]
    pub from: String,
    /// What it says.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: String,
}

/// A decision.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DecisionContent {
    /// The title of the decision.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The day of the decision.
    #[schema(max_length = 10)]
    pub decided_on: Option<NaiveDate>,
    /// Where the day comes from.
    pub date_basis: DateBasis,
    /// Who took it, by role.
    #[schema(min_length = 1, max_length = 200)]
    pub taken_by: String,
    /// Whether it was taken for somebody else, under a delegation. Null if the source does not state it.
    pub delegated: Option<bool>,
    /// Whether it is of significant public interest. Null if the source does not state it.
    pub significant: Option<bool>,
    /// What was decided.
    #[schema(min_length = 1, max_length = 8000)]
    pub text: String,
    /// Why.
    #[schema(min_length = 1, max_length = 8000)]
    pub reasons: String,
    /// The options that were considered.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub options: Vec<DecisionOption>,
    /// The advice that was taken.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub advice: Vec<Advice>,
    /// The interests that were declared, or that none were.
    #[schema(min_length = 1, max_length = 1000)]
    pub interests: String,
    /// The sum that it is about.
    pub value: Option<Money>,
    /// What of it is exempt from publication.
    pub exempt: Option<Exempt>,
    /// The meeting at which it was taken.
    #[schema(min_length = 1, max_length = 150)]
    pub meeting: Option<String>,
    /// The papers that it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub papers: Vec<String>,
    /// The plan that it affects.
    #[schema(min_length = 1, max_length = 150)]
    pub plan: Option<String>,
    /// The funds that it affects.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub funds: Vec<String>,
    /// The services that it affects.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub services: Vec<String>,
    /// The grants that it affects.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub grants: Vec<String>,
    /// The recommendations that it affects.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub recommendations: Vec<String>,
    /// What regard was had to the plan and to the Panel's recommendations.
    #[schema(min_length = 1, max_length = 4000)]
    pub regard: Option<String>,
    /// The objectives that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

impl Validate for DecisionContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        self.date_basis.check("decided_on", self.decided_on, &mut faults);
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "DEC-EXAMPLE-1",
        "title": "Funding of a post to support victims of stalking",
        "decided_on": "2026-10-12",
        "date_basis": "stated",
        "taken_by": "Police and Crime Commissioner",
        "delegated": false,
        "significant": true,
        "text": "The post is funded for one more year.",
        "reasons": "Referrals have risen.",
        "options": [{"title": "Fund it for one year", "chosen": true}, {"title": "End it", "chosen": false, "why": "Nobody else would do the work."}],
        "advice": [{"advice_kind": "financial", "from": "Chief finance officer", "summary": "The budget allows it."}],
        "interests": "None declared.",
        "value": {"amount": "45000.00", "currency": "GBP"},
        "plan": "derbyshire-pcc:PLAN-2021",
        "recommendations": ["derbyshire-pcc:REC-CHILD-PROTECTION-2021-1"],
        "priorities": ["derbyshire-pcc:PRI-3"]
    })
}
