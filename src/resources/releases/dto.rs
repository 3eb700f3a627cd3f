//! What goes in and out, with the bounds that are checked and documented from here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::upload::Mapping;
use crate::clock::Ts;

/// A release.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReleaseContent {
    /// Its title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The indicator that its figures are of.
    #[schema(min_length = 1, max_length = 150)]
    pub indicator: String,
    /// The organisation that publishes the figures, or published them first.
    #[schema(min_length = 1, max_length = 150)]
    pub organisation: Option<String>,
    /// When they were first published elsewhere, as a moment that is past: `asOf` asks with it. Without it they are
    /// published when this record is.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    pub first_published: Option<Ts>,
    /// How a file that is not in our own form is read: which column is what, what its marks mean, what is put right.
    pub mapping: Option<Mapping>,
    /// The licence of the figures.
    #[schema(min_length = 1, max_length = 200)]
    pub licence: Option<String>,
}

/// A body that `POST` takes.
pub fn example() -> Value {
    json!({
        "reference": "REL-HOTSPOT-PATROLS-2026-10",
        "title": "Hotspot patrols, October 2026",
        "indicator": "derbyshire-pcc:IND-HOTSPOT-PATROLS",
        "organisation": "derbyshire-constabulary",
        "licence": "OGL-UK-3.0",
    })
}
