//! What is told of figures that were handed in: how they change what is public, and what is worth a look.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::upload::Found;
use crate::clock::Ts;
use crate::http::{Reply, conditional};
use crate::problem::{Fault, Problem};
use crate::resources::series::{self, Figures};
use crate::stats::decimal::Scaled;
use crate::stats::period::Frequency;
use crate::store::Conn;

/// How many of the largest revisions are told.
const LARGEST: i64 = 20;

/// A cell whose value becomes another.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Revision {
    /// The key of its series.
    #[schema(max_length = 400)]
    pub series: String,
    /// Its period, ISO 8601.
    #[schema(rename = "TIME_PERIOD", max_length = 40)]
    #[serde(rename = "TIME_PERIOD")]
    pub time_period: String,
    /// The same in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The value that is public.
    #[schema(value_type = String, max_length = 24)]
    pub before: Scaled,
    /// The value that was handed in.
    #[schema(value_type = String, max_length = 24)]
    pub value: Scaled,
    /// The difference.
    #[schema(value_type = Option<String>, max_length = 24)]
    pub change: Option<Scaled>,
}

/// What was handed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// True when everything was done and nothing was kept.
    pub validate_only: bool,
    /// How many rows of data the file has.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub rows_read: u64,
    /// How many rows, or cells of a wide table, the mapping left out.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub rows_left_out: u64,
    /// How many cells the release has.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub cells: i64,
    /// How many of them are new.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub inserted: i64,
    /// How many have another value or status than what is public.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub revised: i64,
    /// How many are the same.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub unchanged: i64,
    /// How many are taken away.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub deleted: i64,
    /// The revisions that change most, at most 20.
    #[schema(max_items = 20)]
    pub largest_revisions: Vec<Revision>,
    /// How many things are worth a look.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub warning_count: u64,
    /// How many of each sort.
    #[schema(value_type = Object)]
    pub warnings_by_code: BTreeMap<&'static str, u64>,
    /// The first thousand of them.
    #[schema(value_type = Vec<Object>, max_items = 1000)]
    pub warnings: Vec<Fault>,
    /// The release as it is now, with a new version.
    #[schema(value_type = Object)]
    pub release: Value,
    /// The ETag of the release, for the next step's `If-Match`.
    #[schema(max_length = 60)]
    pub etag: String,
}

/// Puts it together.
pub fn summary(
    conn: &mut Conn,
    figures: &Figures,
    found: &Found,
    record: &Reply,
    at: Ts,
    validate_only: bool,
) -> Result<Summary, Problem> {
    Ok(Summary {
        validate_only,
        rows_read: found.rows_read,
        rows_left_out: found.rows_left_out,
        cells: figures.cells,
        inserted: figures.inserted,
        revised: figures.revised,
        unchanged: figures.unchanged,
        deleted: figures.deleted,
        largest_revisions: largest(conn, figures, at)?,
        warning_count: found.warning_count,
        warnings_by_code: found.warnings_by_code.clone(),
        warnings: found.warnings.clone(),
        release: serde_json::from_slice(&record.body).map_err(Problem::internal)?,
        etag: format!("\"{}\"", conditional::tag(&record.body)),
    })
}

/// The revisions that change most of what is public at a moment.
pub fn largest(conn: &mut Conn, figures: &Figures, at: Ts) -> Result<Vec<Revision>, Problem> {
    Ok(series::largest(conn, figures, at, LARGEST)?.iter().filter_map(revision).collect())
}

fn revision(one: &series::HandedIn) -> Option<Revision> {
    let period = one.period()?;
    let frequency = Frequency::parse(&one.frequency)?;
    let (before, value) = (Scaled::from_raw(one.value_before?), Scaled::from_raw(one.value?));
    Some(Revision {
        series: one.series_key.clone(),
        time_period: period.text(frequency),
        period: period.words(frequency),
        before,
        value,
        change: value.checked_sub(before),
    })
}
