//! Publishes and withdraws observations: sets their intervals of publication time.
//!
//! Each revision of a cell is valid from the publication of its release until the publication of the next release that has
//! the cell. The order is that of publication, whenever the releases were loaded. A withdrawn release keeps its intervals;
//! its cells are then shown without a value.

use diesel::prelude::*;

use super::difference::{self, Keep, SAME_CONTENT, join_cell, valid};
use super::flags::{content_bits, content_flags, is_restated, restated_bit};
use super::keys;
use super::release_observations::{ReleaseObservations, delete_concealed};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::store::{Conn, Count, Found, Sql, Val};

/// The condition that the rows `o` and `s` are of the same cell.
const SAME_CELL: &str = "o.series = s.series AND o.starts = s.starts AND o.ends = s.ends";

/// Publishes the staged observations of a release, from the moment `at` on.
pub fn publish(conn: &mut Conn, release: &ReleaseObservations, at: Ts) -> Result<(), Problem> {
    keys::lock_measure(conn, release.measure)?;
    conn.plan_for_each_value()?;
    refuse_same_moment(conn, release, at)?;
    let counts = difference::change_counts(conn, release.measure, release.number, at)?;
    let has_later = has_later_release(conn, release, at)?;
    insert(conn, release, at, has_later)?;
    close_previous(conn, release, at)?;
    if has_later {
        renumber(conn, release)?;
    }
    Sql::new("UPDATE series SET public_from = ")
        .bind(at)
        .text(" WHERE (public_from IS NULL OR public_from > ")
        .bind(at)
        .text(") AND number IN (SELECT DISTINCT series FROM staged WHERE release = ")
        .bind(release.number)
        .text(")")
        .execute(conn)?;
    Sql::new("UPDATE release_figures SET valid_from = ")
        .bind(at)
        .text(", ")
        .append(counts.assignments())
        .text(" WHERE number = ")
        .bind(release.number)
        .execute(conn)?;
    Sql::new("DELETE FROM staged WHERE release = ").bind(release.number).execute(conn)?;
    Ok(())
}

/// Refuses to publish if another release published one of these cells at the same moment.
fn refuse_same_moment(conn: &mut Conn, release: &ReleaseObservations, at: Ts) -> Result<(), Problem> {
    let conflicts: Count = Sql::new("SELECT count(*) AS n FROM staged s")
        .append(join_cell(
            conn.is_pg(),
            Keep::Matching,
            release.measure,
            Sql::new("o.valid_from = ").bind(at),
        ))
        .text(" WHERE s.release = ")
        .bind(release.number)
        .get_result(conn)?;
    if conflicts.n == 0 {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "Another release of this indicator was published at {at} and has {} of these cells. Give another moment.",
        conflicts.n
    )))
}

/// Whether another release of the indicator was, or will be, published later.
fn has_later_release(conn: &mut Conn, release: &ReleaseObservations, at: Ts) -> Result<bool, Problem> {
    // Usually there is none; then no cell has to be read.
    let row: Found = Sql::new("SELECT EXISTS (SELECT 1 FROM release_figures WHERE measure = ")
        .bind(release.measure)
        .text(" AND valid_from > ")
        .bind(at)
        .text(") AS found")
        .get_result(conn)?;
    Ok(row.found)
}

/// Inserts the cells, each valid until its next revision.
fn insert(conn: &mut Conn, release: &ReleaseObservations, at: Ts, has_later: bool) -> Result<(), Problem> {
    let until = match has_later {
        // The end of the revision that was valid at that moment; where there was none, the start of the first later one.
        true => Sql::new(
            "CASE WHEN o.series IS NOT NULL THEN o.valid_to ELSE (SELECT min(n.valid_from) FROM observation n WHERE n.measure = ",
        )
        .bind(release.measure)
        .text(" AND n.series = s.series AND n.starts = s.starts AND n.ends = s.ends AND n.valid_from > ")
        .bind(at)
        .text(") END"),
        false => Sql::new("o.valid_to"),
    };
    Sql::new(
        "INSERT INTO observation (measure, series, starts, ends, valid_from, valid_to, release, revision, flags, value,
         numerator, denominator, reason, note) SELECT ",
    )
    .append(integer(conn, release.measure))
    .text(", s.series, s.starts, s.ends, ")
    .append(timestamp(conn, at))
    .text(", ")
    .append(until)
    .text(", s.release, CASE WHEN o.series IS NULL THEN 1 WHEN ")
    .append(restates(release, at))
    .text(" THEN o.revision ELSE o.revision + 1 END, s.flags + CASE WHEN o.series IS NOT NULL AND ")
    .append(restates(release, at))
    .text("")
    .text(concat!(
        " THEN ",
        restated_bit!(),
        " ELSE 0 END, s.value, s.numerator, s.denominator, s.reason, s.note
         FROM staged s"
    ))
    .append(join_cell(conn.is_pg(), Keep::All, release.measure, valid("o", at)))
    .text(" WHERE s.release = ")
    .bind(release.number)
    .text(" ORDER BY s.series, s.starts, s.ends")
    .execute(conn)?;
    Ok(())
}

/// The condition that a row `s` only repeats the row `o`. A row of a release that was withdrawn by then cannot be repeated.
fn restates(release: &ReleaseObservations, at: Ts) -> Sql {
    Sql::new(SAME_CONTENT)
        .text(" AND o.release NOT IN (SELECT f.number FROM release_figures f WHERE f.measure = ")
        .bind(release.measure)
        .text(" AND f.ended_at <= ")
        .bind(at)
        .text(")")
}

/// A bound integer in a result column; PostgreSQL needs its type there.
fn integer(conn: &Conn, value: i64) -> Sql {
    let (before, after) = if conn.is_pg() { ("CAST(", " AS integer)") } else { ("", "") };
    Sql::new(before).bind(value).text(after)
}

/// A bound moment in a result column; PostgreSQL needs its type there.
fn timestamp(conn: &Conn, at: Ts) -> Sql {
    let (before, after) = if conn.is_pg() { ("CAST(", " AS timestamptz)") } else { ("", "") };
    Sql::new(before).bind(at).text(after)
}

/// Ends the intervals of the revisions of these cells that were valid at that moment.
fn close_previous(conn: &mut Conn, release: &ReleaseObservations, at: Ts) -> Result<(), Problem> {
    let previous = Sql::new("o.valid_from < ")
        .bind(at)
        .text(" AND (o.valid_to IS NULL OR o.valid_to > ")
        .bind(at)
        .text(")");
    // Cell by cell. Otherwise both databases would read all figures of the indicator, and look up for each whether the release
    // has its cell.
    let update = Sql::new("UPDATE observation AS o SET valid_to = ").bind(at);
    let update = match conn.is_pg() {
        true => update
            .text(" FROM (SELECT s.series, s.starts, s.ends, o.valid_from FROM staged s")
            .append(join_cell(true, Keep::Matching, release.measure, previous))
            .text(" WHERE s.release = ")
            .bind(release.number)
            .text(" OFFSET 0) s WHERE o.valid_from = s.valid_from AND o.measure = ")
            .bind(release.measure)
            .text(" AND ")
            .text(SAME_CELL),
        // SQLite looks up each row of such a list.
        false => update
            .text(" WHERE (o.measure, o.series, o.starts, o.ends) IN (SELECT ")
            .bind(release.measure)
            .text(", s.series, s.starts, s.ends FROM staged s WHERE s.release = ")
            .bind(release.number)
            .text(") AND ")
            .append(previous),
    };
    update.execute(conn)?;
    Ok(())
}

/// 1 if a row `s` of a release `f` is the first in the window `cell`, has other content than the row before it, or follows a
/// row that was withdrawn by then. 0 if it only repeats the row before it.
pub const IS_NEW: &str = concat!(
    "CASE WHEN lag(s.valid_from) OVER cell IS NOT NULL
     AND s.value IS NOT DISTINCT FROM lag(s.value) OVER cell
     AND s.numerator IS NOT DISTINCT FROM lag(s.numerator) OVER cell
     AND s.denominator IS NOT DISTINCT FROM lag(s.denominator) OVER cell
     AND ",
    content_flags!("s"),
    " = lag(",
    content_flags!("s"),
    ") OVER cell
     AND (lag(f.ended_at) OVER cell IS NULL OR lag(f.ended_at) OVER cell > s.valid_from) THEN 0 ELSE 1 END"
);

/// Numbers all revisions of the cells of a release again, and marks again which only repeat. Needed where a revision was
/// inserted or removed in between.
///
/// A cross join, since SQLite keeps its order: otherwise it would read all touched cells for each cell of the indicator.
fn renumber(conn: &mut Conn, release: &ReleaseObservations) -> Result<(), Problem> {
    let sql = Sql::new(
        "WITH touched AS (SELECT DISTINCT series, starts, ends FROM observation WHERE measure = ",
    )
    .bind(release.measure)
    .text(" AND release = ")
    .bind(release.number)
    .text("), compared AS (SELECT s.series, s.starts, s.ends, s.valid_from, ")
    .text(IS_NEW)
    .text(
        " AS new FROM touched t CROSS JOIN observation s JOIN release_figures f ON f.number = s.release
         WHERE t.series = s.series AND t.starts = s.starts AND t.ends = s.ends AND s.measure = ",
    )
    .bind(release.measure)
    .text(concat!(
        " WINDOW cell AS (PARTITION BY s.series, s.starts, s.ends ORDER BY s.valid_from)),
         numbered AS (SELECT series, starts, ends, valid_from, new,
             sum(new) OVER (PARTITION BY series, starts, ends ORDER BY valid_from) AS revision FROM compared)
         UPDATE observation AS o SET revision = s.revision, flags = (",
        content_flags!("o"),
        ") + CASE WHEN s.new = 0 THEN ",
        restated_bit!(),
        " ELSE 0 END
         FROM numbered s WHERE o.measure = "
    ))
    .bind(release.measure)
    .text(" AND ")
    .text(SAME_CELL)
    // Most have the right number already.
    .text(concat!(
        " AND o.valid_from = s.valid_from AND (o.revision <> s.revision OR ",
        is_restated!("o"),
        " <> (s.new = 0))"
    ));
    conn.join_many(|conn| sql.execute(conn))?;
    Ok(())
}

/// The condition on the published cells of a release.
fn cells_of_release(release: &ReleaseObservations) -> Sql {
    Sql::new("measure = ").bind(release.measure).text(" AND release = ").bind(release.number)
}

/// Cancels a scheduled publication: the cells are staged again, and those that they would have replaced stay.
pub fn cancel_publication(conn: &mut Conn, release: &ReleaseObservations) -> Result<(), Problem> {
    keys::lock_measure(conn, release.measure)?;
    Sql::new(concat!(
        "INSERT INTO staged (release, series, starts, ends, flags, value, numerator, denominator, reason, note)
         SELECT o.release, o.series, o.starts, o.ends, ",
        content_flags!("o"),
        ", o.value, o.numerator, o.denominator, o.reason, o.note FROM observation o WHERE "
    ))
    .append(cells_of_release(release))
    .execute(conn)?;
    let Some(at) = release.valid_from else { return Ok(()) };
    Sql::new("UPDATE observation AS o SET valid_to = s.valid_to FROM observation s WHERE s.measure = ")
        .bind(release.measure)
        .text(" AND s.release = ")
        .bind(release.number)
        .text(" AND o.measure = ")
        .bind(release.measure)
        .text(" AND ")
        .text(SAME_CELL)
        .text(" AND o.valid_to = ")
        .bind(at)
        .execute(conn)?;
    Sql::new("DELETE FROM observation WHERE ").append(cells_of_release(release)).execute(conn)?;
    renumber_later_releases(conn, release)?;
    Sql::new(
        "UPDATE series SET public_from = (SELECT min(o.valid_from) FROM observation o WHERE o.measure = series.measure
         AND o.series = series.number) WHERE number IN (SELECT DISTINCT series FROM staged WHERE release = ",
    )
    .bind(release.number)
    .text(")")
    .execute(conn)?;
    Sql::new("UPDATE release_figures SET valid_from = NULL WHERE number = ")
        .bind(release.number)
        .execute(conn)?;
    Ok(())
}

/// Numbers the revisions of the releases after this one again, as if it had not existed.
fn renumber_later_releases(conn: &mut Conn, release: &ReleaseObservations) -> Result<(), Problem> {
    let Some(at) = release.valid_from else { return Ok(()) };
    let later: Vec<Count> =
        Sql::new("SELECT DISTINCT f.number AS n FROM release_figures f WHERE f.valid_from > ")
            .bind(at)
            .text(" AND f.measure = ")
            .bind(release.measure)
            .load(conn)?;
    for other in later {
        renumber(conn, &ReleaseObservations { number: other.n, ..release.clone() })?;
    }
    Ok(())
}

/// Withdraws the observations of a release: published cells are no longer shown with a value, staged cells are deleted.
pub fn withdraw(conn: &mut Conn, release: &ReleaseObservations, now: Ts) -> Result<(), Problem> {
    keys::lock_measure(conn, release.measure)?;
    let scheduled = release.valid_from.is_some_and(|from| from > now);
    if scheduled {
        cancel_publication(conn, release)?;
    }
    Sql::new("DELETE FROM staged WHERE release = ").bind(release.number).execute(conn)?;
    keys::delete_unused_series(conn, release.measure)?;
    let published = release.valid_from.is_some() && !scheduled;
    if !published {
        delete_concealed(conn, release.number)?;
    }
    let cells = if published { release.cells } else { 0 };
    Sql::new("UPDATE release_figures SET ended_at = coalesce(ended_at, ")
        .bind(now)
        .text("), cells = ")
        .bind(cells)
        .text(" WHERE number = ")
        .bind(release.number)
        .execute(conn)?;
    if published { renumber_if_later(conn, release) } else { Ok(()) }
}

/// Numbers revisions again that may only have repeated those of a release which is now withdrawn.
fn renumber_if_later(conn: &mut Conn, release: &ReleaseObservations) -> Result<(), Problem> {
    match release.valid_from {
        Some(at) if has_later_release(conn, release, at)? => renumber(conn, release),
        _ => Ok(()),
    }
}

/// Withdraws the observations of a release and destroys their content.
pub fn redact(conn: &mut Conn, release: &ReleaseObservations, now: Ts) -> Result<(), Problem> {
    withdraw(conn, release, now)?;
    Sql::new("UPDATE observation SET value = NULL, numerator = NULL, denominator = NULL, reason = NULL, note = NULL WHERE ")
        .append(cells_of_release(release))
        .execute(conn)?;
    delete_concealed(conn, release.number)?;
    // Neither its own revision numbers nor later ones may reveal that its content was the same as another's.
    renumber(conn, release)?;
    Sql::new("UPDATE release_figures SET digest = ")
        .bind(Val::Bytes(vec![]))
        .text(", inserted = 0, revised = 0, unchanged = 0, deleted = 0 WHERE number = ")
        .bind(release.number)
        .execute(conn)?;
    Ok(())
}
