//! Indicators that have observations (`measure`), and their series.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::release_observations::ReleaseObservations;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::record::rows::Rows;
use crate::record::visible::Visibility;
use crate::store::types::Uid;
use crate::store::{Conn, Count, Found, Sql, Typed};

/// The row of an indicator that has observations.
#[derive(Clone, Debug, QueryableByName)]
pub struct Measure {
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    /// The slug, with which the keys of its series begin.
    #[diesel(sql_type = st::Text)]
    pub slug: String,
    /// The codes of its dimensions, separated by dots.
    #[diesel(sql_type = st::Text)]
    pub dimensions: String,
}

#[derive(Clone, Debug, QueryableByName)]
pub struct SeriesRow {
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    /// The number of its indicator in `measure`.
    #[diesel(sql_type = st::BigInt)]
    pub measure: i64,
    #[diesel(sql_type = Uid)]
    pub indicator: Id,
    #[diesel(sql_type = st::Text)]
    pub series_key: String,
    /// Its codes in the order of the dimensions, separated by dots.
    #[diesel(sql_type = st::Text)]
    pub codes: String,
    #[diesel(sql_type = st::Text)]
    pub frequency: String,
}

/// The row of an indicator. None if observations of it were never submitted.
pub fn measure_of_indicator(conn: &mut Conn, indicator: Id) -> Result<Option<Measure>, Problem> {
    let sql = Sql::new("SELECT number, slug, dimensions FROM measure WHERE record = ").bind(indicator);
    Ok(sql.get_result(conn).optional()?)
}

/// The codes of an indicator's dimensions, separated by dots.
pub fn dimensions(conn: &mut Conn, measure: i64) -> Result<String, Problem> {
    let sql = Sql::new("SELECT number, slug, dimensions FROM measure WHERE number = ").bind(measure);
    Ok(sql.get_result::<Measure>(conn)?.dimensions)
}

/// Locks an indicator's observations, so that two changes of them run one after the other. SQLite has only one writer.
pub fn lock_measure(conn: &mut Conn, measure: i64) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT 1 FROM measure WHERE number = ").bind(measure).text(" FOR UPDATE").execute(conn)?;
    }
    Ok(())
}

/// Whether any observation of the indicator is staged or published. From then on its dimensions are frozen.
fn has_observations(conn: &mut Conn, measure: i64) -> Result<bool, Problem> {
    let row: Found = Sql::new("SELECT EXISTS (SELECT 1 FROM release_figures WHERE cells > 0 AND measure = ")
        .bind(measure)
        .text(") AS found")
        .get_result(conn)?;
    Ok(row.found)
}

/// The number of an indicator in the tables of observations. None if observations of it were never submitted.
pub fn measure_number(conn: &mut Conn, indicator: Id) -> Result<Option<i64>, Problem> {
    Ok(measure_of_indicator(conn, indicator)?.map(|measure| measure.number))
}

/// A disclosure profile under which observations were published.
#[derive(Clone, Debug, QueryableByName)]
pub struct PublishedProfile {
    /// None without disclosure control.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub profile: Option<String>,
    /// Whether they were withdrawn.
    #[diesel(sql_type = st::Bool)]
    pub ended: bool,
}

/// The disclosure profiles under which observations of an indicator are, or were, published or scheduled.
pub fn published_profiles(conn: &mut Conn, indicator: Id) -> Result<Vec<PublishedProfile>, Problem> {
    let sql = Sql::new(
        "SELECT DISTINCT f.profile, (f.ended_at IS NOT NULL) AS ended FROM release_figures f
         JOIN measure m ON m.number = f.measure WHERE f.valid_from IS NOT NULL AND m.record = ",
    );
    Ok(sql.bind(indicator).load(conn)?)
}

/// What may not change of an indicator that has observations, since the keys of its series contain it.
pub struct Frozen {
    pub slug: String,
    /// The codes of its dimensions, in order.
    pub dimensions: Vec<String>,
    /// For each dimension, the codes that have observations.
    pub codes: Vec<Vec<String>>,
}

/// What is frozen of an indicator. None if it has no observations.
pub fn frozen(conn: &mut Conn, indicator: Id) -> Result<Option<Frozen>, Problem> {
    let Some(measure) = measure_of_indicator(conn, indicator)? else { return Ok(None) };
    if !has_observations(conn, measure.number)? {
        return Ok(None);
    }
    let dimensions: Vec<String> = measure.dimensions.split('.').map(str::to_owned).collect();
    let mut codes: Vec<Vec<String>> = vec![vec![]; dimensions.len()];
    for series in series_of_measure(conn, measure.number)? {
        for (used, code) in codes.iter_mut().zip(series.codes.split('.')) {
            used.push(code.to_owned());
        }
    }
    for used in &mut codes {
        used.sort_unstable();
        used.dedup();
    }
    Ok(Some(Frozen { slug: measure.slug, dimensions, codes }))
}

/// The number of an indicator. It is created with the first observations; its slug and dimensions are updated while there
/// are none.
pub fn find_or_create_measure(
    conn: &mut Conn,
    indicator: Id,
    slug: &str,
    dimensions: &str,
) -> Result<i64, Problem> {
    Sql::new("INSERT INTO measure (record, slug, dimensions) VALUES (")
        .bind(indicator)
        .text(", ")
        .bind_all([slug, dimensions])
        .text(") ON CONFLICT DO NOTHING")
        .execute(conn)?;
    let known = measure_of_indicator(conn, indicator)?
        .ok_or_else(|| Problem::internal("a measure was not stored"))?;
    lock_measure(conn, known.number)?;
    if known.slug == slug && known.dimensions == dimensions {
        return Ok(known.number);
    }
    if has_observations(conn, known.number)? {
        return Err(Problem::conflict(
            "The slug or the dimensions of the indicator differ from those of its stored observations. Restore them, or use another indicator.",
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

/// The beginning of a statement that reads series; the condition follows.
pub const COLUMNS: &str =
    "SELECT s.number, s.measure, m.record AS indicator, s.series_key, s.codes, s.frequency
     FROM series s JOIN measure m ON m.number = s.measure WHERE ";

/// All series of an indicator, in the order of their keys.
pub fn series_of_measure(conn: &mut Conn, measure: i64) -> Result<Vec<SeriesRow>, Problem> {
    Ok(Sql::new(COLUMNS).text("s.measure = ").bind(measure).text(" ORDER BY s.series_key").load(conn)?)
}

/// The series of an indicator that have public observations at a moment, in the order of their keys.
pub fn public_series(conn: &mut Conn, measure: i64, now: Ts) -> Result<Vec<SeriesRow>, Problem> {
    let sql = Sql::new(COLUMNS).text("s.measure = ").bind(measure).text(" AND s.public_from <= ").bind(now);
    Ok(sql.text(" ORDER BY s.series_key").load(conn)?)
}

/// So many series that are not published are joined with all that is staged, which is read once.
const MANY: i64 = 500;

/// Deletes the series that have neither a published nor a staged observation. A cross join, since SQLite keeps its order:
/// first the few releases of the indicator, then their staged cells by key.
pub fn delete_unused_series(conn: &mut Conn, measure: i64) -> Result<(), Problem> {
    let unpublished =
        Sql::new("SELECT count(*) AS n FROM series WHERE public_from IS NULL AND measure = ").bind(measure);
    let is_many = unpublished.get_result::<Count>(conn)?.n > MANY;
    let sql = Sql::new("DELETE FROM series WHERE measure = ")
        .bind(measure)
        .text(
            " AND public_from IS NULL AND NOT EXISTS (SELECT 1 FROM release_figures f CROSS JOIN staged s
             WHERE s.release = f.number AND s.series = series.number AND f.measure = ",
        )
        .bind(measure)
        .text(")");
    match is_many {
        // With a nested loop PostgreSQL would read all staged cells again for each of them.
        true => conn.join_many(|conn| sql.execute(conn))?,
        false => sql.execute(conn)?,
    };
    Ok(())
}

/// The series with this key, if it has public observations at a moment.
pub fn public_series_by_key(conn: &mut Conn, key: &str, now: Ts) -> Result<Option<SeriesRow>, Problem> {
    let sql = Sql::new(COLUMNS)
        .text("s.series_key = ")
        .bind(key)
        .text(" AND s.public_from <= ")
        .bind(now)
        // Indicators of several bodies can have had one slug: the key is that of the one that is public, of two the one
        // that was public first.
        .text(" ORDER BY CASE WHEN EXISTS (SELECT 1 FROM indicator i WHERE i.record = m.record AND ")
        .append(Visibility::as_of(now).filter_of(INDICATOR, "i"))
        .text(") THEN 0 ELSE 1 END, s.public_from, s.number LIMIT 1");
    Ok(sql.get_result(conn).optional()?)
}

/// The kind of indicators.
const INDICATOR: &str = "indicator";

#[derive(QueryableByName)]
struct Indicator {
    #[diesel(sql_type = Uid)]
    record: Id,
}

/// The indicator that has this slug in public, or had it when it was withdrawn.
pub fn public_indicator_by_slug(conn: &mut Conn, slug: &str, now: Ts) -> Result<Option<Id>, Problem> {
    let select = || {
        Sql::new("SELECT t.record FROM indicator t JOIN record r ON r.id = t.record WHERE t.slug = ")
            .bind(slug)
            .text(" AND ")
    };
    // A publication that was scheduled for later can bring a second one of the slug: the first keeps it.
    let first = " ORDER BY (SELECT min(p.public_from) FROM record_version p WHERE p.record = t.record AND p.publication IS NOT NULL), t.record LIMIT 1";
    let public = Visibility::as_of(now).filter_of(INDICATOR, "t");
    let public: Option<Indicator> = select().append(public).text(first).get_result(conn).optional()?;
    if public.is_some() {
        return Ok(public.map(|row| row.record));
    }
    let withdrawn: Option<Indicator> = select()
        .text("r.was_public AND r.withdrawn_at <= ")
        .bind(now)
        .text(" AND t.public_from <= r.withdrawn_at AND t.public_to > r.withdrawn_at")
        .text(first)
        .get_result(conn)
        .optional()?;
    Ok(withdrawn.map(|row| row.record))
}

/// The codes of the series that a release has staged cells of: for each series, separated by dots.
pub fn staged_codes(conn: &mut Conn, release: &ReleaseObservations) -> Result<Vec<String>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = st::Text)]
        codes: String,
    }
    let lines: Vec<Line> =
        Sql::new("SELECT codes FROM series WHERE number IN (SELECT series FROM staged WHERE release = ")
            .bind(release.number)
            .text(") ORDER BY codes")
            .load(conn)?;
    Ok(lines.into_iter().map(|line| line.codes).collect())
}

/// A series of submitted observations, which may exist already.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewSeries {
    pub key: String,
    /// Its codes in the order of the dimensions, separated by dots.
    pub codes: String,
    pub frequency: &'static str,
}

/// How many series an indicator can have: who reads all of them has them in memory.
pub const MOST_SERIES: usize = 50_000;

/// The numbers of these series, in the same order. Those that do not exist are created, in the order of their keys.
pub fn find_or_create_series(
    conn: &mut Conn,
    measure: i64,
    series: &[NewSeries],
) -> Result<Vec<i64>, Problem> {
    let mut known = numbers_by_key(conn, measure)?;
    let mut new: Vec<&NewSeries> = series.iter().filter(|series| !known.contains_key(&series.key)).collect();
    let count = known.len() + new.len();
    if count > MOST_SERIES {
        let detail = format!(
            "An indicator can have at most {MOST_SERIES} series, and with these it would have {count}. Divide it into several indicators, such as one for each kind of area."
        );
        return Err(Problem::unprocessable(vec![Fault::pointer("", "too_many", detail)]));
    }
    if !new.is_empty() {
        new.sort();
        let mut rows = Rows::default();
        for series in new {
            rows.push(
                "series",
                &["measure", "series_key", "codes", "frequency"],
                vec![
                    measure.into(),
                    series.key.as_str().into(),
                    series.codes.as_str().into(),
                    series.frequency.into(),
                ],
            );
        }
        rows.write(conn)?;
        known = numbers_by_key(conn, measure)?;
    }
    series
        .iter()
        .map(|series| known.get(&series.key).copied())
        .collect::<Option<_>>()
        .ok_or_else(|| Problem::internal("a series was not stored"))
}

/// The numbers of the series of an indicator. An import reads them for each release, so only these two columns.
fn numbers_by_key(conn: &mut Conn, measure: i64) -> Result<HashMap<String, i64>, Problem> {
    let sql = Sql::new("SELECT series_key, number FROM series WHERE measure = ").bind(measure);
    let rows: Vec<(String, i64)> = Typed::<(st::Text, st::BigInt)>::new(sql).load(conn)?;
    Ok(rows.into_iter().collect())
}
