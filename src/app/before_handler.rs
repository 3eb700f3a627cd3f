//! What a request passes between its head and its handler: the record that it names, and its body as a value.

use serde_json::Value;

use super::blocking::block;
use crate::allowance::Allowance;
use crate::http::form::{self, FORM};
use crate::http::operation::Operation;
use crate::http::{Call, body};
use crate::problem::Problem;

/// Refuses a request by the record that it names, before any of its body is read.
pub async fn permitted(call: Call, operation: &'static Operation) -> Result<Call, Problem> {
    let Some(before_body) = operation.before_body else { return Ok(call) };
    block(move || {
        call.state.db.read(|conn| before_body(&call, conn))?;
        Ok(call)
    })
    .await
}

/// The most bytes of a body that is parsed without another thread.
const PARSED_AT_ONCE: usize = 64 * 1024;

/// Parses the body, before there is a place for the change: no other change waits for a large one. What its values take is
/// counted like the body.
pub async fn parsed(mut call: Call) -> Result<Call, Problem> {
    if call.headers.content_type.as_deref() == Some(FORM) {
        let value = form::read::<Value>(&call.body).ok_or_else(form::unreadable)?;
        call.parsed.set(Some(Ok((value, vec![]))));
        return Ok(call);
    }
    let parse = |call: &mut Call| {
        let allowance = Allowance::of_json();
        call.parsed.set(Some(body::parse_within(&call.body, &allowance)));
        call.held.add_values(usize::try_from(allowance.held()).unwrap_or(usize::MAX))
    };
    if call.body.len() <= PARSED_AT_ONCE {
        parse(&mut call)?;
        return Ok(call);
    }
    block(move || {
        parse(&mut call)?;
        Ok(call)
    })
    .await
}
