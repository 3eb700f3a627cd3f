//! The service itself: its health, its OpenAPI document, and the pages of its types of problems.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::access::rule::READ_PUBLIC;
use crate::config::Licence;
use crate::http::coded::StaticBody;
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::schema::schema_ref;
use crate::http::{Call, Reply};
use crate::problem::{self, Problem};
use crate::store::Conn;
use crate::store::migrations::{self, MigrationStatus};

/// The OpenAPI document as it is checked in: indented, so that a change of it can be reviewed.
pub const DOCUMENT: &str = include_str!("../../../openapi/onrecord.v1.json");

/// The document as it is served: with the licence of the record, and half as long without the indentation.
fn compact_document(licence: &Licence) -> Result<&'static StaticBody, Problem> {
    // One for each licence, of which a process serves one.
    static COMPACT: Mutex<BTreeMap<Licence, &'static StaticBody>> = Mutex::new(BTreeMap::new());
    let mut compact = COMPACT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(body) = compact.get(licence) {
        return Ok(body);
    }
    let mut document: Value = serde_json::from_str(DOCUMENT).map_err(Problem::internal)?;
    document["info"]["license"] = document_licence(licence);
    let body = StaticBody::new(serde_json::to_vec(&document).map_err(Problem::internal)?);
    let body: &'static StaticBody = Box::leak(Box::new(body));
    compact.insert(licence.clone(), body);
    Ok(body)
}

/// The licence of the record, as `info` of the document has it.
pub fn document_licence(licence: &Licence) -> Value {
    match licence.spdx_url() {
        Some(_) => json!({"name": licence.name, "identifier": licence.id}),
        None => json!({"name": licence.name, "url": licence.url}),
    }
}

/// The rows of the table of operations.
pub fn operations() -> Vec<Operation> {
    let row = |path: &str, id: &str, summary: &str, description: &str, handler: Handler| {
        let mut operation = Operation::new(Method::Get, path, id, READ_PUBLIC, handler);
        operation.summary = summary.to_owned();
        operation.description = description.to_owned();
        operation
    };
    let status = schema_ref("ServiceStatus");
    let mut health = row(
        "/healthz",
        "get_health",
        "Check that the process runs",
        "200 while the process runs. It does not use the database.",
        Handler::Inline(|_| untagged(json!({"status": "ok"}))),
    );
    health.answers = vec![Answer::json(200, "The process runs.", status.clone()).untagged()];
    let mut ready = row(
        "/readyz",
        "get_readiness",
        "Check that the service is ready",
        "200 when the database responds, has the migrations of this program, and could be written the last time; otherwise 503. Reads may go on at 503.",
        Handler::Blocking(ready),
    );
    ready.answers = vec![Answer::json(200, "The service is ready.", status).untagged()];
    ready.problems = vec![503];
    for operation in [&mut health, &mut ready] {
        operation.exempt_from_limits = true;
        operation.example = Some(crate::http::operation::ExampleCall { path: operation.path.clone() });
    }
    let mut document = row(
        "/openapi.json",
        "get_openapi",
        "Get this document",
        "The OpenAPI 3.1 document of this API, as it is checked in, with the licence that this office has set for its record.",
        Handler::Inline(|call| compact_document(&call.state.site.licence).map(Reply::static_json)),
    );
    document.answers =
        vec![Answer::json(200, "The document.", json!({"type": "object", "additionalProperties": true}))];
    let mut problem_page = row(
        "/problems/{slug}",
        "get_problem",
        "Get the description of a type of problem",
        "The description to which the `type` of a problem refers.",
        Handler::Inline(page),
    );
    problem_page.path_params = vec![("slug", "The last segment of the problem's `type`.")];
    problem_page.answers = vec![Answer::named(200, "The description.", "ProblemType")];
    problem_page.problems = vec![404];
    problem_page.example =
        Some(crate::http::operation::ExampleCall { path: "/problems/precondition-failed".to_owned() });
    vec![health, ready, document, problem_page]
}

fn untagged(value: Value) -> Result<Reply, Problem> {
    let mut reply = Reply::value(&value)?;
    reply.tagged = false;
    Ok(reply)
}

/// How long `/readyz` waits for a connection. A probe gives up after a few seconds, and would not see a later response.
const PATIENCE_OF_PROBES: Duration = Duration::from_secs(2);

fn ready(call: &Call) -> Result<Reply, Problem> {
    let read = |conn: &mut Conn| migrations::status(conn).map_err(Problem::unavailable);
    let status = call.state.db.read_within(PATIENCE_OF_PROBES, read)?;
    match status {
        MigrationStatus::Current => {
            call.state.db.writable.check()?;
            untagged(json!({"status": "ready"}))
        }
        other => Err(Problem::unavailable(format!("migrations: {other:?}"))),
    }
}

/// The description of a type of problem, for its page and for the document.
pub fn problem_page(slug: &str) -> Option<Value> {
    let kind = problem::TYPES.iter().find(|kind| kind.slug == slug)?;
    Some(json!({
        "type": format!("/problems/{}", kind.slug),
        "title": kind.title,
        "status": kind.status,
        "meaning": kind.meaning,
    }))
}

fn page(call: &Call) -> Result<Reply, Problem> {
    let value = problem_page(call.segment("slug")).ok_or_else(Problem::not_found)?;
    Reply::value(&value)
}
