//! The content of a threat: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::resources::shared::FinancialYear;

/// How great a threat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThreatGrade {
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
    /// The source does not say.
    NotStated,
}

/// A threat.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct ThreatContent {
    /// The theme that it is an instance of.
    #[schema(min_length = 1, max_length = 150)]
    pub theme: String,
    /// The title of the threat.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The day of the assessment; null if the source does not say.
    #[schema(max_length = 10)]
    pub assessed_on: Option<NaiveDate>,
    /// The financial year for which it is assessed.
    pub financial_year: Option<FinancialYear>,
    /// The rank; 1 is the greatest threat.
    #[schema(minimum = 1, maximum = 100, format = "int64")]
    pub rank: Option<i64>,
    /// How great it is.
    pub level: ThreatGrade,
    /// The areas that it is about.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub areas: Vec<String>,
    /// Since when it has been one, in words.
    #[schema(min_length = 1, max_length = 40)]
    pub since: Option<String>,
    /// What is known of it.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: String,
    /// The objectives that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "THREAT-EXAMPLE-1",
        "theme": "drugs",
        "title": "Dealing near schools",
        "assessed_on": "2026-10-01",
        "financial_year": "2026-04-01/P1Y",
        "rank": 2,
        "level": "high",
        "areas": ["E07000034"],
        "since": "2025",
        "summary": "Reports by schools have risen.",
        "objectives": ["derbyshire-pcc:OBJ-2"]
    })
}
