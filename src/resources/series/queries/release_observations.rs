//! The observations of a release as a whole: its row of `release_figures`.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types as st;

use super::change_counts::ChangeCounts;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::kind::Companion;
use crate::store::canonical::Shape;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// The row of `release_figures` is part of the release's state in the audit trail.
pub const COMPANION: Companion = Companion {
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
    added: &[("profile", Shape::Text), ("concealed_digest", Shape::Bytes)],
};

/// The tables that hold the content of observations, which a redaction destroys.
pub const CONTENT_TABLES: &[&str] = &["observation", "staged", "release_figures", "concealed"];

/// The observations of a release as a whole.
#[derive(Clone, Debug, QueryableByName)]
pub struct ReleaseObservations {
    /// The release.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The number of the release in the tables of observations.
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
    /// The number of the indicator in the tables of observations.
    #[diesel(sql_type = st::BigInt)]
    pub measure: i64,
    #[diesel(sql_type = Uid)]
    pub indicator: Id,
    /// The number of cells.
    #[diesel(sql_type = st::BigInt)]
    pub cells: i64,
    #[diesel(embed)]
    pub counts: ChangeCounts,
    /// When they become, or became, public. None while they are staged.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub valid_from: Option<Ts>,
    /// When they were withdrawn.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub ended_at: Option<Ts>,
    /// The disclosure profile by which it was decided what is shown of them. None without disclosure control.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub profile: Option<String>,
}

const SELECT_WHERE_RECORD: &str =
    "SELECT f.record, f.number, f.measure, m.record AS indicator, f.cells, f.inserted, f.revised, f.unchanged, f.deleted,
     f.valid_from, f.ended_at, f.profile FROM release_figures f JOIN measure m ON m.number = f.measure WHERE f.record ";

/// The observations of a release. None if none were ever submitted.
pub fn of_release(conn: &mut Conn, release: Id) -> Result<Option<ReleaseObservations>, Problem> {
    Ok(Sql::new(SELECT_WHERE_RECORD).text("= ").bind(release).get_result(conn).optional()?)
}

/// The observations of those of these releases that are, or were, public at a moment.
pub fn public_of_releases(
    conn: &mut Conn,
    releases: &[Id],
    now: Ts,
) -> Result<HashMap<Id, ReleaseObservations>, Problem> {
    if releases.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<ReleaseObservations> = Sql::new(SELECT_WHERE_RECORD)
        .text("IN (")
        .bind_all(releases.iter().copied())
        .text(") AND f.valid_from <= ")
        .bind(now)
        .one_off()
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.record, row)).collect())
}

/// Deletes what is concealed of the cells of a release.
pub fn delete_concealed(conn: &mut Conn, release: i64) -> Result<(), Problem> {
    Sql::new("DELETE FROM concealed WHERE release = ").bind(release).execute(conn)?;
    Sql::new(
        "UPDATE release_figures SET concealed_digest = NULL WHERE concealed_digest IS NOT NULL AND number = ",
    )
    .bind(release)
    .execute(conn)?;
    Ok(())
}
