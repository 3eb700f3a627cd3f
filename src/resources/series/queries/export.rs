//! The observations of one release as it published them, whatever has replaced them since.

use diesel::prelude::*;

use super::release_observations::ReleaseObservations;
use super::stored_cell::{CELL_COLUMNS, StoredCell};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::{Conn, Found, Sql};

/// At most `limit` published cells of a release in the order of series key and period, after the given cell.
pub fn published_cells(
    conn: &mut Conn,
    release: &ReleaseObservations,
    after: Option<&StoredCell>,
    limit: i64,
) -> Result<Vec<StoredCell>, Problem> {
    let mut sql = Sql::new("SELECT ")
        .text(CELL_COLUMNS)
        .text(" FROM series k JOIN observation s ON s.measure = k.measure AND s.series = k.number WHERE k.measure = ")
        .bind(release.measure)
        .text(" AND s.measure = ")
        .bind(release.measure)
        .text(" AND s.release = ")
        .bind(release.number);
    if let Some(last) = after {
        // The first condition lets the database enter the index of `series`.
        sql = sql
            .text(" AND k.series_key >= ")
            .bind(last.series_key.as_str())
            .text(" AND (k.series_key, s.starts, s.ends) > (")
            .bind(last.series_key.as_str())
            .text(", ")
            .bind(last.starts)
            .text(", ")
            .bind(last.ends)
            .text(")");
    }
    Ok(sql.text(" ORDER BY k.series_key, s.starts, s.ends LIMIT ").bind(limit).load(conn)?)
}

/// Whether the indicator has a version that is public at a moment.
pub fn indicator_is_public(conn: &mut Conn, indicator: Id, moment: Ts) -> Result<bool, Problem> {
    let row: Found = Sql::new("SELECT EXISTS (SELECT 1 FROM record_version WHERE record = ")
        .bind(indicator)
        .text(" AND listed AND public_from <= ")
        .bind(moment)
        .text(" AND public_to > ")
        .bind(moment)
        .text(") AS found")
        .get_result(conn)?;
    Ok(row.found)
}
