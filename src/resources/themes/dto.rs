//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a theme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThemeKind {
    /// A threat to the area.
    Threat,
    /// A threat that is emerging.
    EmergingThreat,
    /// A requirement of the Strategic Policing Requirement.
    NationalRequirement,
}

/// A theme.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ThemeContent {
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What it is.
    pub theme_kind: ThemeKind,
    /// Its rank, where the source ranks; 1 is the top.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub rank: Option<i64>,
    /// The year since which it has been one.
    #[schema(minimum = 1800, maximum = 2200, format = "int64")]
    pub since_year: Option<i64>,
    /// What it is about, in our words.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// Since when.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// Until when (that day no longer).
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

/// A body that `POST` takes.
pub fn example() -> Value {
    json!({
        "reference": "retail-crime",
        "title": "Retail crime",
        "theme_kind": "emerging_threat",
        "summary": "Theft from shops and violence against those who work in them.",
    })
}
