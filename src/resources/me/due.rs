//! What is due from the caller.

use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::actor::Named;
use crate::access::rule::REVIEW_REDACTION;
use crate::access::{Action, Reach};
use crate::clock::Id;
use crate::http::Call;
use crate::problem::Problem;
use crate::record::event::Event;
use crate::record::kind::{KindDef, not_null};
use crate::record::latest_step::{self, Steps};
use crate::record::redaction::{self, Which};
use crate::record::represent::short_title;
use crate::record::state::State;
use crate::resources::clocks::{self, Clock, ClockRequest, ClockState, ClockedKind, Filter, Order, Subject};
use crate::resources::shared::WorkStatus;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A task that is due.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Due {
    /// The kind of record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The title.
    #[schema(max_length = 200)]
    pub title: String,
    /// When it is due.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub due: Option<NaiveDate>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// How many tasks are listed.
const MOST: usize = 100;

/// What a list reads of a version.
#[derive(QueryableByName)]
pub struct Listed {
    #[diesel(sql_type = Uid)]
    pub record: Id,
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    #[diesel(sql_type = st::Text)]
    pub title: String,
}

impl Listed {
    /// The address of the record.
    pub fn link(&self, call: &Call) -> String {
        let path = call.state.path_of(&self.kind).unwrap_or_default();
        format!("/v1/{path}/{}", self.record)
    }
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(embed)]
    listed: Listed,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// What the content of an assigned record says of what is due. A kind that has `due` has `status` too (`kind_checks`).
#[derive(Deserialize)]
struct Task {
    due: Option<NaiveDate>,
    status: WorkStatus,
}

/// What is assigned to the caller's organisation and has a `due` and a `status` in its content, its changes that it has not
/// submitted, drafts that wait for its part or with another's, what clocks require of it, and the redactions to review.
pub fn due(call: &Call, conn: &mut Conn) -> Result<Vec<Due>, Problem> {
    let Some(organisation) = &call.actor.organisation else {
        return Ok(vec![]);
    };
    let mut all = vec![];
    for kind in call.state.kinds.iter().filter(|kind| kind.def.assigned.is_some() && kind.has_path("due")) {
        if !sees_assigned(call, kind) {
            continue;
        }
        let rows: Vec<DueRow> = Sql::new(
            "SELECT v.record, v.kind, v.reference, v.title, v.content FROM record_version v WHERE v.assigned = ",
        )
        .bind(organisation.id)
        .text(" AND v.assigned IS NOT NULL AND v.is_head AND v.kind = ")
        .bind(kind.def.name)
        .text(" AND ")
        .append(call.visibility().filter_of(kind.def.name, "v"))
        .text(" ORDER BY v.reference LIMIT 1000")
        .load(conn)?;
        all.extend(rows);
    }
    let mut due = vec![];
    for row in all {
        let task: Task = serde_json::from_str(&row.content).map_err(Problem::internal)?;
        if task.status != WorkStatus::Open {
            continue;
        }
        due.push(Due {
            due: task.due,
            self_link: row.listed.link(call),
            kind: row.listed.kind,
            reference: row.listed.reference,
            title: row.listed.title,
        });
    }
    due.extend(own_parts(call, conn, organisation)?);
    let unsubmitted = unsubmitted(call, conn, organisation)?;
    due.retain(|one| unsubmitted.iter().all(|other| other.self_link != one.self_link));
    due.extend(unsubmitted);
    due.extend(parts_of_others(call, conn, organisation)?);
    due.extend(clocks(call, conn)?);
    due.extend(reviews(call, conn)?);
    due.sort_by_key(|one| (one.due.is_none(), one.due, one.reference.clone()));
    due.truncate(MOST);
    Ok(due)
}

/// The kinds of which an organisation writes its part before the first publication: their owner submits them. An action says
/// itself by when it is due.
fn kinds_with_parts(call: &Call) -> impl Iterator<Item = &'static KindDef> {
    call.state.kinds.iter().copied().filter(|kind| kind.def.assigned.is_some() && !kind.has_path("due"))
}

/// The drafts that were never public in which the organisation's own part is not written yet.
fn own_parts(call: &Call, conn: &mut Conn, organisation: &Named) -> Result<Vec<Due>, Problem> {
    let sees_assigned = |kind: &&KindDef| sees_assigned(call, kind);
    let kinds: Vec<&KindDef> = kinds_with_parts(call).filter(sees_assigned).collect();
    let drafts = drafts(conn, &kinds, assigned_to(call, organisation).text(" AND NOT r.was_public"))?;
    let edits = edits(conn, &drafts)?;
    // What can be empty waits while it is; what cannot, a title, until the organisation has written anything.
    let has_written = |draft: &Draft| {
        let mut own = edits.iter().filter(|((record, _), _)| *record == draft.row.listed.record);
        own.any(|(_, edit)| edit.was_for(&organisation.reference))
    };
    let waits = |draft: &Draft| match draft
        .kind
        .def
        .assigned_fields
        .iter()
        .any(|field| can_be_empty(draft.kind, field))
    {
        true => !draft.is_written(),
        false => !has_written(draft),
    };
    let due = |draft: Draft| {
        let fields = draft.kind.def.assigned_fields.join(", ").replace('_', " ");
        draft.due(call, &format!("Your part ({fields})"))
    };
    Ok(drafts.into_iter().filter(waits).map(due).collect())
}

/// Whether the caller sees what is assigned: to others the assignment would disclose a draft.
fn sees_assigned(call: &Call, kind: &KindDef) -> bool {
    call.actor.reach(kind.rule(Action::Read).unwrap_or(&[])).contains(&Reach::Assigned)
}

fn assigned_to(call: &Call, organisation: &Named) -> Sql {
    Sql::new("v.assigned = ").bind(organisation.id).text(" AND ").append(call.visibility().filter("v"))
}

/// What the organisation has changed of public records that it is assigned to, and has not submitted. Until it does, nobody else
/// sees it.
fn unsubmitted(call: &Call, conn: &mut Conn, organisation: &Named) -> Result<Vec<Due>, Problem> {
    let kinds = call.state.kinds.iter().copied();
    let kinds: Vec<&KindDef> =
        kinds.filter(|kind| kind.def.assigned.is_some() && sees_assigned(call, kind)).collect();
    let drafts = drafts(conn, &kinds, assigned_to(call, organisation).text(" AND r.was_public"))?;
    let edits = edits(conn, &drafts)?;
    let is_own = |draft: &Draft| {
        let edit = edits.get(&(draft.row.listed.record, draft.row.version));
        edit.is_some_and(|edit| edit.was_for(&organisation.reference))
    };
    let due = |draft: Draft| {
        let day = draft.content["due"].as_str().and_then(|day| day.parse().ok());
        Due { due: day, ..draft.due(call, "Submit your change") }
    };
    Ok(drafts.into_iter().filter(is_own).map(due).collect())
}

/// Whether a field of a content can be null or an empty list.
fn can_be_empty(kind: &KindDef, field: &str) -> bool {
    let schema = &kind.schema["properties"][field];
    let types = schema["type"].as_array().is_some_and(|types| types.iter().any(|name| name == "null"));
    types || schema["type"] == "array" || not_null(schema) != schema
}

/// Who made each edit of these drafts, as far as the audit trail says.
fn edits(conn: &mut Conn, drafts: &[Draft]) -> Result<Steps, Problem> {
    let records: Vec<Id> = drafts.iter().map(|draft| draft.row.listed.record).collect();
    latest_step::of(conn, &records, &[Event::Created, Event::Edited])
}

/// The drafts that were never public in which another organisation has written its part last: only their owner submits them.
fn parts_of_others(call: &Call, conn: &mut Conn, own: &Named) -> Result<Vec<Due>, Problem> {
    let submits = |kind: &&KindDef| {
        let reach = call.actor.reach(kind.rule(Action::Submit).unwrap_or(&[]));
        reach.contains(&Reach::All) || reach.contains(&Reach::OwnOrganisation)
    };
    let kinds: Vec<&KindDef> = kinds_with_parts(call).filter(submits).collect();
    let condition = Sql::new("v.assigned <> ")
        .bind(own.id)
        .text(" AND v.body = ")
        .bind(call.visibility().body())
        .text(" AND NOT r.was_public AND ")
        .append(call.visibility().drafts("v", "r"));
    let drafts: Vec<Draft> = drafts(conn, &kinds, condition)?.into_iter().filter(Draft::is_written).collect();
    let edits = edits(conn, &drafts)?;
    let mut due = vec![];
    for draft in drafts {
        let writer = draft.kind.def.assigned.and_then(|field| draft.content[field].as_str());
        let edit = edits.get(&(draft.row.listed.record, draft.row.version));
        if let Some(writer) = writer.filter(|writer| edit.is_some_and(|edit| edit.was_for(writer))) {
            let what = format!("Written by {writer}, for you to submit");
            due.push(draft.due(call, &what));
        }
    }
    Ok(due)
}

/// A draft.
struct Draft {
    kind: &'static KindDef,
    row: DraftRow,
    content: Value,
}

#[derive(QueryableByName)]
struct DraftRow {
    #[diesel(embed)]
    listed: Listed,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
    #[diesel(sql_type = st::Text)]
    content: String,
}

impl Draft {
    /// Whether the part of the organisation is written that it is assigned to: each list or text that can be empty is not.
    fn is_written(&self) -> bool {
        let is_empty = |field: &str| match &self.content[field] {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        !self.kind.def.assigned_fields.iter().any(|field| is_empty(field))
    }

    fn due(self, call: &Call, what: &str) -> Due {
        Due {
            due: None,
            self_link: self.row.listed.link(call),
            title: short_title(&format!("{what}: {}", self.row.listed.title)),
            kind: self.row.listed.kind,
            reference: self.row.listed.reference,
        }
    }
}

/// The assigned drafts of these kinds, by this condition on the version `v` and the record `r`.
fn drafts(conn: &mut Conn, kinds: &[&'static KindDef], condition: Sql) -> Result<Vec<Draft>, Problem> {
    if kinds.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<DraftRow> = Sql::new(
        "SELECT v.record, v.version, v.kind, v.reference, v.title, v.content FROM record_version v
         JOIN record r ON r.id = v.record
         WHERE v.is_head AND v.listed AND v.assigned IS NOT NULL AND v.head_state = ",
    )
    .bind(State::Draft)
    .text(" AND v.kind IN (")
    .bind_all(kinds.iter().map(|kind| kind.def.name))
    .text(") AND ")
    .append(condition)
    .text(" ORDER BY v.kind, v.reference, v.record LIMIT 1000")
    .load(conn)?;
    rows.into_iter()
        .map(|row| {
            let kind = kinds.iter().find(|kind| kind.def.name == row.listed.kind);
            let kind = kind.copied().ok_or_else(|| Problem::internal("a draft of an unknown kind"))?;
            let content = serde_json::from_str(&row.content).map_err(Problem::internal)?;
            Ok(Draft { kind, row, content })
        })
        .collect()
}

/// What reports, recommendations, questions and proposals of the body require of the caller's organisation and is not met.
fn clocks(call: &Call, conn: &mut Conn) -> Result<Vec<Due>, Problem> {
    let (Some(body), Some(own)) = (&call.actor.body, &call.actor.organisation) else { return Ok(vec![]) };
    let visibility = call.visibility();
    let filter = Filter {
        body: Some(body.id),
        organisation: Some(own.clone()),
        states: vec![ClockState::Running, ClockState::Overdue],
        ..Filter::default()
    };
    let reader = clocks::reader(conn, &visibility)?;
    let request =
        ClockRequest { reader: &reader, filter: &filter, kinds: &ClockedKind::ALL, order: Order::Name };
    let due = |(subject, clock): (Arc<Subject>, Clock)| Due {
        kind: subject.kind.to_owned(),
        title: short_title(&format!("{}: {}", clock.clock.task(), subject.title)),
        due: clock.due,
        self_link: format!("/v1/{}/{}", call.state.path_of(subject.kind).unwrap_or_default(), subject.record),
        reference: subject.reference.clone(),
    };
    Ok(request.first(conn, MOST)?.into_iter().map(due).collect())
}

/// The redactions that the caller may review.
fn reviews(call: &Call, conn: &mut Conn) -> Result<Vec<Due>, Problem> {
    let Some(body) = call.actor.body.as_ref().filter(|_| !call.actor.reach(REVIEW_REDACTION).is_empty())
    else {
        return Ok(vec![]);
    };
    let own = call.visibility().drafts("r", "r");
    let waiting = redaction::of_body(conn, body.id, own, &Which::Unreviewed, 100)?;
    let others = waiting.into_iter().filter(|row| row.redacted_by != call.actor.name());
    Ok(others
        .map(|row| Due {
            kind: "redaction".to_owned(),
            title: format!("Review the redaction of {}", row.reference),
            reference: row.reference,
            due: Some(row.review_due.0.date_naive()),
            self_link: format!("/v1/redactions/{}", row.id),
        })
        .collect())
}
