//! What a refused request is answered with: a problem, or a page for a browser.

use std::sync::Arc;

use actix_web::http::{Method as HttpMethod, header};
use actix_web::{HttpRequest, HttpResponse};

use super::response::{page_response, problem_of_request, problem_page};
use super::{credentials, routes};
use crate::access::rule;
use crate::clock::Id;
use crate::http::State;
use crate::http::accept::prefers_page_of_refusal;
use crate::pages;
use crate::problem::{self, Problem};

/// The response to a request of that operation which ended in a problem.
pub fn respond(
    state: &State,
    request: &HttpRequest,
    problem: &Problem,
    operation: &str,
    id: Id,
) -> HttpResponse {
    if wants_page(request) || sends_form(request) {
        if let Some(Ok(page)) = pages::instead(problem, operation, state) {
            return page_response(page);
        }
        let list = Some(request.path()).filter(|_| operation.starts_with("list_"));
        if let Ok(page) = pages::of_problem(problem, &id.to_string(), list, state) {
            return problem_page(problem, page);
        }
    }
    problem_of_request(problem, state, request, id)
}

/// Whether a browser sends a form of a page.
fn sends_form(request: &HttpRequest) -> bool {
    *request.method() == HttpMethod::POST
        && prefers_page(request)
        && routes::operation_for(request).is_some_and(|operation| operation.has_page())
}

/// Whether a problem is shown as a page: a browser requests what has pages, or what is not there.
fn wants_page(request: &HttpRequest) -> bool {
    matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD)
        && prefers_page(request)
        && routes::operation_for(request).is_none_or(|operation| operation.has_page())
}

/// Whether whoever sends a request prefers a page.
pub fn prefers_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    prefers_page_of_refusal(accept, request.query_string())
}

/// The answer of what the office has not turned on: as if it were not there, and the reason for whoever could use it.
pub async fn switched_off(state: &Arc<State>, request: &HttpRequest) -> Problem {
    let actor = credentials::actor(state, request.headers(), state.clock.now()).await;
    match actor.is_ok_and(|actor| !actor.reach(rule::READ_INBOX).is_empty()) {
        true => Problem::new(
            &problem::NOT_FOUND,
            "Questions from residents are off. Whoever runs the service turns them on with RESIDENT_QUESTIONS=true.",
        ),
        false => Problem::not_found(),
    }
}
