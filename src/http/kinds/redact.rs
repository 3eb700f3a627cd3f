//! `POST /v1/{kind}/{id}/redact`: destroys content in an emergency.
//!
//! It needs no `If-Match`: what is to go has to go whatever was changed meanwhile, and what was withdrawn has no tag.

use diesel::prelude::*;
use serde::Serialize;

use super::inputs::RedactionOrder;
use super::read::{find, kind_of};
use super::write::{context, forbidden};
use crate::access::{Reach, Role};
use crate::clock::{Id, Ts};
use crate::http::idempotency::{self, Claim};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::lifecycle;
use crate::record::read::{Name, Row};
use crate::record::redaction::{self, Redaction, Scope, Which};
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A redaction, written out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RedactionView {
    /// Its id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub record: Id,
    /// Its kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// What people call it.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The edits that were destroyed, such as `e3`; null for the whole record.
    #[schema(max_items = 1000)]
    pub versions: Option<Vec<String>>,
    /// The reason that the tombstone gives.
    #[schema(max_length = 2000)]
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub redacted_at: Ts,
    /// By whom.
    #[schema(max_length = 128)]
    pub redacted_by: String,
    /// Until when somebody else has to look at it.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub review_due: Ts,
    /// When somebody did; null as long as nobody has.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub reviewed_at: Option<Ts>,
    /// Who.
    #[schema(max_length = 128)]
    pub reviewed_by: Option<String>,
    /// `upheld` or `not_upheld`.
    #[schema(max_length = 16)]
    pub finding: Option<String>,
    /// What the second pair of eyes said.
    #[schema(max_length = 2000)]
    pub remarks: Option<String>,
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
        }
    }
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Uid)]
    id: Id,
}

/// The record in the path, withdrawn or not, if it is of the caller's body and the rule lets the caller do this.
fn target(call: &Call, conn: &mut Conn, kind: &'static KindDef) -> Result<Id, Problem> {
    let name = Name::parse(kind, call.segment("id")).ok_or_else(Problem::not_found)?;
    let body = call.actor.body.as_ref().filter(|_| !call.actor.reach(call.operation.rule).is_empty());
    if let Some(body) = body {
        let found: Option<Named> = Sql::new("SELECT r.id FROM record r WHERE r.id = ")
            .append(name.id(kind))
            .text(" AND r.kind = ")
            .bind(kind.def.name)
            .text(" AND r.body = ")
            .bind(body.id)
            .get_result(conn)
            .optional()?;
        if let Some(found) = found {
            return Ok(found.id);
        }
    }
    find(call, conn, kind, &call.visibility())?;
    Err(forbidden())
}

/// `POST /v1/{kind}/{id}/redact`.
pub fn redact(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let record = target(call, conn, kind)?;
    if let Claim::Again(..) = idempotency::claim(call, conn)? {
        return Err(Problem::conflict(
            "This was redacted with the same key; GET /v1/redactions tells of it.",
        ));
    }
    lifecycle::lock(conn, record)?;
    call.catch_up(conn)?;
    let body: RedactionOrder = call.input()?;
    let versions = redaction::all_versions(conn, record)?;
    let scope = scope(body.versions.as_deref(), &versions, call.now())?;
    if scope == Scope::Record && versions.iter().all(|row| row.redacted_at.is_some()) {
        return Err(Problem::conflict("Nothing is left of this record; it has been redacted."));
    }
    let id = redaction::redact(conn, &context(call), kind, &versions, &scope, &body.reason)?;
    idempotency::done(call, conn, record, 1)?;
    call.state.scrub();
    shown(call, conn, id)
}

/// The condition on the record `r` of a redaction under which the caller sees it: the office those of its own records,
/// the Panel's officer those of the Panel's, the auditor all.
pub fn redactions_seen(call: &Call) -> Sql {
    if call.actor.has(Role::Auditor) {
        return Sql::new("1 = 1");
    }
    call.visibility()
        .by_kind("r", |reach| Sql::new(if reach.contains(&Reach::All) { "1 = 1" } else { "1 = 0" }))
}

/// The redaction of that id, of the caller's body.
pub fn shown(call: &Call, conn: &mut Conn, id: Id) -> Result<Reply, Problem> {
    let body = call.actor.body.as_ref().ok_or_else(Problem::not_found)?;
    let row = redaction::of_body(conn, body.id, redactions_seen(call), &Which::One(id), 1)?.pop();
    let row = row.ok_or_else(Problem::not_found)?;
    let mut reply = Reply::value(&RedactionView::from(row))?;
    reply.tagged = false;
    Ok(reply)
}

/// The edits that the body names, by publication (`1`) or edit (`e3`); none for the whole record.
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
                let detail = "The record has no such version: give the number of a publication, or `e` and that of an edit.";
                faults.push(Fault::pointer(pointer, "not_found", detail));
            }
            Some(row) if row.is_head || row.public_to.is_some_and(|to| to > now) => {
                let detail = "This is the working version, or public: publish another first, or redact the record by leaving `versions` out.";
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
