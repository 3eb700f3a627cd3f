//! The content of a theme: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use crate::resources::rules;

/// The type of a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThemeKind {
    /// A threat to the area.
    Threat,
    /// An emerging threat.
    EmergingThreat,
    /// A requirement of the Strategic Policing Requirement.
    NationalRequirement,
}

/// A theme.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[validate(schema(function = "dates", skip_on_field_errors = false))]
pub struct ThemeContent {
    /// The title of the theme.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The type of the theme.
    pub theme_kind: ThemeKind,
    /// The rank of the theme, if the source ranks themes; 1 is the highest.
    #[schema(minimum = 1, maximum = 1000, format = "int64")]
    pub rank: Option<i64>,
    /// The year from which it has been a theme.
    #[schema(minimum = 1800, maximum = 2200, format = "int64")]
    pub since_year: Option<i64>,
    /// A summary, in words written for this record.
    #[schema(min_length = 1, max_length = 4000)]
    pub summary: Option<String>,
    /// The day from which it is a theme.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The day from which it is no longer a theme.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
}

fn dates(content: &ThemeContent) -> Result<(), ValidationError> {
    rules::dates_in_order(content.from, content.to)
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "retail-crime",
        "title": "Retail crime",
        "theme_kind": "emerging_threat",
        "summary": "Theft from shops and violence against those who work in them.",
    })
}
