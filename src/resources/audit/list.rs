//! `GET /v1/audit`: who did what.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::Value;

use crate::access::{Reach, Role, rule};
use crate::clock::{Id, Ts};
use crate::http::kinds::{Paged, cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql, Val};

/// An entry of the audit trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Its id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// When it was done.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub at: Ts,
    /// What was done: `created`, `published`, `signed_in`, `import`, …
    #[schema(max_length = 64)]
    pub event: String,
    /// Who did it: a client, a person, or `clock`, `import`, `command line`.
    #[schema(max_length = 128)]
    pub actor: String,
    /// The request that it was done in: `X-Request-Id` of its answer.
    #[schema(value_type = Option<String>, format = "uuid", max_length = 36)]
    pub request: Option<Id>,
    /// The record that it was done to.
    #[schema(value_type = Option<String>, format = "uuid", max_length = 36)]
    pub record: Option<Id>,
    /// The record's kind.
    #[schema(max_length = 64)]
    pub kind: Option<String>,
    /// What people call the record.
    #[schema(max_length = 64)]
    pub reference: Option<String>,
    /// The policing body, by reference.
    #[schema(max_length = 64)]
    pub body: Option<String>,
    /// The number of the edit.
    #[schema(minimum = 1, maximum = 1000000)]
    pub edit: Option<i64>,
    /// Operation, credential, roles, organisation, reason and the like; null for those who do not see it, and where it
    /// was redacted.
    #[schema(value_type = Option<Object>)]
    pub detail: Option<Value>,
    /// Whether the detail was destroyed by a redaction.
    pub redacted: bool,
}

const MEMBERS: &[&str] = &[
    "id",
    "at",
    "event",
    "actor",
    "request",
    "record",
    "kind",
    "reference",
    "body",
    "edit",
    "detail",
    "redacted",
];

/// The row of the table.
pub fn operation() -> Operation {
    let mut list =
        Operation::new(Method::Get, "/v1/audit", "list_audit", rule::READ_AUDIT, Handler::Read(list));
    list.tag = "audit";
    list.summary = "Read the audit trail".to_owned();
    list.description = "Who did what, the latest first. The auditor reads everything of their body, drafts too; publisher and commissioner the same but for what the Panel has not published; the administrator nothing of drafts, and no details; everybody else their own deeds. What belongs to no body (reference data, refusals, the command line) is shown to these four as well.".to_owned();
    list.params = vec![
        Param::new("event", ParamType::Text(64), "Only entries of this event."),
        Param::new("actor", ParamType::Text(128), "Only what this client or person did."),
        Param::new("record", ParamType::Text(36), "Only what was done to the record of this id."),
        Param::new("at[gte]", ParamType::Moment, "Only what was done at this moment or later."),
        Param::new("at[lt]", ParamType::Moment, "Only what was done before this moment."),
        cursor_param(),
        limit_param("entries"),
        format_param(),
    ];
    list.answers = vec![Answer::named(200, "A page of entries.", "AuditEntryList").or_csv()];
    list.problems = vec![403];
    list
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = st::BigInt)]
    seq: i64,
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = Tstz)]
    at: Ts,
    #[diesel(sql_type = st::Text)]
    event: String,
    #[diesel(sql_type = st::Text)]
    actor: String,
    #[diesel(sql_type = st::Nullable<Uid>)]
    request: Option<Id>,
    #[diesel(sql_type = st::Nullable<Uid>)]
    record: Option<Id>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    kind: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    reference: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    body: Option<String>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    detail: Option<String>,
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let paged = Paged::own(call, "audit");
    let before = paged.behind(|keys| match keys {
        [Val::Int(before)] => Some(*before),
        _ => None,
    })?;
    let mut rows: Vec<Row> = page(call, before.unwrap_or(i64::MAX), paged.to_read())?.load(conn)?;
    let page = paged.cut(&mut rows, |last| vec![Val::Int(last.seq)])?;
    let lines = values(rows.into_iter().map(|row| tell(call, row)))?;
    let mut reply = list_reply(call, MEMBERS, &lines, &page)?;
    reply.tagged = false;
    Ok(reply)
}

fn page(call: &Call, before: i64, limit: i64) -> Result<Sql, Problem> {
    let mut sql = Sql::new(
        "SELECT a.seq, a.id, a.at, a.event, a.actor, a.request, a.record, r.kind, r.reference, b.reference AS body,
         a.version, a.detail FROM audit a LEFT JOIN record r ON r.id = a.record LEFT JOIN record b ON b.id = a.body
         WHERE a.seq < ",
    )
    .bind(before)
    .text(" AND ")
    .append(seen(call));
    if let Some(event) = call.params.text("event") {
        sql = sql.text(" AND a.event = ").bind(event);
    }
    if let Some(actor) = call.params.text("actor") {
        sql = sql.text(" AND a.actor = ").bind(actor);
    }
    if let Some(record) = call.params.text("record") {
        let id = Id::parse(record).ok_or_else(|| {
            Problem::bad_request(vec![Fault::parameter("record", "format", "Give the id of a record.")])
        })?;
        sql = sql.text(" AND a.record = ").bind(id);
    }
    if let Some(from) = call.params.moment("at[gte]") {
        sql = sql.text(" AND a.at >= ").bind(from);
    }
    if let Some(to) = call.params.moment("at[lt]") {
        sql = sql.text(" AND a.at < ").bind(to);
    }
    Ok(sql.text(" ORDER BY a.seq DESC LIMIT ").bind(limit).one_off())
}

/// The condition on an entry under which the caller sees it.
fn seen(call: &Call) -> Sql {
    let actor = &call.actor;
    let own = Sql::new("(a.actor = ").bind(actor.name());
    let Some(body) = &actor.body else { return own.text(")") };
    let of_body = Sql::new(" OR ((a.body = ").bind(body.id).text(" OR a.body IS NULL)");
    if actor.has(Role::Auditor) {
        return own.append(of_body).text("))");
    }
    if ![Role::Publisher, Role::Commissioner, Role::Admin].iter().any(|role| actor.has(*role)) {
        return own.text(")");
    }
    // Of a kind whose drafts are not theirs, what everybody was told.
    let told = call.sight().by_kind("r", |reach| match reach.contains(&Reach::All) {
        true => Sql::new("1 = 1"),
        false => Sql::new(
            "(a.content_digest IS NOT NULL OR (r.was_public AND a.event IN ('withdrawn', 'redacted')))",
        ),
    });
    own.append(of_body).text(" AND (a.record IS NULL OR ").append(told).text(")))")
}

fn tell(call: &Call, row: Row) -> AuditEntry {
    let whole = [Role::Auditor, Role::Publisher, Role::Commissioner].iter().any(|role| call.actor.has(*role))
        || row.actor == call.actor.name();
    AuditEntry {
        id: row.id,
        at: row.at,
        event: row.event,
        actor: row.actor,
        request: row.request,
        record: row.record,
        kind: row.kind,
        reference: row.reference,
        body: row.body,
        edit: row.version,
        redacted: row.detail.is_none(),
        detail: row.detail.filter(|_| whole).and_then(|text| serde_json::from_str(&text).ok()),
    }
}
