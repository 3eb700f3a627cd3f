//! The cells of a release, compared with those that are public.
//!
//! In the SQL of this module, `s` is a cell of the release (of `staged` or `observation`), `o` the public cell of the same
//! series and period, and `k` their series.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::change_counts::ChangeCounts;
use super::flags::{content_bits, content_flags, deleted_bit, is_deleted, is_not_deleted};
use super::release_observations::ReleaseObservations;
use super::stored_cell::{CELL_COLUMNS, StoredCell};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::stats::decimal::Scaled;
use crate::store::{Conn, Sql};

/// The condition that the rows `s` and `o` have the same content.
pub const SAME_CONTENT: &str = concat!(
    "(s.value IS NOT DISTINCT FROM o.value AND s.numerator IS NOT DISTINCT FROM o.numerator
     AND s.denominator IS NOT DISTINCT FROM o.denominator AND ",
    content_flags!("s"),
    " = ",
    content_flags!("o"),
    ")"
);

/// Which rows `s` a join with their figures keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of them.
    All,
    /// Those with such a figure.
    Matching,
}

/// Joins each row `s` with the figure `o` of the same cell that meets a condition; no two do.
///
/// Each is looked up by its key. PostgreSQL has no statistics of figures that have just come: it would expect a handful of
/// an indicator, read all 15,000 that there are, and compare each row with each of them. So its join has a fence.
pub fn join_cell(pg: bool, keep: Keep, measure: i64, condition: Sql) -> Sql {
    let (before, after) = match (pg, keep) {
        (true, Keep::All) => {
            (" LEFT JOIN LATERAL (SELECT o.* FROM observation o WHERE", " OFFSET 0) o ON true")
        }
        (true, Keep::Matching) => {
            (" CROSS JOIN LATERAL (SELECT o.* FROM observation o WHERE", " OFFSET 0) o")
        }
        (false, Keep::All) => (" LEFT JOIN observation o ON", ""),
        // SQLite keeps the order of a cross join.
        (false, Keep::Matching) => (" CROSS JOIN observation o ON", ""),
    };
    Sql::new(before)
        .text(" o.measure = ")
        .bind(measure)
        .text(" AND o.series = s.series AND o.starts = s.starts AND o.ends = s.ends AND ")
        .append(condition)
        .text(after)
}

/// Joins each staged cell `s` of a release with the cell `o` that is valid at a moment, if there is one.
fn join_valid_cells(pg: bool, measure: i64, release: i64, at: Ts) -> Sql {
    join_public_cells(pg, measure, valid("o", at)).text(" WHERE s.release = ").bind(release)
}

/// Joins the cells `o` of the same series and period that meet a condition and count as public: not deleted, and not of a
/// withdrawn release. The withdrawn releases are a short list, which the database reads once.
fn join_public_cells(pg: bool, measure: i64, condition: Sql) -> Sql {
    let public = condition
        .text(concat!(
            " AND ",
            is_not_deleted!("o"),
            " AND o.release NOT IN
             (SELECT f.number FROM release_figures f WHERE f.ended_at IS NOT NULL AND f.measure = "
        ))
        .bind(measure)
        .text(")");
    join_cell(pg, Keep::All, measure, public)
}

/// The condition that a row of `observation` is valid at a moment.
pub fn valid(alias: &'static str, at: Ts) -> Sql {
    Sql::new(alias)
        .text(".valid_from <= ")
        .bind(at)
        .text(" AND (")
        .text(alias)
        .text(".valid_to IS NULL OR ")
        .text(alias)
        .text(".valid_to > ")
        .bind(at)
        .text(")")
}

/// Counts how the staged cells of a release change what is valid at a moment.
pub fn change_counts(conn: &mut Conn, measure: i64, release: i64, at: Ts) -> Result<ChangeCounts, Problem> {
    Ok(Sql::new("SELECT ")
        .append(count_where(&["o.series IS NULL AND ", is_not_deleted!("s")], "inserted"))
        .text(", ")
        .append(count_where(
            &["o.series IS NOT NULL AND ", is_not_deleted!("s"), " AND NOT ", SAME_CONTENT],
            "revised",
        ))
        .text(", ")
        .append(count_where(&["o.series IS NOT NULL AND ", SAME_CONTENT], "unchanged"))
        .text(", ")
        .append(count_where(&["o.series IS NOT NULL AND ", is_deleted!("s")], "deleted"))
        .text(" FROM staged s")
        .append(join_valid_cells(conn.is_pg(), measure, release, at))
        .get_result(conn)?)
}

/// A result column that counts the rows that meet a condition.
fn count_where(condition: &[&'static str], name: &'static str) -> Sql {
    let sql = condition.iter().fold(Sql::new("CAST(coalesce(sum(CASE WHEN "), |sql, part| sql.text(part));
    sql.text(" THEN 1 ELSE 0 END), 0) AS bigint) AS ").text(name)
}

/// What a cell of a release does to what is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellChange {
    Inserted,
    Revised,
    Unchanged,
    Deleted,
}

impl CellChange {
    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            CellChange::Inserted => "inserted",
            CellChange::Revised => "revised",
            CellChange::Unchanged => "unchanged",
            CellChange::Deleted => "deleted",
        }
    }
}

/// A cell of a release with the public cell that it replaces, or replaced.
#[derive(Clone, Debug, QueryableByName)]
pub struct ComparedCell {
    #[diesel(embed)]
    pub cell: StoredCell,
    /// Whether there is a public cell before it.
    #[diesel(sql_type = st::Bool)]
    has_previous: bool,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    previous_value: Option<i64>,
    /// Whether both cells have the same content.
    #[diesel(sql_type = st::Bool)]
    same: bool,
}

impl ComparedCell {
    pub fn change(&self) -> CellChange {
        match (self.has_previous, self.cell.is_deleted()) {
            (_, true) => CellChange::Deleted,
            (false, false) => CellChange::Inserted,
            (true, false) if self.same => CellChange::Unchanged,
            (true, false) => CellChange::Revised,
        }
    }

    /// The value of the public cell before it.
    pub fn previous_value(&self) -> Option<Scaled> {
        self.previous_value.map(Scaled::from_raw)
    }
}

/// Selects [`ComparedCell`]s; the caller adds the table that `s` is a row of.
fn select_compared() -> Sql {
    Sql::new("SELECT ")
        .text(CELL_COLUMNS)
        .text(
            ", (o.series IS NOT NULL) AS has_previous, o.value AS previous_value, (o.series IS NOT NULL AND ",
        )
        .text(SAME_CONTENT)
        .text(") AS same")
}

fn compare_staged(pg: bool, release: &ReleaseObservations, at: Ts) -> Sql {
    select_compared().text(" FROM staged s JOIN series k ON k.number = s.series").append(join_valid_cells(
        pg,
        release.measure,
        release.number,
        at,
    ))
}

/// The staged cells whose values change most.
pub fn largest_revisions(
    conn: &mut Conn,
    release: &ReleaseObservations,
    at: Ts,
    limit: i64,
) -> Result<Vec<ComparedCell>, Problem> {
    Ok(compare_staged(conn.is_pg(), release, at)
        .text(concat!(
            " AND ",
            is_not_deleted!("s"),
            " AND s.value <> o.value ORDER BY abs(s.value - o.value) DESC, k.series_key, s.starts LIMIT "
        ))
        .bind(limit)
        .load(conn)?)
}

/// The cells of a release in the order of series and period, after the given series number, first day and end. Staged cells
/// are compared with what is public at `at`, published cells with what they replaced.
pub fn compared_cells(
    conn: &mut Conn,
    release: &ReleaseObservations,
    at: Ts,
    after: Option<(i64, i64, i64)>,
    limit: i64,
) -> Result<Vec<ComparedCell>, Problem> {
    let mut sql = match release.valid_from {
        None => compare_staged(conn.is_pg(), release, at),
        // A scheduled release is compared with what is public now: its readers may not learn of another release that is
        // scheduled before it.
        Some(from) if from > at => compare_published(conn.is_pg(), release, valid("o", at)),
        Some(from) => compare_published(conn.is_pg(), release, Sql::new("o.valid_to = ").bind(from)),
    };
    if let Some((series, starts, ends)) = after {
        sql = sql.text(" AND (s.series, s.starts, s.ends) > (").bind_all([series, starts, ends]).text(")");
    }
    Ok(sql.text(" ORDER BY s.series, s.starts, s.ends LIMIT ").bind(limit).load(conn)?)
}

/// Compares the cells of a published or scheduled release with the previous cells that meet a condition.
fn compare_published(pg: bool, release: &ReleaseObservations, previous: Sql) -> Sql {
    select_compared()
        .text(" FROM observation s JOIN series k ON k.number = s.series")
        .append(join_public_cells(pg, release.measure, previous))
        .text(" WHERE s.measure = ")
        .bind(release.measure)
        .text(" AND s.release = ")
        .bind(release.number)
}
