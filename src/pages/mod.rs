//! Pages for people: the answers of the API as HTML. A page is made from the JSON of the same request, and of other answers to
//! the same caller, and holds no rule of its own, so it shows nothing that the same caller's JSON does not.

mod belonging;
mod block;
mod changes;
mod clocks;
mod codes;
mod docs;
mod figures;
mod history;
mod home;
mod included;
mod index;
mod labels;
mod layout;
mod list;
mod money;
mod names;
mod panel;
mod problem;
mod questions;
mod reading;
mod recommendations;
mod record;
mod scorecard;
mod search;
mod series;
mod series_of;
mod series_parts;
mod shown;
mod sources;
mod statement;
mod thread;
mod titles;
mod words;
mod written;

use serde_json::{Map, Value};

pub use self::docs::{addresses as docs_addresses, are_made as docs_are_made, docs};
pub use self::home::home;
pub use self::layout::{CONTENT_TYPE, policy};
pub use self::problem::{instead, of_problem};

use self::block::{Block, html};
use self::layout::{Around, page, with};
use self::reading::Reading;
use self::shown::{Shower, Shown};
use crate::http::operation::Operation;
use crate::http::reply::Body;
use crate::http::{Call, Reply, address};
use crate::problem::Problem;
use crate::resources::changes_feeds;
use crate::store::Conn;

/// The query of a page: without the fields of a form that were left empty, and, where it names no order for a list, with the
/// order in which readers get it.
pub fn query(operation: &Operation, query: &str) -> String {
    let is_given = |pair: &&str| pair.split_once('=').is_none_or(|(_, value)| !value.is_empty());
    let mut pairs: Vec<&str> = query.split('&').filter(is_given).collect();
    let is_sorted = pairs.iter().any(|pair| ["sort=", "cursor="].iter().any(|name| pair.starts_with(name)));
    let kind = operation.kind.filter(|kind| operation.path == format!("/v1/{}", kind.def.path));
    let order = kind.filter(|_| !is_sorted).and_then(list::order).map(|order| format!("sort={order}"));
    pairs.extend(order.as_deref());
    pairs.retain(|pair| !pair.is_empty());
    pairs.join("&")
}

/// The reply as a page, with other answers if there is a connection to read them with.
pub fn of_reply(call: &Call, reply: Reply, conn: Option<&mut Conn>) -> Result<Reply, Problem> {
    if ![200, 202].contains(&reply.status) || reply.content_type != "application/json" {
        return Ok(reply);
    }
    let value: Value = serde_json::from_slice(&reply.body).map_err(Problem::internal)?;
    let mut reading = Reading { call, conn };
    let (title, mut blocks) = content(&mut reading, &value)?;
    as_it_was(call, &mut blocks);
    titles::fill(&mut reading, &mut blocks)?;
    let main = html(&blocks).map_err(Problem::internal)?;
    let json = plain_json(call);
    let feeds = changes_feeds(call.operation, &call.raw_path);
    let around = Around { title: &title, json: Some(&json), feeds: &feeds, site: &call.state.site };
    let page = page(around, main)?;
    let mut headers = reply.headers;
    headers.push(("Content-Security-Policy", policy().to_owned()));
    Ok(Reply { content_type: CONTENT_TYPE, body: Body::own(page), headers, tag: None, ..reply })
}

/// The address of the same as JSON, without the order that the page has of itself.
fn plain_json(call: &Call) -> String {
    let own = call.operation.kind.and_then(list::order);
    let has_own =
        !call.params.has("cursor") && own.is_some_and(|own| layout::query_value(call, "sort") == own);
    let query =
        if has_own { address::with("", &call.query, "sort", None) } else { format!("?{}", call.query) };
    address::with(&call.raw_path, query.trim_start_matches('?'), "format", Some("json"))
}

/// The page that a refused form is answered with, so that nothing that was typed is lost; the problem where there is none.
pub fn form_again(call: &Call, problem: Problem) -> Result<Reply, Problem> {
    let again = if call.is_for_page() { questions::again(call, &problem) } else { None };
    let Some((title, blocks)) = again else { return Err(problem) };
    let main = html(&blocks).map_err(Problem::internal)?;
    let page = page(Around { title: &title, json: None, feeds: &[], site: &call.state.site }, main)?;
    let mut headers = problem.headers.clone();
    headers.push(("Content-Security-Policy", policy().to_owned()));
    let mut reply = Reply::json(page).status(problem.kind.status);
    (reply.content_type, reply.headers, reply.tagged) = (CONTENT_TYPE, headers, false);
    Ok(reply)
}

/// The title of a page and its parts.
fn content(reading: &mut Reading<'_>, value: &Value) -> Result<(String, Vec<Block>), Problem> {
    let call = reading.call;
    let kind = call.operation.kind;
    let fields = value.as_object();
    let is_record = |fields: &&Map<String, Value>| {
        kind.is_some_and(|kind| fields.get("kind").and_then(Value::as_str) == Some(kind.def.name))
    };
    if let (Some(kind), Some(fields)) = (kind, fields.filter(is_record)) {
        return record::page(reading, kind, fields);
    }
    let next = value["page"]["next"].as_str().map(|cursor| with(call, "cursor", Some(cursor)));
    let (title, mut blocks) = match (of_operation(reading, value, next.clone())?, kind) {
        (Some(page), _) => page,
        (None, Some(kind)) if is_list_of(kind.def.name, value) => list::page(reading, kind, value, next)?,
        (None, _) => other(call, value, next),
    };
    // What is somebody's own is not cited.
    if call.operation.unnamed {
        blocks.push(Block::Links(layout::downloads(call)));
    } else {
        blocks.extend(record::foot(call, &title));
    }
    Ok((title, blocks))
}

/// Says below the title of a page of an earlier day that it is one, with the way to now.
fn as_it_was(call: &Call, blocks: &mut Vec<Block>) {
    let requested = ["as_of", "asOf"].map(|name| (name, layout::query_value(call, name)));
    let Some((name, requested)) = requested.into_iter().find(|(_, requested)| !requested.is_empty()) else {
        return;
    };
    let Some(then) = shown::day(&requested).or_else(|| shown::moment(&requested)) else { return };
    let title = blocks.iter().position(|block| matches!(block, Block::Title(_)));
    let note = Block::Lead(Shown::Line(vec![
        block::words(format!("As it was on {then}.")),
        Shown::Link { address: with(call, name, None), words: "As it is now".to_owned() },
    ]));
    blocks.insert(title.map_or(0, |title| title + 1), note);
}

/// Whether an answer is a list of records of a kind.
fn is_list_of(kind: &str, value: &Value) -> bool {
    let rows = value["data"].as_array();
    rows.is_some_and(|rows| rows.iter().all(|row| row["kind"] == kind && row["self"].is_string()))
}

/// The page of an operation that has one of its own.
fn of_operation(
    reading: &mut Reading<'_>,
    value: &Value,
    next: Option<String>,
) -> Result<Option<(String, Vec<Block>)>, Problem> {
    let call = reading.call;
    Ok(Some(match call.operation.id.as_str() {
        "get_plan_scorecard" => scorecard::page(call, value),
        "ask_question" => questions::received(value),
        "get_question_receipt" | "withdraw_question_receipt" => questions::receipt(call, value),
        "get_panel_page" => panel::page(reading, value)?,
        "list_changes" => changes::page(call, value)?,
        "list_clocks" => clocks::page(call, value),
        "list_money" => money::page(reading, value, next)?,
        "list_series" => series_of::list(reading, value, next)?,
        "get_series" => series::page(reading, value)?,
        "get_index" => index::page(value),
        "list_series_observations" => series_parts::observations(reading, value, next)?,
        "list_series_comparisons" => series_parts::comparisons(reading, value)?,
        "list_series_vintages" => series_parts::publications(reading, value)?,
        "get_series_control_chart" => series_parts::control_chart(reading, value)?,
        "search_records" => search::page(call, value),
        "list_plan_orphans" => {
            let (title, mut blocks) = other(call, value, next);
            blocks.insert(1, Block::note(UNLINKED_RECOMMENDATIONS));
            (title, blocks)
        }
        id if id.ends_with("_thread") => thread::page(call, value),
        "get_statement_checks" => {
            let title = format!("What the figures say of {}", block::text(&value["statement"]));
            let claim = block::words(block::text(&value["claim"]));
            let blocks = vec![Block::Title(title.clone()), Block::Lead(claim)];
            (title, [blocks, statement::blocks(value, "")].concat())
        }
        id if id.ends_with("_versions") && call.operation.kind.is_some() => history::versions(call, value),
        id if id.ends_with("_version_difference") => {
            history::difference(&Shower { state: &call.state, kind: call.operation.kind }, value)
        }
        _ => return Ok(None),
    }))
}

/// What is listed of recommendations here: the scorecard counts others.
const UNLINKED_RECOMMENDATIONS: &str = "Of recommendations these are the open ones made within the dates of the plan, or in a report published within them, that no response answers, whatever they are about. The scorecard of the plan counts others: those that name a priority or an objective of the plan, whenever they were made.";

/// The page of an answer without a form of its own.
fn other(call: &Call, value: &Value, next: Option<String>) -> (String, Vec<Block>) {
    let shower = Shower { state: &call.state, kind: None };
    let heading = names::heading(call.operation);
    let shown = shower.value("", value.get("data").filter(|data| data.is_array()).unwrap_or(value));
    let mut blocks = vec![Block::Title(heading.clone()), Block::Value(shown)];
    blocks.extend(Block::next(next));
    (heading, blocks)
}
