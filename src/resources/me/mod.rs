//! `/v1/me`: who the caller is, what they may do, and what is due.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;

use crate::access::rule::{READ_PUBLIC, REVIEW_REDACTION};
use crate::access::{Action, Reach, membership};
use crate::clock::{Id, Ts};
use crate::http::kinds::redactions_seen;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::redaction::{self, Which};
use crate::store::tables::{client, person};
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// The caller.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// The client or person; null for the public.
    #[schema(max_length = 128)]
    pub subject: Option<String>,
    /// What people call them.
    #[schema(max_length = 200)]
    pub label: Option<String>,
    /// The roles held.
    #[schema(max_items = 20)]
    pub roles: Vec<String>,
    /// The policing body, by reference.
    #[schema(max_length = 64)]
    pub body: Option<String>,
    /// The organisation, by reference.
    #[schema(max_length = 64)]
    pub organisation: Option<String>,
    /// When that membership began.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_from: Option<Ts>,
    /// When it ends; null for no end.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// What these roles may do, by kind.
    #[schema(max_items = 200)]
    pub may: Vec<May>,
    /// What is assigned to the organisation and not finished, the most urgent first.
    #[schema(max_items = 100)]
    pub due: Vec<Due>,
    /// What has been submitted or shared with the Panel and is not public yet, as far as the caller may see it, sorted by
    /// kind and reference; at most the first hundred. For a publisher or the commissioner this is what awaits their
    /// decision, for the Panel what is shared with it, for a partner its own services and awards.
    #[schema(max_items = 100)]
    pub handed_in: Vec<HandedIn>,
}

/// What may be done with a kind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct May {
    /// The kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The address of the list.
    #[schema(max_length = 200)]
    pub list: String,
    /// Which records the caller may read; `GET /v1/access` explains the terms.
    #[schema(max_items = 10)]
    pub read: Vec<&'static str>,
    /// The other operations that the caller may call.
    #[schema(max_items = 20)]
    pub write: Vec<&'static str>,
    /// Which records these operations reach.
    #[schema(max_items = 10)]
    pub reach: Vec<&'static str>,
}

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
    pub due: Option<chrono::NaiveDate>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// A record that has been submitted and is not public yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HandedIn {
    /// The kind of record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The title.
    #[schema(max_length = 200)]
    pub title: String,
    /// The state: `published` for a publication at a later minute.
    #[schema(max_length = 32)]
    pub state: String,
    /// Until when the Panel must not disclose it; null for no embargo.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub embargo_until: Option<Ts>,
    /// When it becomes public; null if that is not set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub published_at: Option<Ts>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

pub fn operations() -> Vec<Operation> {
    let mut me = Operation::new(Method::Get, "/v1/me", "get_me", READ_PUBLIC, Handler::Read(get));
    me.tag = "service";
    me.summary = "Who am I".to_owned();
    me.description =
        "The caller, as verified: organisation, roles, what they may do, what is due from the organisation, and what has been submitted and is not public yet.".to_owned();
    me.answers = vec![Answer::named(200, "The caller.", "Me")];
    me.example = Some(ExampleCall { path: "/v1/me".to_owned() });
    vec![me]
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let actor = &call.actor;
    let actions: &[(Action, &'static str)] = &[
        (Action::Create, "create"),
        (Action::Edit, "update"),
        (Action::Submit, "submit"),
        (Action::Return, "return"),
        (Action::Approve, "approve"),
        (Action::Share, "share"),
        (Action::Publish, "publish"),
        (Action::Withdraw, "withdraw"),
        (Action::Redact, "redact"),
    ];
    let may = call.state.kinds.iter().map(|kind| {
        let allowed: Vec<(&'static str, Vec<Reach>)> = actions
            .iter()
            .filter_map(|(action, name)| {
                let reach = actor.reach(kind.rule(*action)?);
                (!reach.is_empty() && !kind.bars(actor)).then_some((*name, reach))
            })
            .collect();
        let mut reach: Vec<Reach> = allowed.iter().flat_map(|(_, reach)| reach.iter().copied()).collect();
        reach.sort_unstable();
        reach.dedup();
        May {
            kind: kind.def.name.to_owned(),
            list: format!("/v1/{}", kind.def.path),
            read: actor
                .reach(kind.rule(Action::Read).unwrap_or(&[]))
                .iter()
                .map(|reach| reach.name())
                .collect(),
            write: allowed.iter().map(|(name, _)| *name).collect(),
            reach: reach.iter().map(|reach| reach.name()).collect(),
        }
    });
    let (label, membership) = match &actor.subject {
        None => (None, None),
        Some(subject) => (label(conn, subject)?, membership::of(conn, subject, call.state.clock.now())?),
    };
    Reply::value(&Me {
        subject: actor.subject.clone(),
        label,
        valid_from: membership.as_ref().map(|membership| membership.valid_from),
        valid_to: membership.and_then(|membership| membership.valid_to),
        roles: actor.roles.iter().map(|role| role.name().to_owned()).collect(),
        body: actor.body.as_ref().map(|body| body.reference.clone()),
        organisation: actor.organisation.as_ref().map(|organisation| organisation.reference.clone()),
        may: may.collect(),
        due: due(call, conn)?,
        handed_in: handed_in(call, conn)?,
    })
}

/// The label of a person or a client.
fn label(conn: &mut Conn, subject: &str) -> Result<Option<String>, Problem> {
    let person = person::table.find(subject).select(person::label).first(conn).optional()?;
    match person {
        Some(label) => Ok(Some(label)),
        None => Ok(client::table.find(subject).select(client::label).first(conn).optional()?),
    }
}

/// What both lists read of a version.
#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    title: String,
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(embed)]
    listed: Listed,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// What is assigned to the caller's organisation, and the redactions to review. Every kind with an assignment has a `due`
/// and a `status` in its content.
fn due(call: &Call, conn: &mut Conn) -> Result<Vec<Due>, Problem> {
    let Some(organisation) = &call.actor.organisation else {
        return Ok(vec![]);
    };
    let mut all = vec![];
    for kind in call.state.kinds.iter().filter(|kind| kind.def.assigned.is_some()) {
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
        let content: serde_json::Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
        if matches!(content["status"].as_str(), Some("completed" | "discontinued")) {
            continue;
        }
        let path = call.state.path_of(&row.listed.kind).unwrap_or_default();
        due.push(Due {
            due: content["due"].as_str().and_then(|day| day.parse().ok()),
            self_link: format!("/v1/{path}/{}", row.listed.record),
            kind: row.listed.kind,
            reference: row.listed.reference,
            title: row.listed.title,
        });
    }
    due.extend(reviews(call, conn)?);
    due.sort_by_key(|one| (one.due.is_none(), one.due, one.reference.clone()));
    due.truncate(100);
    Ok(due)
}

#[derive(QueryableByName)]
struct HandedInRow {
    #[diesel(embed)]
    listed: Listed,
    #[diesel(sql_type = st::Text)]
    state: String,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    embargo_until: Option<Ts>,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    public_from: Option<Ts>,
}

/// What is submitted in the caller's body and not public yet. The states are written as in the index, so that the
/// database uses it.
fn handed_in(call: &Call, conn: &mut Conn) -> Result<Vec<HandedIn>, Problem> {
    let Some(body) = &call.actor.body else {
        return Ok(vec![]);
    };
    let visibility = call.visibility();
    let rows: Vec<HandedInRow> = Sql::new(
        "SELECT v.record, v.kind, v.reference, v.title, v.state, v.embargo_until, v.public_from FROM record_version v
         WHERE v.listed AND v.is_head AND v.head_state IN ('submitted', 'panel_shared', 'scheduled', 'scheduled_shared')
         AND v.body = ",
    )
    .bind(body.id)
    .text(" AND (v.public_from IS NULL OR v.public_from > ")
    .bind(visibility.moment())
    .text(") AND ")
    .append(visibility.filter("v"))
    .text(" ORDER BY v.kind, v.reference, v.record LIMIT 100")
    .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| HandedIn {
            self_link: format!(
                "/v1/{}/{}",
                call.state.path_of(&row.listed.kind).unwrap_or_default(),
                row.listed.record
            ),
            kind: row.listed.kind,
            reference: row.listed.reference,
            title: row.listed.title,
            state: row.state,
            embargo_until: row.embargo_until,
            published_at: row.public_from,
        })
        .collect())
}

/// The redactions that the caller may review.
fn reviews(call: &Call, conn: &mut Conn) -> Result<Vec<Due>, Problem> {
    let Some(body) = call.actor.body.as_ref().filter(|_| !call.actor.reach(REVIEW_REDACTION).is_empty())
    else {
        return Ok(vec![]);
    };
    let waiting = redaction::of_body(conn, body.id, redactions_seen(call), &Which::Unreviewed, 100)?;
    let others = waiting.into_iter().filter(|row| {
        row.redacted_by != call.actor.name() && call.visibility().office_body(&row.kind).is_some()
    });
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
