//! `POST /v1/{kind}/{id}/redact`: destroys content in an emergency.
//!
//! It needs no `If-Match`: the content must be destroyed whatever was changed in the meantime, and a withdrawn record has
//! no tag.

use diesel::prelude::*;
use serde::Serialize;

use super::inputs::RedactionOrder;
use super::load::{forbidden, write_context};
use super::read::{find, kind_of};
use crate::access::Role;
use crate::clock::{Id, Ts};
use crate::http::idempotency::{self, Claim};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::lifecycle;
use crate::record::read::{Name, Row, ambiguous};
use crate::record::redaction::{self, Redaction, Scope, Which};
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A redaction.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RedactionView {
    /// The redaction's id (UUIDv7).
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The record's id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub record: Id,
    /// The record's kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// What people call the record.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The edits that were destroyed, such as `e3`; null if the whole record was.
    #[schema(max_items = 1000)]
    pub versions: Option<Vec<String>>,
    /// The reason that the tombstone shows.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// When the content was destroyed.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub redacted_at: Ts,
    /// Who destroyed it.
    #[schema(max_length = 128)]
    pub redacted_by: String,
    /// The moment by which a second person must review the redaction.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub review_due: Ts,
    /// When it was reviewed; null until then.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub reviewed_at: Option<Ts>,
    /// Who reviewed it.
    #[schema(max_length = 128)]
    pub reviewed_by: Option<String>,
    /// The finding of the review: `upheld` or `not_upheld`.
    #[schema(max_length = 16)]
    pub finding: Option<String>,
    /// The reviewer's remarks.
    #[schema(max_length = 2000)]
    pub remarks: Option<String>,
    /// When the database's files were rewritten, and so do not hold the content any more; null until then.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub rewritten_at: Option<Ts>,
}

impl From<Redaction> for RedactionView {
    fn from(row: Redaction) -> RedactionView {
        let versions =
            row.edits.map(|edits| edits.split(' ').map(|edit| format!("e{edit}")).collect::<Vec<_>>());
        RedactionView {
            id: row.id,
            record: row.record,
            kind: row.kind,
            reference: row.reference,
            versions,
            reason: row.reason,
            redacted_at: row.redacted_at,
            redacted_by: row.redacted_by,
            review_due: row.review_due,
            reviewed_at: row.reviewed_at,
            reviewed_by: row.reviewed_by,
            finding: row.finding,
            remarks: row.remarks,
            rewritten_at: row.rewritten_at,
        }
    }
}

#[derive(QueryableByName)]
struct RecordId {
    #[diesel(sql_type = Uid)]
    id: Id,
}

/// The id of the record in the path, also of a withdrawn one, if it belongs to the caller's body and the caller may
/// redact it.
fn find_for_redaction(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<Id, Problem> {
    let name = Name::parse(kind, call.segment("id")).ok_or_else(Problem::not_found)?;
    let body = call.actor.body.as_ref().filter(|_| !call.actor.reach(call.operation.rule).is_empty());
    if let Some(body) = body {
        let found: Vec<RecordId> = Sql::new("SELECT r.id FROM record r WHERE ")
            .append(name.is(kind, "r.id"))
            .text(" AND r.kind = ")
            .bind(kind.def.name)
            .text(" AND r.body = ")
            .bind(body.id)
            .load(conn)?;
        match found.as_slice() {
            [] => {}
            [found] => return Ok(found.id),
            _ => return Err(ambiguous(kind)),
        }
    }
    find(call, conn, kind, &call.visibility())?;
    Err(forbidden())
}

/// Before the body of a redaction: whether the caller may redact the record.
pub fn before_redaction(call: &Call, conn: &mut Conn) -> Result<(), Problem> {
    find_for_redaction(call, conn, kind_of(call)?).map(|_| ())
}

/// `POST /v1/{kind}/{id}/redact`.
pub fn redact(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let record = find_for_redaction(call, conn, kind)?;
    if let Claim::Again(..) = idempotency::claim(call, conn)? {
        return Err(Problem::conflict(
            "A redaction was made with this key already; GET /v1/redactions lists it.",
        ));
    }
    lifecycle::lock(conn, record)?;
    call.catch_up(conn)?;
    let body: RedactionOrder = call.input()?;
    let versions = redaction::all_versions(conn, record)?;
    let scope = scope(body.versions.as_deref(), &versions, call.now())?;
    if scope == Scope::Record && versions.iter().all(|row| row.redacted_at.is_some()) {
        return Err(Problem::conflict("All versions of this record have been redacted already."));
    }
    let id = redaction::redact(conn, &write_context(call), kind, &versions, &scope, &body.reason)?;
    idempotency::done(call, conn, record, 1)?;
    call.state.scrub();
    reply_with(call, conn, id)
}

/// The condition on the record `r` of a redaction under which the caller sees the redaction: the office sees those of its
/// own records, the Panel's officer those of the Panel's records, the auditor all.
pub fn redactions_seen(call: &Call) -> Sql {
    if call.actor.has(Role::Auditor) {
        return Sql::new("1 = 1");
    }
    call.visibility().drafts("r", "r")
}

/// Returns a redaction of the caller's body.
pub fn reply_with(call: &Call, conn: &mut Conn, id: Id) -> Result<Reply, Problem> {
    let body = call.actor.body.as_ref().ok_or_else(Problem::not_found)?;
    let row = redaction::of_body(conn, body.id, redactions_seen(call), &Which::One(id), 1)?.pop();
    let row = row.ok_or_else(Problem::not_found)?;
    let mut reply = Reply::value(&RedactionView::from(row))?;
    reply.tagged = false;
    Ok(reply)
}

/// What a request names to be destroyed, by publication (`1`) or edit (`e3`); without names the whole record.
fn scope(names: Option<&[String]>, versions: &[Row], now: Ts) -> Result<Scope, Problem> {
    let Some(names) = names else { return Ok(Scope::Record) };
    let mut edits = vec![];
    let mut faults = vec![];
    for (n, name) in names.iter().enumerate() {
        let pointer = format!("/versions/{n}");
        let found = versions.iter().find(|row| match name.strip_prefix('e') {
            Some(edit) => row.version.to_string() == edit,
            None => row.publication.is_some_and(|number| number.to_string() == *name),
        });
        match found {
            None => {
                let detail = "The record has no such version; give the number of a publication, or `e` and the number of an edit.";
                faults.push(Fault::pointer(pointer, "not_found", detail));
            }
            Some(row) if row.is_head || row.public_to.is_some_and(|to| to > now) => {
                let detail = "This is the working version, or public; publish another version first, or redact the whole record by leaving out `versions`.";
                faults.push(Fault::pointer(pointer, "in_use", detail));
            }
            Some(row) if row.redacted_at.is_some() => {
                faults.push(Fault::pointer(pointer, "redacted", "This version has been redacted already."));
            }
            Some(row) => edits.push(row.version),
        }
    }
    edits.sort_unstable();
    edits.dedup();
    if faults.is_empty() { Ok(Scope::Edits(edits)) } else { Err(Problem::unprocessable(faults)) }
}
