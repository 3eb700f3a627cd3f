//! The service itself: is it well, what does it say of itself.

use serde_json::{Value, json};

use crate::access::rule::READ_PUBLIC;
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::{Call, Reply};
use crate::problem::{self, Problem};
use crate::store::migrations::{self, Standing};

/// The document, as it is checked in: what this binary serves is what was reviewed.
const DOCUMENT: &str = include_str!("../../../openapi/onrecord.v1.json");

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    let row = |path: &str, id: &str, summary: &str, description: &str, handler: Handler| {
        let mut operation = Operation::new(Method::Get, path, id, READ_PUBLIC, handler);
        operation.summary = summary.to_owned();
        operation.description = description.to_owned();
        operation
    };
    let status = json!({"$ref": "#/components/schemas/ServiceStatus"});
    let mut health = row(
        "/healthz",
        "get_health",
        "Is the process alive",
        "200 as long as the process answers; it asks nothing of the database.",
        Handler::Inline(|_| untagged(json!({"status": "ok"}))),
    );
    health.answers = vec![Answer::json(200, "It is.", status.clone())];
    let mut ready = row(
        "/readyz",
        "get_readiness",
        "Is the service ready",
        "200 when the database answers and its migrations are this program's own; else 503.",
        Handler::Blocking(ready),
    );
    ready.answers = vec![Answer::json(200, "It is.", status)];
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
        Handler::Inline(|_| Ok(Reply::json(DOCUMENT))),
    );
    document.answers = vec![Answer::json(200, "The document.", json!({"type": "object"}))];
    let mut problem_page = row(
        "/problems/{slug}",
        "get_problem",
        "Read what a kind of problem means",
        "The page behind the `type` of a problem.",
        Handler::Inline(page),
    );
    problem_page.path_params = vec![("slug", "The last segment of the problem's `type`.")];
    problem_page.answers = vec![Answer::named(200, "The page.", "ProblemType")];
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
    let standing = call.state.db.read(|conn| migrations::standing(conn).map_err(Problem::unavailable))?;
    match standing {
        Standing::Current => untagged(json!({"status": "ready"})),
        other => Err(Problem::unavailable(format!("migrations: {other:?}"))),
    }
}

/// What a kind of problem means, for the page and for the document.
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
