//! The content of an objective: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

/// An objective.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct ObjectiveContent {
    /// The plan that the objective belongs to.
    #[schema(min_length = 1, max_length = 150)]
    pub plan: String,
    /// The priority that the objective supports, if any.
    #[schema(min_length = 1, max_length = 150)]
    pub priority: Option<String>,
    /// The number of the objective within its plan.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub number: i64,
    /// The title of the objective.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// A summary, in words written for this record.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// How success is judged.
    #[schema(min_length = 1, max_length = 4000)]
    pub success_measure: Option<String>,
    /// The themes that the objective addresses.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub themes: Vec<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "OBJ-7",
        "plan": "derbyshire-pcc:PLAN-2021",
        "priority": "derbyshire-pcc:PRI-3",
        "number": 7,
        "title": "Fewer people killed or badly hurt on the roads",
        "success_measure": "Fewer fatal and serious collisions than in 2021.",
    })
}
