//! The table of operations, for an answer or a page that is made of other answers.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::operation::{Handler, Operation};
use super::params::Params;
use super::{Call, Reply};
use crate::problem::Problem;
use crate::store::Conn;

static TABLE: OnceLock<&'static [Operation]> = OnceLock::new();

/// Keeps the whole table.
pub fn keep(operations: &'static [Operation]) {
    TABLE.get_or_init(|| operations);
}

/// The operation of that id.
pub fn find(id: &str) -> Option<&'static Operation> {
    TABLE.get().copied().unwrap_or_default().iter().find(|operation| operation.id == id)
}

/// What another reading operation returns to the same caller at the same moment, as JSON: exactly what they would get by a
/// request of their own. `path` has the parameters of its path.
pub fn other(
    call: &Call,
    conn: &mut Conn,
    id: &str,
    path: &[(&'static str, &str)],
    query: &str,
) -> Result<Value, Problem> {
    let (operation, other) = other_call(call, id, path, query)?;
    let Handler::Read(handler) = operation.handler else {
        return Err(Problem::internal(format!("{id} is not read with a connection")));
    };
    json(&handler(&other, conn)?)
}

fn json(reply: &Reply) -> Result<Value, Problem> {
    serde_json::from_slice(&reply.body).map_err(Problem::internal)
}

fn other_call(
    call: &Call,
    id: &str,
    path: &[(&'static str, &str)],
    query: &str,
) -> Result<(&'static Operation, Call), Problem> {
    let operation = find(id).ok_or_else(|| Problem::internal(format!("there is no operation {id}")))?;
    // The same as at the beginning of a request: the handlers of kinds check their own rule.
    if operation.kind.is_none() && call.actor.reach(operation.rule).is_empty() {
        return Err(Problem::not_found());
    }
    let other = Call {
        path: path.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<BTreeMap<_, _>>(),
        params: Params::parse(query, &operation.params)?,
        query: query.to_owned(),
        moment: Cell::new(call.now()),
        db: call.db.clone(),
        generation: call.generation.clone(),
        ..Call::bare(&call.state, &operation.spec, &call.actor)
    };
    Ok((operation, other))
}
