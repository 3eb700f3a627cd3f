//! Whether figures on record are still those that were handed in: their digest, made anew.

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;
use diesel::sql_types as st;

use super::follows;
use super::staging::{Digested, put};
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql, Typed};

/// How many cells are read at a time.
const PIECE: i64 = 20_000;

#[derive(Clone, Debug, QueryableByName)]
struct Sealed {
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
    #[diesel(sql_type = st::Bool)]
    published: bool,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proven {
    /// Releases.
    pub releases: u64,
    /// Their cells.
    pub cells: u64,
}

/// Looks at every release that has figures; the first that is not as it was handed in is told by its reference and id. Those
/// that were redacted have none.
pub fn prove(db: &Db, mut progress: impl FnMut(u64)) -> Result<Result<Proven, String>, Problem> {
    let all: Vec<Sealed> = db.read(|conn| {
        Ok(Sql::new(
            "SELECT f.number, f.record, r.reference, f.measure, f.cells, f.digest, f.valid_from IS NOT NULL AS published
             FROM release_figures f JOIN record r ON r.id = f.record
             WHERE f.cells > 0 AND r.redacted_at IS NULL ORDER BY f.number",
        )
        .load(conn)?)
    })?;
    let mut proven = Proven::default();
    for release in all {
        let (digest, cells) = digest(db, &release)?;
        if digest != release.digest || cells != release.cells {
            return Ok(Err(format!("the figures of the release {} ({})", release.reference, release.record)));
        }
        proven.releases += 1;
        proven.cells += cells.unsigned_abs();
        progress(proven.cells);
    }
    if let Some(odd) = follows::prove(db)? {
        return Ok(Err(odd));
    }
    Ok(Ok(proven))
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

/// The digest of the cells that are on record of a release, and how many they are.
fn digest(db: &Db, release: &Sealed) -> Result<(Vec<u8>, i64), Problem> {
    let mut context = Context::new(&SHA256);
    let mut cells = 0;
    let mut after: Option<(String, i64, i64)> = None;
    loop {
        let rows: Vec<Row> = db.read(|conn| page(conn, release, after.as_ref()))?;
        for row in &rows {
            put(
                &mut context,
                &Digested {
                    key: &row.0,
                    starts: row.1.into(),
                    ends: row.2.into(),
                    flags: row.3 & 511,
                    values: [row.4, row.5, row.6],
                    reason: row.7.as_deref(),
                    note: row.8.as_deref(),
                },
            );
        }
        let many = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        cells += many;
        match rows.last() {
            Some(last) if many == PIECE => after = Some((last.0.clone(), last.1.into(), last.2.into())),
            _ => return Ok((context.finish().as_ref().to_vec(), cells)),
        }
    }
}

fn page(conn: &mut Conn, release: &Sealed, after: Option<&(String, i64, i64)>) -> Result<Vec<Row>, Problem> {
    let mut sql = Sql::new("SELECT k.series_key, o.starts, o.ends, o.flags, o.value, o.numerator, o.denominator, o.reason, o.note FROM ")
        .text(if release.published { "observation" } else { "staged" })
        .text(" o JOIN series k ON k.number = o.series WHERE o.release = ")
        .bind(release.number);
    if release.published {
        sql = sql.text(" AND o.measure = ").bind(release.measure);
    }
    if let Some((key, starts, ends)) = after {
        sql = sql
            .text(" AND (k.series_key, o.starts, o.ends) > (")
            .bind(key.as_str())
            .text(", ")
            .bind_all([*starts, *ends])
            .text(")");
    }
    let sql = sql.text(" ORDER BY k.series_key, o.starts, o.ends LIMIT ").bind(PIECE);
    Ok(Typed::<Types>::new(sql).load(conn)?)
}
