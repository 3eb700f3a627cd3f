//! Who am I, what may I, what is due: the first call of anyone with a credential.

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
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// Who is asking.
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
    /// The policing body that every reach ends at, by reference.
    #[schema(max_length = 64)]
    pub body: Option<String>,
    /// The organisation whose slice this is, by reference.
    #[schema(max_length = 64)]
    pub organisation: Option<String>,
    /// Since when that membership holds.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_from: Option<Ts>,
    /// Until when, if an end is set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_to: Option<Ts>,
    /// What these roles may do, by kind.
    #[schema(max_items = 200)]
    pub may: Vec<May>,
    /// What is assigned to the organisation and not finished, the most urgent first.
    #[schema(max_items = 100)]
    pub due: Vec<Due>,
    /// What has been handed in or shared with the Panel and is not public yet, as far as the caller sees it, by kind and
    /// reference, the first hundred: a publisher's or the commissioner's work, what the Panel is shown, a partner's own
    /// services and awards to come.
    #[schema(max_items = 100)]
    pub handed_in: Vec<HandedIn>,
}

/// What may be done with a kind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct May {
    /// The kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// Its list.
    #[schema(max_length = 200)]
    pub list: String,
    /// Which records are read; `GET /v1/access` explains the words.
    #[schema(max_items = 10)]
    pub read: Vec<&'static str>,
    /// The operations allowed beyond reading.
    #[schema(max_items = 20)]
    pub write: Vec<&'static str>,
    /// Which records these operations reach.
    #[schema(max_items = 10)]
    pub reach: Vec<&'static str>,
}

/// Something that is due.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Due {
    /// Its kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// What people call it.
    #[schema(max_length = 64)]
    pub reference: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Until when.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub due: Option<chrono::NaiveDate>,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// Something that is on its way to the public.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HandedIn {
    /// Its kind.
    #[schema(max_length = 64)]
    pub kind: String,
    /// What people call it.
    #[schema(max_length = 64)]
    pub reference: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Its state: `published` where the minute of its publication is set and has not come.
    #[schema(max_length = 32)]
    pub state: String,
    /// Until when the Panel keeps it to itself; null for no embargo.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub embargo_until: Option<Ts>,
    /// When it becomes public, where that is set.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub published_at: Option<Ts>,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// This room's row of the table.
pub fn operations() -> Vec<Operation> {
    let mut me = Operation::new(Method::Get, "/v1/me", "get_me", READ_PUBLIC, Handler::Read(get));
    me.tag = "service";
    me.summary = "Who am I".to_owned();
    me.description =
        "The caller as verified: organisation, roles, what they may do, what is due from the organisation, and what is on its way to the public.".to_owned();
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
    let (label, held) = match &actor.subject {
        None => (None, None),
        Some(subject) => (label(conn, subject)?, membership::of(conn, subject, call.state.clock.now())?),
    };
    Reply::value(&Me {
        subject: actor.subject.clone(),
        label,
        valid_from: held.as_ref().map(|held| held.valid_from),
        valid_to: held.and_then(|held| held.valid_to),
        roles: actor.roles.iter().map(|role| role.name().to_owned()).collect(),
        body: actor.body.as_ref().map(|body| body.reference.clone()),
        organisation: actor.organisation.as_ref().map(|organisation| organisation.reference.clone()),
        may: may.collect(),
        due: due(call, conn)?,
        handed_in: handed_in(call, conn)?,
    })
}

#[derive(QueryableByName)]
struct Label {
    #[diesel(sql_type = st::Text)]
    label: String,
}

/// What the subject is called, a person or a client.
fn label(conn: &mut Conn, subject: &str) -> Result<Option<String>, Problem> {
    let row: Option<Label> = Sql::new("SELECT label FROM person WHERE id = ")
        .bind(subject)
        .text(" UNION ALL SELECT label FROM client WHERE id = ")
        .bind(subject)
        .get_result(conn)
        .optional()?;
    Ok(row.map(|row| row.label))
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    title: String,
    #[diesel(sql_type = st::Text)]
    content: String,
}

/// What is assigned to the caller's organisation. Anything assigned has a `due` and a `status` in its content.
fn due(call: &Call, conn: &mut Conn) -> Result<Vec<Due>, Problem> {
    let Some(organisation) = &call.actor.organisation else {
        return Ok(vec![]);
    };
    let mut all = vec![];
    for kind in call.state.kinds.iter().filter(|kind| kind.def.assigned.is_some()) {
        // Only to whom assignments are given: to anyone else a draft's assignment would tell of the draft.
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
        let path = call.state.path_of(&row.kind).unwrap_or_default();
        due.push(Due {
            due: content["due"].as_str().and_then(|day| day.parse().ok()),
            self_link: format!("/v1/{path}/{}", row.record),
            kind: row.kind,
            reference: row.reference,
            title: row.title,
        });
    }
    due.extend(reviews(call, conn)?);
    due.sort_by_key(|one| (one.due.is_none(), one.due, one.reference.clone()));
    due.truncate(100);
    Ok(due)
}

#[derive(QueryableByName)]
struct HandedInRow {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::Text)]
    kind: String,
    #[diesel(sql_type = st::Text)]
    reference: String,
    #[diesel(sql_type = st::Text)]
    title: String,
    #[diesel(sql_type = st::Text)]
    state: String,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    embargo_until: Option<Ts>,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    public_from: Option<Ts>,
}

/// What is on its way to the public in the caller's body. The states are said as the index says them.
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
            self_link: format!("/v1/{}/{}", call.state.path_of(&row.kind).unwrap_or_default(), row.record),
            kind: row.kind,
            reference: row.reference,
            title: row.title,
            state: row.state,
            embargo_until: row.embargo_until,
            published_at: row.public_from,
        })
        .collect())
}

/// The redactions that wait for a second pair of eyes, for those who may be it.
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
