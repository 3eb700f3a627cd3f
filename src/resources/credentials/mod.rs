//! The administrator's rooms for machines: the clients of a body, their secrets, and keys for open data.
//!
//! An administrator acts within its own body. What another looks after is not there. A secret is told once, in the
//! answer that makes it, and is stored nowhere: so none of these operations takes an `Idempotency-Key`.

mod api_keys;
mod clients;
mod dto;

use serde_json::{Value, json};

use super::people::{own_body, private, read_body};
use crate::access::rule::ADMINISTER;
use crate::clock::Ts;
use crate::http::kinds::Page;
use crate::http::operation::{Answer, BodySpec, Handler, Method, Operation};
use crate::http::paging::{self, Position};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::store::Val;

pub use dto::schemas;

/// These rooms' rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut all = clients::operations();
    all.extend(api_keys::operations());
    all
}

fn row(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    let mut row = Operation::new(method, path, id, ADMINISTER, handler);
    row.tag = "access";
    row.summary = summary.to_owned();
    row.problems = vec![403];
    if row.writes() {
        row.problems.push(422);
    }
    row
}

fn answer(status: u16, description: &str, schema: &str) -> Answer {
    Answer::json(status, description, json!({"$ref": format!("#/components/schemas/{schema}")}))
}

fn takes(schema: Value, example: Value, required: bool) -> Option<BodySpec> {
    Some(BodySpec { media_types: &["application/json"], schema, example, required, limit: None })
}

/// The body of the request, if nothing is wrong with it.
fn checked_body(call: &Call, schema: &Value) -> Result<Value, Problem> {
    let (body, faults) = read_body(call, schema)?;
    if faults.is_empty() { Ok(body) } else { Err(Problem::unprocessable(faults)) }
}

/// An answer with a secret in it.
fn told_once(value: &impl serde::Serialize, status: u16) -> Result<Reply, Problem> {
    Ok(private(value)?.status(status).header("Cache-Control", "no-store"))
}

/// Where the page begins: when the last one shown was made, and its id.
fn begins_behind(call: &Call, context: &str) -> Result<Option<(Ts, String)>, Problem> {
    let Some(cursor) = call.params.text("cursor") else { return Ok(None) };
    match paging::open(&call.state.keys, context, cursor, call.now())?.keys.as_slice() {
        [Val::Ts(created), Val::Text(id)] => Ok(Some((*created, id.clone()))),
        _ => Err(Problem::internal("a cursor of another list was opened")),
    }
}

/// Cuts off the row that only tells of a next page, and says where that begins.
fn cut<T>(
    call: &Call,
    context: &str,
    limit: i64,
    rows: &mut Vec<T>,
    key: fn(&T) -> (Ts, String),
) -> Result<Page, Problem> {
    let mut next = None;
    if rows.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
        rows.pop();
        if let Some((created, id)) = rows.last().map(key) {
            let position = Position { keys: vec![Val::Ts(created), Val::Text(id)], id: None };
            next = Some(paging::seal(&call.state.keys, context, &position, Some(call.now()))?);
        }
    }
    Ok(Page { limit, next, total: None })
}
