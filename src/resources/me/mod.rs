//! `/v1/me`: who the caller is, what they may do, and what is due.

mod due;
mod submitted;

use diesel::prelude::*;
use serde::Serialize;

use crate::access::rule::READ_PUBLIC;
use crate::access::{Action, Reach, membership};
use crate::clock::Ts;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;
use crate::store::tables::{client, person};

pub use due::Due;
pub use submitted::{HandedIn, Returned, Submitted};

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
    /// The same records, with who submitted each, when, and what it changes.
    #[schema(max_items = 100)]
    pub submitted: Vec<Submitted>,
    /// What has been returned with a reason and neither been changed nor submitted again, as far as the caller may see it,
    /// sorted by kind and reference; at most the first hundred. A partner gets what its own organisation submitted.
    #[schema(max_items = 100)]
    pub returned: Vec<Returned>,
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

pub fn operations() -> Vec<Operation> {
    let mut me = Operation::new(Method::Get, "/v1/me", "get_me", READ_PUBLIC, Handler::Read(get));
    me.tag = "service";
    me.summary = "Who am I".to_owned();
    me.description =
        "The caller, as verified: organisation, roles, what they may do, what is due from the organisation, what has been submitted and is not public yet (by whom, since when, and what it changes), and what has been returned.".to_owned();
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
    let awaiting = submitted::awaiting(call, conn)?;
    Reply::value(&Me {
        subject: actor.subject.clone(),
        label,
        valid_from: membership.as_ref().map(|membership| membership.valid_from),
        valid_to: membership.and_then(|membership| membership.valid_to),
        roles: actor.roles.iter().map(|role| role.name().to_owned()).collect(),
        body: actor.body.as_ref().map(|body| body.reference.clone()),
        organisation: actor.organisation.as_ref().map(|organisation| organisation.reference.clone()),
        may: may.collect(),
        due: due::due(call, conn)?,
        handed_in: awaiting.iter().map(HandedIn::of).collect(),
        submitted: submitted::submitted(call, conn, &awaiting)?,
        returned: submitted::returned(call, conn)?,
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
