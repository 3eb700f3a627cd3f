//! Verifies that stored observations are still those that were submitted: computes their digests again.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::digest::{CellDigest, DigestCell};
use super::flags::CONTENT;
use super::verify_derived;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql, Typed};

/// The number of cells read with one statement.
const PAGE: i64 = 20_000;

#[derive(Clone, Debug, QueryableByName)]
struct DigestedRelease {
    #[diesel(sql_type = st::BigInt)]
    number: i64,
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::BigInt)]
    measure: i64,
    #[diesel(sql_type = st::BigInt)]
    cells: i64,
    #[diesel(sql_type = st::Binary)]
    digest: Vec<u8>,
    /// The digest of what it conceals.
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    concealed_digest: Option<Vec<u8>>,
    #[diesel(sql_type = st::Bool)]
    published: bool,
}

/// How much was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    pub releases: u64,
    /// The cells of these releases.
    pub cells: u64,
    /// The cells whose submitted figures are concealed, and are as they were submitted.
    pub concealed: u64,
    /// Concealed cells that no digest covers: they were stored before there was one.
    pub uncovered: u64,
}

/// Verifies every release that has observations, except redacted ones, whose observations are gone. The inner error names the
/// first thing that differs.
pub fn verify(db: &Db, mut progress: impl FnMut(u64)) -> Result<Result<Verified, String>, Problem> {
    let releases: Vec<DigestedRelease> = db.read(|conn| {
        Ok(Sql::new(
            "SELECT f.number, f.record, r.reference, f.measure, f.cells, f.digest, f.concealed_digest, f.valid_from IS NOT NULL AS published
             FROM release_figures f JOIN record r ON r.id = f.record
             WHERE f.cells > 0 AND r.redacted_at IS NULL ORDER BY f.number",
        )
        .load(conn)?)
    })?;
    let mut verified = Verified::default();
    for release in releases {
        let (digest, cells) = digest(db, &release)?;
        if digest != release.digest || cells != release.cells {
            return Ok(Err(format!(
                "the observations of the release {} ({})",
                release.reference, release.record
            )));
        }
        let (digest, concealed) = db.read(|conn| digest_of_concealed(conn, release.number))?;
        match &release.concealed_digest {
            Some(stored) if *stored == digest => verified.concealed += concealed,
            None => verified.uncovered += concealed,
            Some(_) => {
                return Ok(Err(format!(
                    "the concealed observations of the release {} ({})",
                    release.reference, release.record
                )));
            }
        }
        verified.releases += 1;
        verified.cells += cells.unsigned_abs();
        progress(verified.cells);
    }
    if let Some(difference) = verify_derived::verify(db)? {
        return Ok(Err(difference));
    }
    Ok(Ok(verified))
}

type Types = (
    st::Text,
    st::Integer,
    st::Integer,
    st::SmallInt,
    st::Nullable<st::BigInt>,
    st::Nullable<st::BigInt>,
    st::Nullable<st::BigInt>,
    st::Nullable<st::Text>,
    st::Nullable<st::Text>,
);
type Row = (String, i32, i32, i16, Option<i64>, Option<i64>, Option<i64>, Option<String>, Option<String>);

/// The digest of the stored cells of a release, and their number.
fn digest(db: &Db, release: &DigestedRelease) -> Result<(Vec<u8>, i64), Problem> {
    digest_of_pages(|after| db.read(|conn| page(conn, release, after)))
}

/// The digest of the staged cells of a release, and their number.
pub fn staged_digest(conn: &mut Conn, release: i64) -> Result<(Vec<u8>, i64), Problem> {
    digest_of_pages(|after| page_of(conn, "staged", release, None, after))
}

/// The digest of what a release conceals; none where it conceals nothing.
pub fn concealed_digest(conn: &mut Conn, release: i64) -> Result<Option<Vec<u8>>, Problem> {
    let (digest, cells) = digest_of_concealed(conn, release)?;
    Ok((cells > 0).then_some(digest))
}

/// The digest of the concealed cells of a release, and their number.
fn digest_of_concealed(conn: &mut Conn, release: i64) -> Result<(Vec<u8>, u64), Problem> {
    let (digest, cells) = digest_of_pages(|after| page_of(conn, "concealed", release, None, after))?;
    Ok((digest, cells.unsigned_abs()))
}

/// The position of a cell: the key of its series, the first day and the end.
type CellPosition = (String, i64, i64);

fn digest_of_pages(
    mut page: impl FnMut(Option<&CellPosition>) -> Result<Vec<Row>, Problem>,
) -> Result<(Vec<u8>, i64), Problem> {
    let mut digest = CellDigest::default();
    let mut cells = 0;
    let mut after: Option<CellPosition> = None;
    loop {
        let rows = page(after.as_ref())?;
        for row in &rows {
            digest.add(&DigestCell {
                series_key: &row.0,
                starts: row.1.into(),
                ends: row.2.into(),
                flags: row.3 & CONTENT,
                values: [row.4, row.5, row.6],
                reason: row.7.as_deref(),
                note: row.8.as_deref(),
            });
        }
        let read = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        cells += read;
        match rows.last() {
            Some(last) if read == PAGE => after = Some((last.0.clone(), last.1.into(), last.2.into())),
            _ => return Ok((digest.finish(), cells)),
        }
    }
}

fn page(
    conn: &mut Conn,
    release: &DigestedRelease,
    after: Option<&CellPosition>,
) -> Result<Vec<Row>, Problem> {
    match release.published {
        true => page_of(conn, "observation", release.number, Some(release.measure), after),
        false => page_of(conn, "staged", release.number, None, after),
    }
}

fn page_of(
    conn: &mut Conn,
    table: &'static str,
    release: i64,
    measure: Option<i64>,
    after: Option<&CellPosition>,
) -> Result<Vec<Row>, Problem> {
    let mut sql = Sql::new("SELECT k.series_key, o.starts, o.ends, o.flags, o.value, o.numerator, o.denominator, o.reason, o.note FROM ")
        .text(table)
        .text(" o JOIN series k ON k.number = o.series WHERE o.release = ")
        .bind(release);
    if let Some(measure) = measure {
        sql = sql.text(" AND o.measure = ").bind(measure);
    }
    if let Some((key, starts, ends)) = after {
        sql = sql
            .text(" AND (k.series_key, o.starts, o.ends) > (")
            .bind(key.as_str())
            .text(", ")
            .bind_all([*starts, *ends])
            .text(")");
    }
    let sql = sql.text(" ORDER BY k.series_key, o.starts, o.ends LIMIT ").bind(PAGE);
    Ok(Typed::<Types>::new(sql).load(conn)?)
}
