//! The service itself: its health, its OpenAPI document, and the pages of its types of problems.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::access::rule::READ_PUBLIC;
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::schema::schema_ref;
use crate::http::static_body::StaticBody;
use crate::http::{Call, Reply};
use crate::problem::{self, Problem};
use crate::store::migrations::{self, MigrationStatus};

/// The document as it is checked in: indented, so that a change of it can be reviewed.
const DOCUMENT: &str = include_str!("../../../openapi/onrecord.v1.json");

/// The document as it is served: half as long without the indentation.
fn compact_document() -> Result<&'static StaticBody, Problem> {
    static COMPACT: OnceLock<Result<StaticBody, serde_json::Error>> = OnceLock::new();
    let compact = COMPACT.get_or_init(|| {
        let document: Value = serde_json::from_str(DOCUMENT)?;
        serde_json::to_vec(&document).map(StaticBody::new)
    });
    compact.as_ref().map_err(Problem::internal)
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
        "The OpenAPI 3.1 document of this API, as it is checked in.",
        Handler::Inline(|_| compact_document().map(Reply::static_json)),
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

fn ready(call: &Call) -> Result<Reply, Problem> {
    let status = call.state.db.read(|conn| migrations::status(conn).map_err(Problem::unavailable))?;
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
