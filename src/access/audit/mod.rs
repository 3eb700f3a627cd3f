//! The audit trail: who did what, when, with which credential, to which version, why; in a chain.
//!
//! A row is written in the transaction of the deed, not yet numbered ([`record`]); one sealer numbers and
//! chains them afterwards ([`seal`]). What a row says of the deed stands behind digests that are salted: destroying the
//! salt and the detail ([`redact`]) leaves the chain whole.
//!
//! From the `salt` come three others, one for each commitment, so that opening one to an outsider opens no other:
//!
//! - `content_digest`: of a version that became public, its record, the number of its publication, its digest;
//! - `detail_digest`: the row's `detail`;
//! - `state_digest`: the record with all its versions as they were after the deed (`record/state.rs`).
//!
//! A fourth, `blind`, is never destroyed: it hides who did it, and to what, in what an outsider sees of the row.

pub mod heads;
mod refusals;
pub mod seal;
pub mod tree;
pub mod verify;

use aws_lc_rs::hmac;
use diesel::RunQueryDsl;
use serde_json::{Value, json};

pub use self::refusals::{Note, Refusals};
use super::Actor;
use super::client::hex;
use crate::clock::{Clock, Id, Ts};
use crate::problem::Problem;
use crate::store::{Conn, Sql, Val};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// How many rows one statement writes.
const BATCH: usize = 100;

/// A version that became public.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// The number of its publication.
    pub publication: i64,
    /// The digest of its content.
    pub digest: Digest,
}

/// What is to be on record of a deed.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// When.
    pub at: Ts,
    /// What was done, in a word.
    pub event: &'a str,
    /// Who did it.
    pub actor: &'a str,
    /// In which request.
    pub request: Option<Id>,
    /// To which record.
    pub record: Option<Id>,
    /// To which edit of it.
    pub version: Option<i64>,
    /// In which policing body.
    pub body: Option<Id>,
    /// Everything else, as [`canonical`] JSON: operation, credential, roles, reason, counts.
    pub detail: String,
    /// The version that became public by it.
    pub published: Option<Published>,
    /// The digest of the record's state after it.
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

/// Writes an entry, in the deed's own transaction.
pub fn record(conn: &mut Conn, clock: &Clock, entry: &Entry<'_>) -> Result<(), Problem> {
    record_all(conn, clock, std::slice::from_ref(entry))
}

/// Puts something on record that was done by who has the database itself, on the command line. What is done over HTTP goes
/// through `Call::note`, which knows the request.
pub fn note_of_operator(conn: &mut Conn, clock: &Clock, event: &str, detail: &Value) -> Result<(), Problem> {
    record(conn, clock, &Entry::new(clock.now(), event, OPERATOR, detail))
}

/// Who works on the command line.
pub const OPERATOR: &str = "command line";

/// A detail with what the actor is.
pub fn with_actor(mut detail: Value, actor: &Actor) -> Value {
    if let Some(members) = detail.as_object_mut() {
        let roles: Vec<&str> = actor.roles.iter().map(|role| role.name()).collect();
        members.insert("roles".to_owned(), json!(roles));
        if let Some(organisation) = &actor.organisation {
            members.insert("organisation".to_owned(), json!(organisation.reference));
        }
        if let Some(credential) = &actor.subject {
            members.insert("credential".to_owned(), json!(credential));
        }
    }
    detail
}

/// Writes many entries, in that order.
pub fn record_all(conn: &mut Conn, clock: &Clock, entries: &[Entry<'_>]) -> Result<(), Problem> {
    for some in entries.chunks(BATCH) {
        let mut sql = Sql::new(
            "INSERT INTO audit (id, at, event, actor, request, record, version, body, detail, salt, blind,
             content_digest, detail_digest, state_digest) VALUES ",
        );
        for (n, entry) in some.iter().enumerate() {
            sql.push(if n == 0 { "(" } else { ", (" });
            sql = sql.bind_all(values(clock, entry)).text(")");
        }
        let sql = if some.len() == 1 || some.len() == BATCH { sql } else { sql.one_off() };
        sql.execute(conn)?;
    }
    Ok(())
}

fn values(clock: &Clock, entry: &Entry<'_>) -> [Val; 14] {
    let salt: Digest = clock.random();
    let blind: Digest = clock.random();
    let bytes = |digest: Option<Digest>| Val::OptBytes(digest.map(|digest| digest.to_vec()));
    let content = entry.record.zip(entry.published).map(|(record, published)| {
        commit(&salt, CONTENT, &content_text(record, published.publication, &published.digest))
    });
    [
        clock.new_id().into(),
        entry.at.into(),
        entry.event.into(),
        entry.actor.into(),
        entry.request.into(),
        entry.record.into(),
        entry.version.into(),
        entry.body.into(),
        Val::OptText(Some(entry.detail.clone())),
        bytes(Some(salt)),
        bytes(Some(blind)),
        bytes(content),
        bytes(Some(commit(&salt, DETAIL, entry.detail.as_bytes()))),
        bytes(entry.state.map(|state| commit(&salt, STATE, &state))),
    ]
}

/// The label of the salt behind `content_digest`.
pub const CONTENT: &str = "content";
/// The label of the salt behind `detail_digest`.
pub const DETAIL: &str = "detail";
/// The label of the salt behind `state_digest`.
pub const STATE: &str = "state";

/// The salt of that label, from a row's.
pub fn derived(salt: &[u8], label: &str) -> Digest {
    keyed(salt, label.as_bytes())
}

/// The commitment to a message.
pub fn commit(salt: &[u8], label: &str, message: &[u8]) -> Digest {
    keyed(&derived(salt, label), message)
}

/// HMAC-SHA-256.
pub fn keyed(key: &[u8], message: &[u8]) -> Digest {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut digest = [0; 32];
    digest.copy_from_slice(tag.as_ref());
    digest
}

/// What `content_digest` commits to. The number of the edit is not in it: it would tell an outsider how often the
/// version was changed before it was public.
pub fn content_text(record: Id, publication: i64, digest: &[u8]) -> Vec<u8> {
    format!("{record}\n{publication}\n{}\n", hex(digest)).into_bytes()
}

/// JSON with its members in order, so that the same has one text.
pub fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut names: Vec<&String> = members.keys().collect();
                names.sort();
                names.into_iter().map(|name| (name.clone(), sorted(&members[name]))).collect()
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}

/// The event of the entry that a redaction writes; its detail names the `edits`, or says null for all of them.
pub const REDACTED: &str = "redacted";

/// Destroys what the entries about a record say, or those about these edits of it; gives how many it destroyed. The
/// same transaction has to write an entry of the event [`REDACTED`] about that record, whose detail says which
/// `edits`: without it [`verify`] takes the trail for broken.
pub fn redact(conn: &mut Conn, record: Id, versions: Option<&[i64]>) -> Result<usize, Problem> {
    let mut sql =
        Sql::new("UPDATE audit SET salt = NULL, detail = NULL WHERE salt IS NOT NULL AND event <> ")
            .bind(REDACTED)
            .text(" AND record = ")
            .bind(record);
    if let Some(versions) = versions {
        if versions.is_empty() {
            return Ok(0);
        }
        sql = sql.text(" AND version IN (").bind_all(versions.iter().copied()).text(")").one_off();
    }
    Ok(sql.execute(conn)?)
}
