//! The figures of a release as a whole.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::kind::Companion;
use crate::store::canonical::Shape;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// The row of a release beside its own: part of its state in the audit trail.
pub const FIGURES: Companion = Companion {
    table: "release_figures",
    columns: &[
        ("number", Shape::Int),
        ("record", Shape::Id),
        ("measure", Shape::Int),
        ("cells", Shape::Int),
        ("digest", Shape::Bytes),
        ("inserted", Shape::Int),
        ("revised", Shape::Int),
        ("unchanged", Shape::Int),
        ("deleted", Shape::Int),
        ("valid_from", Shape::Moment),
        ("ended_at", Shape::Moment),
    ],
};

/// The tables that hold what figures say.
pub const TABLES: &[&str] = &["observation", "staged", "release_figures"];

/// The figures of a release as a whole.
#[derive(Clone, Debug, QueryableByName)]
pub struct Figures {
    /// The release.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The release's number in the tables of figures.
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    /// The number of the indicator there.
    #[diesel(sql_type = st::BigInt)]
    pub measure: i64,
    /// The indicator.
    #[diesel(sql_type = Uid)]
    pub indicator: Id,
    /// How many cells it has.
    #[diesel(sql_type = st::BigInt)]
    pub cells: i64,
    /// How many cells were new.
    #[diesel(sql_type = st::BigInt)]
    pub inserted: i64,
    /// How many had another value or status before.
    #[diesel(sql_type = st::BigInt)]
    pub revised: i64,
    /// How many were the same.
    #[diesel(sql_type = st::BigInt)]
    pub unchanged: i64,
    /// How many are taken away.
    #[diesel(sql_type = st::BigInt)]
    pub deleted: i64,
    /// Since when they are public, or will be; none while they are only handed in.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub valid_from: Option<Ts>,
}

const COLUMNS: &str =
    "SELECT f.record, f.number, f.measure, m.record AS indicator, f.cells, f.inserted, f.revised, f.unchanged, f.deleted,
     f.valid_from FROM release_figures f JOIN measure m ON m.number = f.measure WHERE f.record ";

/// The figures of a release, if any were handed in.
pub fn figures_of(conn: &mut Conn, release: Id) -> Result<Option<Figures>, Problem> {
    Ok(Sql::new(COLUMNS).text("= ").bind(release).get_result(conn).optional()?)
}

/// The figures of these releases that are, or were, public at a moment.
pub fn public_figures(conn: &mut Conn, releases: &[Id], now: Ts) -> Result<HashMap<Id, Figures>, Problem> {
    if releases.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Figures> = Sql::new(COLUMNS)
        .text("IN (")
        .bind_all(releases.iter().copied())
        .text(") AND f.valid_from <= ")
        .bind(now)
        .one_off()
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.record, row)).collect())
}
