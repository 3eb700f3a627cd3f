//! Replies and problems as HTTP responses, and what every response carries.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method as HttpMethod, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, web};

use super::connection::PIECE;
use super::parts::{self, Asking, Validators};
use super::{limits, sending};
use crate::clock::{Id, Ts};
use crate::http::State;
use crate::http::conditional;
use crate::http::download::{self, Named, PNG};
use crate::http::modified::LastModified;
use crate::http::places::Holder;
use crate::http::reply::TaggedReply;
use crate::pages;
use crate::problem::{self, Problem};

/// The id of a request, made by this server; in every response and every line of the log.
#[derive(Clone)]
pub struct RequestId(pub Id);

/// Finalises a response after the framework: the content coding becomes part of its ETag, and an error of the framework
/// becomes a problem.
pub fn finalise_service_response<B: MessageBody + 'static>(
    mut answer: ServiceResponse<B>,
    state: Option<web::Data<State>>,
) -> ServiceResponse<BoxBody> {
    let status = answer.status();
    let problem = answer.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().starts_with(b"application/problem+json")
            || value.as_bytes().starts_with(b"application/json")
            || value.as_bytes().starts_with(b"text/html")
    });
    if (status.is_client_error() || status.is_server_error()) && !problem {
        let kind = problem::TYPES.iter().find(|kind| kind.status == status.as_u16()).copied();
        let detail = match status.as_u16() {
            406 => "No coding that you accept is served; leave Accept-Encoding out, or allow identity.",
            _ => "The request could not be served.",
        };
        let mut problem = Problem::new(kind.unwrap_or(&problem::INTERNAL), detail);
        let Some(state) = state else { return answer.map_into_boxed_body() };
        // A request that the framework refused counts towards the limits, too.
        if limits::status(answer.request()).is_none()
            && let Err(refused) = limits::count_by_address(&state, answer.request(), None)
        {
            problem = refused;
        }
        let id = RequestId(state.clock.new_id());
        let mut response = problem_response(&problem, Some(id.0));
        finalise(&state, answer.request(), &mut response, false, &id);
        return answer.into_response(response).map_into_boxed_body();
    }
    let coding = answer.headers().get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let coding = coding.map(str::to_owned);
    if coding.as_deref() == Some("identity") {
        // It tells the compression middleware to leave the body as it is; for readers it is no coding (RFC 9110, 8.4.1).
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

/// A problem as a response.
pub fn problem_response(problem: &Problem, id: Option<Id>) -> HttpResponse {
    let (mut response, body) = problem_parts(problem, id);
    response.body(body)
}

/// The beginning of a problem's response, and its body.
fn problem_parts(problem: &Problem, id: Option<Id>) -> (HttpResponseBuilder, String) {
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    let status = StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    for (name, value) in &problem.headers {
        response.insert_header((*name, value.as_str()));
    }
    (response, problem.body(&id).to_string())
}

/// A problem as the response to a request. A caller who has not taken its earlier responses gets another problem instead of a
/// long one.
pub fn problem_of_request(problem: &Problem, state: &State, request: &HttpRequest, id: Id) -> HttpResponse {
    let (mut response, body) = problem_parts(problem, Some(id));
    let holder = request.extensions().get::<Holder>().filter(|_| body.len() > PIECE).cloned();
    match holder.map(|holder| state.unsent.check(&holder)) {
        Some(Err(refused)) => problem_response(&refused, Some(id)),
        _ => sending::as_it_is(&mut response, body.into(), request),
    }
}

/// The beginning of a page that is no reply of an operation.
pub fn page_builder(cache_control: &'static str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, pages::CONTENT_TYPE))
        .insert_header((header::CONTENT_SECURITY_POLICY, pages::policy()))
        .insert_header((header::CACHE_CONTROL, cache_control));
    response
}

/// A page in place of a problem.
pub fn page_response(page: String) -> HttpResponse {
    let tag = format!("\"{}\"", conditional::tag(page.as_bytes()));
    page_builder("no-store").insert_header((header::ETAG, tag)).body(page)
}

/// A problem as a page.
pub fn problem_page(problem: &Problem, page: String) -> HttpResponse {
    let mut response = problem_response(problem, None).set_body(page.boxed());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(pages::CONTENT_TYPE));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(pages::policy()));
    response
}

/// Adds the headers that every response carries.
pub fn finalise(
    state: &State,
    request: &HttpRequest,
    response: &mut HttpResponse,
    cacheable: bool,
    id: &RequestId,
) {
    let read = matches!(*request.method(), HttpMethod::GET | HttpMethod::HEAD);
    let origin =
        request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let budget = limits::status(request);
    let headers = response.headers_mut();
    let own_policy = headers.contains_key(header::CONTENT_SECURITY_POLICY);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-request-id", &id.0.to_string());
    set("x-content-type-options", "nosniff");
    // The pages of the documentation set their own.
    if !own_policy {
        set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    }
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    set("permissions-policy", NO_PERMISSIONS);
    set("x-frame-options", "DENY");
    set("x-permitted-cross-domain-policies", "none");
    if let Some(budget) = budget {
        set("ratelimit-policy", &budget.policy_header());
        set("ratelimit", &budget.header());
    }
    set("cross-origin-resource-policy", "cross-origin");
    if state.public_url.starts_with("https://") {
        set("strict-transport-security", "max-age=31536000");
    }
    set("vary", "Accept, Accept-Encoding, Authorization, Origin, X-API-Key");
    if read {
        set("access-control-allow-origin", "*");
        set("access-control-expose-headers", EXPOSED);
    } else if let Some(origin) = origin.filter(|origin| state.cors_origins.contains(origin)) {
        set("access-control-allow-origin", &origin);
        set("access-control-expose-headers", EXPOSED);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let value = match cacheable {
            // Never past the next whole minute, when a publication may be due.
            true => format!("public, max-age={}", state.now().seconds_left_in_minute()),
            false => "private, no-store".to_owned(),
        };
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header::CACHE_CONTROL, value);
        }
    }
}

/// The browser features that no page of this server uses.
const NO_PERMISSIONS: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// The response headers that scripts of other origins may read.
const EXPOSED: &str = "Accept-Ranges, Content-Disposition, Content-Range, ETag, Last-Modified, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Total-Count, X-Licence, X-Source, X-Citation, X-Retrieved-At, X-As-Of, Idempotency-Replayed";

/// A reply as a response: 304 where the caller has the current body, 206 where it requests a part of it.
pub async fn respond(tagged: &TaggedReply, asking: Asking<'_>) -> Result<HttpResponse, Problem> {
    let (reply, request) = (&tagged.reply, asking.request);
    let modified = tagged.changed.map(|changed| LastModified::new(changed, asking.now));
    let of = tagged.tag.as_deref().map(|tag| Validators { tag, modified });
    let as_it_is = |(name, _): &(&str, String)| name.eq_ignore_ascii_case("content-encoding");
    let compressed = reply.content_type != PNG && !reply.headers.iter().any(as_it_is);
    if let Some(of) = of
        && let Some(response) = asking.unchanged(of, compressed)?
    {
        return Ok(response);
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    // A response without a body has no media type.
    if status != StatusCode::NO_CONTENT {
        response.insert_header((header::CONTENT_TYPE, reply.content_type));
    }
    if let Some(of) = of {
        parts::describe(&mut response, of, asking.operation);
    }
    if let Some(name) = file_name(asking, reply.content_type, reply.of_body.as_deref(), reply.as_of) {
        response.insert_header((header::CONTENT_DISPOSITION, name));
    }
    for (name, value) in &reply.headers {
        response.insert_header((*name, value.as_str()));
    }
    let length = reply.body.len() as u64;
    let part = match of.filter(|_| reply.status == 200) {
        Some(of) => asking.part(of, length)?,
        None => None,
    };
    if let Some((first, last)) = part {
        parts::announce(&mut response, (first, last), length);
        let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = reply.body.plain().slice(index(first)..=index(last));
        return Ok(sending::as_it_is(&mut response, bytes, request));
    }
    match compressed {
        true => Ok(sending::whole(&mut response, &reply.body, request).await),
        false => Ok(sending::as_it_is(&mut response, reply.body.plain(), request)),
    }
}

/// The `Content-Disposition` of a response that can be saved.
pub fn file_name(
    asking: Asking<'_>,
    content_type: &str,
    body: Option<&str>,
    as_of: Option<Ts>,
) -> Option<String> {
    let (path, query) = (asking.request.path(), asking.request.query_string());
    let day = as_of.unwrap_or(asking.now).day();
    let named = Named { path, query, content_type, body, day };
    asking.operation.is_download().then(|| download::disposition(named)).flatten()
}
