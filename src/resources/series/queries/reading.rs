//! Published figures, read in pieces in the order of their table: by series, period and revision.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::difference::valid;
use super::staging::RESTATED;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql, Typed};

/// How many series a statement names; of more the next statement does.
const SERIES: usize = 64;

/// A row of the table: series, first day, day after the last, valid from and to, release, revision, flags, value,
/// numerator, denominator, reason, note.
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

const COLUMNS: &str = "o.series, o.starts, o.ends, o.valid_from, o.valid_to, o.release, o.revision, o.flags, o.value, \
     o.numerator, o.denominator, o.reason, o.note";

/// Where in the order of the table a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Its series.
    pub series: i64,
    /// Its first day.
    pub starts: i64,
    /// The day after its last.
    pub ends: i64,
    /// Since when it is valid.
    pub valid_from: Ts,
}

impl Place {
    /// The place of a row.
    pub fn of(row: &Row) -> Place {
        Place { series: row.0.into(), starts: row.1.into(), ends: row.2.into(), valid_from: row.3 }
    }
}

/// How many of each series' periods are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// All.
    All,
    /// The first so many.
    First(i64),
    /// The last so many.
    Last(i64),
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The indicator's number.
    pub measure: i64,
    /// The numbers of the series, in their order; none for all that the indicator has.
    pub series: Option<Vec<i64>>,
    /// No period begins before this day.
    pub from: Option<i64>,
    /// None ends after this one.
    pub to: Option<i64>,
    /// What was valid at this moment.
    pub at: Ts,
    /// And every revision before.
    pub history: bool,
    /// Only what changed after this moment.
    pub updated_after: Option<Ts>,
    /// How many periods of each series.
    pub ends: Ends,
}

/// The rows behind a place, so many of them at most.
pub fn page(conn: &mut Conn, wanted: &Wanted, after: Option<Place>, limit: i64) -> Result<Vec<Row>, Problem> {
    let mut rows = vec![];
    let Some(series) = &wanted.series else {
        walk_in_order(conn)?;
        return Ok(Typed::<Types>::new(statement(wanted, None, after, limit)).load(conn)?);
    };
    let left: Vec<i64> =
        series.iter().copied().filter(|one| after.is_none_or(|place| *one >= place.series)).collect();
    for chunk in left.chunks(SERIES) {
        let wanting = limit - i64::try_from(rows.len()).unwrap_or(limit);
        if wanting <= 0 {
            break;
        }
        let statement = statement(wanted, Some(chunk), after, wanting);
        rows.extend(Typed::<Types>::new(statement).load::<Row>(conn)?);
    }
    Ok(rows)
}

/// Has PostgreSQL walk a whole indicator in the order of its key, a page at a time, and not sort what is left of it for each
/// page. It holds for the transaction that the caller has begun.
fn walk_in_order(conn: &mut Conn) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SET LOCAL enable_sort = off").execute(conn)?;
    }
    Ok(())
}

/// The statement for a page: the table is read in its own order, from the place on.
pub fn statement(wanted: &Wanted, series: Option<&[i64]>, after: Option<Place>, limit: i64) -> Sql {
    let one = matches!(series, Some([_]));
    match wanted.ends {
        Ends::All => Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM observation o WHERE ")
            .append(condition(wanted, series))
            .append(behind(after))
            .text(" ORDER BY o.series, o.starts, o.ends, o.valid_from LIMIT ")
            .bind(limit),
        // The last one of a series is read from its end.
        Ends::Last(1) if one && !wanted.history && after.is_none() => Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM observation o WHERE ")
            .append(condition(wanted, series))
            .text(" ORDER BY o.series DESC, o.starts DESC, o.ends DESC, o.valid_from DESC LIMIT 1"),
        Ends::First(most) => ranked(wanted, series, after, limit, "", most),
        Ends::Last(most) => ranked(wanted, series, after, limit, " DESC", most),
    }
}

/// The same of the first or last periods of each series.
fn ranked(
    wanted: &Wanted,
    series: Option<&[i64]>,
    after: Option<Place>,
    limit: i64,
    direction: &'static str,
    most: i64,
) -> Sql {
    Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM (SELECT o.*, dense_rank() OVER (PARTITION BY o.series ORDER BY o.starts")
        .text(direction)
        .text(", o.ends")
        .text(direction)
        .text(") AS place FROM observation o WHERE ")
        .append(condition(wanted, series))
        .text(") o WHERE o.place <= ")
        .bind(most)
        .append(behind(after))
        .text(" ORDER BY o.series, o.starts, o.ends, o.valid_from LIMIT ")
        .bind(limit)
}

fn condition(wanted: &Wanted, series: Option<&[i64]>) -> Sql {
    let mut sql = Sql::new("o.measure = ").bind(wanted.measure);
    match series {
        None => {}
        Some([one]) => sql = sql.text(" AND o.series = ").bind(*one),
        Some(many) => {
            sql = sql.text(" AND o.series IN (").bind_all(many.iter().copied()).text(")").one_off();
        }
    }
    sql = match wanted.history || wanted.updated_after.is_some() {
        true => sql.text(" AND o.valid_from <= ").bind(wanted.at),
        // What was taken away is no cell.
        false => sql.text(" AND o.flags & 256 <> 256 AND ").append(valid("o", wanted.at)),
    };
    if let Some(after) = wanted.updated_after {
        sql = sql.append(updated(wanted, after));
    }
    if let Some(from) = wanted.from {
        sql = sql.text(" AND o.starts >= ").bind(from);
    }
    if let Some(to) = wanted.to {
        sql = sql.text(" AND o.ends <= ").bind(to);
    }
    sql
}

/// The condition that a cell changed after a moment: by a publication that says something new, or by a withdrawal.
fn updated(wanted: &Wanted, after: Ts) -> Sql {
    let mut sql = Sql::new(" AND ((o.valid_from > ")
        .bind(after)
        .text(" AND (o.flags & ")
        .bind(i64::from(RESTATED))
        .text(" = 0");
    if !wanted.history {
        sql = sql.append(unread(after));
    }
    sql = sql
        .text(")) OR o.release IN (SELECT f.number FROM release_figures f WHERE f.measure = ")
        .bind(wanted.measure)
        .text(" AND f.ended_at > ")
        .bind(after)
        .text("))");
    if !wanted.history {
        sql = sql.text(" AND ").append(valid("o", wanted.at));
    }
    sql
}

/// Or that it repeats what another release has said since that moment, which is not told beside it.
fn unread(after: Ts) -> Sql {
    Sql::new(
        " OR EXISTS (SELECT 1 FROM observation p WHERE p.measure = o.measure AND p.series = o.series
         AND p.starts = o.starts AND p.ends = o.ends AND p.valid_from < o.valid_from AND p.valid_from > ",
    )
    .bind(after)
    .text(" AND p.flags & ")
    .bind(i64::from(RESTATED))
    .text(" = 0)")
}

fn behind(after: Option<Place>) -> Sql {
    match after {
        None => Sql::new(""),
        Some(place) => Sql::new(" AND (o.series, o.starts, o.ends, o.valid_from) > (")
            .bind(place.series)
            .text(", ")
            .bind(place.starts)
            .text(", ")
            .bind(place.ends)
            .text(", ")
            .bind(place.valid_from)
            .text(")"),
    }
}

/// A release, as cells name it.
#[derive(Clone, Debug, QueryableByName)]
pub struct Source {
    /// Its number.
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    /// Its id.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// Its reference.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// Its body's.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body: Option<String>,
    /// Since when its figures are valid.
    #[diesel(sql_type = Tstz)]
    pub valid_from: Ts,
    /// When it was withdrawn.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub ended_at: Option<Ts>,
    /// The digest of its figures.
    #[diesel(sql_type = st::Binary)]
    pub digest: Vec<u8>,
}

impl Source {
    /// Its reference, with its body's.
    pub fn name(&self) -> String {
        match &self.body {
            Some(body) => format!("{body}:{}", self.reference),
            None => self.reference.clone(),
        }
    }
}

/// The releases of an indicator whose figures were public by a moment, the first first.
pub fn sources(conn: &mut Conn, measure: i64, at: Ts) -> Result<Vec<Source>, Problem> {
    Ok(Sql::new(
        "SELECT f.number, f.record, r.reference, b.reference AS body, f.valid_from, f.ended_at, f.digest, f.inserted,
         f.revised, f.unchanged, f.deleted FROM release_figures f JOIN record r ON r.id = f.record
         LEFT JOIN record b ON b.id = r.body WHERE f.measure = ",
    )
    .bind(measure)
    .text(" AND f.valid_from <= ")
    .bind(at)
    .text(" ORDER BY f.valid_from, f.number")
    .load(conn)?)
}

/// The numbers of the releases that have cells of a series.
pub fn releases_of(conn: &mut Conn, measure: i64, series: i64, at: Ts) -> Result<HashMap<i64, i64>, Problem> {
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

/// The last period that is valid at a moment of each series of an indicator: its first day, and the day after its last.
pub fn lasts(conn: &mut Conn, measure: i64, at: Ts) -> Result<HashMap<i64, (i64, i64)>, Problem> {
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
    .text(" AND o.flags & 256 <> 256 AND ")
    .append(valid("o", at))
    .text(" GROUP BY o.series")
    .load(conn)?;
    Ok(lines.into_iter().map(|line| (line.series, (line.starts, line.ends))).collect())
}

/// The periods that occur among the cells wanted, in order.
pub fn periods(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<(i64, i64)>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = st::BigInt)]
        starts: i64,
        #[diesel(sql_type = st::BigInt)]
        ends: i64,
    }
    let mut all: Vec<(i64, i64)> = vec![];
    let chunks: Vec<Option<&[i64]>> = match &wanted.series {
        None => vec![None],
        Some(series) => series.chunks(SERIES).map(Some).collect(),
    };
    for chunk in chunks {
        let lines: Vec<Line> = Sql::new(
            "SELECT DISTINCT CAST(o.starts AS bigint) AS starts, CAST(o.ends AS bigint) AS ends FROM observation o WHERE ",
        )
        .append(condition(wanted, chunk))
        .load(conn)?;
        all.extend(lines.into_iter().map(|line| (line.starts, line.ends)));
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}
