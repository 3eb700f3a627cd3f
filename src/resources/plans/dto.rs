//! The content of a plan: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use crate::resources::rules;

/// A Police and Crime Plan.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "dates", skip_on_field_errors = false))]
pub struct PlanContent {
    /// The title of the plan.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The first day of the plan.
    #[schema(max_length = 10)]
    pub from: NaiveDate,
    /// The last day of the plan.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// The plan before this one.
    #[schema(min_length = 1, max_length = 150)]
    pub predecessor: Option<String>,
    /// A summary, in words written for this record.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// The term of office in which the plan was made.
    #[schema(min_length = 1, max_length = 150)]
    pub term: Option<String>,
}

fn dates(content: &PlanContent) -> Result<(), ValidationError> {
    rules::dates_in_order(Some(content.from), content.to)
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "PLAN-2025",
        "title": "Police and Crime Plan 2025 to 2029",
        "from": "2025-04-01",
        "to": "2029-03-31",
        "predecessor": "derbyshire-pcc:PLAN-2021",
        "term": "derbyshire-pcc:TERM-PCC-2021",
    })
}
