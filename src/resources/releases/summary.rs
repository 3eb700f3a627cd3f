//! The summary of submitted observations: how they change what is public, and the warnings.

#![warn(missing_docs)]

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::Ref;

use super::upload::{Report, UnderstoodSeries};
use crate::clock::Ts;
use crate::http::{Reply, conditional};
use crate::problem::{Fault, Problem};
use crate::record::answer_types::Counts;
use crate::resources::disclosure::{Finding, Hits};
use crate::resources::series::{self, ComparedCell, ReleaseObservations};
use crate::resources::statements::VerdictPreview;
use crate::stats::decimal::Scaled;
use crate::store::Conn;

/// The most revisions in a summary.
const MAX_REVISIONS: i64 = 20;

/// A cell whose value changes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Revision {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// The period, in ISO 8601.
    #[schema(rename = "TIME_PERIOD", max_length = 40)]
    #[serde(rename = "TIME_PERIOD")]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The value that is public.
    #[schema(value_type = String, max_length = 24)]
    pub before: Scaled,
    /// The value that was submitted.
    #[schema(value_type = String, max_length = 24)]
    pub value: Scaled,
    /// The difference between both values.
    #[schema(value_type = Option<String>, max_length = 24)]
    pub change: Option<Scaled>,
}

/// The result of submitting observations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// `true` if everything was checked and nothing was stored.
    pub validate_only: bool,
    /// The number of data rows in the file.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub rows_read: u64,
    /// The number of rows, or of cells of a wide table, that the mapping skipped.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub rows_left_out: u64,
    /// The number of cells of the release.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub cells: i64,
    /// The number of new cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub inserted: i64,
    /// The number of cells whose value or status differs from what is public.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub revised: i64,
    /// The number of cells that stay the same.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub unchanged: i64,
    /// The number of cells that are deleted.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub deleted: i64,
    /// The largest changes of values, at most 20.
    #[schema(max_items = 20)]
    pub largest_revisions: Vec<Revision>,
    /// What disclosure control does with the observations. Null if the indicator has the profile `none`.
    #[schema(required = true)]
    pub disclosure: Option<DisclosureHits>,
    /// What would change of the verdicts on public statements about the indicator if these observations were published now. Null
    /// if they cannot be, or are published already.
    #[schema(required = true)]
    pub verdicts: Option<VerdictPreview>,
    /// What was understood of the file: the first observations of each of the first 50 series, in words.
    #[schema(max_items = 50)]
    pub understood: Vec<UnderstoodSeries>,
    /// The number of warnings.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub warning_count: u64,
    /// The number of warnings of each code.
    #[schema(value_type = Counts)]
    pub warnings_by_code: BTreeMap<&'static str, u64>,
    /// The first thousand warnings.
    #[schema(max_items = 1000)]
    pub warnings: Vec<Fault>,
    /// The release as it is now, with a new version.
    #[schema(schema_with = any_release)]
    pub release: Value,
    /// The ETag of the release, for the `If-Match` of the next step.
    #[schema(max_length = 60)]
    pub etag: String,
}

/// What disclosure control does with submitted observations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DisclosureHits {
    /// The disclosure profile of the indicator.
    #[schema(max_length = 16)]
    pub profile: &'static str,
    /// The number of observations of 1 to 4 people. They are hidden.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub primary: u64,
    /// The number of observations that are hidden because they would give others away.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub secondary: u64,
    /// The number of observations that are rounded to five.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub rounded: u64,
    /// The number of hidden observations that the public could work out all the same. Above 0, the release cannot be published.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub open_count: u64,
    /// The first 20 of them, each with the sums that give it away and what would mend it.
    #[schema(max_items = 20)]
    pub open: Vec<Finding>,
}

impl From<Hits> for DisclosureHits {
    fn from(mut hits: Hits) -> DisclosureHits {
        let open_count = hits.open.len() as u64;
        hits.open.truncate(20);
        let Hits { profile, primary, secondary, rounded, open } = hits;
        DisclosureHits { profile, primary, secondary, rounded, open_count, open }
    }
}

fn any_release() -> Ref {
    let mut release = Ref::from_schema_name("AnyRelease");
    release.description = "The release as it is now, with a new version.".to_owned();
    release
}

impl Summary {
    /// The summary of observations that would be published at the moment `at`.
    pub fn new(
        conn: &mut Conn,
        release: &ReleaseObservations,
        report: &Report,
        record: &Reply,
        at: Ts,
        validate_only: bool,
    ) -> Result<Summary, Problem> {
        Ok(Summary {
            validate_only,
            rows_read: report.rows_read,
            rows_left_out: report.rows_left_out,
            cells: release.cells,
            inserted: release.counts.inserted,
            revised: release.counts.revised,
            unchanged: release.counts.unchanged,
            deleted: release.counts.deleted,
            largest_revisions: largest_revisions(conn, release, at)?,
            disclosure: None,
            verdicts: None,
            understood: report.understood.series().to_vec(),
            warning_count: report.warning_count,
            warnings_by_code: report.warnings_by_code.clone(),
            warnings: report.warnings.clone(),
            release: serde_json::from_slice(&record.body).map_err(Problem::internal)?,
            etag: format!("\"{}\"", conditional::tag(&record.body)),
        })
    }
}

/// The largest changes of the values that are public at a moment.
pub fn largest_revisions(
    conn: &mut Conn,
    release: &ReleaseObservations,
    at: Ts,
) -> Result<Vec<Revision>, Problem> {
    let cells = series::largest_revisions(conn, release, at, MAX_REVISIONS)?;
    Ok(cells.iter().filter_map(revision).collect())
}

fn revision(compared: &ComparedCell) -> Option<Revision> {
    let cell = &compared.cell;
    let (period, frequency) = (cell.period()?, cell.frequency()?);
    let (before, value) = (compared.previous_value()?, cell.value()?);
    Some(Revision {
        series: cell.series_key.clone(),
        time_period: period.text(frequency),
        period: period.words(frequency),
        before,
        value,
        change: value.checked_sub(before),
    })
}
