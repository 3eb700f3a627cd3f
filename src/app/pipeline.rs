//! The stages that every request passes, in one order: rate limit, route, caller, permission, headers, cache,
//! parameters and body, concurrency limit, handler.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::Method as HttpMethod;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use super::blocking::block;
use super::body::{accepts, header_once, read_body};
use super::coding::tags_in_accepted_codings;
use super::exchange::ConnectionRecord;
use super::log::{self, LogFields};
use super::parts::Asking;
use super::response::{RequestId, finalise, respond};
use super::routes::{self, Route, options};
use super::waiting::{LONGEST_WAIT, LONGEST_WAIT_OF_FILE, take_place};
use super::{
    before_handler, bulk, credentials, limits, links, masked, position, refusal, sending, through_cache,
};
use crate::access::{Actor, token};
use crate::clock::{Id, Ts};
use crate::http::accept::{HTML, MOST_RANGES, PAGE, format_of, prefers};
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::params::{Params, decode};
use crate::http::places::{Holder, Place};
use crate::http::reply::TaggedReply;
use crate::http::{Call, Headers, State};
use crate::pages;
use crate::problem::{self, Fault, Problem};

/// A response, and whether shared caches may store it.
struct Outcome {
    response: HttpResponse,
    public: bool,
}

/// Serves one request: whatever happens, it ends in a response and a line in the log.
pub async fn serve(state: Arc<State>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let started = Instant::now();
    let id = RequestId(state.clock.new_id());
    let mut fields = LogFields { masked: masked::path(&request), ..LogFields::default() };
    fields.address = fields.masked.is_none().then(|| limits::caller_address(&state, &request));
    let attempt =
        AssertUnwindSafe(attempt(&state, &request, payload, id.0, &mut fields)).catch_unwind().await;
    let outcome = attempt.unwrap_or_else(|_| Err(Problem::internal("a panic")));
    let Outcome { mut response, public } = outcome.unwrap_or_else(|problem| {
        fields.cause = problem.cause.clone();
        let response = refusal::respond(&state, &request, &problem, fields.operation, id.0);
        Outcome { response, public: false }
    });
    links::add(&state, &request, routes::operation_for(&request), &mut response, public);
    finalise(&state, &request, &mut response, public, &id);
    position::add(&state, &request, &mut response);
    let status = response.status().as_u16();
    if status == 404 && fields.masked.is_none() {
        fields.masked = masked::path_of_nothing(&request);
        fields.address = fields.address.filter(|_| fields.masked.is_none());
    }
    let duration = started.elapsed();
    state.metrics.request(fields.operation, status, duration);
    state.refusals.count(status, state.clock.now());
    log::write(&request, id.0, status, duration, &fields);
    response
}

/// All stages of a request.
async fn attempt(
    state: &Arc<State>,
    request: &HttpRequest,
    payload: web::Payload,
    id: Id,
    fields: &mut LogFields,
) -> Result<Outcome, Problem> {
    let matched = routes::matching(request.match_info().as_str());
    let found = matched.as_ref().and_then(|(route, _)| route.find(request.method()));
    let is_there =
        |row: &&Operation| !row.rule.is_empty() && (!row.optional || state.site.resident_questions);
    limits::count_by_address(state, request, found.filter(is_there))?;
    let (route, path) = matched.ok_or_else(Problem::not_found)?;
    if route.is_optional() && !state.site.resident_questions {
        return Err(refusal::switched_off(state, request).await);
    }
    if *request.method() == HttpMethod::OPTIONS {
        return Ok(Outcome { response: options(state, route, request), public: false });
    }
    let operation = operation_of(route, request, fields)?;
    if let Some(record) = ConnectionRecord::of(request) {
        record.answers(&operation.spec.id, id.to_string());
    }
    let now = state.now();
    let actor = authenticate(state, request, operation).await?;
    fields.actor = actor.name().to_owned();
    limits::count_by_credential(state, request, operation, &actor)?;
    let holder = limits::holder(state, request, &actor);
    request.extensions_mut().insert(holder.clone());
    check_query_length(state, request)?;
    authorise(operation, &actor)?;
    let headers = read_headers(request, operation)?;
    let key = cache_key(request, operation, &actor, &headers);
    if let Some(reply) = cached_at_once(state, key.as_deref(), now) {
        sending::check_room(state, &holder, &reply)?;
        let response = respond(&reply, Asking { request, operation, headers: &headers, now }).await?;
        return Ok(Outcome { response, public: actor.is_anonymous() });
    }
    let query = query_of(request, operation, &headers);
    let params = match operation.own_faults {
        true => Params::read(&query, &operation.params),
        false => Params::parse(&query, &operation.params)?,
    };
    accepts(operation, &params, headers.accept.as_deref())?;
    let mut call = Call {
        db: match actor.is_public() && operation.method == Method::Get {
            true => position::reading(state, request)?,
            false => state.db.clone(),
        },
        state: state.clone(),
        request: id,
        operation: &operation.spec,
        actor,
        moment: Cell::new(now),
        parsed: Cell::new(None),
        as_of: Cell::new(None),
        generation: RefCell::default(),
        remembered: RefCell::default(),
        path: path_parameters(&path, operation)?,
        params,
        headers,
        body: Arc::default(),
        from: Some(limits::address(state, request)),
        held: state.arriving.request(&fields.actor),
        raw_path: request.path().to_owned(),
        query: query.into_owned(),
    };
    if let Some(spec) = &operation.body {
        call = before_handler::permitted(call, operation).await?;
        call.body = Arc::new(read_body(state, request, payload, spec, &mut call.held).await?);
    }
    if matches!(operation.handler, Handler::Write(_)) && !call.body.is_empty() {
        call = before_handler::parsed(call).await?;
    }
    let place = take_place(&call, &operation.handler, &holder).await?;
    carry_out(call, &operation.handler, place, holder, key, request).await
}

/// The query as it is read. That of a page is as its reader means it: see [`pages::query`].
fn query_of<'a>(request: &'a HttpRequest, operation: &Operation, headers: &Headers) -> Cow<'a, str> {
    let query = request.query_string();
    let types = operation.answers.iter().flat_map(Answer::media_types);
    let format = format_of(query);
    match operation.has_page() && prefers((PAGE, HTML), headers.accept.as_deref(), format.as_deref(), types) {
        true => Cow::Owned(pages::query(operation, query)),
        false => Cow::Borrowed(query),
    }
}

/// The operation that a route has for the request's method.
fn operation_of(
    route: &Route,
    request: &HttpRequest,
    fields: &mut LogFields,
) -> Result<&'static Operation, Problem> {
    let operation = route.find(request.method()).ok_or_else(|| {
        Problem::new(&problem::METHOD_NOT_ALLOWED, format!("This address takes {}.", route.allow()))
            .header("Allow", route.allow())
    })?;
    fields.operation = &operation.id;
    // An operation that no rule permits is hidden.
    if operation.rule.is_empty() { Err(Problem::not_found()) } else { Ok(operation) }
}

/// The caller. A failed attempt counts against the address.
async fn authenticate(
    state: &Arc<State>,
    request: &HttpRequest,
    operation: &Operation,
) -> Result<Actor, Problem> {
    if operation.issues_token {
        return Ok(Actor::public());
    }
    // Tokens are valid by the clock, since the moment of a request can be ahead of it.
    let actor = credentials::actor(state, request.headers(), state.clock.now()).await;
    actor.inspect_err(|problem| {
        if problem.kind.status == 401 {
            limits::count_failure(state, request);
        }
    })
}

fn check_query_length(state: &State, request: &HttpRequest) -> Result<(), Problem> {
    let most = state.limits.query_bytes;
    match request.query_string().len() > most {
        true => Err(Problem::new(&problem::URI_TOO_LONG, format!("A query must have at most {most} bytes."))),
        false => Ok(()),
    }
}

/// Refuses callers whom no rule of the operation permits. For the operations of a kind the handler does so, since it must
/// say first which records are hidden.
fn authorise(operation: &Operation, actor: &Actor) -> Result<(), Problem> {
    if operation.needs_token() && actor.is_anonymous() {
        return Err(token::missing());
    }
    if operation.kind.is_some() || !actor.reach(operation.rule).is_empty() {
        return Ok(());
    }
    Err(match actor.is_anonymous() {
        true => token::missing(),
        false => Problem::new(
            &problem::FORBIDDEN,
            "None of your roles permits this; GET /v1/access shows which roles do.",
        ),
    })
}

fn read_headers(request: &HttpRequest, operation: &Operation) -> Result<Headers, Problem> {
    let once = |name| header_once(request.headers(), name);
    Ok(Headers {
        if_match: once("if-match")?,
        if_unmodified_since: once("if-unmodified-since")?,
        if_none_match: once("if-none-match")?.map(|tags| tags_in_accepted_codings(tags, request)),
        if_modified_since: once("if-modified-since")?,
        range: once("range")?,
        if_range: once("if-range")?,
        accept: once("accept")?.map(few_ranges).transpose()?,
        idempotency_key: once("idempotency-key")?,
        fetch_site: once("sec-fetch-site")?,
        origin: once("origin")?,
        content_type: operation.body.as_ref().and_then(|_| media_type(request.headers())),
        authorization: if operation.issues_token { once("authorization")? } else { None },
    })
}

/// An `Accept` that can be compared with all that is offered.
fn few_ranges(accept: String) -> Result<String, Problem> {
    if accept.split(',').count() <= MOST_RANGES {
        return Ok(accept);
    }
    let detail = format!("Name at most {MOST_RANGES} media types in `Accept`.");
    Err(Problem::bad_request(vec![Fault::header("Accept", "too_many", detail)]))
}

/// The media type of the body, without its parameters. Reading the body checks whether it is supported.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    text.split(';').next().map(|name| name.trim().to_ascii_lowercase())
}

/// The key of a response that may be cached. Holders of an API key for open data read what the public reads.
fn cache_key(
    request: &HttpRequest,
    operation: &Operation,
    actor: &Actor,
    headers: &Headers,
) -> Option<String> {
    let cached = actor.is_public() && operation.cached && *request.method() != HttpMethod::POST;
    let accept = headers.accept.as_deref().unwrap_or_default();
    cached.then(|| format!("{}?{} {accept}", request.path(), request.query_string()))
}

/// The cached reply, where the database's generation is known without another thread.
fn cached_at_once(state: &State, key: Option<&str>, now: Ts) -> Option<Arc<TaggedReply>> {
    let generation = key.and_then(|_| state.db.generation_now())?;
    let reply = state.cache.get(key?, &generation, now.minute())?;
    state.metrics.cache_hit();
    Some(reply)
}

fn path_parameters(
    values: &matchit::Params<'_, '_>,
    operation: &Operation,
) -> Result<BTreeMap<&'static str, String>, Problem> {
    let mut path = BTreeMap::new();
    for (name, _) in &operation.path_params {
        let raw = values.get(name).unwrap_or_default();
        let text = decode(&raw.replace('+', "%2B")).ok_or_else(Problem::not_found)?;
        path.insert(*name, text);
    }
    Ok(path)
}

/// Calls the handler and makes its reply a response.
async fn carry_out(
    call: Call,
    handler: &'static Handler,
    place: Option<Place>,
    holder: Holder,
    key: Option<String>,
    request: &HttpRequest,
) -> Result<Outcome, Problem> {
    let (anonymous, state) = (call.actor.is_anonymous(), call.state.clone());
    let (operation, headers, now) = (call.operation, call.headers.clone(), call.now());
    let reply = match handler {
        // What a workbook takes is for a thread that may block.
        Handler::Inline(handler) if !call.is_made_of_csv() => {
            Arc::new(through_cache::finished(&call, handler(&call)?, None)?)
        }
        Handler::Inline(handler) | Handler::Blocking(handler) => {
            let work = move || {
                // The place stays with the work, also when the caller goes away.
                let _place = place;
                through_cache::finished(&call, handler(&call)?, None)
            };
            Arc::new(block(work).await?)
        }
        Handler::Upload(read) => {
            let place = call.state.files.take(&holder, LONGEST_WAIT_OF_FILE).await?;
            // The places stay with the work, also when the caller goes away.
            let work = move || {
                let store = read(&call)?;
                Ok((call, store, place))
            };
            let (call, store, place) = block(work).await?;
            let writer = call.state.writers.take(&holder, LONGEST_WAIT).await?;
            let work = move || {
                let _places = (place, writer);
                store(&call)
            };
            Arc::new(block(work).await?.into())
        }
        Handler::Bulk(handler) => {
            let response = bulk::respond(call, *handler, holder, request).await?;
            return Ok(Outcome { response, public: anonymous });
        }
        Handler::Read(handler) if is_of_few_rows(&call) && state.db.reads_at_once() => {
            let _place = place;
            through_cache::read(&call, key, *handler)?
        }
        Handler::Read(handler) => {
            let work = move || {
                let _place = place;
                through_cache::read(&call, key, *handler)
            };
            block(work).await?
        }
        Handler::Write(handler) => {
            let work = move || {
                let _place = place;
                let reply = call.commit(|conn| handler(&call, conn));
                let reply = reply.or_else(|problem| pages::form_again(&call, problem))?;
                through_cache::finished(&call, reply, None)
            };
            Arc::new(block(work).await?)
        }
    };
    if !operation.writes() {
        sending::check_room(&state, &holder, &reply)?;
    }
    let public = anonymous && operation.method == Method::Get && reply.tag.is_some();
    let asking = Asking { request, operation, headers: &headers, now };
    Ok(Outcome { response: respond(&reply, asking).await?, public })
}

/// Whether the reply is a record alone: without what it includes, not as a page or a file.
fn is_of_few_rows(call: &Call) -> bool {
    call.operation.of_one && !call.params.has("include") && !call.is_for_page() && !call.is_made_of_csv()
}
