//! Entries: written in the transaction of the event that they report, and redacted.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::commitment::{CONTENT, DETAIL, Digest, STATE, commit, content_text};
use crate::access::Actor;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::tables::audit;
use crate::store::{Conn, in_dialect};

/// How many rows one statement inserts.
const BATCH: usize = 100;

/// A version that became public.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// The number of the publication.
    pub publication: i64,
    /// The digest of the content.
    pub digest: Digest,
}

/// An entry to write.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub at: Ts,
    /// What happened, in a word: `created`, `published`, …
    pub event: &'a str,
    pub actor: &'a str,
    pub request: Option<Id>,
    pub record: Option<Id>,
    /// The number of the record's edit.
    pub version: Option<i64>,
    /// The policing body.
    pub body: Option<Id>,
    /// Everything else, as [`canonical`] JSON: operation, credential, roles, reason, counts.
    pub detail: String,
    /// The version that became public with the event.
    pub published: Option<Published>,
    /// The digest of the record's state after the event.
    pub state: Option<Digest>,
}

impl<'a> Entry<'a> {
    /// An entry about no record.
    pub fn new(at: Ts, event: &'a str, actor: &'a str, detail: &Value) -> Entry<'a> {
        Entry {
            at,
            event,
            actor,
            request: None,
            record: None,
            version: None,
            body: None,
            detail: canonical(detail),
            published: None,
            state: None,
        }
    }
}

/// What an entry can say that happened, in the order of the alphabet.
pub const EVENTS: &[&str] = &[
    "approved",
    BACKUP_MADE,
    "baseline",
    "client_created",
    "client_revoked",
    "created",
    "edited",
    "export",
    "files_rewritten",
    "import",
    "imported",
    "key_created",
    "key_revoked",
    "keys_rotated",
    "membership_created",
    "membership_ended",
    "password_changed",
    "password_reset",
    "person_created",
    "person_revoked",
    "published",
    "question_accepted",
    "question_merged",
    "question_received",
    "question_refused",
    "question_withdrawn",
    "redacted",
    "redaction_reviewed",
    "refused",
    "returned",
    "scheduled",
    "secret_rotated",
    "shared",
    "signed_in",
    "submitted",
    "verdict_changed",
    "withdrawn",
];

/// Writes an entry. The caller is in the transaction of the event.
pub fn record(conn: &mut Conn, clock: &Clock, entry: &Entry<'_>) -> Result<(), Problem> {
    diesel::insert_into(audit::table).values(&NewRow::of(clock, entry)).execute(conn)?;
    Ok(())
}

/// Writes an entry about something done on the command line, by someone who has the database itself. What is done over
/// HTTP is written by `Call::note`, which knows the request.
pub fn note_of_operator(conn: &mut Conn, clock: &Clock, event: &str, detail: &Value) -> Result<(), Problem> {
    record(conn, clock, &Entry::new(clock.now(), event, OPERATOR, detail))
}

/// The event that a backup leaves; the operator sees its age in the metrics.
pub const BACKUP_MADE: &str = "backup_made";

/// When this last happened, for events of no body.
pub fn latest(conn: &mut Conn, event: &str) -> Result<Option<Ts>, Problem> {
    let of_event = audit::table.filter(audit::event.eq(event)).filter(audit::body.is_null());
    Ok(of_event
        .filter(audit::seq.is_not_null())
        .select(audit::at)
        .order(audit::at.desc())
        .first(conn)
        .optional()?)
}

/// The actor of what is done on the command line.
pub const OPERATOR: &str = "command line";

/// Adds the actor's roles, organisation and credential to an entry's detail.
pub fn with_actor(mut detail: Value, actor: &Actor) -> Value {
    if let Some(fields) = detail.as_object_mut() {
        let roles: Vec<&str> = actor.roles.iter().map(|role| role.name()).collect();
        fields.insert("roles".to_owned(), json!(roles));
        if let Some(organisation) = &actor.organisation {
            fields.insert("organisation".to_owned(), json!(organisation.reference));
        }
        if let Some(credential) = &actor.subject {
            fields.insert("credential".to_owned(), json!(credential));
        }
    }
    detail
}

/// Writes many entries, in that order.
pub fn record_all(conn: &mut Conn, clock: &Clock, entries: &[Entry<'_>]) -> Result<(), Problem> {
    for batch in entries.chunks(BATCH) {
        let rows: Vec<NewRow<'_>> = batch.iter().map(|entry| NewRow::of(clock, entry)).collect();
        in_dialect!(conn, |conn| diesel::insert_into(audit::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// An entry with its commitments, not yet sealed.
#[derive(Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Id,
    at: Ts,
    event: &'a str,
    actor: &'a str,
    request: Option<Id>,
    record: Option<Id>,
    version: Option<i64>,
    body: Option<Id>,
    detail: &'a str,
    salt: Vec<u8>,
    blind: Vec<u8>,
    content_digest: Option<Vec<u8>>,
    detail_digest: Vec<u8>,
    state_digest: Option<Vec<u8>>,
}

impl<'a> NewRow<'a> {
    fn of(clock: &Clock, entry: &'a Entry<'_>) -> NewRow<'a> {
        // Whoever filters the trail chooses from that list. The tests run with this check.
        debug_assert!(EVENTS.contains(&entry.event), "`{}` is missing in EVENTS", entry.event);
        let salt: Digest = clock.random();
        let blind: Digest = clock.random();
        let content = entry.record.zip(entry.published).map(|(record, published)| {
            commit(&salt, CONTENT, &content_text(record, published.publication, &published.digest))
        });
        NewRow {
            id: clock.new_id(),
            at: entry.at,
            event: entry.event,
            actor: entry.actor,
            request: entry.request,
            record: entry.record,
            version: entry.version,
            body: entry.body,
            detail: &entry.detail,
            salt: salt.to_vec(),
            blind: blind.to_vec(),
            content_digest: content.map(Vec::from),
            detail_digest: commit(&salt, DETAIL, entry.detail.as_bytes()).to_vec(),
            state_digest: entry.state.map(|state| commit(&salt, STATE, &state).to_vec()),
        }
    }
}

/// JSON with its fields in order, so that equal values have the same text.
pub fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let mut names: Vec<&String> = fields.keys().collect();
                names.sort();
                names.into_iter().map(|name| (name.clone(), sorted(&fields[name]))).collect()
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}

/// The event of the entry that a redaction writes. Its detail lists the `edits`, or has null for all of them.
pub const REDACTED: &str = "redacted";

/// Destroys salt and detail of the entries about a record, or of those about these edits of it; returns how many entries
/// it changed. The same transaction must write an entry of the event [`REDACTED`] about that record, whose detail lists
/// the `edits`: without it [`super::verify`] reports a broken trail.
pub fn redact(conn: &mut Conn, record: Id, versions: Option<&[i64]>) -> Result<usize, Problem> {
    let entries = audit::table
        .filter(audit::salt.is_not_null())
        .filter(audit::event.ne(REDACTED))
        .filter(audit::record.eq(record));
    let destroyed = (audit::salt.eq(None::<Vec<u8>>), audit::detail.eq(None::<String>));
    Ok(match versions {
        None => diesel::update(entries).set(destroyed).execute(conn)?,
        Some(versions) => {
            let entries = entries.filter(audit::version.eq_any(versions.to_vec()));
            diesel::update(entries).set(destroyed).execute(conn)?
        }
    })
}
