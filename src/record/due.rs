//! What becomes due by itself: numbering the committed rows of the change feed, sealing the audit trail, and the
//! events of versions whose scheduled publication has come.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::json;

use super::commit::{self, Happened};
use super::event::{Event, Subject};
use super::kind::KindDef;
use super::write_context::WriteContext;
use crate::access::{Actor, audit};
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Db, Sql};

/// How long the feed's housekeeping waits for the writer before it leaves it to the next time.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);

/// A lock that only the sealer and the clock's job take; any number that nobody else uses.
const LOCK: i64 = 0x4f6e_5265_636f_7264;

fn lock(conn: &mut Conn) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT pg_advisory_xact_lock(").bind(LOCK).text(")").execute(conn)?;
    }
    Ok(())
}

/// Numbers what is committed and emits the events of what has become public. Does nothing, and takes no
/// lock, when there is nothing to do.
pub fn catch_up(db: &Db, clock: &Clock, kinds: &[&'static KindDef], now: Ts) -> Result<(), Problem> {
    if db.read(|conn| pending(conn, now))? {
        // Who cannot have the writer soon reads what is numbered already: a reader waits for no writer.
        db.write_within(PATIENCE, |conn| {
            lock(conn)?;
            emit_due(conn, clock, kinds, now)?;
            seal(conn)
        })?;
    }
    Ok(())
}

/// Seals the audit trail, so many batches of it at most, each in a transaction of its own: after an import others
/// write in between. True when all that was committed is sealed.
pub fn seal_audit(db: &Db, batches: usize) -> Result<bool, Problem> {
    for _ in 0..batches {
        if !db.read(audit::seal::pending)? {
            return Ok(true);
        }
        let sealed = db.write_within(PATIENCE, |conn| {
            lock(conn)?;
            audit::seal::seal(conn)
        })?;
        if sealed.is_none() {
            return Ok(false);
        }
    }
    Ok(!db.read(audit::seal::pending)?)
}

fn pending(conn: &mut Conn, now: Ts) -> Result<bool, Problem> {
    let row: Count = Sql::new(
        "SELECT (CASE WHEN EXISTS (SELECT 1 FROM change WHERE seq IS NULL) OR EXISTS (SELECT 1 FROM scheduled WHERE due_at <= ",
    )
    .bind(now)
    .text(") THEN 1 ELSE 0 END)")
    .text(if conn.is_pg() { "::bigint AS n" } else { " AS n" })
    .get_result(conn)?;
    Ok(row.n == 1)
}

/// Numbers the committed rows, under the lock. PostgreSQL: the lock is a statement of its own, so that the next
/// one sees all that was sealed before it.
fn seal(conn: &mut Conn) -> Result<(), Problem> {
    Sql::new(
        "UPDATE change SET seq = numbered.seq FROM (
             SELECT id, (SELECT coalesce(max(seq), 0) FROM change) + row_number() OVER (ORDER BY at, id) AS seq
             FROM change WHERE seq IS NULL) AS numbered
         WHERE change.id = numbered.id",
    )
    .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Nullable<Uid>)]
    body: Option<Id>,
    #[diesel(sql_type = st::Nullable<Uid>)]
    assigned: Option<Id>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    publication: Option<i64>,
    #[diesel(sql_type = Tstz)]
    due_at: Ts,
}

/// The clock's job: what was scheduled and has come is told. It *is* public already, by its interval; this
/// only says so, also when the server slept at that minute.
fn emit_due(conn: &mut Conn, clock: &Clock, kinds: &[&'static KindDef], now: Ts) -> Result<(), Problem> {
    let due: Vec<Due> = Sql::new(
        "SELECT s.record, s.version, v.kind, v.reference, v.body, v.assigned, v.publication, s.due_at
         FROM scheduled s JOIN record_version v ON v.record = s.record AND v.version = s.version
         JOIN record r ON r.id = s.record WHERE r.withdrawn_at IS NULL AND s.due_at <= ",
    )
    .bind(now)
    .text(" ORDER BY s.due_at, s.record")
    // Beside a withdrawal or a return of one of them, the first to come is right.
    .text(if conn.is_pg() { " FOR UPDATE OF s, r" } else { "" })
    .load(conn)?;
    for row in &due {
        let subject = Subject {
            record: row.record,
            version: row.version,
            kind: &row.kind,
            reference: &row.reference,
            body: row.body,
            assigned: row.assigned,
            publication: row.publication,
        };
        Sql::new("UPDATE record SET was_public = ")
            .bind(true)
            .text(" WHERE id = ")
            .bind(row.record)
            .execute(conn)?;
        Sql::new("DELETE FROM scheduled WHERE record = ").bind(row.record).execute(conn)?;
        let kind = kinds.iter().find(|kind| kind.def.name == row.kind).ok_or_else(|| {
            Problem::internal(format!("a record of the kind {}, which there is not", row.kind))
        })?;
        let actor = Actor { subject: Some("clock".to_owned()), ..Actor::public() };
        let context = WriteContext { actor: &actor, now, clock, request: None, operation: "clock" };
        let happened = Happened::public(Event::Published, row.due_at);
        commit::record(conn, &context, kind, &subject, &happened, json!({"due_at": row.due_at}))?;
    }
    Ok(())
}
