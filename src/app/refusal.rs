//! What a refused request is answered with: a problem, or a page for a browser.

use actix_web::http::{Method as HttpMethod, header};
use actix_web::{HttpRequest, HttpResponse};

use super::response::{page_response, problem_page, problem_response};
use super::routes;
use crate::clock::Id;
use crate::http::State;
use crate::http::accept;
use crate::pages;
use crate::problem::Problem;

/// The response to a request of that operation which ended in a problem.
pub fn respond(
    state: &State,
    request: &HttpRequest,
    problem: &Problem,
    operation: &str,
    id: Id,
) -> HttpResponse {
    if wants_page(request) {
        if let Some(Ok(page)) = pages::instead(problem, operation, state) {
            return page_response(page);
        }
        if let Ok(page) = pages::of_problem(problem, &id.to_string(), &state.site) {
            return problem_page(problem, page);
        }
    }
    problem_response(problem, Some(id))
}

/// Whether a problem is shown as a page: a browser requests what has pages, or what is not there.
fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept::wants_page(accept, request.query_string())
        && matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD)
        && routes::operation_for(request).is_none_or(|operation| operation.has_page())
}
