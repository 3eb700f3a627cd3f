//! Figures become public, and cease to be: intervals of publication time.
//!
//! Of a cell each revision is valid from the publication of its release until that of the next one, by the time of
//! publication, whenever it was loaded. A release that is withdrawn keeps its intervals, in which its cells are then not
//! published.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::difference::{self, SAME, valid};
use super::figures::Figures;
use super::keys;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::store::{Conn, Count, Found, Sql, Val};

/// The condition that two rows are of the same cell.
const SAME_CELL: &str = "o.series = s.series AND o.starts = s.starts AND o.ends = s.ends";

/// Publishes what the release has handed in, from that moment on.
pub fn publish(conn: &mut Conn, figures: &Figures, at: Ts) -> Result<(), Problem> {
    keys::lock(conn, figures.measure)?;
    free(conn, figures, at)?;
    let change = difference::change(conn, figures.measure, figures.number, at)?;
    let later = later(conn, figures, at)?;
    insert(conn, figures, at, later)?;
    end_before(conn, figures, at)?;
    if later {
        number_again(conn, figures)?;
    }
    Sql::new("UPDATE series SET public_from = ")
        .bind(at)
        .text(" WHERE (public_from IS NULL OR public_from > ")
        .bind(at)
        .text(") AND number IN (SELECT DISTINCT series FROM staged WHERE release = ")
        .bind(figures.number)
        .text(")")
        .execute(conn)?;
    Sql::new("UPDATE release_figures SET valid_from = ")
        .bind(at)
        .text(", ")
        .append(change.set())
        .text(" WHERE number = ")
        .bind(figures.number)
        .execute(conn)?;
    Sql::new("DELETE FROM staged WHERE release = ").bind(figures.number).execute(conn)?;
    Ok(())
}

/// Two releases cannot say something else of a cell at the same moment.
fn free(conn: &mut Conn, figures: &Figures, at: Ts) -> Result<(), Problem> {
    let taken: Count = Sql::new("SELECT count(*) AS n FROM staged s JOIN observation o ON o.measure = ")
        .bind(figures.measure)
        .text(" AND ")
        .text(SAME_CELL)
        .text(" AND o.valid_from = ")
        .bind(at)
        .text(" WHERE s.release = ")
        .bind(figures.number)
        .get_result(conn)?;
    if taken.n == 0 {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "Another release of this indicator was published at {at} and has {} of these cells; give another moment.",
        taken.n
    )))
}

/// Whether revisions of these cells are on record that were published later.
fn later(conn: &mut Conn, figures: &Figures, at: Ts) -> Result<bool, Problem> {
    // Mostly there is no later release at all: then no cell has to be looked at.
    let found: Found = Sql::new("SELECT EXISTS (SELECT 1 FROM release_figures WHERE measure = ")
        .bind(figures.measure)
        .text(" AND valid_from > ")
        .bind(at)
        .text(") AS found")
        .get_result(conn)?;
    Ok(found.found)
}

/// Puts the cells in, each until the next revision of it.
fn insert(conn: &mut Conn, figures: &Figures, at: Ts, later: bool) -> Result<(), Problem> {
    let until = match later {
        // What was valid at that moment knows until when; where nothing was, the first that came after it does.
        true => Sql::new(
            "CASE WHEN o.series IS NOT NULL THEN o.valid_to ELSE (SELECT min(n.valid_from) FROM observation n WHERE n.measure = ",
        )
        .bind(figures.measure)
        .text(" AND n.series = s.series AND n.starts = s.starts AND n.ends = s.ends AND n.valid_from > ")
        .bind(at)
        .text(") END"),
        false => Sql::new("o.valid_to"),
    };
    Sql::new(
        "INSERT INTO observation (measure, series, starts, ends, valid_from, valid_to, release, revision, flags, value,
         numerator, denominator, reason, note) SELECT ",
    )
    .append(number(conn, figures.measure))
    .text(", s.series, s.starts, s.ends, ")
    .append(moment(conn, at))
    .text(", ")
    .append(until)
    .text(", s.release, CASE WHEN o.series IS NULL THEN 1 WHEN ")
    .append(restates(figures, at))
    .text(" THEN o.revision ELSE o.revision + 1 END, s.flags + CASE WHEN o.series IS NOT NULL AND ")
    .append(restates(figures, at))
    .text(" THEN 512 ELSE 0 END, s.value, s.numerator, s.denominator, s.reason, s.note
         FROM staged s LEFT JOIN observation o ON o.measure = ")
    .bind(figures.measure)
    .text(" AND ")
    .text(SAME_CELL)
    .text(" AND ")
    .append(valid("o", at))
    .text(" WHERE s.release = ")
    .bind(figures.number)
    .text(" ORDER BY s.series, s.starts, s.ends")
    .execute(conn)?;
    Ok(())
}

/// The condition that a row `s` only repeats the row `o`: what was withdrawn by then is said anew.
fn restates(figures: &Figures, at: Ts) -> Sql {
    Sql::new(SAME)
        .text(" AND o.release NOT IN (SELECT f.number FROM release_figures f WHERE f.measure = ")
        .bind(figures.measure)
        .text(" AND f.ended_at <= ")
        .bind(at)
        .text(")")
}

/// A number in a list of results, whose type PostgreSQL cannot see otherwise.
fn number(conn: &Conn, value: i64) -> Sql {
    let (before, after) = if conn.is_pg() { ("CAST(", " AS integer)") } else { ("", "") };
    Sql::new(before).bind(value).text(after)
}

fn moment(conn: &Conn, at: Ts) -> Sql {
    let (before, after) = if conn.is_pg() { ("CAST(", " AS timestamptz)") } else { ("", "") };
    Sql::new(before).bind(at).text(after)
}

/// Ends what was valid of these cells at that moment.
fn end_before(conn: &mut Conn, figures: &Figures, at: Ts) -> Result<(), Problem> {
    Sql::new("UPDATE observation AS o SET valid_to = ")
        .bind(at)
        .text(" FROM staged s WHERE s.release = ")
        .bind(figures.number)
        .text(" AND o.measure = ")
        .bind(figures.measure)
        .text(" AND ")
        .text(SAME_CELL)
        .text(" AND o.valid_from < ")
        .bind(at)
        .text(" AND (o.valid_to IS NULL OR o.valid_to > ")
        .bind(at)
        .text(")")
        .execute(conn)?;
    Ok(())
}

/// 1 where a row `s` of a release `f` says something else than the one before it in the window `cell`, is the first there, or
/// comes after what was withdrawn by then; 0 where it only repeats.
pub const NEW: &str = "CASE WHEN lag(s.valid_from) OVER cell IS NOT NULL
     AND s.value IS NOT DISTINCT FROM lag(s.value) OVER cell
     AND s.numerator IS NOT DISTINCT FROM lag(s.numerator) OVER cell
     AND s.denominator IS NOT DISTINCT FROM lag(s.denominator) OVER cell
     AND s.flags & 511 = lag(s.flags & 511) OVER cell
     AND (lag(f.ended_at) OVER cell IS NULL OR lag(f.ended_at) OVER cell > s.valid_from) THEN 0 ELSE 1 END";

/// Numbers the revisions of the cells of a release anew, and says anew which only repeat: where one came in between or
/// went away.
///
/// A cross join, since SQLite keeps its order: otherwise it goes through all cells that were touched for each of the
/// indicator's.
fn number_again(conn: &mut Conn, figures: &Figures) -> Result<(), Problem> {
    Sql::new(
        "WITH touched AS (SELECT DISTINCT series, starts, ends FROM observation WHERE measure = ",
    )
    .bind(figures.measure)
    .text(" AND release = ")
    .bind(figures.number)
    .text("), compared AS (SELECT s.series, s.starts, s.ends, s.valid_from, ")
    .text(NEW)
    .text(
        " AS new FROM touched t CROSS JOIN observation s JOIN release_figures f ON f.number = s.release
         WHERE t.series = s.series AND t.starts = s.starts AND t.ends = s.ends AND s.measure = ",
    )
    .bind(figures.measure)
    .text(
        " WINDOW cell AS (PARTITION BY s.series, s.starts, s.ends ORDER BY s.valid_from)),
         numbered AS (SELECT series, starts, ends, valid_from, new,
             sum(new) OVER (PARTITION BY series, starts, ends ORDER BY valid_from) AS revision FROM compared)
         UPDATE observation AS o SET revision = s.revision, flags = (o.flags & 511) + CASE WHEN s.new = 0 THEN 512 ELSE 0 END
         FROM numbered s WHERE o.measure = ",
    )
    .bind(figures.measure)
    .text(" AND ")
    .text(SAME_CELL)
    // Most are numbered right already.
    .text(" AND o.valid_from = s.valid_from AND (o.revision <> s.revision OR (o.flags & 512 = 512) <> (s.new = 0))")
    .execute(conn)?;
    Ok(())
}

/// The condition on the published cells of a release.
fn of_release(figures: &Figures) -> Sql {
    Sql::new("measure = ").bind(figures.measure).text(" AND release = ").bind(figures.number)
}

/// Takes a publication back that has not come: the cells are handed in again, and what they would have replaced stays.
pub fn recall(conn: &mut Conn, figures: &Figures) -> Result<(), Problem> {
    keys::lock(conn, figures.measure)?;
    Sql::new(
        "INSERT INTO staged (release, series, starts, ends, flags, value, numerator, denominator, reason, note)
         SELECT release, series, starts, ends, flags & 511, value, numerator, denominator, reason, note
         FROM observation WHERE ",
    )
    .append(of_release(figures))
    .execute(conn)?;
    let Some(at) = figures.valid_from else { return Ok(()) };
    Sql::new("UPDATE observation AS o SET valid_to = s.valid_to FROM observation s WHERE s.measure = ")
        .bind(figures.measure)
        .text(" AND s.release = ")
        .bind(figures.number)
        .text(" AND o.measure = ")
        .bind(figures.measure)
        .text(" AND ")
        .text(SAME_CELL)
        .text(" AND o.valid_to = ")
        .bind(at)
        .execute(conn)?;
    // What comes after it is numbered as if it had not been.
    Sql::new("DELETE FROM observation WHERE ").append(of_release(figures)).execute(conn)?;
    number_after(conn, figures)?;
    Sql::new(
        "UPDATE series SET public_from = (SELECT min(o.valid_from) FROM observation o WHERE o.measure = series.measure
         AND o.series = series.number) WHERE number IN (SELECT DISTINCT series FROM staged WHERE release = ",
    )
    .bind(figures.number)
    .text(")")
    .execute(conn)?;
    Sql::new("UPDATE release_figures SET valid_from = NULL WHERE number = ")
        .bind(figures.number)
        .execute(conn)?;
    Ok(())
}

/// The same for the cells that are handed in.
fn number_after(conn: &mut Conn, figures: &Figures) -> Result<(), Problem> {
    let Some(at) = figures.valid_from else { return Ok(()) };
    let after: Vec<Other> = Sql::new("SELECT DISTINCT f.number FROM release_figures f WHERE f.valid_from > ")
        .bind(at)
        .text(" AND f.measure = ")
        .bind(figures.measure)
        .load(conn)?;
    for other in after {
        number_again(conn, &Figures { number: other.number, ..figures.clone() })?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Other {
    #[diesel(sql_type = st::BigInt)]
    number: i64,
}

/// The release is withdrawn: its published cells are not published any more, those handed in are forgotten.
pub fn end(conn: &mut Conn, figures: &Figures, now: Ts) -> Result<(), Problem> {
    keys::lock(conn, figures.measure)?;
    let to_come = figures.valid_from.is_some_and(|from| from > now);
    if to_come {
        recall(conn, figures)?;
    }
    Sql::new("DELETE FROM staged WHERE release = ").bind(figures.number).execute(conn)?;
    keys::forget(conn, figures.measure)?;
    let published = figures.valid_from.is_some() && !to_come;
    let cells = if published { figures.cells } else { 0 };
    Sql::new("UPDATE release_figures SET ended_at = coalesce(ended_at, ")
        .bind(now)
        .text("), cells = ")
        .bind(cells)
        .text(" WHERE number = ")
        .bind(figures.number)
        .execute(conn)?;
    if published { number_behind(conn, figures) } else { Ok(()) }
}

/// Numbers anew what may only have repeated what a release said, where it does not say it any more.
fn number_behind(conn: &mut Conn, figures: &Figures) -> Result<(), Problem> {
    match figures.valid_from {
        Some(at) if later(conn, figures, at)? => number_again(conn, figures),
        _ => Ok(()),
    }
}

/// The same, and nothing is left of what the cells said.
pub fn destroy(conn: &mut Conn, figures: &Figures, now: Ts) -> Result<(), Problem> {
    end(conn, figures, now)?;
    Sql::new("UPDATE observation SET value = NULL, numerator = NULL, denominator = NULL, reason = NULL, note = NULL WHERE ")
        .append(of_release(figures))
        .execute(conn)?;
    // Neither its own number may tell that it was the same as what stands beside it, nor that of what came after it.
    number_again(conn, figures)?;
    Sql::new("UPDATE release_figures SET digest = ")
        .bind(Val::Bytes(vec![]))
        .text(", inserted = 0, revised = 0, unchanged = 0, deleted = 0 WHERE number = ")
        .bind(figures.number)
        .execute(conn)?;
    Ok(())
}
