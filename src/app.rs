//! The application: routes requests to the table of operations and dresses the answers for HTTP.
//!
//! One function serves every operation: it checks method, query, credential, rule and body in one order,
//! calls the handler, and adds what all answers carry. `main` and the tests build the same application. Which path
//! takes what is in `app/routes.rs`, what a request has to carry in `app/body.rs`, what answers carry in
//! `app/dress.rs`. The pages of the documentation are in `app/pages.rs`, the open door and what goes on behind it in
//! [`server`].

mod body;
mod dress;
mod limits;
mod pages;
mod routes;
pub mod server;
mod stream;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method as HttpMethod;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use self::body::{accepts, header_once, read_body};
use self::dress::{RequestId, dress, not_modified, problem_response, respond, settle, tagged};
use self::routes::{Route, options, routes};
use crate::access::Actor;
use crate::access::{audit, guard, token};
use crate::clock::{Id, Ts};
use crate::http::cache::Dressed;
use crate::http::conditional;
use crate::http::operation::{Handler, Method, StreamingReply};
use crate::http::params::Params;
use crate::http::{Call, Headers, Reply, State};
use crate::problem::{self, Problem};
use crate::record::changes;

/// The header that an API key comes in.
const API_KEY: &str = "x-api-key";

/// How long a request waits to be let in where only so many are at a time.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the log needs to know of an answer.
struct Told {
    operation: &'static str,
    actor: String,
    cause: Option<String>,
}

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
    let attempt =
        AssertUnwindSafe(attempt(&state, route, &request, payload, id.0, &mut told)).catch_unwind().await;
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
    state.refusals.count(status, state.clock.now());
    let trace = request.headers().get("traceparent").and_then(|value| trace(value.to_str().ok()?));
    let trace = trace.unwrap_or_default();
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

/// The caller's `traceparent`, where it has the form of W3C Trace Context; the log takes nothing else over.
fn trace(text: &str) -> Option<&str> {
    let pieces: Vec<&str> = text.split('-').collect();
    let hex = |piece: &str| piece.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let lengths: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
    let formed = lengths == [2, 32, 16, 2] && pieces.iter().all(|piece| hex(piece)) && pieces[0] != "ff";
    let named = |piece: &str| piece.bytes().any(|byte| byte != b'0');
    (formed && named(pieces[1]) && named(pieces[2])).then_some(text)
}

/// Who asks: by the token, by the API key, or the public. What is no good is refused also where none is needed.
async fn actor(state: &Arc<State>, headers: &HeaderMap, now: Ts) -> Result<Actor, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    if headers.contains_key(API_KEY) {
        return match values.next() {
            None => by_key(state, headers).await,
            Some(_) => Err(token::invalid_key("Send an API key or an access token, not both.")),
        };
    }
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
    let Some(token) = token.filter(|token| token.len() <= guard::LONGEST) else {
        return Err(token::invalid("Send the access token as Authorization: Bearer and the token."));
    };
    let state = state.clone();
    block(move || {
        let (actor, comes) = guard::verify(&state.tokens, &state.oidc, &token, &state.db, now)?;
        if comes {
            let detail = serde_json::json!({"by": "openid_provider"});
            let actor = actor.clone();
            state.refusals.later(audit::Note { at: now, event: "signed_in", actor, request: None, detail });
        }
        Ok(actor)
    })
    .await
}

/// Who asks by an API key.
async fn by_key(state: &Arc<State>, headers: &HeaderMap) -> Result<Actor, Problem> {
    let mut values = headers.get_all(API_KEY);
    let text = values.next().and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(text) = text.filter(|_| values.next().is_none()) else {
        return Err(token::invalid_key("Send one X-API-Key header."));
    };
    let state = state.clone();
    block(move || state.tokens.verify_key(&text, &state.db)).await
}

/// The media type of the body, without its parameters; which ones are taken is looked at when the body is read.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    text.split(';').next().map(|name| name.trim().to_ascii_lowercase())
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
    id: Id,
    told: &mut Told,
) -> Result<(HttpResponse, bool), Problem> {
    let served = route.and_then(|route| route.find(request.method())).filter(|row| !row.rule.is_empty());
    limits::enter(state, request, served)?;
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
    let now = state.now();
    let is_token = operation.gives_token();
    // Tokens live by the wall clock: the record's now may be held ahead of it.
    let clock = state.clock.now();
    let asks = if is_token { Ok(Actor::public()) } else { actor(state, request.headers(), clock).await };
    let actor = asks.inspect_err(|problem| {
        if problem.kind.status == 401 {
            limits::failed(state, request);
        }
    })?;
    told.actor = actor.name().to_owned();
    limits::known(state, request, operation, &actor)?;
    let query = request.query_string();
    if query.len() > state.limits.query_bytes {
        return Err(Problem::new(
            &problem::URI_TOO_LONG,
            format!("A query has at most {} bytes.", state.limits.query_bytes),
        ));
    }
    if operation.writes() && !is_token && actor.is_anonymous() {
        return Err(token::missing());
    }
    // Of a kind's operations the handler says first what is hidden; elsewhere who has no part in it learns so at once.
    if operation.kind.is_none() && actor.reach(operation.rule).is_empty() {
        return Err(match actor.is_anonymous() {
            true => token::missing(),
            false => Problem::new(
                &problem::FORBIDDEN,
                "None of your roles may do this; GET /v1/access shows which do.",
            ),
        });
    }
    let headers = Headers {
        if_match: header_once(request.headers(), "if-match")?,
        if_none_match: header_once(request.headers(), "if-none-match")?,
        accept: header_once(request.headers(), "accept")?,
        idempotency_key: header_once(request.headers(), "idempotency-key")?,
        content_type: operation.body.as_ref().and_then(|_| media_type(request.headers())),
        authorization: if is_token { header_once(request.headers(), "authorization")? } else { None },
    };
    let anonymous = actor.is_anonymous();
    let target = request.path().to_owned();
    // Who has a key for open data reads what the public reads.
    let key = (actor.is_public() && operation.cached && *request.method() != HttpMethod::POST)
        .then(|| format!("{target}?{query} {}", headers.accept.as_deref().unwrap_or_default()));
    // Where asking what was committed costs nothing, a kept answer needs no other thread.
    if let (Some(key), Some(generation)) = (&key, state.db.generation_now())
        && let Some(kept) = state.cache.get(key, &generation, now.minute())
    {
        state.metrics.cache_hit();
        return Ok((respond(&kept, headers.if_none_match.as_deref(), request), anonymous));
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
        request: id,
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
        // A page is no long answer.
        (false, _) if operation.long && !call.params.has("limit") => Some(&state.long),
        (false, Handler::Write(_)) => Some(&state.writers),
        // An import: it has a connection that writes, as any change has.
        (false, Handler::Blocking(_)) if operation.writes() => Some(&state.writers),
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
            let handler = *handler;
            let begun = StreamingReply {
                content_type: media_type,
                // A browser keeps it under the last step of its address.
                headers: vec![("Content-Disposition", stream::attachment(operation))],
                tag: None,
                write: Box::new(handler),
            };
            return Ok((stream::respond(call, permit, begun, request), false));
        }
        Handler::CheckedStream(handler) => {
            let handler = *handler;
            let (call, begun) = block(move || {
                let begun = handler(&call)?;
                Ok((call, begun))
            })
            .await?;
            if let Some(tag) = &begun.tag
                && conditional::none_match(if_none_match.as_deref(), tag)
            {
                return Ok((not_modified(tag, if_none_match.as_deref()), anonymous));
            }
            return Ok((stream::respond(call, permit, begun, request), anonymous));
        }
        Handler::Read(handler) => {
            let handler = *handler;
            block(move || read(&call, key, handler)).await?
        }
        Handler::Write(handler) => {
            let handler = *handler;
            let work = move || {
                let _permit = permit;
                call.parsed.set(Some(crate::http::body::parse(&call.body)));
                call.commit(|conn| handler(&call, conn))
            };
            Arc::new(tagged(block(work).await?))
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
        if call.now() >= changes::latest_watermark(conn)? {
            state.cache.put(key, generation, minute, dressed.clone());
        }
        Ok(dressed)
    })
}

#[cfg(test)]
mod tests {
    use super::trace;

    #[test]
    fn a_traceparent_is_taken_over_only_in_its_exact_form() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace(good), Some(good));
        for bad in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "Bearer secret",
        ] {
            assert_eq!(trace(bad), None, "{bad}");
        }
    }
}
