//! Entries of the audit trail about records. [`verify`](super::verify) checks that the records still are what these say.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use super::audited_state;
use super::event::{Event, Subject};
use super::kind::KindDef;
use super::write_context::WriteContext;
use crate::access::Actor;
use crate::access::audit::{self, Digest, Entry, Published};
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::tables::record;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Db, Sql};

/// The details of a change with what every entry has: operation, credential, roles, organisation.
fn with_context(actor: &Actor, operation: &str, detail: Value) -> String {
    let mut detail = audit::with_actor(detail, actor);
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("operation".to_owned(), json!(operation));
    }
    audit::canonical(&detail)
}

/// Writes the entry of a change, with the digest of the state that the change leaves: so it must be written last.
pub fn write(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    subject: &Subject<'_>,
    event: Event,
    detail: Value,
) -> Result<(), Problem> {
    let state = audited_state::of(conn, kind, &[subject.record])?.get(&subject.record).copied();
    let published = match (event, subject.publication) {
        (Event::Published, Some(_)) => version(conn, subject.record, subject.version)?,
        _ => None,
    };
    let entry = Entry {
        at: context.now,
        event: event.name(),
        actor: context.actor.name(),
        request: context.request,
        record: Some(subject.record),
        version: Some(subject.version),
        body: subject.body,
        detail: with_context(context.actor, context.operation, detail),
        published,
        state,
    };
    audit::record(conn, context.clock, &entry)
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Nullable<Uid>)]
    body: Option<Id>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    publication: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    digest: Option<Vec<u8>>,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    public_from: Option<Ts>,
}

impl Version {
    /// The publication that the version is, if it is public by a moment.
    fn published(&self, now: Ts) -> Option<Published> {
        self.public_from.filter(|from| *from <= now)?;
        let digest = Digest::try_from(self.digest.as_deref()?).ok()?;
        Some(Published { publication: self.publication?, digest })
    }
}

const VERSIONS: &str = "SELECT r.id AS record, r.body, v.version, v.publication, v.digest, v.public_from
    FROM record r LEFT JOIN record_version v ON v.record = r.id WHERE ";

/// The publication that a version is, also where it is scheduled.
fn version(conn: &mut Conn, record: Id, version: i64) -> Result<Option<Published>, Problem> {
    let row: Version = Sql::new(VERSIONS)
        .text("r.id = ")
        .bind(record)
        .text(" AND v.version = ")
        .bind(version)
        .get_result(conn)?;
    Ok(row.published(Ts::NEVER))
}

/// A record's current row, for an entry about the record.
#[derive(Clone, Debug, Queryable)]
pub struct CurrentRecord {
    id: Id,
    kind: String,
    reference: String,
    body: Option<Id>,
    head_version: i64,
}

impl CurrentRecord {
    /// The subject of an entry: the given edit, or the working version.
    pub fn about(&self, version: Option<i64>) -> Subject<'_> {
        Subject {
            record: self.id,
            version: version.unwrap_or(self.head_version),
            kind: &self.kind,
            reference: &self.reference,
            body: self.body,
            assigned: None,
            publication: None,
        }
    }
}

/// The current row of a record.
pub fn current(conn: &mut Conn, record: Id) -> Result<CurrentRecord, Problem> {
    let columns = (record::id, record::kind, record::reference, record::body, record::head_version);
    Ok(record::table.find(record).select(columns).first(conn)?)
}

/// Writes an entry for each version of some records, the last of each record with the record's state.
pub(super) fn write_all_versions(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    records: &[Id],
    event: &str,
) -> Result<(), Problem> {
    let detail = with_context(context.actor, context.operation, json!({}));
    for batch in records.chunks(audited_state::BATCH) {
        let states = audited_state::of(conn, kind, batch)?;
        let sql = Sql::new(VERSIONS)
            .text("r.id IN (")
            .bind_all(batch.iter().copied())
            .text(") ORDER BY r.id, v.version");
        let sql = if batch.len() == audited_state::BATCH { sql } else { sql.one_off() };
        let versions: Vec<Version> = sql.load(conn)?;
        let entries: Vec<Entry<'_>> = versions
            .iter()
            .enumerate()
            .map(|(n, version)| {
                let last = versions.get(n + 1).is_none_or(|next| next.record != version.record);
                Entry {
                    at: context.now,
                    event,
                    actor: context.actor.name(),
                    request: context.request,
                    record: Some(version.record),
                    version: version.version,
                    body: version.body,
                    detail: detail.clone(),
                    published: version.published(context.now),
                    state: states.get(&version.record).copied().filter(|_| last),
                }
            })
            .collect();
        audit::record_all(conn, context.clock, &entries)?;
    }
    Ok(())
}

/// How many records get their first entry in one transaction.
const BASELINE_BATCH: i64 = 500;

#[derive(QueryableByName)]
struct WithoutEntry {
    #[diesel(sql_type = Uid)]
    id: Id,
}

/// Writes a `baseline` entry for each version of each record that has no entry, because it is older than the trail.
/// Returns the number of records.
pub fn baseline(db: &Db, clock: &Clock, kinds: &[&'static KindDef]) -> Result<usize, Problem> {
    let actor = Actor { subject: Some("baseline".to_owned()), ..Actor::public() };
    let mut done = 0;
    for kind in kinds {
        // Mostly there is none, and finding that out must not block writers.
        while !db.read(|conn| without_entry(conn, kind, 1, false))?.is_empty() {
            done += db.write(|conn| {
                let records = without_entry(conn, kind, BASELINE_BATCH, true)?;
                let now = clock.now();
                let context =
                    WriteContext { actor: &actor, now, clock, request: None, operation: "baseline" };
                write_all_versions(conn, &context, kind, &records, "baseline")?;
                Ok(records.len())
            })?;
        }
    }
    Ok(done)
}

/// Records of a kind that have no entry.
fn without_entry(conn: &mut Conn, kind: &KindDef, limit: i64, lock: bool) -> Result<Vec<Id>, Problem> {
    let rows: Vec<WithoutEntry> = Sql::new("SELECT r.id FROM record r WHERE r.kind = ")
        .bind(kind.def.name)
        .text(" AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.record = r.id) ORDER BY r.id LIMIT ")
        .bind(limit)
        // So that a change of one of them writes its entry before this one or after it.
        .text(if lock && conn.is_pg() { " FOR NO KEY UPDATE OF r" } else { "" })
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
