//! The pages of the documentation, whose files are inside the binary.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use actix_web::http::header::HeaderValue;
use actix_web::http::{Method as HttpMethod, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::blocking::block;
use super::limits;
use super::parts::not_modified;
use super::response::{RequestId, finalise, problem_page, problem_response, respond_static};
use super::waiting::LONGEST_WAIT;
use crate::access::Actor;
use crate::clock::Id;
use crate::http::Reply;
use crate::http::accept::wants_page;

use crate::http::reply::TaggedReply;
use crate::http::static_body::StaticBody;
use crate::http::{State, conditional};
use crate::problem::{self, Problem};

/// Serves the pages that are no operations: the redirect to the documentation, and its files.
pub async fn page(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let id = RequestId(state.clock.new_id());
    let allow = "GET, HEAD, OPTIONS";
    let counted = limits::count_by_address(&state, &request, None);
    let is_read = matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD);
    let mut response = match (counted, request.method().clone()) {
        (Err(problem), _) if is_read && is_home(&request) => refused(&state, &problem, id.0),
        (Err(problem), _) => problem_response(&problem, Some(id.0)),
        _ if is_read && is_home(&request) => home(&state, &request, id.0).await,
        (_, HttpMethod::GET | HttpMethod::HEAD) => docs(&request, id.0),
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

fn docs(request: &HttpRequest, id: Id) -> HttpResponse {
    let path = request.path();
    let name = match path {
        "/" | "/docs" => {
            return HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish();
        }
        "/docs/" => "index.html",
        path => path.strip_prefix("/docs/").unwrap_or_default(),
    };
    let file = file(name).filter(|_| !path.ends_with("//") && path.starts_with("/docs/"));
    let Some(file) = file else { return problem_response(&Problem::not_found(), Some(id)) };
    let if_none_match = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let tag = file.body.tag();
    let compressed = !file.content_type.starts_with("image/");
    let mut response = match conditional::none_match(if_none_match, tag) {
        true => not_modified(tag, if_none_match, compressed, request),
        false => {
            let mut response = HttpResponse::Ok();
            response.insert_header((header::CONTENT_TYPE, file.content_type.as_str()));
            response.insert_header((header::ETAG, format!("\"{tag}\"")));
            match compressed {
                true => respond_static(response, &file.body, request),
                false => response.body(file.body.plain()),
            }
        }
    };
    let headers = response.headers_mut();
    // The page's one inline style is its logo's; its digest permits it.
    let policy = "default-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// Whether a browser requests the first page.
fn is_home(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    request.path() == "/" && wants_page(accept, request.query_string())
}

/// A refusal of the first page, as a page.
fn refused(state: &State, problem: &Problem, id: Id) -> HttpResponse {
    match crate::pages::of_problem(problem, &id.to_string(), &state.site) {
        Ok(page) => problem_page(problem, page),
        Err(_) => problem_response(problem, Some(id)),
    }
}

/// The key of the first page among the cached replies.
const HOME: &str = "/ page";

/// The first page, for browsers.
async fn home(state: &web::Data<State>, request: &HttpRequest, id: Id) -> HttpResponse {
    let holder = limits::holder(state, request, &Actor::public());
    let place = match state.readers.take(&holder, LONGEST_WAIT).await {
        Ok(place) => place,
        Err(problem) => return refused(state, &problem, id),
    };
    let shared = state.clone().into_inner();
    let work = move || {
        let _place = place;
        cached_home(&shared)
    };
    match block(work).await {
        Ok(reply) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, crate::pages::CONTENT_TYPE))
            .insert_header((header::CONTENT_SECURITY_POLICY, crate::pages::policy()))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(reply.reply.body.to_vec()),
        Err(problem) => refused(state, &problem, id),
    }
}

/// The first page, which is read again when something was committed, and every minute.
fn cached_home(state: &Arc<State>) -> Result<Arc<TaggedReply>, Problem> {
    let minute = state.now().minute();
    let generation = state.db.read(|conn| state.db.generation(conn))?;
    if let Some(reply) = state.cache.get(HOME, &generation, minute) {
        return Ok(reply);
    }
    let reply: Arc<TaggedReply> = Arc::new(Reply::json(crate::pages::home(state)?).into());
    state.cache.put(HOME.to_owned(), generation, minute, reply.clone());
    Ok(reply)
}

/// A file of the documentation.
struct File {
    content_type: String,
    body: StaticBody,
}

/// The file of that name. Each is read once in a process, and only those that are there are remembered.
fn file(name: &str) -> Option<&'static File> {
    static CONFIG: OnceLock<Arc<utoipa_swagger_ui::Config<'static>>> = OnceLock::new();
    static FILES: Mutex<BTreeMap<String, &'static File>> = Mutex::new(BTreeMap::new());
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = files.get(name) {
        return Some(file);
    }
    let config = CONFIG.get_or_init(|| Arc::new(utoipa_swagger_ui::Config::from("/openapi.json")));
    let found = utoipa_swagger_ui::serve(name, config.clone()).ok()??;
    let file = File { content_type: found.content_type, body: StaticBody::new(found.bytes.into_owned()) };
    let file: &'static File = Box::leak(Box::new(file));
    files.insert(name.to_owned(), file);
    Some(file)
}
