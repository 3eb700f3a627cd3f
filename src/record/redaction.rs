//! Emergency redaction: destroys the content of a record, or of some of its versions that nobody sees any more, and
//! leaves a tombstone. A second person reviews it within a day.
//!
//! It destroys the content, title, digest and reasons of each version; the row in the kind's table; the links; the words
//! in the search index; the hashes of the requests that made the version, and of what was approved; and in the audit
//! trail the salt and the details of the entries, without which their commitments reveal nothing. It keeps that there
//! was a version, when it was made and by whom.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use super::commit;
use super::event::Subject;
use super::kind::{KindDef, LifecycleEvent, Step};
use super::read::Name;
use super::row::{COLUMNS, Row};
use super::state::{HeadState, State};
use super::write_context::WriteContext;
use crate::access::audit;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::tables::{approval, idempotency, record, record_version, redaction, scheduled};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// In how many seconds a redaction must be reviewed.
pub const REVIEW_WITHIN: i64 = 24 * 60 * 60;

/// What a redaction destroys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All versions of the record, which is withdrawn for good.
    Record,
    /// Some edits, none of which is the working version or public.
    Edits(Vec<i64>),
}

impl Scope {
    fn covers(&self, version: i64) -> bool {
        match self {
            Scope::Record => true,
            Scope::Edits(edits) => edits.contains(&version),
        }
    }

    /// The condition on the rows of a table with columns `record` and `version`.
    fn condition(&self, record: Id) -> Sql {
        let sql = Sql::new("record = ").bind(record);
        match self {
            Scope::Record => sql,
            Scope::Edits(edits) => sql.text(" AND version IN (").bind_all(edits.iter().copied()).text(")"),
        }
    }

    /// The scope as it is stored: the numbers of the edits, null for the record.
    fn stored(&self) -> Option<String> {
        match self {
            Scope::Record => None,
            Scope::Edits(edits) => Some(edits.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        }
    }
}

/// All versions of a record, whatever its state, the latest first.
pub fn all_versions(conn: &mut Conn, record: Id) -> Result<Vec<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE v.record = ")
        .bind(record)
        .text(" ORDER BY v.version DESC")
        .load(conn)?)
}

/// The version that was public at a moment and was redacted later, for requests with `as_of`.
pub fn gone_at(conn: &mut Conn, kind: &KindDef, name: &Name, moment: Ts) -> Result<Option<Row>, Problem> {
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v WHERE ")
        .append(name.is(kind, "v.record"))
        .text(" AND v.kind = ")
        .bind(kind.def.name)
        .text(" AND v.redacted_at IS NOT NULL AND v.publication IS NOT NULL AND v.public_from <= ")
        .bind(moment)
        .text(" AND v.public_to > ")
        .bind(moment)
        .get_result(conn)
        .optional()?)
}

/// Redacts, and returns the redaction's id. The caller must have locked the record and checked the scope.
pub fn redact(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    versions: &[Row],
    scope: &Scope,
    reason: &str,
) -> Result<Id, Problem> {
    let head = versions.iter().find(|row| row.is_head);
    let head = head.ok_or_else(|| Problem::internal("a record without a working version"))?;
    let record = head.record;
    let was_public = versions
        .iter()
        .any(|row| row.publication.is_some() && row.public_from.is_some_and(|from| from <= context.now));
    destroy(conn, context, kind, record, scope)?;
    let step = match scope {
        Scope::Record => {
            end_record(conn, context, kind, record, was_public, reason)?;
            Step::Redacted
        }
        Scope::Edits(_) => Step::EditsRedacted,
    };
    kind.run_hook(conn, &LifecycleEvent { record, content: &Value::Null, step, now: context.now })?;
    let id = context.clock.new_id();
    diesel::insert_into(redaction::table)
        .values((
            redaction::id.eq(id),
            redaction::record.eq(record),
            redaction::body.eq(head.body),
            redaction::edits.eq(scope.stored()),
            redaction::reason.eq(reason),
            redaction::redacted_at.eq(context.now),
            redaction::redacted_by.eq(context.actor.name()),
            redaction::review_due.eq(context.now.plus_seconds(REVIEW_WITHIN)),
        ))
        .execute(conn)?;
    let (edits, entries) = match scope {
        Scope::Record => (None, audit::redact(conn, record, None)?),
        Scope::Edits(edits) => (Some(edits), audit::redact(conn, record, Some(edits))?),
    };
    let detail = json!({"redaction": id, "edits": edits, "entries": entries});
    // The feed reports the end of the record once, and that of single versions each by itself.
    let reported = versions.iter().filter(|row| match scope {
        Scope::Record => row.is_head,
        Scope::Edits(_) => scope.covers(row.version),
    });
    let redacted = reported.map(|row| {
        let subject = Subject {
            record,
            version: row.version,
            kind: kind.def.name,
            reference: &row.reference,
            body: row.body,
            assigned: row.assigned,
            publication: row.publication,
        };
        let public = match scope {
            Scope::Record => was_public,
            Scope::Edits(_) => row.publication.is_some(),
        };
        (subject, public)
    });
    let redacted: Vec<(Subject<'_>, bool)> = redacted.collect();
    commit::record_redaction(conn, context, kind, record, &redacted, detail)?;
    Ok(id)
}

fn destroy(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    record: Id,
    scope: &Scope,
) -> Result<(), Problem> {
    for table in ["link", "search_doc", kind.def.table] {
        Sql::new("DELETE FROM ").text(table).text(" WHERE ").append(scope.condition(record)).execute(conn)?;
    }
    // These are hashes of contents and requests, from which short texts could be guessed.
    let approvals = approval::table.filter(approval::record.eq(record));
    let without_digest = approval::digest.eq(Vec::<u8>::new());
    let versions = record_version::table.filter(record_version::record.eq(record));
    let emptied = (
        record_version::title.eq(""),
        record_version::content.eq("{}"),
        record_version::digest.eq(Vec::<u8>::new()),
        record_version::reason.eq(None::<String>),
        record_version::returned_reason.eq(None::<String>),
        record_version::listed.eq(false),
        record_version::redacted_at.eq(context.now),
    );
    match scope {
        Scope::Record => {
            diesel::update(approvals).set(without_digest).execute(conn)?;
            diesel::update(versions).set(emptied).execute(conn)?;
        }
        Scope::Edits(edits) => {
            let approvals = approvals.filter(approval::version.eq_any(edits.clone()));
            diesel::update(approvals).set(without_digest).execute(conn)?;
            let versions = versions.filter(record_version::version.eq_any(edits.clone()));
            diesel::update(versions).set(emptied).execute(conn)?;
        }
    }
    diesel::delete(idempotency::table.filter(idempotency::record.eq(record))).execute(conn)?;
    Ok(())
}

/// Withdraws the record, if it is not withdrawn already; it then keeps the moment of the withdrawal.
fn end_record(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    kind: &KindDef,
    record: Id,
    was_public: bool,
    reason: &str,
) -> Result<(), Problem> {
    debug_assert!(kind.def.workflow);
    diesel::delete(scheduled::table.find(record)).execute(conn)?;
    let versions = record_version::table.filter(record_version::record.eq(record));
    let withdrawn = HeadState::Is(State::Withdrawn).name();
    diesel::update(versions).set(record_version::head_state.eq(withdrawn)).execute(conn)?;
    diesel::update(versions.filter(record_version::is_head.eq(true)))
        .set(record_version::state.eq(State::Withdrawn.name()))
        .execute(conn)?;
    let row = record::table.find(record);
    diesel::update(row.filter(record::withdrawn_at.is_null()))
        .set(record::withdrawn_at.eq(context.now))
        .execute(conn)?;
    diesel::update(row.filter(record::withdrawn_by.is_null()))
        .set(record::withdrawn_by.eq(context.actor.name()))
        .execute(conn)?;
    diesel::update(row)
        .set((
            record::withdrawn_reason.eq(reason),
            record::redacted_at.eq(context.now),
            record::was_public.eq(was_public),
        ))
        .execute(conn)?;
    Ok(())
}

/// A redaction, with the record that it belongs to.
#[derive(Clone, Debug, QueryableByName)]
pub struct Redaction {
    /// The redaction's id.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// The record's id.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The record's kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// The record's reference.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// The numbers of the redacted edits, separated by spaces; none if it was the whole record.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub edits: Option<String>,
    /// The reason that the tombstone shows.
    #[diesel(sql_type = st::Text)]
    pub reason: String,
    /// When it was redacted.
    #[diesel(sql_type = Tstz)]
    pub redacted_at: Ts,
    /// Who redacted it.
    #[diesel(sql_type = st::Text)]
    pub redacted_by: String,
    /// The moment by which a second person must review it.
    #[diesel(sql_type = Tstz)]
    pub review_due: Ts,
    /// When it was reviewed.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub reviewed_at: Option<Ts>,
    /// Who reviewed it.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reviewed_by: Option<String>,
    /// The finding of the review: `upheld` or `not_upheld`.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub finding: Option<String>,
    /// The reviewer's remarks.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub remarks: Option<String>,
    /// When the database's files were rewritten.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub rewritten_at: Option<Ts>,
}

/// The redactions of a policing body, the latest first, that fulfil `seen`, a condition on the record `r`.
pub fn of_body(
    conn: &mut Conn,
    body: Id,
    seen: Sql,
    which: &Which,
    limit: i64,
) -> Result<Vec<Redaction>, Problem> {
    Ok(statement(body, seen, which, limit).load(conn)?)
}

/// The statement of [`of_body`].
pub fn statement(body: Id, seen: Sql, which: &Which, limit: i64) -> Sql {
    let sql = Sql::new(
        "SELECT d.id, d.record, r.kind, r.reference, d.edits, d.reason, d.redacted_at, d.redacted_by, d.review_due,
         d.reviewed_at, d.reviewed_by, d.finding, d.remarks, d.rewritten_at FROM redaction d JOIN record r ON r.id = d.record
         WHERE d.body = ",
    )
    .bind(body)
    .text(" AND ")
    .append(seen);
    let sql = match which {
        Which::After(None) => sql,
        Which::After(Some((at, id))) => {
            sql.text(" AND (d.redacted_at, d.id) < (").bind(*at).text(", ").bind(*id).text(")")
        }
        Which::One(id) => sql.text(" AND d.id = ").bind(*id),
        Which::Unreviewed => sql.text(" AND d.reviewed_at IS NULL"),
    };
    sql.text(" ORDER BY d.redacted_at DESC, d.id DESC LIMIT ").bind(limit)
}

/// Whether anything was redacted since a moment: after a crash, the database's files can still contain it and must be
/// scrubbed again.
pub fn any_since(conn: &mut Conn, moment: Ts) -> Result<bool, Problem> {
    Ok(diesel::select(exists(redaction::table.filter(redaction::redacted_at.ge(moment)))).get_result(conn)?)
}

/// Which redactions of a body to read.
#[derive(Clone, Debug)]
pub enum Which {
    /// Those after this moment and id in the order of the list, or all.
    After(Option<(Ts, Id)>),
    /// The one with this id.
    One(Id),
    /// Those that were not reviewed yet.
    Unreviewed,
}

/// Stores the finding of a review.
pub fn review(
    conn: &mut Conn,
    context: &WriteContext<'_>,
    id: Id,
    finding: &str,
    remarks: Option<&str>,
) -> Result<(), Problem> {
    diesel::update(redaction::table.find(id))
        .set((
            redaction::reviewed_at.eq(context.now),
            redaction::reviewed_by.eq(context.actor.name()),
            redaction::finding.eq(finding),
            redaction::remarks.eq(remarks),
        ))
        .execute(conn)?;
    Ok(())
}
