//! The figures of one release as it published them, whatever has replaced them since.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::figures::Figures;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::{Conn, Found, Sql};

/// A published cell of a release.
#[derive(Clone, Debug, QueryableByName)]
pub struct Published {
    /// The key of its series.
    #[diesel(sql_type = st::Text)]
    pub series_key: String,
    /// The codes of its series, with dots between.
    #[diesel(sql_type = st::Text)]
    pub codes: String,
    /// How often the series is published.
    #[diesel(sql_type = st::Text)]
    pub frequency: String,
    /// Its first day.
    #[diesel(sql_type = st::BigInt)]
    pub starts: i64,
    /// The day after its last.
    #[diesel(sql_type = st::BigInt)]
    pub ends: i64,
    /// Its flags.
    #[diesel(sql_type = st::BigInt)]
    pub flags: i64,
    /// Its value, times a million.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub value: Option<i64>,
    /// What stands above the line.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub numerator: Option<i64>,
    /// What stands below it.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub denominator: Option<i64>,
    /// Why it is as it is.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    /// A remark.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub note: Option<String>,
}

/// So many published cells of a release at most, in the order of series key and period, behind one of them.
pub fn published(
    conn: &mut Conn,
    figures: &Figures,
    after: Option<&Published>,
    limit: i64,
) -> Result<Vec<Published>, Problem> {
    let mut sql = Sql::new(
        "SELECT s.series_key, s.codes, s.frequency, CAST(o.starts AS bigint) AS starts, CAST(o.ends AS bigint) AS ends,
         CAST(o.flags AS bigint) AS flags, o.value, o.numerator, o.denominator, o.reason, o.note
         FROM series s JOIN observation o ON o.measure = s.measure AND o.series = s.number WHERE s.measure = ",
    )
    .bind(figures.measure)
    .text(" AND o.measure = ")
    .bind(figures.measure)
    .text(" AND o.release = ")
    .bind(figures.number);
    if let Some(last) = after {
        // The first condition is what the index is entered by.
        sql = sql
            .text(" AND s.series_key >= ")
            .bind(last.series_key.as_str())
            .text(" AND (s.series_key, o.starts, o.ends) > (")
            .bind(last.series_key.as_str())
            .text(", ")
            .bind(last.starts)
            .text(", ")
            .bind(last.ends)
            .text(")");
    }
    Ok(sql.text(" ORDER BY s.series_key, o.starts, o.ends LIMIT ").bind(limit).load(conn)?)
}

/// Whether the indicator has a version that is public at a moment.
pub fn is_public(conn: &mut Conn, indicator: Id, moment: Ts) -> Result<bool, Problem> {
    let found: Found = Sql::new("SELECT EXISTS (SELECT 1 FROM record_version WHERE record = ")
        .bind(indicator)
        .text(" AND listed AND public_from <= ")
        .bind(moment)
        .text(" AND public_to > ")
        .bind(moment)
        .text(") AS found")
        .get_result(conn)?;
    Ok(found.found)
}
