//! Responses that are complete before they are sent.
//!
//! A large one goes to its connection in pieces, as its reader takes them, and counts towards what its caller has not read.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};

use super::blocking::block_in_turn;
use super::coding::preferred_coding;
use super::connection::PIECE;
use crate::http::State;
use crate::http::coded::Coding;
use crate::http::places::{Holder, UnsentBytes};
use crate::http::reply::{Body, TaggedReply};
use crate::problem::Problem;

/// How long a whole response may take.
pub const RESPONSE_TIME: Duration = Duration::from_secs(15 * 60);
/// Up to this many bytes a body is compressed at once.
const SHORT: usize = 1024;

/// The response with this body, in the content coding that its caller prefers.
pub async fn whole(response: &mut HttpResponseBuilder, body: &Body, request: &HttpRequest) -> HttpResponse {
    // What is the same in every reply is in memory anyway.
    let count = |bytes| matches!(body, Body::Own(..)).then(|| counted(bytes, request)).flatten();
    // Counted while it is compressed, too.
    let while_compressed = count(body.len());
    let bytes = match coded(body, request).await {
        Some((coding, bytes)) => {
            // The compression middleware leaves what has a coding as it is.
            response.insert_header((header::CONTENT_ENCODING, coding.name()));
            bytes
        }
        None => body.plain(),
    };
    let counted = count(bytes.len());
    drop(while_compressed);
    in_pieces(response, bytes, counted)
}

/// The body in the coding that the caller prefers, if that is one of those we make. It is compressed on a thread that may block:
/// the framework would do it partly on one that serves others.
async fn coded(body: &Body, request: &HttpRequest) -> Option<(Coding, Bytes)> {
    if body.is_empty() {
        return None;
    }
    let coding = match preferred_coding(request)? {
        ContentEncoding::Brotli => Coding::Brotli,
        ContentEncoding::Gzip => Coding::Gzip,
        ContentEncoding::Zstd => Coding::Zstd,
        _ => return None,
    };
    let bytes = match body.made(coding) {
        Some(bytes) => Some(bytes),
        None if body.len() <= SHORT => body.coded(coding),
        None => {
            let state = request.app_data::<Data<State>>()?;
            let turns = match body {
                Body::Static(_) => Some(&state.made_once),
                // What is compressed in a millisecond does not wait for what takes twenty.
                Body::Own(..) => Some(&state.compressing).filter(|_| body.len() > PIECE),
            };
            let body = body.clone();
            block_in_turn(turns, move || Ok(body.coded(coding))).await.ok().flatten()
        }
    };
    Some((coding, bytes?))
}

/// The response with these bytes, which are in memory until its reader has taken them.
pub fn as_it_is(response: &mut HttpResponseBuilder, bytes: Bytes, request: &HttpRequest) -> HttpResponse {
    let counted = counted(bytes.len(), request);
    in_pieces(response, bytes, counted)
}

/// Counts the bytes of a large response towards what its caller has not taken.
fn counted(bytes: usize, request: &HttpRequest) -> Option<UnsentBytes> {
    let holder = request.extensions().get::<Holder>().filter(|_| bytes > PIECE).cloned()?;
    request.app_data::<Data<State>>().map(|state| state.unsent.add(holder, bytes))
}

fn in_pieces(response: &mut HttpResponseBuilder, body: Bytes, counted: Option<UnsentBytes>) -> HttpResponse {
    if body.len() <= PIECE {
        return response.body(body);
    }
    response.body(Slices { rest: body, _counted: counted, began: Instant::now() })
}

/// Refuses a large response whose caller has not taken its earlier ones. It is complete, so it does not wait.
pub fn check_room(state: &State, holder: &Holder, reply: &TaggedReply) -> Result<(), Problem> {
    if reply.reply.body.len() <= PIECE { Ok(()) } else { state.unsent.check(holder) }
}

/// A body that is sent piece by piece.
struct Slices {
    rest: Bytes,
    _counted: Option<UnsentBytes>,
    began: Instant,
}

impl MessageBody for Slices {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, std::io::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.began.elapsed() > RESPONSE_TIME {
            return Poll::Ready(Some(Err(took_too_long())));
        }
        let count = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(count))))
    }
}

/// Logs that a whole response took too long; the error with which it breaks off.
pub fn took_too_long() -> std::io::Error {
    tracing::warn!(seconds = RESPONSE_TIME.as_secs(), "a reader was too slow: its response broke off");
    std::io::ErrorKind::TimedOut.into()
}
