//! The fields of releases and of the observations that belong to them, with the bounds that are checked and documented from
//! here.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::upload::Mapping;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::stats::decimal::Scaled;

/// A release: one publication of observations of one indicator.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReleaseContent {
    /// The title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The indicator that the observations are of.
    #[schema(min_length = 1, max_length = 150)]
    pub indicator: String,
    /// The organisation that publishes the observations, or published them first.
    #[schema(min_length = 1, max_length = 150)]
    pub organisation: Option<String>,
    /// When the observations were first published elsewhere. The moment must be in the past; `asOf` uses it. Without it, the
    /// observations are published when this record is.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    pub first_published: Option<Ts>,
    /// How to read a file that is not in the canonical form: what each column is, what its symbols mean, and what to correct.
    pub mapping: Option<Mapping>,
    /// The licence of the observations.
    #[schema(min_length = 1, max_length = 200)]
    pub licence: Option<String>,
}

impl ReleaseContent {
    /// The content of a stored release.
    pub fn from_json(content: &Value) -> Result<ReleaseContent, Problem> {
        ReleaseContent::deserialize(content).map_err(Problem::internal)
    }

    /// When the observations are published: at their first publication elsewhere, or at `now`.
    pub fn publication_moment(&self, now: Ts) -> Ts {
        self.first_published.map_or(now, |first| first.min(now))
    }
}

/// A cell of a release, compared with the public cell that it replaces.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReleaseObservation {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// The period, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// What the cell changes in what is public: `inserted`, `revised`, `unchanged` or `deleted`.
    #[schema(max_length = 16)]
    pub change: &'static str,
    /// The value that is, or was, public before.
    #[schema(value_type = Option<String>, required = true, max_length = 24)]
    pub value_before: Option<Scaled>,
    /// The value, an exact decimal.
    #[schema(value_type = Option<String>, required = true, max_length = 24)]
    pub value: Option<Scaled>,
    /// The numerator of a ratio.
    #[schema(value_type = Option<String>, required = true, max_length = 24)]
    pub numerator: Option<Scaled>,
    /// The denominator of a ratio.
    #[schema(value_type = Option<String>, required = true, max_length = 24)]
    pub denominator: Option<Scaled>,
    /// SDMX's status of the observation.
    #[serde(rename = "OBS_STATUS")]
    #[schema(max_length = 1)]
    pub obs_status: &'static str,
    /// SDMX's confidentiality status.
    #[serde(rename = "CONF_STATUS")]
    #[schema(max_length = 1)]
    pub conf_status: &'static str,
    /// `true` if the observations of the period are complete.
    pub complete: bool,
    /// Why the value is what it is.
    #[schema(required = true, max_length = 1000)]
    pub reason: Option<String>,
    /// A note.
    #[schema(required = true, max_length = 1000)]
    pub note: Option<String>,
}

/// The example of a request body.
pub fn example() -> Value {
    json!({
        "reference": "REL-HOTSPOT-PATROLS-2026-10",
        "title": "Hotspot patrols, October 2026",
        "indicator": "derbyshire-pcc:IND-HOTSPOT-PATROLS",
        "organisation": "derbyshire-constabulary",
        "licence": "OGL-UK-3.0",
    })
}
