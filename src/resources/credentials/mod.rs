//! The administrator's rooms for machines: the clients of a body, their secrets, and keys for open data.
//!
//! An administrator acts within its own body. What another looks after is not there. A secret is told once, in the
//! answer that makes it, and is stored nowhere: so none of these operations takes an `Idempotency-Key`.

mod api_keys;
mod clients;
mod dto;

use serde_json::Value;

use super::people::{administered, own_body, private, read_body};
use crate::http::operation::{Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::Problem;

pub use dto::schemas;

/// These rooms' rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut all = clients::operations();
    all.extend(api_keys::operations());
    all
}

fn row(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    let mut row = administered(method, path, id, summary, handler);
    if row.writes() {
        row.problems.push(422);
    }
    row
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
