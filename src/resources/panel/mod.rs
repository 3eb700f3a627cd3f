//! `/panel/{id}`: all that a meeting about a plan needs, in one answer. It is made of other answers, as the same caller gets
//! them at the same moment, and computes nothing.

use serde_json::{Map, Value, json};

use crate::access::Action;
use crate::http::kinds;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::params::{DayMeans, Param, ParamType};
use crate::http::schema::schema_ref;
use crate::http::table::other;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources::statements::CHECK;
use crate::store::Conn;

/// The most statements of an answer: the latest ones.
const STATEMENTS: usize = 20;

/// The clocks that a meeting looks at: all that are not met.
const OPEN_CLOCKS: &str = "overdue,running,not_started,no_date,not_on_record,not_public";

const ABOUT: &str = "What a meeting about a plan needs, in one answer: its scorecard, what changed since a day, what is due and not met, and the latest statements with what the figures say. A browser gets one page that is good on paper. Every part is what its own operation returns: `GET /v1/plans/{id}/scorecard`, `GET /v1/clocks`, `GET /v1/statements` (the latest 20, with `since` those said from that day on) and `GET /v1/statements/{id}/checks`.";

/// The operation that only plans have.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    let mut panel = Operation::new(
        Method::Get,
        "/panel/{id}",
        "get_panel_page",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(get),
    );
    panel.kind = Some(kind);
    panel.cost = 10;
    panel.tag = kind.def.path;
    panel.summary = "Read what a meeting about a plan needs".to_owned();
    panel.description = ABOUT.to_owned();
    panel.path_params = vec![kinds::ID];
    panel.params = vec![Param::new(
        "since",
        ParamType::Moment(DayMeans::Start),
        "Also returns what changed at this moment (RFC 3339) or later. A day means its beginning in Europe/London.",
    )];
    panel.answers = vec![Answer::json(200, "What the meeting needs.", schema())];
    panel.problems = vec![404, 409, 410];
    panel.example = Some(ExampleCall { path: "/panel/derbyshire-pcc:PLAN-2024?since=2026-06-01".to_owned() });
    panel.cached = true;
    vec![panel]
}

fn schema() -> Value {
    json!({
        "type": "object",
        "description": "What a meeting about a plan needs.",
        "required": ["scorecard", "clocks", "statements", "more_statements"],
        "additionalProperties": false,
        "properties": {
            "scorecard": schema_ref("Scorecard"),
            "clocks": schema_ref("ClockList"),
            "statements": {
                "type": "array", "maxItems": STATEMENTS, "items": schema_ref("StatementCheck"),
                "description": "The latest statements of the plan's policing body, the latest first.",
            },
            "more_statements": {
                "type": "boolean",
                "description": "True if there are more statements than these.",
            },
        },
    })
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let plan = kinds::find(call, conn, kind, &call.visibility())?;
    let id = plan.record.to_string();
    let at =
        |name: &str| -> Option<String> { call.params.moment(name).map(|moment| format!("{name}={moment}")) };
    let query = |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join("&");
    let scorecard =
        other(call, conn, "get_plan_scorecard", &[("id", &id)], &at("since").unwrap_or_default())?;
    let body = plan.body.map(|body| format!("body={body}"));
    let open = Some(format!("state={OPEN_CLOCKS}"));
    let clocks = other(call, conn, "list_clocks", &[], &query(vec![body.clone(), open]))?;
    let since = call.params.moment("since").map(|moment| format!("said_on[gte]={}", moment.day()));
    let page = Some(format!("sort=-said_on&limit={STATEMENTS}"));
    let list = other(call, conn, "list_statements", &[], &query(vec![body, since, page]))?;
    let mut statements = vec![];
    for row in list["data"].as_array().into_iter().flatten() {
        let id = row["id"].as_str().unwrap_or_default();
        statements.push(other(call, conn, CHECK, &[("id", id)], "")?);
    }
    let mut reply = Map::new();
    reply.insert("scorecard".to_owned(), scorecard);
    reply.insert("clocks".to_owned(), clocks);
    reply.insert("statements".to_owned(), Value::Array(statements));
    reply.insert("more_statements".to_owned(), Value::Bool(!list["page"]["next"].is_null()));
    Reply::value(&reply)
}
