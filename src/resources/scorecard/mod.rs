//! The scorecard of a plan: what is on record of each of its priorities and objectives, in one answer. It holds no rule of its
//! own: every number is that of the operation which it comes from.

mod changed;
mod columns;
mod dto;
mod indicators;
mod queries;
mod recommendations;
mod records;
mod rows;

pub use dto::Scorecard;

use crate::access::Action;
use crate::http::kinds::{self, list_reply, wants_csv};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::Page;
use crate::http::params::{DayMeans, Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::store::Conn;

const ABOUT: &str = "One row for each priority and objective of the plan: its actions, money, services, grants, pledges and the recommendations that concern it, and each indicator that measures it with its latest figure, the comparison that it declares, the verdicts of its control chart and the addresses of the receipts. With `since`, each row also says what was published, revised or withdrawn since that moment. Every number is that of the operation from which it comes; docs/panel.md shows the way from here to the receipts. The CSV has a line for each indicator of a row, and one for a row without indicators.";

/// The operation that only plans have.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    let mut scorecard = Operation::new(
        Method::Get,
        "/v1/plans/{id}/scorecard",
        "get_plan_scorecard",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(get),
    );
    scorecard.kind = Some(kind);
    scorecard.cost = 5;
    scorecard.tag = kind.def.path;
    scorecard.summary = "Read the scorecard of a plan".to_owned();
    scorecard.description = ABOUT.to_owned();
    scorecard.path_params = vec![kinds::ID];
    scorecard.params = vec![
        kinds::as_of_param(),
        Param::new(
            "since",
            ParamType::Moment(DayMeans::Start),
            "Also returns what changed at this moment (RFC 3339) or later: one entry for each record. A day means its beginning in Europe/London.",
        ),
        kinds::format_param(),
    ];
    scorecard.answers = vec![Answer::named(200, "The scorecard.", "Scorecard").or_csv()];
    scorecard.problems = vec![404, 409, 410];
    scorecard.example = Some(ExampleCall { path: "/v1/plans/derbyshire-pcc:PLAN-2013/scorecard".to_owned() });
    scorecard.cached = true;
    vec![scorecard]
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let csv = wants_csv(call)?;
    let kind = kinds::kind_of(call)?;
    let visibility = kinds::visibility_of(call)?;
    let since = call.params.moment("since");
    if since.is_some_and(|since| since > visibility.moment()) {
        let detail = match call.as_of.get() {
            Some(_) => "`since` is after `as_of`. Give an earlier moment.",
            None => "This moment lies in the future. Give an earlier one.",
        };
        return Err(Problem::bad_request(vec![Fault::parameter("since", "order", detail)]));
    }
    let plan = kinds::find(call, conn, kind, &visibility)?;
    let scorecard = rows::read(call, conn, &plan, &visibility, since)?;
    if !csv {
        let mut reply = Reply::value(&scorecard)?;
        reply.headers.extend(kinds::provenance(call));
        return Ok(reply);
    }
    let columns = columns::names();
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let lines = columns::lines(&scorecard)?;
    let limit = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    list_reply(call, &names, &lines, &Page { limit, next: None, total: None })
}
