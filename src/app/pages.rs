//! The pages of the documentation, whose files are inside the binary.

use std::sync::{Arc, OnceLock};

use actix_web::http::{Method as HttpMethod, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::limits;
use super::response::{RequestId, finalise, problem_response};
use crate::clock::Id;
use crate::http::State;
use crate::problem::{self, Problem};

/// Serves the pages that are no operations: the redirect to the documentation, and its files.
pub async fn page(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let id = RequestId(state.clock.new_id());
    let allow = "GET, HEAD, OPTIONS";
    let counted = limits::count_by_address(&state, &request, None);
    let mut response = match (counted, request.method().clone()) {
        (Err(problem), _) => problem_response(&problem, Some(id.0)),
        (_, HttpMethod::GET | HttpMethod::HEAD) => docs(request.path(), id.0),
        (_, HttpMethod::OPTIONS) => HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish(),
        _ => {
            let problem = Problem::new(&problem::METHOD_NOT_ALLOWED, format!("This address takes {allow}."))
                .header("Allow", allow);
            problem_response(&problem, Some(id.0))
        }
    };
    finalise(&state, &request, &mut response, false, &id);
    response
}

fn docs(path: &str, id: Id) -> HttpResponse {
    static CONFIG: OnceLock<Arc<utoipa_swagger_ui::Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(utoipa_swagger_ui::Config::from("/openapi.json")));
    let file = match path {
        "/" | "/docs" => {
            return HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish();
        }
        "/docs/" => "index.html",
        path => path.strip_prefix("/docs/").unwrap_or_default(),
    };
    match utoipa_swagger_ui::serve(file, config.clone()) {
        Ok(Some(file)) if !path.ends_with("//") && path.starts_with("/docs/") => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, file.content_type))
            // The page's one inline style is its logo's; its digest permits it.
            .insert_header((
                header::CONTENT_SECURITY_POLICY,
                "default-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ))
            .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
            .body(file.bytes.to_vec()),
        _ => problem_response(&Problem::not_found(), Some(id)),
    }
}
