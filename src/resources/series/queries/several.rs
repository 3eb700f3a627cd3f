//! Reads series of several indicators together: as many statements as for one of them.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::difference::valid;
use super::flags::{deleted_bit, is_not_deleted};
use super::keys::{self, SeriesRow};
use super::reading::{self, PublishedRelease, Row};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::store::{Conn, Sql};

/// The series with these keys that have public observations at a moment.
pub fn public_series_by_keys(conn: &mut Conn, keys: &[String], now: Ts) -> Result<Vec<SeriesRow>, Problem> {
    if keys.is_empty() {
        return Ok(vec![]);
    }
    Ok(Sql::new(keys::COLUMNS)
        .text("s.series_key IN (")
        .bind_all(keys.iter().map(String::as_str))
        .text(") AND s.public_from <= ")
        .bind(now)
        .text(" ORDER BY s.number")
        .one_off()
        .load(conn)?)
}

/// The releases of some indicators, by the number of the indicator: of each as [`reading::published_releases`] returns them.
pub fn published_releases(
    conn: &mut Conn,
    measures: &[i64],
) -> Result<HashMap<i64, Vec<PublishedRelease>>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = st::BigInt)]
        measure: i64,
        #[diesel(embed)]
        release: PublishedRelease,
    }
    let mut all: HashMap<i64, Vec<PublishedRelease>> = HashMap::new();
    if measures.is_empty() {
        return Ok(all);
    }
    let lines: Vec<Line> = Sql::new("SELECT CAST(f.measure AS bigint) AS measure, ")
        .text(reading::RELEASES)
        .text("f.measure IN (")
        .bind_all(measures.iter().copied())
        .text(") ")
        .text(reading::ORDER_OF_RELEASES)
        .one_off()
        .load(conn)?;
    for line in lines {
        all.entry(line.measure).or_default().push(line.release);
    }
    Ok(all)
}

/// The observations of some series that are valid at a moment, or with `history` all revisions until then; in the order of
/// series, period and revision.
pub fn rows(conn: &mut Conn, series: &[i64], at: Ts, history: bool) -> Result<Vec<Row>, Problem> {
    if series.is_empty() {
        return Ok(vec![]);
    }
    // A cross join, since SQLite keeps its order: first the few series, then the observations of each by their key.
    let mut sql = Sql::new("SELECT ")
        .text(reading::COLUMNS)
        .text(
            " FROM series s CROSS JOIN observation o WHERE o.measure = s.measure AND o.series = s.number AND s.number IN (",
        )
        .bind_all(series.iter().copied())
        .text(") AND ");
    sql = match history {
        true => sql.text("o.valid_from <= ").bind(at),
        false => sql.text(concat!(is_not_deleted!("o"), " AND ")).append(valid("o", at)),
    };
    reading::load(conn, sql.text(" ORDER BY o.series, o.starts, o.ends, o.valid_from").one_off())
}
