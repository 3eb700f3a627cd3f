//! The fields of responses about series.

#![warn(missing_docs)]

use serde::Serialize;

use crate::clock::{Id, Ts};

/// A code of a series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesCode {
    /// The code of the dimension.
    #[schema(max_length = 40)]
    pub dimension: String,
    /// The code.
    #[schema(max_length = 64)]
    pub code: String,
    /// The name that the code stands for.
    #[schema(max_length = 200)]
    pub name: String,
}

/// A series in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesLine {
    /// The key of the series, which never changes.
    #[schema(max_length = 400)]
    pub key: String,
    /// The address of the series.
    #[serde(rename = "self")]
    #[schema(max_length = 420)]
    pub self_link: String,
    /// The frequency of the series.
    #[schema(max_length = 20)]
    pub frequency: String,
    /// The codes of the series, in the order of the dimensions.
    #[schema(max_items = 20)]
    pub codes: Vec<SeriesCode>,
}

/// A stretch of a series whose periods begin equally far apart.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesStep {
    /// How far apart, in ISO 8601: `P3M`.
    #[schema(max_length = 12)]
    pub step: String,
    /// The first period of the stretch.
    #[schema(max_length = 40)]
    pub first_period: String,
    /// Its last, from which the next stretch goes on.
    #[schema(max_length = 40)]
    pub last_period: String,
}

/// A series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesView {
    /// What a list of series has too.
    #[serde(flatten)]
    pub line: SeriesLine,
    /// The indicator.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub indicator: Id,
    /// The title of the indicator.
    #[schema(max_length = 200)]
    pub title: String,
    /// The unit of the values.
    #[schema(max_length = 20)]
    pub unit: String,
    /// The number of cells that are valid now.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub cells: usize,
    /// The first period, in ISO 8601.
    #[schema(max_length = 40)]
    pub first_period: Option<String>,
    /// The last period, in ISO 8601.
    #[schema(max_length = 40)]
    pub last_period: Option<String>,
    /// The last period in words.
    #[schema(max_length = 60)]
    pub last_period_words: Option<String>,
    /// How far one period begins after the one before: one entry if that is always the same, several if it changes, as where yearly figures became quarterly ones or a period is missing. None of periods that do not begin with a month.
    #[schema(max_items = 20000)]
    pub steps: Vec<SeriesStep>,
    /// When observations of the series were last published.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub updated_at: Option<Ts>,
}

/// One publication of observations of a series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Vintage {
    /// The release.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub release: Id,
    /// The reference of the release, with that of its policing body.
    #[schema(max_length = 150)]
    pub reference: String,
    /// When its observations became public. Read them with this moment as `asOf`.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub published_at: Ts,
    /// When the release was withdrawn. Its observations are then no longer published.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub withdrawn_at: Option<Ts>,
    /// The number of cells of the series that the release has.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub cells: i64,
    /// The address of the observations as of its publication.
    #[schema(max_length = 600)]
    pub observations: String,
}
