//! Parts of contents that point to something published elsewhere.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A document on its publisher's site. The file itself is not stored.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The title of the document.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The address of the document.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub url: Option<String>,
    /// The SHA-256 digest of the file, in lower-case hexadecimal digits. It shows whether the file was replaced.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub sha256: Option<String>,
    /// The day on which the document was published.
    #[schema(max_length = 10)]
    pub published_on: Option<NaiveDate>,
}

/// What is exempt from publication. The exempt text itself is not stored.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exempt {
    /// The ground of the exemption.
    #[schema(min_length = 1, max_length = 200)]
    pub ground: String,
    /// The day on which the exemption is reviewed.
    #[schema(max_length = 10)]
    pub review_on: NaiveDate,
}
