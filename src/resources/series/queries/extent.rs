//! The extent of a series: its cells, its first and its last period.

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

/// The extent of a series at a moment.
#[derive(QueryableByName)]
pub struct Extent {
    /// The number of cells.
    #[diesel(sql_type = st::BigInt)]
    pub cells: i64,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    first_start: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    first_end: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    last_start: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    last_end: Option<i64>,
}

impl Extent {
    /// The extent of the cells of a series that are valid at a moment.
    pub fn of(conn: &mut Conn, series: &SeriesRow, at: Ts) -> Result<Extent, Problem> {
        Ok(Sql::new(
            "SELECT count(*) AS cells, CAST(min(o.starts) AS bigint) AS first_start, CAST(min(o.ends) AS bigint) AS first_end,
             CAST(max(o.starts) AS bigint) AS last_start, CAST(max(o.ends) AS bigint) AS last_end
             FROM observation o WHERE o.measure = ",
        )
        .bind(series.measure)
        .text(" AND o.series = ")
        .bind(series.number)
        .text(concat!(" AND ", is_not_deleted!("o"), " AND "))
        .append(valid("o", at))
        .get_result(conn)?)
    }

    pub fn first_period(&self) -> Option<Period> {
        Period::new(day(self.first_start?)?, day(self.first_end?)?)
    }

    pub fn last_period(&self) -> Option<Period> {
        Period::new(day(self.last_start?)?, day(self.last_end?)?)
    }
}
