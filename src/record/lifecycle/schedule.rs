//! Scheduled publications: how one is scheduled, how it is cancelled, and what they keep from being withdrawn.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::update::{denormalise_head, is_version, update_both};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::record::row::Row;
use crate::record::state::HeadState;
use crate::store::tables::{record_version, scheduled};
use crate::store::{Conn, Sql};

/// Schedules the publication of the working version, whose public interval is set already.
pub(super) fn schedule(conn: &mut Conn, kind: &KindDef, head: &Row, at: Ts) -> Result<(), Problem> {
    diesel::insert_into(scheduled::table)
        .values((
            scheduled::record.eq(head.record),
            scheduled::version.eq(head.version),
            scheduled::due_at.eq(at),
        ))
        .execute(conn)?;
    denormalise_head(conn, kind, head.record, HeadState::scheduled_from(head.state), head.assigned)
}

/// Cancels the scheduled publication of the working version.
pub(super) fn cancel(conn: &mut Conn, kind: &KindDef, head: &Row) -> Result<(), Problem> {
    // A record that was public before stays so: whoever names it can still be published.
    if head.publication == Some(1) {
        refuse_if_awaited(conn, head)?;
    }
    diesel::delete(scheduled::table.find(head.record)).execute(conn)?;
    // The version before it stays public after all.
    let replaced = Sql::new("record = ")
        .bind(head.record)
        .text(" AND version <> ")
        .bind(head.version)
        .text(" AND public_to = ")
        .bind(head.public_from);
    update_both(conn, kind, &Sql::new("public_to = ").bind(Ts::NEVER), &replaced)?;
    let not_public = Sql::new("public_from = NULL, public_to = NULL");
    update_both(conn, kind, &not_public, &is_version(head.record, head.version))?;
    diesel::update(record_version::table.find((head.record, head.version)))
        .set((record_version::publication.eq(None::<i64>), record_version::published_by.eq(None::<&str>)))
        .execute(conn)?;
    Ok(())
}

/// 409 while a scheduled version of another record of the same owner names this one: it would come out naming what nobody can
/// read. Other owners cannot schedule a version that names this one before it is public, and are not to be told of here.
pub(super) fn refuse_if_awaited(conn: &mut Conn, head: &Row) -> Result<(), Problem> {
    #[derive(QueryableByName)]
    struct Scheduled {
        #[diesel(sql_type = st::Text)]
        reference: String,
    }
    let scheduled: Vec<Scheduled> = Sql::new(
        "SELECT DISTINCT r.reference FROM link l JOIN scheduled s ON s.record = l.record AND s.version = l.version
         JOIN record r ON r.id = s.record JOIN record own ON own.id = l.other AND own.owner = r.owner WHERE l.other = ",
    )
    .bind(head.record)
    .text(" AND l.record <> ")
    .bind(head.record)
    .text(" ORDER BY r.reference LIMIT 20")
    .load(conn)?;
    if scheduled.is_empty() {
        return Ok(());
    }
    let references: Vec<&str> = scheduled.iter().map(|row| row.reference.as_str()).collect();
    Err(Problem::conflict(format!(
        "Versions that are scheduled for publication name this record ({}); return those first.",
        references.join(", ")
    )))
}
