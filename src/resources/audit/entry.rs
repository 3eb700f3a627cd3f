//! An entry of the audit trail as its reader sees it: with the people behind the ids, and with what a step changed.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::Value;

use crate::access::{Role, Who, who};
use crate::clock::{Id, Ts};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::answer_types::AnyFields;
use crate::record::diff::Difference;
use crate::record::event::Event;
use crate::record::history::{self, Changed, Pair};
use crate::store::Conn;
use crate::store::types::{Tstz, Uid};

/// An entry of the audit trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// The entry's id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// When it happened.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub at: Ts,
    /// What happened: `created`, `published`, `signed_in`, `import`, …
    #[schema(max_length = 64)]
    pub event: String,
    /// Who did it: a client, a person, or `clock`, `import`, `command line`.
    #[schema(max_length = 128)]
    pub actor: String,
    /// The request: the `X-Request-Id` of its response.
    #[schema(value_type = Option<String>, format = "uuid", max_length = 36)]
    pub request: Option<Id>,
    /// The record that it is about.
    #[schema(value_type = Option<String>, format = "uuid", max_length = 36)]
    pub record: Option<Id>,
    /// The record's kind.
    #[schema(max_length = 64)]
    pub kind: Option<String>,
    /// The record's reference.
    #[schema(max_length = 64)]
    pub reference: Option<String>,
    /// The policing body, by reference.
    #[schema(max_length = 64)]
    pub body: Option<String>,
    /// The number of the edit.
    #[schema(minimum = 1, maximum = 1000000)]
    pub edit: Option<i64>,
    /// Operation, credential, roles, organisation, reason and the like; null if the caller may not see it, or if it was
    /// redacted.
    #[schema(value_type = Option<AnyFields>)]
    pub detail: Option<Value>,
    /// Whether a redaction destroyed the detail.
    pub redacted: bool,
    /// Who did it; null if it was no person or client. The label is only for the office and its auditors.
    pub who: Option<Who>,
    /// What the step changed; null for a step that changes no content, and if the caller may not read both versions.
    #[schema(max_items = 10000)]
    pub changed: Option<Vec<Difference>>,
    /// Whether `changed` has everything. Very long changes are left out: compare the versions themselves.
    pub changed_complete: bool,
}

/// The columns of the list in CSV.
pub const MEMBERS: &[&str] = &[
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
    "who",
    "changed",
    "changed_complete",
];

/// An entry as it is stored.
#[derive(QueryableByName)]
pub struct Row {
    #[diesel(sql_type = st::BigInt)]
    pub seq: i64,
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = Tstz)]
    pub at: Ts,
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

/// The entries of a page as the caller sees them.
pub fn entries(call: &Call, conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<AuditEntry>, Problem> {
    let known = people(call, conn, &rows)?;
    let pairs = pairs(call, conn, &rows)?;
    let compared: BTreeSet<Pair> = pairs.iter().flatten().copied().collect();
    let compared: Vec<Pair> = compared.into_iter().collect();
    let changed = history::changed(conn, &compared, &call.visibility())?;
    let entry = |(row, pair): (Row, Option<Pair>)| {
        let changed = pair.and_then(|pair| changed.get(&pair));
        entry(call, row, &known, changed)
    };
    Ok(rows.into_iter().zip(pairs).map(entry).collect())
}

/// The people and clients of these entries that belong to the caller's body, by id.
fn people(call: &Call, conn: &mut Conn, rows: &[Row]) -> Result<HashMap<String, Who>, Problem> {
    let visibility = call.visibility();
    let Some(body) = visibility.body() else { return Ok(HashMap::new()) };
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.actor.as_str()).collect();
    let mut known = who::of(conn, &ids, body, visibility.moment())?;
    if !visibility.names_people() {
        known.values_mut().for_each(|one| one.label = None);
    }
    Ok(known)
}

/// For each entry the versions that it compares, if it is about a change of a content.
fn pairs(call: &Call, conn: &mut Conn, rows: &[Row]) -> Result<Vec<Option<Pair>>, Problem> {
    let is = |row: &Row, event: Event| row.event == event.name();
    let of = |row: &Row| row.record.zip(row.version).filter(|_| sees_detail(call, row));
    let is_step = |row: &&Row| {
        [Event::Submitted, Event::Scheduled, Event::Published].iter().any(|event| is(row, *event))
    };
    let steps: Vec<(Id, i64)> = rows.iter().filter(is_step).filter_map(of).collect();
    let published = match steps.is_empty() {
        true => HashMap::new(),
        false => history::since_publication(conn, &steps, call.now())?,
    };
    let pair = |row: &Row| {
        let (record, version) = of(row)?;
        match is(row, Event::Edited) {
            true => Some(Pair { record, before: version - 1, after: version }),
            false => published.get(&(record, version)).copied().filter(|_| is_step(&row)),
        }
    };
    Ok(rows.iter().map(pair).collect())
}

fn sees_detail(call: &Call, row: &Row) -> bool {
    [Role::Auditor, Role::Publisher, Role::Commissioner].iter().any(|role| call.actor.has(*role))
        || row.actor == call.actor.name()
}

fn entry(call: &Call, row: Row, known: &HashMap<String, Who>, changed: Option<&Changed>) -> AuditEntry {
    let redacted = row.detail.is_none();
    let sees_detail = sees_detail(call, &row);
    let detail: Option<Value> =
        row.detail.filter(|_| sees_detail).and_then(|text| serde_json::from_str(&text).ok());
    let who = known.get(&row.actor).cloned().or_else(|| {
        // An account of another body is told by role and organisation.
        let acted_for = detail.as_ref().is_some_and(|detail| detail["organisation"].is_string());
        acted_for.then(|| Who { id: Some(row.actor.clone()), ..Who::default() })
    });
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
        redacted,
        who: who.map(|who| match &detail {
            Some(detail) => who.as_of(detail),
            None => who,
        }),
        changed_complete: changed.is_none_or(|changed| changed.complete),
        changed: changed.map(|changed| changed.differences.clone()),
        detail,
    }
}
