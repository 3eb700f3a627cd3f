//! The change feed, the sealer that numbers it, and the clock's job.
//!
//! A row of the feed is written in the deed's own transaction, without a number: two transactions may end in
//! another order than they began in, and a reader who has passed number 7 must never miss a 6 that commits
//! later. One sealer at a time numbers what is committed. Readers see sealed rows only.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::json;

use super::kind::KindDef;
use super::lifecycle::WriteContext;
use super::rows::Rows;
use super::trail;
use super::visible::Visibility;
use crate::access::{Actor, Reach, audit};
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Db, Sql};

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was made.
    Created,
    /// A version was drafted.
    Edited,
    /// It was handed in.
    Submitted,
    /// It was handed back.
    Returned,
    /// It was approved.
    Approved,
    /// It was shown to the Panel.
    Shared,
    /// It will be public.
    Scheduled,
    /// It is public.
    Published,
    /// It was taken back.
    Withdrawn,
    /// Its content was destroyed.
    Redacted,
}

impl Event {
    /// Its name in the feed.
    pub fn name(self) -> &'static str {
        match self {
            Event::Created => "created",
            Event::Edited => "edited",
            Event::Submitted => "submitted",
            Event::Returned => "returned",
            Event::Approved => "approved",
            Event::Shared => "shared",
            Event::Scheduled => "scheduled",
            Event::Published => "published",
            Event::Withdrawn => "withdrawn",
            Event::Redacted => "redacted",
        }
    }
}

/// What a row of the feed is about.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The record.
    pub record: Id,
    /// Its edit.
    pub version: i64,
    /// Its kind.
    pub kind: &'a str,
    /// Its reference.
    pub reference: &'a str,
    /// Its body.
    pub body: Option<Id>,
    /// The organisation that it is assigned to.
    pub assigned: Option<Id>,
    /// Its publication's number, if public.
    pub publication: Option<i64>,
}

/// Writes a row, not yet numbered.
pub fn record(
    conn: &mut Conn,
    clock: &Clock,
    subject: &Subject<'_>,
    event: Event,
    public: bool,
    at: Ts,
) -> Result<(), Problem> {
    let mut rows = Rows::default();
    row(&mut rows, clock, subject, event, public, at);
    rows.write(conn)
}

/// The same, to be written with others.
pub fn row(rows: &mut Rows, clock: &Clock, subject: &Subject<'_>, event: Event, public: bool, at: Ts) {
    rows.push(
        "change",
        &[
            "id",
            "record",
            "version",
            "kind",
            "reference",
            "body",
            "assigned",
            "event",
            "public",
            "publication",
            "at",
        ],
        vec![
            clock.new_id().into(),
            subject.record.into(),
            subject.version.into(),
            subject.kind.into(),
            subject.reference.into(),
            subject.body.into(),
            subject.assigned.into(),
            event.name().into(),
            public.into(),
            subject.publication.into(),
            at.into(),
        ],
    );
}

/// Remembers that something became public or ceased to be: now is never earlier than this again.
pub fn advance_watermark(conn: &mut Conn, at: Ts) -> Result<(), Problem> {
    Sql::new("UPDATE clock_mark SET at = ").bind(at).text(" WHERE at < ").bind(at).execute(conn)?;
    Ok(())
}

/// The latest moment at which anything became public or ceased to be.
pub fn latest_watermark(conn: &mut Conn) -> Result<Ts, Problem> {
    #[derive(QueryableByName)]
    struct Mark {
        #[diesel(sql_type = Tstz)]
        at: Ts,
    }
    Ok(Sql::new("SELECT at FROM clock_mark WHERE id = 1").get_result::<Mark>(conn)?.at)
}

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
        record(conn, clock, &subject, Event::Published, true, row.due_at)?;
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
        trail::write(conn, &context, kind, &subject, Event::Published.name(), json!({"due_at": row.due_at}))?;
    }
    if let Some(last) = due.last() {
        advance_watermark(conn, last.due_at)?;
    }
    Ok(())
}

/// A sealed row, as read.
#[derive(Clone, Debug, QueryableByName)]
pub struct ChangeRow {
    /// Its number: for the cursor only, since gaps would tell.
    #[diesel(sql_type = st::BigInt)]
    pub seq: i64,
    /// Its id.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// The record.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The edit.
    #[diesel(sql_type = st::BigInt)]
    pub version: i64,
    /// The kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// The reference.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// The body's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// What happened.
    #[diesel(sql_type = st::Text)]
    pub event: String,
    /// Whether the public sees this row.
    #[diesel(sql_type = st::Bool)]
    pub public: bool,
    /// The publication.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub publication: Option<i64>,
    /// When.
    #[diesel(sql_type = Tstz)]
    pub at: Ts,
    /// Why it was withdrawn.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub withdrawn_reason: Option<String>,
    /// By whose office.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub office: Option<String>,
}

/// The statement for the rows after a number that the actor may see.
pub fn page(actor: &Actor, visibility: &Visibility, after: i64, limit: i64) -> Sql {
    let seen = visibility.by_kind("c", |reach| seen(actor, reach));
    Sql::new(
        "SELECT c.seq, c.id, c.record, c.version, c.kind, c.reference, b.reference AS body_reference, c.event,
         c.public, c.publication, c.at, r.withdrawn_reason, o.reference AS office
         FROM change c JOIN record r ON r.id = c.record LEFT JOIN record b ON b.id = c.body
         LEFT JOIN record o ON o.id = r.owner WHERE c.seq > ",
    )
    .bind(after)
    .text(" AND ")
    .append(seen)
    .text(" ORDER BY c.seq LIMIT ")
    .bind(limit)
}

/// The condition on a row of the feed under which it is seen with these reaches of its kind.
fn seen(actor: &Actor, reach: &[Reach]) -> Sql {
    let mut seen = Sql::new("(c.public");
    let Some(body) = &actor.body else {
        return seen.text(")");
    };
    for one in reach {
        let body = body.id;
        let extra = match one {
            Reach::Published => continue,
            Reach::All => Sql::new(" OR c.body = ").bind(body),
            // What tells of a draft that was never handed in is nobody's business.
            Reach::Submitted => Sql::new(" OR (c.body = ")
                .bind(body)
                .text(" AND c.event IN ('submitted', 'returned', 'approved', 'shared', 'scheduled'))"),
            // Whom it was shown to knows that; that it went back is for the office to say.
            Reach::PanelShared => Sql::new(" OR (c.body = ").bind(body).text(" AND c.event = 'shared')"),
            // Of what an organisation has by its name in a content, lists tell once it is handed in.
            Reach::OwnArea => continue,
            Reach::OwnOrganisation => {
                let Some(organisation) = &actor.organisation else {
                    continue;
                };
                Sql::new(" OR (c.body = ").bind(body).text(" AND r.owner = ").bind(organisation.id).text(")")
            }
            Reach::Assigned => {
                let Some(organisation) = &actor.organisation else {
                    continue;
                };
                Sql::new(" OR (c.body = ")
                    .bind(body)
                    .text(" AND c.assigned = ")
                    .bind(organisation.id)
                    .text(")")
            }
        };
        seen = seen.append(extra);
    }
    seen.text(")")
}
