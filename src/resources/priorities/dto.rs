//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A priority.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PriorityContent {
    /// The plan that it is part of.
    #[schema(min_length = 1, max_length = 150)]
    pub plan: String,
    /// Its place in the plan, from 1.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub rank: i64,
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it is about, in our words.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// Who leads: an office or, for a commissioner or chief constable, a person.
    #[schema(min_length = 1, max_length = 200)]
    pub lead: Option<String>,
    /// The areas that it covers.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub areas: Vec<String>,
    /// The themes that it addresses.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub themes: Vec<String>,
    /// Since when it is one.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Until when (that day no longer).
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

/// A body that `POST` takes.
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
