//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A plan.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlanContent {
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Its first day.
    #[schema(max_length = 10)]
    pub from: NaiveDate,
    /// Its last day.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// The plan before it.
    #[schema(min_length = 1, max_length = 150)]
    pub predecessor: Option<String>,
    /// What it is about, in our words.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// The term of office that it was made in.
    #[schema(min_length = 1, max_length = 150)]
    pub term: Option<String>,
}

/// A body that `POST` takes.
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
