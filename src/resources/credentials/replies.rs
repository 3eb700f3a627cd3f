//! What the operations on clients and on API keys have in common.

use crate::http::Reply;
use crate::http::operation::{Handler, Method, Operation};
use crate::problem::Problem;
use crate::resources::people::administration::{administered, private};

/// An operation that only administrators may call; 422 for a wrong body.
pub fn operation(method: Method, path: &str, id: &str, summary: &str, handler: Handler) -> Operation {
    let mut operation = administered(method, path, id, summary, handler);
    if operation.writes() {
        operation.problems.push(422);
    }
    operation
}

/// A response with a secret, which nothing may store.
pub fn secret_reply(value: &impl serde::Serialize, status: u16) -> Result<Reply, Problem> {
    Ok(private(value)?.status(status).header("Cache-Control", "no-store"))
}
