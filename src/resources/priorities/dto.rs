//! The content of a priority: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use crate::resources::rules;

/// A priority.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "dates", skip_on_field_errors = false))]
pub struct PriorityContent {
    /// The plan that the priority belongs to.
    #[schema(min_length = 1, max_length = 150)]
    pub plan: String,
    /// The position of the priority in its plan, from 1.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub rank: i64,
    /// The title of the priority.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// A summary, in words written for this record.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// The office that leads on the priority. A person is named only if they are a commissioner or a chief constable.
    #[schema(min_length = 1, max_length = 200)]
    pub lead: Option<String>,
    /// The areas that the priority covers.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub areas: Vec<String>,
    /// The themes that the priority addresses.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub themes: Vec<String>,
    /// The day from which it is a priority.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The day from which it is no longer a priority.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

fn dates(content: &PriorityContent) -> Result<(), ValidationError> {
    rules::dates_in_order(content.from, content.to)
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "PRI-8",
        "plan": "derbyshire-pcc:PLAN-2021",
        "rank": 8,
        "title": "Crime against shops",
        "summary": "Shops and those who work in them are safer.",
        "lead": "Police and Crime Commissioner",
        "areas": ["E23000018"],
        "themes": ["acquisitive-crime-and-offender-management"],
    })
}
