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
use crate::store::tables::{record, scheduled};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Db, Sql};

/// How long the sealer waits for a writing connection before it gives up until the next time.
const WRITER_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(500);

/// The number of the advisory lock that the sealer takes: any number that nobody else uses.
const LOCK: i64 = 0x4f6e_5265_636f_7264;

/// Makes sure that no other process numbers, seals or judges before this transaction ends.
pub fn alone(conn: &mut Conn) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("SELECT pg_advisory_xact_lock(").bind(LOCK).text(")").execute(conn)?;
    }
    Ok(())
}

/// Numbers the committed rows of the feed, and records the scheduled publications whose moment has come. Takes no lock
/// if there is nothing to do.
pub fn catch_up(db: &Db, clock: &Clock, kinds: &[&'static KindDef], now: Ts) -> Result<(), Problem> {
    if db.read(|conn| pending(conn, now))? {
        // A reader of the feed must not wait for writers: without a connection it reads what is numbered already.
        db.write_within(WRITER_TIMEOUT, |conn| {
            alone(conn)?;
            record_due_publications(conn, clock, kinds, now)?;
            number_feed(conn)
        })?;
    }
    Ok(())
}

/// Seals at most this many batches of the audit trail, each in a transaction of its own, so that others can write in
/// between after an import. Returns whether all committed entries are sealed.
pub fn seal_audit(db: &Db, batches: usize) -> Result<bool, Problem> {
    for _ in 0..batches {
        if !db.read(audit::seal::pending)? {
            return Ok(true);
        }
        let sealed = db.write_within(WRITER_TIMEOUT, |conn| {
            alone(conn)?;
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

/// Numbers the committed rows of the feed. The caller has taken the lock, in a statement of its own: so on PostgreSQL
/// this statement sees all rows that were numbered before.
fn number_feed(conn: &mut Conn) -> Result<(), Problem> {
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

/// Records the scheduled publications whose moment has come, also if the server was down at that moment. The versions
/// are public already, by their intervals: this only tells the feed and the audit trail.
fn record_due_publications(
    conn: &mut Conn,
    clock: &Clock,
    kinds: &[&'static KindDef],
    now: Ts,
) -> Result<(), Problem> {
    let due: Vec<Due> = Sql::new(
        "SELECT s.record, s.version, v.kind, v.reference, v.body, v.assigned, v.publication, s.due_at
         FROM scheduled s JOIN record_version v ON v.record = s.record AND v.version = s.version
         JOIN record r ON r.id = s.record WHERE r.withdrawn_at IS NULL AND s.due_at <= ",
    )
    .bind(now)
    .text(" ORDER BY s.due_at, s.record")
    // If one of them is withdrawn or returned at the same time, whichever comes first wins.
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
        diesel::update(record::table.find(row.record)).set(record::was_public.eq(true)).execute(conn)?;
        diesel::delete(scheduled::table.find(row.record)).execute(conn)?;
        let kind = kinds.iter().find(|kind| kind.def.name == row.kind).ok_or_else(|| {
            Problem::internal(format!("a record of the kind {}, which does not exist", row.kind))
        })?;
        let actor = Actor::clock();
        let context = WriteContext { actor: &actor, now, clock, request: None, operation: "clock" };
        let happened = Happened::public(Event::Published, row.due_at);
        commit::record(conn, &context, kind, &subject, &happened, json!({"due_at": row.due_at}))?;
    }
    Ok(())
}
