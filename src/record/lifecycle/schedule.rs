//! Undoing a scheduled publication, and what may not be undone while others wait for it.

use diesel::prelude::*;

use super::update::{is, update_both, update_version};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::row::Row;
use crate::store::{Conn, Sql};

/// What is to come out may not lose what it names: refuses while a scheduled version names this record.
pub(super) fn nobody_waits_for(conn: &mut Conn, head: &Row) -> Result<(), Problem> {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::Text)]
        reference: String,
    }
    let waiting: Vec<Waiting> = Sql::new(
        "SELECT DISTINCT r.reference FROM link l JOIN scheduled s ON s.record = l.record AND s.version = l.version
         JOIN record r ON r.id = s.record WHERE l.other = ",
    )
    .bind(head.record)
    .text(" AND l.record <> ")
    .bind(head.record)
    .text(" ORDER BY r.reference LIMIT 20")
    .load(conn)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = waiting.iter().map(|one| one.reference.as_str()).collect();
    Err(Problem::conflict(format!(
        "It is named by what is scheduled to be published ({}); return that first.",
        names.join(", ")
    )))
}

pub(super) fn unschedule(conn: &mut Conn, kind: &KindDef, head: &Row) -> Result<(), Problem> {
    // Where a version before it stays public, whoever waits for the record can still name it.
    if head.publication == Some(1) {
        nobody_waits_for(conn, head)?;
    }
    Sql::new("DELETE FROM scheduled WHERE record = ").bind(head.record).execute(conn)?;
    // The version before it stays public after all.
    let before = Sql::new("record = ")
        .bind(head.record)
        .text(" AND version <> ")
        .bind(head.version)
        .text(" AND public_to = ")
        .bind(head.public_from);
    update_both(conn, kind, &Sql::new("public_to = ").bind(Ts::NEVER), &before)?;
    let never = Sql::new("public_from = NULL, public_to = NULL");
    update_both(conn, kind, &never, &is(head.record, head.version))?;
    update_version(conn, head.record, head.version, Sql::new("publication = NULL, published_by = NULL"))
}
