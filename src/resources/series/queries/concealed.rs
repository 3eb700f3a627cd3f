//! Cells as they were submitted, and as the public may see them: the table `concealed`.
//!
//! Disclosure control hides or rounds some cells. `staged` and `observation` have these as the public may see them, so that
//! nothing that reads a figure can show what is hidden. What was submitted is in `concealed`, which nothing else reads.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::days::day;
use super::difference;
use super::flags::{DELETED, INCOMPLETE, content_bits, content_flags, is_restated, restated_bit, statuses};
use super::release_observations::{self, ReleaseObservations};
use super::verify;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::record::rows::Rows;
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};
use crate::store::{Conn, Sql, Val};

/// What one of the two sides of a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellSide {
    /// See [`super::flags`].
    pub flags: i16,
    pub value: Option<Scaled>,
    pub numerator: Option<Scaled>,
    pub denominator: Option<Scaled>,
    pub reason: Option<String>,
    pub note: Option<String>,
}

impl CellSide {
    /// Whether the row deletes the cell.
    pub fn is_deleted(&self) -> bool {
        self.flags & DELETED != 0
    }

    /// Whether the observations of the period are complete.
    pub fn is_complete(&self) -> bool {
        self.flags & INCOMPLETE == 0
    }

    pub fn statuses(&self) -> Option<(ObsStatus, ConfStatus)> {
        statuses(self.flags)
    }
}

/// A cell of a release.
#[derive(Clone, Debug)]
pub struct SubmittedCell {
    /// The number of the release.
    pub release: i64,
    /// The number of the series.
    pub series: i64,
    /// The key of the series.
    pub series_key: String,
    /// The codes of the series, separated by dots.
    pub codes: String,
    pub frequency: Frequency,
    pub period: Period,
    starts: i64,
    ends: i64,
    /// What was submitted.
    pub submitted: CellSide,
    /// What the public sees, or will see. None if that is what was submitted.
    pub shown: Option<CellSide>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = st::BigInt)]
    release: i64,
    #[diesel(sql_type = st::BigInt)]
    series: i64,
    #[diesel(sql_type = st::Text)]
    series_key: String,
    #[diesel(sql_type = st::Text)]
    codes: String,
    #[diesel(sql_type = st::Text)]
    frequency: String,
    #[diesel(sql_type = st::BigInt)]
    starts: i64,
    #[diesel(sql_type = st::BigInt)]
    ends: i64,
    #[diesel(sql_type = st::BigInt)]
    flags: i64,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    value: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    numerator: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    denominator: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    reason: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    note: Option<String>,
    /// Null if nothing is concealed.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    own_flags: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    own_value: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    own_numerator: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    own_denominator: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    own_reason: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    own_note: Option<String>,
}

impl Line {
    fn cell(self) -> Option<SubmittedCell> {
        let scaled = |raw: Option<i64>| raw.map(Scaled::from_raw);
        let side = CellSide {
            flags: i16::try_from(self.flags).ok()?,
            value: scaled(self.value),
            numerator: scaled(self.numerator),
            denominator: scaled(self.denominator),
            reason: self.reason,
            note: self.note,
        };
        let (submitted, shown) = match self.own_flags {
            None => (side, None),
            Some(flags) => {
                let submitted = CellSide {
                    flags: i16::try_from(flags).ok()?,
                    value: scaled(self.own_value),
                    numerator: scaled(self.own_numerator),
                    denominator: scaled(self.own_denominator),
                    reason: self.own_reason,
                    note: self.own_note,
                };
                (submitted, Some(side))
            }
        };
        Some(SubmittedCell {
            release: self.release,
            series: self.series,
            series_key: self.series_key,
            codes: self.codes,
            frequency: Frequency::parse(&self.frequency)?,
            period: Period::new(day(self.starts)?, day(self.ends)?)?,
            starts: self.starts,
            ends: self.ends,
            submitted,
            shown,
        })
    }
}

fn select(table: &'static str) -> Sql {
    Sql::new(concat!(
        "SELECT CAST(s.release AS bigint) AS release, CAST(s.series AS bigint) AS series, k.series_key, k.codes,
         k.frequency, CAST(s.starts AS bigint) AS starts, CAST(s.ends AS bigint) AS ends, CAST(",
        content_flags!("s"),
        " AS bigint) AS flags, s.value, s.numerator, s.denominator, s.reason, s.note,
         CAST(c.flags AS bigint) AS own_flags, c.value AS own_value, c.numerator AS own_numerator,
         c.denominator AS own_denominator, c.reason AS own_reason, c.note AS own_note FROM "
    ))
    .text(table)
    .text(
        " s JOIN series k ON k.number = s.series LEFT JOIN concealed c ON c.release = s.release AND c.series = s.series
         AND c.starts = s.starts AND c.ends = s.ends WHERE ",
    )
}

fn load(conn: &mut Conn, sql: Sql) -> Result<Vec<SubmittedCell>, Problem> {
    let lines: Vec<Line> = sql.load(conn)?;
    lines
        .into_iter()
        .map(Line::cell)
        .collect::<Option<_>>()
        .ok_or_else(|| Problem::internal("a stored observation cannot be read"))
}

/// At most `limit` cells of the releases of an indicator that are, or were, published or scheduled. Those that only repeat
/// what was public already are left out, unless something of them is concealed.
pub fn published_cells_of_measure(
    conn: &mut Conn,
    measure: i64,
    limit: i64,
) -> Result<Vec<SubmittedCell>, Problem> {
    let sql = select("observation")
        .text("s.measure = ")
        .bind(measure)
        .text(concat!(" AND (c.release IS NOT NULL OR NOT ", is_restated!("s"), ")"))
        .text(" ORDER BY s.series, s.starts, s.ends, s.valid_from LIMIT ")
        .bind(limit);
    load(conn, sql)
}

/// At most `limit` staged cells of a release.
pub fn staged_cells(
    conn: &mut Conn,
    release: &ReleaseObservations,
    limit: i64,
) -> Result<Vec<SubmittedCell>, Problem> {
    let sql = select("staged").text("s.release = ").bind(release.number);
    load(conn, sql.text(" ORDER BY s.series, s.starts, s.ends LIMIT ").bind(limit))
}

/// The concealed cells of a release between two cells: series, first day and end of each.
pub fn concealed_between(
    conn: &mut Conn,
    release: &ReleaseObservations,
    first: (i64, i64, i64),
    last: (i64, i64, i64),
) -> Result<Vec<SubmittedCell>, Problem> {
    let table = if release.valid_from.is_some() { "observation" } else { "staged" };
    let mut sql = select(table).text("c.release = ").bind(release.number).text(" AND s.release = ");
    sql = sql.bind(release.number);
    if release.valid_from.is_some() {
        sql = sql.text(" AND s.measure = ").bind(release.measure);
    }
    let sql = sql
        .text(" AND (s.series, s.starts, s.ends) >= (")
        .bind_all([first.0, first.1, first.2])
        .text(") AND (s.series, s.starts, s.ends) <= (")
        .bind_all([last.0, last.1, last.2])
        .text(")");
    load(conn, sql)
}

impl SubmittedCell {
    /// The series, the first day and the end: what orders the cells of a release.
    pub fn position(&self) -> (i64, i64, i64) {
        (self.series, self.starts, self.ends)
    }
}

const COLUMNS: &[&str] =
    &["release", "series", "starts", "ends", "flags", "value", "numerator", "denominator", "reason", "note"];

/// Replaces the staged cells of a release by these: as the public may see them, with what is concealed of them beside it.
/// `profile` is the disclosure profile by which that was decided on, if any was. `at` is when they would be published.
pub fn restage(
    conn: &mut Conn,
    release: &ReleaseObservations,
    cells: &[SubmittedCell],
    profile: Option<&'static str>,
    at: Ts,
) -> Result<ReleaseObservations, Problem> {
    Sql::new("DELETE FROM staged WHERE release = ").bind(release.number).execute(conn)?;
    release_observations::delete_concealed(conn, release.number)?;
    let mut rows = Rows::default();
    for cell in cells {
        rows.push("staged", COLUMNS, values(cell, cell.shown.as_ref().unwrap_or(&cell.submitted)));
        if cell.shown.is_some() {
            rows.push("concealed", COLUMNS, values(cell, &cell.submitted));
        }
        if rows.full() {
            rows.write(conn)?;
        }
    }
    rows.write(conn)?;
    let (digest, count) = verify::staged_digest(conn, release.number)?;
    let concealed = verify::concealed_digest(conn, release.number)?;
    let counts = difference::change_counts(conn, release.measure, release.number, at)?;
    Sql::new("UPDATE release_figures SET digest = ")
        .bind(digest)
        .text(", concealed_digest = ")
        .bind(concealed)
        .text(", cells = ")
        .bind(count)
        .text(", profile = ")
        .bind(profile.map(str::to_owned))
        .text(", ")
        .append(counts.assignments())
        .text(" WHERE number = ")
        .bind(release.number)
        .execute(conn)?;
    release_observations::of_release(conn, release.record)?
        .ok_or_else(|| Problem::internal("the observations of a release were not stored"))
}

fn values(cell: &SubmittedCell, side: &CellSide) -> Vec<Val> {
    let raw = |value: Option<Scaled>| Val::OptInt(value.map(Scaled::raw));
    vec![
        cell.release.into(),
        cell.series.into(),
        cell.starts.into(),
        cell.ends.into(),
        i64::from(side.flags).into(),
        raw(side.value),
        raw(side.numerator),
        raw(side.denominator),
        side.reason.clone().into(),
        side.note.clone().into(),
    ]
}
