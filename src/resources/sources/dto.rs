//! The content of a source: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

/// A source.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct SourceContent {
    /// The title of the source, or a description if it has no title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The publisher of the source.
    #[schema(min_length = 1, max_length = 200)]
    pub publisher: String,
    /// The date of publication; null if the source is undated.
    #[schema(max_length = 10)]
    pub published: Option<NaiveDate>,
    /// The address of the source.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The licence under which the source was published, in words.
    #[schema(min_length = 1, max_length = 500)]
    pub licence: String,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "panel-minutes-2024-06-13",
        "title": "Minutes of the Police and Crime Panel, 13 June 2024",
        "publisher": "Derbyshire County Council",
        "published": "2024-06-13",
        "licence": "Open Government Licence v3.0",
    })
}
