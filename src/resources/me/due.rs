//! What is due from the caller.

use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::{Deserialize, Serialize};

use crate::access::rule::REVIEW_REDACTION;
use crate::access::{Action, Reach};
use crate::clock::Id;
use crate::http::Call;
use crate::problem::Problem;
use crate::record::redaction::{self, Which};
use crate::record::represent::short_title;
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

/// What is assigned to the caller's organisation and has a `due` and a `status` in its content, and the redactions to review.
pub fn due(call: &Call, conn: &mut Conn) -> Result<Vec<Due>, Problem> {
    let Some(organisation) = &call.actor.organisation else {
        return Ok(vec![]);
    };
    let mut all = vec![];
    for kind in call.state.kinds.iter().filter(|kind| kind.def.assigned.is_some() && kind.has_path("due")) {
        // Only for actors who see what is assigned: to others the assignment would disclose a draft.
        let rule = kind.rule(Action::Read).unwrap_or(&[]);
        if !call.actor.reach(rule).contains(&Reach::Assigned) {
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
    due.extend(clocks(call, conn)?);
    due.extend(reviews(call, conn)?);
    due.sort_by_key(|one| (one.due.is_none(), one.due, one.reference.clone()));
    due.truncate(MOST);
    Ok(due)
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
