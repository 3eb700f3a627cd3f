//! Indicators that have figures, and their series.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::figures::Figures;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::rows::Rows;
use crate::store::types::Uid;
use crate::store::{Conn, Count, Found, Sql};

/// An indicator that has figures: what is frozen of it.
#[derive(Clone, Debug, QueryableByName)]
pub struct Measure {
    /// Its number.
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    /// Its slug, which series are called by.
    #[diesel(sql_type = st::Text)]
    pub slug: String,
    /// The codes of its dimensions, with dots between.
    #[diesel(sql_type = st::Text)]
    pub dimensions: String,
}

/// A series.
#[derive(Clone, Debug, QueryableByName)]
pub struct SeriesRow {
    /// Its number.
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    /// The number of its indicator.
    #[diesel(sql_type = st::BigInt)]
    pub measure: i64,
    /// Its indicator.
    #[diesel(sql_type = Uid)]
    pub indicator: Id,
    /// Its key.
    #[diesel(sql_type = st::Text)]
    pub series_key: String,
    /// Its codes, with dots between.
    #[diesel(sql_type = st::Text)]
    pub codes: String,
    /// Its frequency.
    #[diesel(sql_type = st::Text)]
    pub frequency: String,
}

/// The indicator's row, if figures of it were ever handed in.
pub fn measure_of(conn: &mut Conn, indicator: Id) -> Result<Option<Measure>, Problem> {
    let sql = Sql::new("SELECT number, slug, dimensions FROM measure WHERE record = ").bind(indicator);
    Ok(sql.get_result(conn).optional()?)
}

/// The codes of an indicator's dimensions, with dots between.
pub fn dimensions(conn: &mut Conn, measure: i64) -> Result<String, Problem> {
    let sql = Sql::new("SELECT number, slug, dimensions FROM measure WHERE number = ").bind(measure);
    Ok(sql.get_result::<Measure>(conn)?.dimensions)
}

/// Locks an indicator's figures, so that two changes of them follow one another. SQLite has one writer anyway.
pub fn lock(conn: &mut Conn, measure: i64) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT 1 FROM measure WHERE number = ").bind(measure).text(" FOR UPDATE").execute(conn)?;
    }
    Ok(())
}

/// Whether any figure of the indicator is handed in or published: from then on its dimensions are frozen.
fn in_use(conn: &mut Conn, measure: i64) -> Result<bool, Problem> {
    let found: Found =
        Sql::new("SELECT EXISTS (SELECT 1 FROM release_figures WHERE cells > 0 AND measure = ")
            .bind(measure)
            .text(") AS found")
            .get_result(conn)?;
    Ok(found.found)
}

/// Whether figures of the indicator are published, or will be at a moment that is set.
pub fn goes_out(conn: &mut Conn, indicator: Id) -> Result<bool, Problem> {
    let many: Count = Sql::new(
        "SELECT count(*) AS n FROM release_figures f JOIN measure m ON m.number = f.measure
         WHERE f.valid_from IS NOT NULL AND f.ended_at IS NULL AND m.record = ",
    )
    .bind(indicator)
    .get_result(conn)?;
    Ok(many.n > 0)
}

/// What is frozen of an indicator: its slug, its dimensions' codes, and for each dimension the codes in use.
pub struct Frozen {
    /// Its slug.
    pub slug: String,
    /// The codes of its dimensions, in order.
    pub dimensions: Vec<String>,
    /// For each of them the codes that have figures.
    pub codes: Vec<Vec<String>>,
}

/// What is frozen of an indicator; nothing while no figures of it are on record.
pub fn frozen(conn: &mut Conn, indicator: Id) -> Result<Option<Frozen>, Problem> {
    let Some(measure) = measure_of(conn, indicator)? else { return Ok(None) };
    if !in_use(conn, measure.number)? {
        return Ok(None);
    }
    let dimensions: Vec<String> = measure.dimensions.split('.').map(str::to_owned).collect();
    let mut codes: Vec<Vec<String>> = vec![vec![]; dimensions.len()];
    for series in all(conn, measure.number)? {
        for (known, code) in codes.iter_mut().zip(series.codes.split('.')) {
            known.push(code.to_owned());
        }
    }
    for known in &mut codes {
        known.sort_unstable();
        known.dedup();
    }
    Ok(Some(Frozen { slug: measure.slug, dimensions, codes }))
}

/// The number of an indicator: made at its first figures, and made anew while none are on record.
pub fn measure(conn: &mut Conn, indicator: Id, slug: &str, dimensions: &str) -> Result<i64, Problem> {
    Sql::new("INSERT INTO measure (record, slug, dimensions) VALUES (")
        .bind(indicator)
        .text(", ")
        .bind_all([slug, dimensions])
        .text(") ON CONFLICT DO NOTHING")
        .execute(conn)?;
    let known = measure_of(conn, indicator)?.ok_or_else(|| Problem::internal("a measure was not stored"))?;
    lock(conn, known.number)?;
    if known.slug == slug && known.dimensions == dimensions {
        return Ok(known.number);
    }
    if in_use(conn, known.number)? {
        return Err(Problem::conflict(
            "The indicator's slug or dimensions are not those under which its figures are on record.",
        ));
    }
    Sql::new("DELETE FROM series WHERE measure = ").bind(known.number).execute(conn)?;
    Sql::new("UPDATE measure SET slug = ")
        .bind(slug)
        .text(", dimensions = ")
        .bind(dimensions)
        .text(" WHERE number = ")
        .bind(known.number)
        .execute(conn)?;
    Ok(known.number)
}

const COLUMNS: &str = "SELECT s.number, s.measure, m.record AS indicator, s.series_key, s.codes, s.frequency
     FROM series s JOIN measure m ON m.number = s.measure WHERE ";

/// Every series of an indicator, by its key.
pub fn all(conn: &mut Conn, measure: i64) -> Result<Vec<SeriesRow>, Problem> {
    Ok(Sql::new(COLUMNS).text("s.measure = ").bind(measure).text(" ORDER BY s.series_key").load(conn)?)
}

/// Those of them that have figures which are public at a moment: what was only handed in costs readers nothing.
pub fn all_public(conn: &mut Conn, measure: i64, now: Ts) -> Result<Vec<SeriesRow>, Problem> {
    let sql = Sql::new(COLUMNS).text("s.measure = ").bind(measure).text(" AND s.public_from <= ").bind(now);
    Ok(sql.text(" ORDER BY s.series_key").load(conn)?)
}

/// Forgets the series that no figure is left of: none is published, and none handed in. A cross join, since SQLite keeps its
/// order: by the few releases of the indicator, then by the key of what they hand in.
pub fn forget(conn: &mut Conn, measure: i64) -> Result<(), Problem> {
    Sql::new("DELETE FROM series WHERE measure = ")
        .bind(measure)
        .text(
            " AND public_from IS NULL AND NOT EXISTS (SELECT 1 FROM release_figures f CROSS JOIN staged s
             WHERE s.release = f.number AND s.series = series.number AND f.measure = ",
        )
        .bind(measure)
        .text(")")
        .execute(conn)?;
    Ok(())
}

/// The series of that key, if figures of it are public at a moment.
pub fn public(conn: &mut Conn, key: &str, now: Ts) -> Result<Option<SeriesRow>, Problem> {
    let sql = Sql::new(COLUMNS).text("s.series_key = ").bind(key).text(" AND s.public_from <= ").bind(now);
    Ok(sql.get_result(conn).optional()?)
}

/// The indicator that is called by this slug and has figures.
pub fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Id>, Problem> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Uid)]
        record: Id,
    }
    let found: Option<Found> = Sql::new("SELECT record FROM indicator WHERE slug = ")
        .bind(slug)
        .text(" AND is_head")
        .get_result(conn)
        .optional()?;
    Ok(found.map(|found| found.record))
}

/// The codes of the series that a release has handed in: of each with dots between.
pub fn codes_handed_in(conn: &mut Conn, figures: &Figures) -> Result<Vec<String>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = st::Text)]
        codes: String,
    }
    let lines: Vec<Line> =
        Sql::new("SELECT codes FROM series WHERE number IN (SELECT series FROM staged WHERE release = ")
            .bind(figures.number)
            .text(") ORDER BY codes")
            .load(conn)?;
    Ok(lines.into_iter().map(|line| line.codes).collect())
}

/// A series to be found or made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its key.
    pub key: String,
    /// Its codes, with dots between.
    pub codes: String,
    /// Its frequency.
    pub frequency: &'static str,
}

/// The numbers of these series, in their order; those that are new are made, in the order of their keys.
pub fn numbers(conn: &mut Conn, measure: i64, wanted: &[Wanted]) -> Result<Vec<i64>, Problem> {
    let mut known: HashMap<String, i64> =
        all(conn, measure)?.into_iter().map(|row| (row.series_key, row.number)).collect();
    let mut new: Vec<&Wanted> = wanted.iter().filter(|one| !known.contains_key(&one.key)).collect();
    if !new.is_empty() {
        new.sort();
        let mut rows = Rows::default();
        for one in new {
            rows.push(
                "series",
                &["measure", "series_key", "codes", "frequency"],
                vec![
                    measure.into(),
                    one.key.as_str().into(),
                    one.codes.as_str().into(),
                    one.frequency.into(),
                ],
            );
        }
        rows.write(conn)?;
        known = all(conn, measure)?.into_iter().map(|row| (row.series_key, row.number)).collect();
    }
    wanted
        .iter()
        .map(|one| known.get(&one.key).copied())
        .collect::<Option<_>>()
        .ok_or_else(|| Problem::internal("a series was not stored"))
}
