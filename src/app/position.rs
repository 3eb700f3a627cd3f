//! How far a reader of the public has seen the record: `X-Position` in a response, and in the requests of a reader who sends
//! it back. Only where the public reads from replicas.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::body::header_once;
use crate::http::State;
use crate::problem::{Fault, Problem};
use crate::store::{Db, Position};

/// What a position is encrypted for. It would show how much is written that is not public.
const CONTEXT: &[u8] = b"position";

/// Positions are padded to a multiple of this many bytes.
const STEP: usize = 256;

/// The handle through which a request reads.
struct Reading(Db);

/// The handle through which a reader of the public reads in this request.
pub fn reading(state: &State, request: &HttpRequest) -> Result<Db, Problem> {
    if !state.db.has_replicas() {
        return Ok(state.db.clone());
    }
    let required = header_once(request.headers(), "x-position")?;
    let db = state.db.for_public(required.as_deref().map(|text| opened(state, text)).transpose()?);
    request.extensions_mut().insert(Reading(db.clone()));
    Ok(db)
}

/// The position that a reader sent back.
fn opened(state: &State, text: &str) -> Result<Position, Problem> {
    let plain = state.keys.unseal(CONTEXT, text).and_then(|plain| String::from_utf8(plain).ok());
    let position = plain.as_deref().and_then(|plain| plain.split_once(' '));
    position.and_then(|(position, _)| Position::parse(position)).ok_or_else(|| {
        let detail = "This `X-Position` is not one that this server issued. Send the value of an earlier response unchanged, or leave the header out.";
        Problem::bad_request(vec![Fault::header("X-Position", "invalid", detail)])
    })
}

/// The text that is encrypted. Two of one position differ, and most are of one length: otherwise whoever compares them would see
/// when something is written, and how much at a time.
fn padded(state: &State, position: &Position) -> String {
    let text = format!("{} {}", position.text(), state.clock.new_id());
    let length = text.len().next_multiple_of(STEP);
    format!("{text:<length$}")
}

/// Adds what the reader has seen to the response, also to a refusal: that something is gone was seen, too.
pub fn add(state: &State, request: &HttpRequest, response: &mut HttpResponse) {
    let seen = request.extensions().get::<Reading>().and_then(|reading| reading.0.seen());
    let sealed = seen.and_then(|seen| state.keys.seal(CONTEXT, padded(state, &seen).as_bytes()));
    if let Some(value) = sealed.and_then(|text| HeaderValue::from_str(&text).ok()) {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-position"), value);
        // A stored response can be older than what a reader has seen.
        headers.append(header::VARY, HeaderValue::from_static("X-Position"));
        // Also for scripts of other origins.
        headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("X-Position"));
    }
}
