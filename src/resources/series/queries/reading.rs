//! Reads published observations page by page, in the order of their table: by series, period and revision.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::difference::valid;
use super::flags::{RESTATED, deleted_bit, is_not_deleted};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql, Typed};

/// The most series that one statement names.
const SERIES_PER_STATEMENT: usize = 64;

/// A row of `observation`, with the columns of [`COLUMNS`]. A tuple, since tens of thousands of rows are read by position.
pub type Row = (
    i32,
    i32,
    i32,
    Ts,
    Option<Ts>,
    i32,
    i16,
    i16,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<String>,
);

type Types = (
    st::Integer,
    st::Integer,
    st::Integer,
    Tstz,
    st::Nullable<Tstz>,
    st::Integer,
    st::SmallInt,
    st::SmallInt,
    st::Nullable<st::BigInt>,
    st::Nullable<st::BigInt>,
    st::Nullable<st::BigInt>,
    st::Nullable<st::Text>,
    st::Nullable<st::Text>,
);

/// The columns of a [`Row`], from `observation o`.
pub const COLUMNS: &str = "o.series, o.starts, o.ends, o.valid_from, o.valid_to, o.release, o.revision, o.flags, o.value, \
     o.numerator, o.denominator, o.reason, o.note";

/// The position of a row in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct RowPosition {
    /// The number of the series.
    pub series: i64,
    /// The first day, in days since 1970.
    pub starts: i64,
    /// The day after the last.
    pub ends: i64,
    pub valid_from: Ts,
}

impl RowPosition {
    pub fn of(row: &Row) -> RowPosition {
        RowPosition { series: row.0.into(), starts: row.1.into(), ends: row.2.into(), valid_from: row.3 }
    }
}

/// Which periods of each series to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodLimit {
    All,
    /// The first periods, this many.
    First(i64),
    /// The last periods, this many.
    Last(i64),
}

/// Which rows to read.
#[derive(Clone, Debug)]
pub struct Query {
    /// The number of the indicator in `measure`.
    pub measure: i64,
    /// The numbers of the series, sorted. None for all series of the indicator.
    pub series: Option<Vec<i64>>,
    /// Only periods that begin on this day or later, in days since 1970.
    pub from: Option<i64>,
    /// Only periods whose day after the last is this one or earlier.
    pub to: Option<i64>,
    /// Rows that were valid at this moment.
    pub at: Ts,
    /// Also all revisions before that moment.
    pub history: bool,
    /// Only rows that changed after this moment.
    pub updated_after: Option<Ts>,
    pub periods: PeriodLimit,
}

/// At most `limit` rows, after the given position.
pub fn page(
    conn: &mut Conn,
    query: &Query,
    after: Option<RowPosition>,
    limit: i64,
) -> Result<Vec<Row>, Problem> {
    let mut rows = vec![];
    let Some(series) = &query.series else {
        walk_in_order(conn)?;
        return load(conn, statement(query, None, after, limit));
    };
    let remaining: Vec<i64> = series
        .iter()
        .copied()
        .filter(|series| after.is_none_or(|position| *series >= position.series))
        .collect();
    for chunk in remaining.chunks(SERIES_PER_STATEMENT) {
        let missing = limit - i64::try_from(rows.len()).unwrap_or(limit);
        if missing <= 0 {
            break;
        }
        let statement = statement(query, Some(chunk), after, missing);
        rows.extend(load(conn, statement)?);
    }
    Ok(rows)
}

/// The rows of a statement that selects [`COLUMNS`].
pub fn load(conn: &mut Conn, statement: Sql) -> Result<Vec<Row>, Problem> {
    Ok(Typed::<Types>::new(statement).load(conn)?)
}

/// Makes PostgreSQL read an indicator in the order of its index, page by page, instead of sorting all remaining rows for each
/// page. The setting applies to the caller's transaction.
fn walk_in_order(conn: &mut Conn) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SET LOCAL enable_sort = off").execute(conn)?;
    }
    Ok(())
}

/// The statement for one page, which reads the table in its own order.
pub fn statement(query: &Query, series: Option<&[i64]>, after: Option<RowPosition>, limit: i64) -> Sql {
    let single = matches!(series, Some([_]));
    match query.periods {
        PeriodLimit::All => Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM observation o WHERE ")
            .append(condition(query, series))
            .append(after_position(after))
            .text(" ORDER BY o.series, o.starts, o.ends, o.valid_from LIMIT ")
            .bind(limit),
        // The last observation of one series is read from the end of the index.
        PeriodLimit::Last(1) if single && !query.history && after.is_none() => Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM observation o WHERE ")
            .append(condition(query, series))
            .text(" ORDER BY o.series DESC, o.starts DESC, o.ends DESC, o.valid_from DESC LIMIT 1"),
        PeriodLimit::First(count) => ranked(query, series, after, limit, "", count),
        PeriodLimit::Last(count) => ranked(query, series, after, limit, " DESC", count),
    }
}

/// The statement for the first or last periods of each series.
fn ranked(
    query: &Query,
    series: Option<&[i64]>,
    after: Option<RowPosition>,
    limit: i64,
    direction: &'static str,
    count: i64,
) -> Sql {
    Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM (SELECT o.*, dense_rank() OVER (PARTITION BY o.series ORDER BY o.starts")
        .text(direction)
        .text(", o.ends")
        .text(direction)
        .text(") AS place FROM observation o WHERE ")
        .append(condition(query, series))
        .text(") o WHERE o.place <= ")
        .bind(count)
        .append(after_position(after))
        .text(" ORDER BY o.series, o.starts, o.ends, o.valid_from LIMIT ")
        .bind(limit)
}

fn condition(query: &Query, series: Option<&[i64]>) -> Sql {
    let mut sql = Sql::new("o.measure = ").bind(query.measure);
    match series {
        None => {}
        Some([one]) => sql = sql.text(" AND o.series = ").bind(*one),
        Some(many) => {
            sql = sql.text(" AND o.series IN (").bind_all(many.iter().copied()).text(")").one_off();
        }
    }
    sql = match query.history || query.updated_after.is_some() {
        true => sql.text(" AND o.valid_from <= ").bind(query.at),
        false => sql.text(concat!(" AND ", is_not_deleted!("o"), " AND ")).append(valid("o", query.at)),
    };
    if let Some(after) = query.updated_after {
        sql = sql.append(updated(query, after));
    }
    if let Some(from) = query.from {
        sql = sql.text(" AND o.starts >= ").bind(from);
    }
    if let Some(to) = query.to {
        sql = sql.text(" AND o.ends <= ").bind(to);
    }
    sql
}

/// The condition that a cell changed after a moment: a publication gave it new content, or its release was withdrawn.
fn updated(query: &Query, after: Ts) -> Sql {
    let mut sql = Sql::new(" AND ((o.valid_from > ")
        .bind(after)
        .text(" AND (o.flags & ")
        .bind(i64::from(RESTATED))
        .text(" = 0");
    if !query.history {
        sql = sql.append(restates_new_content(after));
    }
    sql = sql
        .text(")) OR o.release IN (SELECT f.number FROM release_figures f WHERE f.measure = ")
        .bind(query.measure)
        .text(" AND f.ended_at > ")
        .bind(after)
        .text("))");
    if !query.history {
        sql = sql.text(" AND ").append(valid("o", query.at));
    }
    sql
}

/// The alternative that the cell repeats what another release published after that moment, and so the reader has not seen it.
fn restates_new_content(after: Ts) -> Sql {
    Sql::new(
        " OR EXISTS (SELECT 1 FROM observation p WHERE p.measure = o.measure AND p.series = o.series
         AND p.starts = o.starts AND p.ends = o.ends AND p.valid_from < o.valid_from AND p.valid_from > ",
    )
    .bind(after)
    .text(" AND p.flags & ")
    .bind(i64::from(RESTATED))
    .text(" = 0)")
}

fn after_position(after: Option<RowPosition>) -> Sql {
    match after {
        None => Sql::new(""),
        Some(position) => Sql::new(" AND (o.series, o.starts, o.ends, o.valid_from) > (")
            .bind(position.series)
            .text(", ")
            .bind(position.starts)
            .text(", ")
            .bind(position.ends)
            .text(", ")
            .bind(position.valid_from)
            .text(")"),
    }
}

/// A release of an indicator whose observations are, or were, public.
#[derive(Clone, Debug, QueryableByName)]
pub struct PublishedRelease {
    /// Its number in the tables of observations.
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    #[diesel(sql_type = Uid)]
    pub record: Id,
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// The reference of its policing body.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body: Option<String>,
    /// When its observations became public.
    #[diesel(sql_type = Tstz)]
    pub valid_from: Ts,
    /// When it was withdrawn.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub ended_at: Option<Ts>,
    /// The digest of its observations.
    #[diesel(sql_type = st::Binary)]
    pub digest: Vec<u8>,
}

impl PublishedRelease {
    /// The reference with that of its body: `derbyshire-pcc:REL-1`.
    pub fn full_reference(&self) -> String {
        match &self.body {
            Some(body) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }
}

/// The columns of a [`PublishedRelease`] and their tables, up to and including `WHERE`.
pub const RELEASES: &str =
    "f.number, f.record, r.reference, b.reference AS body, f.valid_from, f.ended_at, f.digest
     FROM release_figures f JOIN record r ON r.id = f.record
     LEFT JOIN record b ON b.id = r.body WHERE ";

/// What follows the condition on the releases.
pub const ORDER_OF_RELEASES: &str = "AND f.valid_from IS NOT NULL ORDER BY f.valid_from, f.number";

/// The releases of an indicator that have a moment of publication, the earliest first.
pub fn published_releases(conn: &mut Conn, measure: i64) -> Result<Vec<PublishedRelease>, Problem> {
    let sql = Sql::new("SELECT ").text(RELEASES).text("f.measure = ").bind(measure).text(" ");
    Ok(sql.text(ORDER_OF_RELEASES).load(conn)?)
}

/// The number of cells that each release has of a series, by the number of the release.
pub fn cells_by_release(
    conn: &mut Conn,
    measure: i64,
    series: i64,
    at: Ts,
) -> Result<HashMap<i64, i64>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = st::BigInt)]
        release: i64,
        #[diesel(sql_type = st::BigInt)]
        cells: i64,
    }
    let lines: Vec<Line> = Sql::new(
        "SELECT CAST(release AS bigint) AS release, count(*) AS cells FROM observation WHERE measure = ",
    )
    .bind(measure)
    .text(" AND series = ")
    .bind(series)
    .text(" AND valid_from <= ")
    .bind(at)
    .text(" GROUP BY release")
    .load(conn)?;
    Ok(lines.into_iter().map(|line| (line.release, line.cells)).collect())
}

/// The last period of each series of an indicator that is valid at a moment, by the number of the series: its first day and
/// the day after its last.
pub fn last_periods(conn: &mut Conn, measure: i64, at: Ts) -> Result<HashMap<i64, (i64, i64)>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = st::BigInt)]
        series: i64,
        #[diesel(sql_type = st::BigInt)]
        starts: i64,
        #[diesel(sql_type = st::BigInt)]
        ends: i64,
    }
    let lines: Vec<Line> = Sql::new(
        "SELECT CAST(o.series AS bigint) AS series, CAST(max(o.starts) AS bigint) AS starts,
         CAST(max(o.ends) AS bigint) AS ends FROM observation o WHERE o.measure = ",
    )
    .bind(measure)
    .text(concat!(" AND ", is_not_deleted!("o"), " AND "))
    .append(valid("o", at))
    .text(" GROUP BY o.series")
    .load(conn)?;
    Ok(lines.into_iter().map(|line| (line.series, (line.starts, line.ends))).collect())
}

/// The periods that occur in the rows of a query, sorted.
pub fn periods(conn: &mut Conn, query: &Query) -> Result<Vec<(i64, i64)>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = st::BigInt)]
        starts: i64,
        #[diesel(sql_type = st::BigInt)]
        ends: i64,
    }
    let mut all: Vec<(i64, i64)> = vec![];
    let chunks: Vec<Option<&[i64]>> = match &query.series {
        None => vec![None],
        Some(series) => series.chunks(SERIES_PER_STATEMENT).map(Some).collect(),
    };
    for chunk in chunks {
        let lines: Vec<Line> = Sql::new(
            "SELECT DISTINCT CAST(o.starts AS bigint) AS starts, CAST(o.ends AS bigint) AS ends FROM observation o WHERE ",
        )
        .append(condition(query, chunk))
        .load(conn)?;
        all.extend(lines.into_iter().map(|line| (line.starts, line.ends)));
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}
