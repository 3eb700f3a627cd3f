//! The pages that are no answers of operations: the first page, and those of the documentation.

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use actix_web::http::{Method as HttpMethod, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::blocking::{block, block_in_turn};
use super::coding::tags_in_accepted_codings;
use super::parts::not_modified;
use super::refusal::prefers_page;
use super::response::{RequestId, finalise, page_builder, problem_page, problem_response};
use super::waiting::LONGEST_WAIT;
use super::{limits, position, sending};
use crate::access::Actor;
use crate::clock::Id;
use crate::http::Reply;
use crate::http::reply::{Body, TaggedReply};
use crate::http::{State, conditional};
use crate::problem::{self, Problem};
use crate::store::Db;

/// Serves the pages that are no operations: the first page, the redirect to the documentation, and its pages.
pub async fn page(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let id = RequestId(state.clock.new_id());
    let allow = "GET, HEAD, OPTIONS";
    let counted = limits::count_by_address(&state, &request, None);
    let is_read = matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD);
    let mut response = match (counted, request.method().clone()) {
        (Err(problem), _) if is_read => refused(&state, &request, &problem, id.0),
        (Err(problem), _) => problem_response(&problem, Some(id.0)),
        _ if is_read && is_home(&request) => home(&state, &request, id.0).await,
        (_, HttpMethod::GET | HttpMethod::HEAD) => docs(&state, &request, id.0).await,
        (_, HttpMethod::OPTIONS) => HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish(),
        _ => {
            let problem = Problem::new(&problem::METHOD_NOT_ALLOWED, format!("This address takes {allow}."))
                .header("Allow", allow);
            problem_response(&problem, Some(id.0))
        }
    };
    finalise(&state, &request, &mut response, false, &id);
    position::add(&state, &request, &mut response);
    response
}

/// A page of the documentation.
async fn docs(state: &web::Data<State>, request: &HttpRequest, id: Id) -> HttpResponse {
    let path = request.path().to_owned();
    if ["/", "/docs"].contains(&path.as_str()) {
        return HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish();
    }
    let shared = state.clone().into_inner();
    let query = request.query_string().to_owned();
    // The first of them takes long to make.
    let turns = Some(&state.made_once).filter(|_| !crate::pages::docs_are_made(&path, &query));
    let made = block_in_turn(turns, move || crate::pages::docs(&shared, &path, &query)).await;
    let page = match made.and_then(|page| page.ok_or_else(Problem::not_found)) {
        Ok(page) => page,
        Err(problem) => return refused(state, request, &problem, id),
    };
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let if_none_match =
        text(header::IF_NONE_MATCH).map(|tags| tags_in_accepted_codings(tags.to_owned(), request));
    let if_none_match = if_none_match.as_deref();
    let tag = conditional::tag(page.as_bytes());
    if text(header::IF_MATCH).is_some_and(|tags| !conditional::any_match(tags, &tag)) {
        let problem = Problem::new(&problem::PRECONDITION_FAILED, "The page has changed; read it again.");
        return refused(state, request, &problem, id);
    }
    let cached = "public, max-age=300";
    if conditional::none_match(if_none_match, &tag) {
        let mut same = not_modified(&tag, if_none_match, true, request);
        let headers = same.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(crate::pages::policy()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
        return same;
    }
    let mut response = page_builder(cached);
    response.insert_header((header::ETAG, format!("\"{tag}\"")));
    sending::whole(&mut response, &Body::own(page), request).await
}

/// Whether a browser requests the first page.
fn is_home(request: &HttpRequest) -> bool {
    request.path() == "/" && prefers_page(request)
}

/// A refusal: a page for browsers.
fn refused(state: &State, request: &HttpRequest, problem: &Problem, id: Id) -> HttpResponse {
    match prefers_page(request).then(|| crate::pages::of_problem(problem, &id.to_string(), None, state)) {
        Some(Ok(page)) => problem_page(problem, page),
        _ => problem_response(problem, Some(id)),
    }
}

/// The key of the first page among the cached replies.
const HOME: &str = "/ page";

/// The first page, for browsers.
async fn home(state: &web::Data<State>, request: &HttpRequest, id: Id) -> HttpResponse {
    let holder = limits::holder(state, request, &Actor::public());
    let db = match position::reading(state, request) {
        Ok(db) => db,
        Err(problem) => return refused(state, request, &problem, id),
    };
    let place = match state.reading_places(&db).0.take(&holder, LONGEST_WAIT).await {
        Ok(place) => place,
        Err(problem) => return refused(state, request, &problem, id),
    };
    let shared = state.clone().into_inner();
    let work = move || {
        let _place = place;
        cached_home(&shared, &db)
    };
    match block(work).await {
        Ok(reply) => sending::whole(&mut page_builder("no-cache"), &reply.reply.body, request).await,
        Err(problem) => refused(state, request, &problem, id),
    }
}

/// The first page, which is read again when something was committed, and every minute.
fn cached_home(state: &Arc<State>, db: &Db) -> Result<Arc<TaggedReply>, Problem> {
    let minute = state.now().minute();
    let generation = db.read(|conn| db.generation(conn))?;
    if let Some(reply) = state.cache.get(HOME, &generation, minute) {
        return Ok(reply);
    }
    let reply: Arc<TaggedReply> = Arc::new(Reply::json(crate::pages::home(state, db)?).into());
    // Two reads can be from replicas in different states: such a page has no single generation, and must not be cached.
    let is_of_one = !db.reads_replicas() || db.read(|conn| db.generation(conn))? == generation;
    if is_of_one {
        state.cache.put(HOME.to_owned(), generation, minute, reply.clone());
    }
    Ok(reply)
}
