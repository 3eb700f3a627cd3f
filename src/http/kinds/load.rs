//! Loads the record that a request changes, in the order of refusals that `write.rs` describes.

use std::cell::OnceCell;

use serde_json::Value;

use super::include::{add_computed_one, render_one};
use super::read::{find, gone, kind_of, tombstone_value};
use crate::access::Action;
use crate::clock::Id;
use crate::http::idempotency::{self, Claim};
use crate::http::{Call, Reply, conditional};
use crate::problem::{self, Problem};
use crate::record::kind::KindDef;
use crate::record::lifecycle;
use crate::record::read::{self, Name, Tombstone};
use crate::record::related::Related;
use crate::record::represent;
use crate::record::row::{Audience, Row};
use crate::record::shown;
use crate::record::visible::Visibility;
use crate::record::write_context::WriteContext;
use crate::store::Conn;

/// Who makes the change of this request, and when.
pub fn write_context(call: &Call) -> WriteContext<'_> {
    WriteContext {
        actor: &call.actor,
        now: call.now(),
        clock: &call.state.clock,
        request: Some(call.request),
        operation: &call.operation.id,
    }
}

/// 403 for what no role of the caller allows.
pub fn forbidden() -> Problem {
    Problem::new(
        &problem::FORBIDDEN,
        "Neither your roles nor an assignment to your organisation allow this here; GET /v1/me lists what they allow.",
    )
}

/// A record that the caller may change, and has read as it is.
pub struct LoadedRecord {
    /// The record's kind.
    pub kind: &'static KindDef,
    /// The working version.
    pub row: Row,
    /// As whom the caller may take this step, whatever else the caller's other roles read.
    acts_as: Option<Audience>,
    /// The record as the caller reads it, as JSON text: its tag is that of `If-Match`.
    pub text: String,
    as_read: OnceCell<Value>,
}

impl LoadedRecord {
    /// A record as the reader sees it, to be changed under a rule: `permitted` are the records that the rule covers.
    pub fn read(
        conn: &mut Conn,
        kind: &'static KindDef,
        row: Row,
        visibility: &Visibility,
        permitted: &Visibility,
    ) -> Result<LoadedRecord, Problem> {
        let text = render_one(conn, kind, &row, visibility)?;
        let acts_as = permitted.audience(&row);
        Ok(LoadedRecord { kind, row, acts_as, text, as_read: OnceCell::new() })
    }

    /// The record as the caller reads it, with the envelope.
    pub fn as_read(&self) -> Result<&Value, Problem> {
        if self.as_read.get().is_none() {
            let value = serde_json::from_str(&self.text).map_err(Problem::internal)?;
            return Ok(self.as_read.get_or_init(|| value));
        }
        self.as_read.get().ok_or_else(|| Problem::internal("a parsed record is lost"))
    }

    /// Whether the caller may take this step only as the organisation that the record is assigned to.
    pub fn is_partners(&self) -> bool {
        self.acts_as == Some(Audience::Partner)
    }
}

/// What [`load_for_update`] finds.
pub enum ForUpdate {
    /// The record, locked.
    Record(Box<LoadedRecord>),
    /// The response to the same request, which was carried out before.
    Replayed(Reply),
}

/// Claims the idempotency key, loads the record in the path, locks it, and checks the rule and `If-Match`.
pub fn load_for_update(call: &Call, conn: &mut Conn) -> Result<ForUpdate, Problem> {
    let kind = kind_of(call)?;
    // The key comes first: the earlier request may have withdrawn the record.
    if call.operation.idempotent_by_key
        && let Claim::Again(record, version) = idempotency::claim(call, conn)?
    {
        if !still_permitted(call, conn, kind, record)? {
            load_permitted(call, conn, kind)?;
            return Err(forbidden());
        }
        return replay(call, conn, kind, record, version, 200).map(ForUpdate::Replayed);
    }
    let row = load_permitted(call, conn, kind)?;
    lifecycle::lock(conn, row.record)?;
    call.catch_up(conn)?;
    // Loads it again: whoever held the lock may have changed it, or ended the caller's assignment.
    load_if_match(call, conn, kind).map(|record| ForUpdate::Record(Box::new(record)))
}

/// Before the body of a change: whether the caller sees the record, may change it and has read it as it is. A request that
/// was carried out before may have changed the tag or withdrawn the record: who repeats it by its key gets its answer.
pub fn before_change(call: &Call, conn: &mut Conn) -> Result<(), Problem> {
    let loaded = load_if_match(call, conn, kind_of(call)?);
    loaded.map(|_| ()).or_else(|problem| unless_repeated(call, conn, problem))
}

/// The problem, unless the request was carried out before.
pub fn unless_repeated(call: &Call, conn: &mut Conn, problem: Problem) -> Result<(), Problem> {
    match call.operation.idempotent_by_key && idempotency::was_carried_out(call, conn)? {
        true => Ok(()),
        false => Err(problem),
    }
}

/// Loads the record in the path without a lock, and checks the rule and `If-Match`: for a first look before a
/// transaction.
pub fn load_if_match(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<LoadedRecord, Problem> {
    let row = load_permitted(call, conn, kind)?;
    let visibility = call.visibility();
    let record = LoadedRecord::read(conn, kind, row, &visibility, &permitted(call, kind))?;
    conditional::require_match(call.headers.if_match.as_deref(), &conditional::tag(record.text.as_bytes()))?;
    Ok(record)
}

/// The records that the operation's rule covers.
fn permitted(call: &Call, kind: &KindDef) -> Visibility {
    Visibility::under(&call.actor, &kind.def, call.operation.rule, call.now())
}

/// Loads the record in the path as the caller sees it; 403 if the operation's rule does not cover it.
pub fn load_permitted(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<Row, Problem> {
    let row = find(call, conn, kind, &call.visibility())?;
    let permitted = permitted(call, kind);
    let covered = match kind.def.workflow {
        true => permitted.covers(&row),
        false => permitted.audience(&row).is_some(),
    };
    if covered && !kind.bars(&call.actor) { Ok(row) } else { Err(forbidden()) }
}

/// Whether the operation's rule still covers the record of an earlier request: a key outlives roles and memberships.
pub fn still_permitted(
    call: &Call,
    conn: &mut Conn,
    kind: &'static KindDef,
    record: Id,
) -> Result<bool, Problem> {
    if !kind.def.workflow {
        return Ok(!call.actor.reach(call.operation.rule).is_empty());
    }
    let head = read::head(conn, record)?;
    Ok(permitted(call, kind).covers(&head) && !kind.bars(&call.actor))
}

/// Returns again the version that an earlier request with the same key made.
pub fn replay(
    call: &Call,
    conn: &mut Conn,
    kind: &'static KindDef,
    record: Id,
    version: i64,
    status: u16,
) -> Result<Reply, Problem> {
    // A key does not show a record that was withdrawn since.
    if let Some(tombstone) = read::tombstone(conn, kind, &Name::Id(record), &call.visibility())? {
        if call.operation.action != Some(Action::Withdraw) {
            return Err(gone(kind, &tombstone));
        }
        return Ok(tombstone_reply(kind, &tombstone)?.header("Idempotency-Replayed", "true"));
    }
    let row = read::version(conn, record, version)?;
    let visibility = call.visibility();
    // As the caller sees the record now; everyone sees reference data.
    let audience = match kind.def.workflow {
        true => visibility.audience(&read::head(conn, record)?).ok_or_else(forbidden)?,
        false => Audience::Public,
    };
    let rows = [(&row, audience)];
    let related = Related::read(conn, &rows, &visibility)?;
    let shown = shown::to_reader(conn, &rows, &visibility)?.pop();
    let shown = shown.ok_or_else(|| Problem::internal("a version is lost"))?;
    let text = represent::to_json(kind, &shown, audience, call.now(), &related)?;
    let text = add_computed_one(conn, kind, text, &shown, &visibility)?;
    let reply = Reply::json(text).status(status).header("Idempotency-Replayed", "true");
    Ok(if status == 201 { reply.header("Location", kind.self_link(record)) } else { reply })
}

/// The response to a withdrawal.
pub fn tombstone_reply(kind: &KindDef, tombstone: &Tombstone) -> Result<Reply, Problem> {
    let mut reply = Reply::value(&tombstone_value(kind, tombstone))?;
    reply.tagged = false;
    Ok(reply)
}
