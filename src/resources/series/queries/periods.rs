//! The periods of a series.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::days::day;
use super::difference::valid;
use super::flags::{deleted_bit, is_not_deleted};
use super::keys::SeriesRow;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::stats::period::Period;
use crate::store::{Conn, Sql};

#[derive(QueryableByName)]
struct Days {
    #[diesel(sql_type = st::BigInt)]
    starts: i64,
    #[diesel(sql_type = st::BigInt)]
    ends: i64,
}

/// The periods of the cells of a series that are valid at a moment, in order.
pub fn periods(conn: &mut Conn, series: &SeriesRow, at: Ts) -> Result<Vec<Period>, Problem> {
    let rows: Vec<Days> = Sql::new(
        "SELECT CAST(o.starts AS bigint) AS starts, CAST(o.ends AS bigint) AS ends FROM observation o WHERE o.measure = ",
    )
    .bind(series.measure)
    .text(" AND o.series = ")
    .bind(series.number)
    .text(concat!(" AND ", is_not_deleted!("o"), " AND "))
    .append(valid("o", at))
    .text(" ORDER BY o.starts, o.ends")
    .load(conn)?;
    let period = |row: Days| Period::new(day(row.starts)?, day(row.ends)?);
    let periods: Option<Vec<Period>> = rows.into_iter().map(period).collect();
    periods.ok_or_else(|| Problem::internal("an observation has days that make no period"))
}
