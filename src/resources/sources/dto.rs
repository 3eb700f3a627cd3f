//! What goes in and out, with the bounds that are checked and documented from here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A source.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SourceContent {
    /// Its title, or our description where it has none.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Who published it.
    #[schema(min_length = 1, max_length = 200)]
    pub publisher: String,
    /// When; null for an undated source.
    #[schema(max_length = 10)]
    pub published: Option<NaiveDate>,
    /// Where it can be read.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The licence under which it was published, in words.
    #[schema(min_length = 1, max_length = 500)]
    pub licence: String,
}

/// A body that `POST` takes.
pub fn example() -> Value {
    json!({
        "reference": "panel-minutes-2024-06-13",
        "title": "Minutes of the Police and Crime Panel, 13 June 2024",
        "publisher": "Derbyshire County Council",
        "published": "2024-06-13",
        "licence": "Open Government Licence v3.0",
    })
}
