//! The application: routes requests to the table of operations and dresses the answers for HTTP.
//!
//! One function serves every operation: it checks method, query, credential, rule and body in one order,
//! calls the handler, and adds what all answers carry. `main` and the tests build the same application. The pages of
//! the documentation are in [`pages`], the open door and what goes on behind it in [`server`].

mod pages;
pub mod server;
mod stream;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method as HttpMethod, StatusCode};
use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::{FutureExt, StreamExt};

use crate::access::Actor;
use crate::access::token;
use crate::clock::{Id, Ts};
use crate::http::accept::quality;
use crate::http::cache::Dressed;
use crate::http::operation::{Handler, Method, Operation};
use crate::http::params::Params;
use crate::http::{Call, Headers, Reply, State, conditional};
use crate::problem::{self, Fault, Problem};
use crate::record::changes;

/// The operations of one path.
struct Route {
    path: &'static str,
    operations: Vec<&'static Operation>,
}

/// How long a request waits to be let in where only so many are at a time.
const PATIENCE: Duration = Duration::from_secs(5);

fn routes() -> &'static [Route] {
    static ROUTES: OnceLock<Vec<Route>> = OnceLock::new();
    ROUTES.get_or_init(|| {
        let mut routes: Vec<Route> = vec![];
        for operation in crate::resources::operations() {
            match routes.iter_mut().find(|route| route.path == operation.path) {
                Some(route) => route.operations.push(operation),
                None => routes.push(Route { path: &operation.path, operations: vec![operation] }),
            }
        }
        routes
    })
}

impl Route {
    fn find(&self, method: &HttpMethod) -> Option<&'static Operation> {
        let wanted = match *method {
            HttpMethod::GET | HttpMethod::HEAD => Method::Get,
            HttpMethod::POST => Method::Post,
            HttpMethod::PUT => Method::Put,
            HttpMethod::PATCH => Method::Patch,
            _ => return None,
        };
        self.operations.iter().copied().find(|operation| operation.method == wanted)
    }

    fn allow(&self) -> String {
        let mut names = vec![];
        for operation in &self.operations {
            names.push(operation.method.name());
            if operation.method == Method::Get {
                names.push("HEAD");
            }
        }
        names.push("OPTIONS");
        names.join(", ")
    }
}

/// What the log needs to know of an answer.
struct Told {
    operation: &'static str,
    actor: String,
    cause: Option<String>,
}

/// The request's id: ours, in every answer and every line of the log.
#[derive(Clone)]
struct RequestId(Id);

/// Builds the application.
pub fn build(
    state: Arc<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let mut app = App::new().app_data(web::Data::from(state.clone()));
    for route in routes() {
        app = app.service(web::resource(route.path).to(
            move |state: web::Data<State>, request: HttpRequest, payload: web::Payload| async move {
                serve(state.into_inner(), Some(route), request, payload).await
            },
        ));
    }
    app.service(web::resource("/").to(pages::page))
        .service(web::resource("/docs{file:.*}").to(pages::page))
        .default_service(web::to(
            |state: web::Data<State>, request: HttpRequest, payload: web::Payload| async move {
                serve(state.into_inner(), None, request, payload).await
            },
        ))
        .wrap(actix_web::middleware::Compress::default())
        .wrap_fn(|request, service| {
            let state = request.app_data::<web::Data<State>>().cloned();
            actix_web::dev::Service::call(service, request)
                .map(move |result| result.map(|answer| settle(answer, state)))
        })
}

/// The last look at an answer: the coding goes into its ETag, and what is not ours becomes a problem.
fn settle<B: MessageBody + 'static>(
    mut answer: ServiceResponse<B>,
    state: Option<web::Data<State>>,
) -> ServiceResponse<BoxBody> {
    let status = answer.status();
    let problem = answer.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().starts_with(b"application/problem+json")
            || value.as_bytes().starts_with(b"application/json")
    });
    if (status.is_client_error() || status.is_server_error()) && !problem {
        let kind = problem::TYPES.iter().find(|kind| kind.status == status.as_u16()).copied();
        let detail = match status.as_u16() {
            406 => "No coding that you accept is served; leave Accept-Encoding out, or allow identity.",
            _ => "The request could not be served.",
        };
        let problem = Problem::new(kind.unwrap_or(&problem::INTERNAL), detail);
        let Some(state) = state else { return answer.map_into_boxed_body() };
        let id = RequestId(state.clock.new_id());
        let mut response = problem_response(&problem, Some(id.0));
        dress(&state, answer.request(), &mut response, false, &id);
        return answer.into_response(response).map_into_boxed_body();
    }
    let coding = answer.headers().get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let coding = coding.map(str::to_owned);
    if coding.as_deref() == Some("identity") {
        // Said to the layer that compresses; to the reader it is no coding (RFC 9110, 8.4.1).
        answer.headers_mut().remove(header::CONTENT_ENCODING);
        return answer.map_into_boxed_body();
    }
    if let Some(coding) = coding
        && let Some(tag) = answer.headers().get(header::ETAG).and_then(|value| value.to_str().ok())
        && let Some(bare) = tag.strip_suffix('"')
        && let Ok(value) = HeaderValue::from_str(&format!("{bare}-{coding}\""))
    {
        answer.headers_mut().insert(header::ETAG, value);
    }
    answer.map_into_boxed_body()
}

fn problem_response(problem: &Problem, id: Option<Id>) -> HttpResponse {
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    let status = StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    for (name, value) in &problem.headers {
        response.insert_header((*name, value.as_str()));
    }
    response.body(problem.body(&id).to_string())
}

/// Serves one request: whatever happens in between, it ends in an answer and a line in the log.
async fn serve(
    state: Arc<State>,
    route: Option<&'static Route>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let started = Instant::now();
    let id = RequestId(state.clock.new_id());
    let mut told = Told { operation: "none", actor: "unknown".to_owned(), cause: None };
    let attempt = AssertUnwindSafe(attempt(&state, route, &request, payload, &mut told)).catch_unwind().await;
    let outcome = attempt.unwrap_or_else(|_| Err(Problem::internal("a panic")));
    let (mut response, anonymous) = match outcome {
        Ok((response, anonymous)) => (response, anonymous),
        Err(problem) => {
            told.cause = problem.cause.clone();
            (problem_response(&problem, Some(id.0)), false)
        }
    };
    dress(&state, &request, &mut response, anonymous, &id);
    let status = response.status().as_u16();
    let took = started.elapsed();
    state.metrics.request(told.operation, status, took);
    let trace =
        request.headers().get("traceparent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match (&told.cause, status) {
        (Some(cause), 500..) => tracing::error!(
            request_id = %id.0, trace, method = %request.method(), path = request.path(), operation = told.operation,
            actor = told.actor, status, micros = took.as_micros() as u64, cause, "request failed"
        ),
        _ => tracing::info!(
            request_id = %id.0, trace, method = %request.method(), path = request.path(), operation = told.operation,
            actor = told.actor, status, micros = took.as_micros() as u64, "request"
        ),
    }
    response
}

/// What every answer carries.
fn dress(state: &State, request: &HttpRequest, response: &mut HttpResponse, cacheable: bool, id: &RequestId) {
    let read = matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD);
    let origin =
        request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let headers = response.headers_mut();
    let own_policy = headers.contains_key(header::CONTENT_SECURITY_POLICY);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-request-id", &id.0.to_string());
    set("x-content-type-options", "nosniff");
    // A page of the documentation brings its own.
    if !own_policy {
        set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    }
    set("referrer-policy", "no-referrer");
    set("cross-origin-resource-policy", "cross-origin");
    if state.public_url.starts_with("https://") {
        set("strict-transport-security", "max-age=31536000");
    }
    set("vary", "Accept, Accept-Encoding, Authorization, Origin");
    if read {
        set("access-control-allow-origin", "*");
        set("access-control-expose-headers", EXPOSED);
    } else if let Some(origin) = origin.filter(|origin| state.cors_origins.contains(origin)) {
        set("access-control-allow-origin", &origin);
        set("access-control-expose-headers", EXPOSED);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let value = match cacheable {
            // Never past the next whole minute, whether or not anything is due then.
            true => format!("public, max-age={}", state.now().seconds_left_in_minute()),
            false => "private, no-store".to_owned(),
        };
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header::CACHE_CONTROL, value);
        }
    }
}

const EXPOSED: &str = "ETag, Link, Location, Retry-After, X-Request-Id, X-Total-Count, X-Licence, X-Source, X-Citation, X-Retrieved-At, Idempotency-Replayed";

/// One header, once. `Err` when it is doubled or not text.
fn header_once(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    match text {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Problem::bad_request(vec![Fault::header(
            name,
            "repeated",
            "Send this header once, in visible ASCII characters.",
        )])),
    }
}

/// Who asks: by the token, or the public. A token that is no good is refused also where none is needed.
async fn actor(state: &Arc<State>, headers: &HeaderMap, now: Ts) -> Result<Actor, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else {
        return Ok(Actor::public());
    };
    if values.next().is_some() {
        return Err(token::invalid("Send one Authorization header."));
    }
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let Some(token) = token.filter(|token| token.len() <= 4_000) else {
        return Err(token::invalid("Send the access token as Authorization: Bearer and the token."));
    };
    let state = state.clone();
    block(move || state.tokens.verify(&token, &state.db, now)).await
}

/// Runs what blocks on a thread that may.
async fn block<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match web::block(work).await {
        Ok(result) => result,
        Err(error) => Err(Problem::internal(error)),
    }
}

/// The whole way of a request, but for what all answers carry. With the answer: whether anyone may keep it.
async fn attempt(
    state: &Arc<State>,
    route: Option<&'static Route>,
    request: &HttpRequest,
    payload: web::Payload,
    told: &mut Told,
) -> Result<(HttpResponse, bool), Problem> {
    let Some(route) = route else {
        return Err(Problem::not_found());
    };
    if *request.method() == HttpMethod::OPTIONS {
        return Ok((options(state, route, request), false));
    }
    let operation = route.find(request.method()).ok_or_else(|| {
        Problem::new(&problem::METHOD_NOT_ALLOWED, format!("This address takes {}.", route.allow()))
            .header("Allow", route.allow())
    })?;
    told.operation = &operation.id;
    if operation.rule.is_empty() {
        return Err(Problem::not_found());
    }
    let query = request.query_string();
    if query.len() > state.limits.query_bytes {
        return Err(Problem::new(
            &problem::URI_TOO_LONG,
            format!("A query has at most {} bytes.", state.limits.query_bytes),
        ));
    }
    let now = state.now();
    let is_token = operation.id == "create_token";
    // Tokens live by the wall clock: the record's now may be held ahead of it.
    let clock = state.clock.now();
    let actor = if is_token { Actor::public() } else { actor(state, request.headers(), clock).await? };
    told.actor = actor.name().to_owned();
    if operation.writes() && !is_token && actor.is_anonymous() {
        return Err(token::missing());
    }
    let headers = Headers {
        if_match: header_once(request.headers(), "if-match")?,
        if_none_match: header_once(request.headers(), "if-none-match")?,
        accept: header_once(request.headers(), "accept")?,
        idempotency_key: header_once(request.headers(), "idempotency-key")?,
        authorization: if is_token { header_once(request.headers(), "authorization")? } else { None },
    };
    let anonymous = actor.is_anonymous();
    let target = request.path().to_owned();
    let key = (anonymous && operation.cached && *request.method() != HttpMethod::POST)
        .then(|| format!("{target}?{query} {}", headers.accept.as_deref().unwrap_or_default()));
    // Where asking what was committed costs nothing, a kept answer needs no other thread.
    if let (Some(key), Some(generation)) = (&key, state.db.generation_now())
        && let Some(kept) = state.cache.get(key, &generation, now.minute())
    {
        state.metrics.cache_hit();
        return Ok((respond(&kept, headers.if_none_match.as_deref(), request), true));
    }
    let params = match operation.own_faults {
        true => Params::read(query, &operation.params),
        false => Params::parse(query, &operation.params)?,
    };
    accepts(operation, headers.accept.as_deref())?;
    let body = match &operation.body {
        None => vec![],
        Some(spec) => read_body(state, request, payload, spec).await?,
    };
    let mut path = BTreeMap::new();
    for (name, _) in &operation.path_params {
        let raw = request.match_info().get(name).unwrap_or_default();
        let text = crate::http::params::decode(&raw.replace('+', "%2B")).ok_or_else(Problem::not_found)?;
        path.insert(*name, text);
    }
    let if_none_match = headers.if_none_match.clone();
    let call = Call {
        state: state.clone(),
        operation,
        actor,
        moment: Cell::new(now),
        parsed: Cell::new(None),
        path,
        params,
        headers,
        body,
        target,
        query: query.to_owned(),
    };
    // Who waits to be let in holds a connection and nothing else; who waits too long is told to come again.
    let door = match (operation.heavy, &operation.handler) {
        (true, _) => Some(&state.heavy),
        (false, _) if operation.long => Some(&state.long),
        (false, Handler::Write(_)) => Some(&state.writers),
        (false, _) => None,
    };
    let permit = match door {
        None => None,
        Some(door) => match tokio::time::timeout(PATIENCE, door.clone().acquire_owned()).await {
            Ok(permit) => Some(permit.map_err(Problem::unavailable)?),
            Err(_) => return Err(Problem::unavailable("too many such requests at a time")),
        },
    };
    let dressed = match &operation.handler {
        Handler::Inline(handler) => Arc::new(tagged(handler(&call)?)),
        Handler::Blocking(handler) => {
            let handler = *handler;
            let work = move || {
                // The permit goes with the work: it is not given back when the caller goes away.
                let _permit = permit;
                handler(&call)
            };
            Arc::new(tagged(block(work).await?))
        }
        Handler::Stream(handler) => {
            let media_type =
                operation.answers.first().map_or("application/octet-stream", |answer| answer.media_type);
            return Ok((stream::respond(call, permit, *handler, media_type, request), false));
        }
        Handler::Read(handler) => {
            let handler = *handler;
            block(move || read(&call, key, handler)).await?
        }
        Handler::Write(handler) => {
            let handler = *handler;
            let shared = state.clone();
            let work = move || {
                let _permit = permit;
                call.parsed.set(Some(crate::http::body::parse(&call.body)));
                let reply = call.state.db.write(|conn| handler(&call, conn))?;
                Ok((reply, call.now()))
            };
            let (reply, moment) = block(work).await?;
            shared.raise_mark(moment);
            shared.written.notify_one();
            Arc::new(tagged(reply))
        }
    };
    let cacheable = anonymous && operation.method == Method::Get && dressed.tag.is_some();
    Ok((respond(&dressed, if_none_match.as_deref(), request), cacheable))
}

/// Reads through the cache, where the answer is one that may be kept.
fn read(
    call: &Call,
    key: Option<String>,
    handler: fn(&Call, &mut crate::store::Conn) -> Result<Reply, Problem>,
) -> Result<Arc<Dressed>, Problem> {
    let state = &call.state;
    state.db.read(|conn| {
        let Some(key) = key else {
            return Ok(Arc::new(tagged(handler(call, conn)?)));
        };
        let minute = call.now().minute();
        let generation = state.db.generation(conn)?;
        if let Some(kept) = state.cache.get(&key, &generation, minute) {
            state.metrics.cache_hit();
            return Ok(kept);
        }
        let dressed = Arc::new(tagged(handler(call, conn)?));
        // What was asked for before the latest publication is answered as it was then, and not kept.
        if call.now() >= changes::latest_mark(conn)? {
            state.cache.put(key, generation, minute, dressed.clone());
        }
        Ok(dressed)
    })
}

fn tagged(reply: Reply) -> Dressed {
    let tag = reply.tagged.then(|| conditional::tag(&reply.body));
    Dressed { reply, tag }
}

fn respond(dressed: &Dressed, if_none_match: Option<&str>, request: &HttpRequest) -> HttpResponse {
    let reply = &dressed.reply;
    let read = matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD);
    if let Some(tag) = &dressed.tag
        && read
        && conditional::none_match(if_none_match, tag)
    {
        // The tag as the caller has it, with its coding; where it named several, ours.
        let theirs = if_none_match.filter(|header| header.contains(tag.as_str()) && !header.contains(','));
        let theirs = theirs.map(|header| header.trim().trim_start_matches("W/").to_owned());
        let mut response = HttpResponse::NotModified();
        response.insert_header((header::ETAG, theirs.unwrap_or_else(|| format!("\"{tag}\""))));
        return response.finish();
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, reply.content_type));
    if let Some(tag) = &dressed.tag {
        response.insert_header((header::ETAG, format!("\"{tag}\"")));
    }
    for (name, value) in &reply.headers {
        response.insert_header((*name, value.as_str()));
    }
    response.body(reply.body.clone())
}

/// 406 before anything is read: each operation answers JSON, lists CSV too.
fn accepts(operation: &Operation, accept: Option<&str>) -> Result<(), Problem> {
    let Some(accept) = accept else { return Ok(()) };
    let mut types: Vec<&str> = operation.answers.iter().map(|answer| answer.media_type).collect();
    if operation.answers.iter().any(|answer| answer.csv) {
        types.push("text/csv");
    }
    types.dedup();
    match types.iter().any(|media_type| quality(accept, media_type) > 0) {
        true => Ok(()),
        false => {
            let detail = format!("This can be had as {}.", types.join(" or "));
            Err(Problem::new(&problem::NOT_ACCEPTABLE, detail))
        }
    }
}

/// Reads a body: its type, its coding, its size and its time are checked.
async fn read_body(
    state: &State,
    request: &HttpRequest,
    mut payload: web::Payload,
    spec: &crate::http::operation::BodySpec,
) -> Result<Vec<u8>, Problem> {
    let unsupported = |detail: String| Problem::new(&problem::UNSUPPORTED_MEDIA_TYPE, detail);
    let codings: Vec<_> = request.headers().get_all(header::CONTENT_ENCODING).collect();
    if codings.len() > 1 || codings.iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(unsupported("Send the body uncompressed, without Content-Encoding.".to_owned())
            .header("Accept-Encoding", "identity"));
    }
    let limit = spec.limit.unwrap_or(state.limits.body_bytes);
    let patience = if spec.limit.is_some() { state.limits.body_time * 6 } else { state.limits.body_time };
    let too_large = || Problem::new(&problem::TOO_LARGE, format!("A body has at most {limit} bytes."));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|text| text.parse::<usize>().ok()).is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let reading = async {
        let mut body = vec![];
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| {
                Problem::bad_request(vec![Fault::pointer("", "broken", "The body did not arrive whole.")])
            })?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    let body = tokio::time::timeout(patience, reading).await.map_err(|_| {
        Problem::new(
            &problem::TIMEOUT,
            format!("A body has to arrive within {} seconds.", patience.as_secs()),
        )
    })??;
    if body.is_empty() && !spec.required {
        return Ok(body);
    }
    let types: Vec<_> = request.headers().get_all(header::CONTENT_TYPE).collect();
    let text = match types.as_slice() {
        [one] => one.to_str().unwrap_or_default().to_ascii_lowercase(),
        _ => String::new(),
    };
    let mut pieces = text.split(';').map(str::trim);
    let known = pieces.next().is_some_and(|name| spec.media_types.contains(&name));
    let utf8 = pieces.all(|piece| {
        piece.strip_prefix("charset=").is_none_or(|charset| charset.trim_matches('"') == "utf-8")
    });
    if !known || !utf8 {
        let text = spec.media_types.iter().any(|name| name.contains("json") || name.contains("form"));
        let coding = if text { ", in UTF-8" } else { "" };
        return Err(unsupported(format!("Send the body as {}{coding}.", spec.media_types.join(" or "))));
    }
    Ok(body)
}

/// `OPTIONS`: what the address takes, and what a browser may do with it.
fn options(state: &State, route: &Route, request: &HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    response.insert_header((header::ALLOW, route.allow()));
    let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (Some(origin), Some(method)) = (text(header::ORIGIN), text(header::ACCESS_CONTROL_REQUEST_METHOD))
    else {
        return response.finish();
    };
    let read = matches!(method, "GET" | "HEAD");
    let trusted = state.cors_origins.iter().any(|known| known == origin);
    if read || trusted {
        let allowed = if read { "*" } else { origin };
        response.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed));
        response.insert_header((
            header::ACCESS_CONTROL_ALLOW_METHODS,
            if trusted { route.allow() } else { "GET, HEAD, OPTIONS".to_owned() },
        ));
        response.insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent",
        ));
        response.insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
    }
    response.finish()
}
