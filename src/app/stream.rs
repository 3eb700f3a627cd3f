//! Responses of any length, such as the export of the whole record: made piece by piece, as the reader takes them.
//!
//! A piece is made on a thread that may block, when the piece before it has gone to the connection. Between two pieces the
//! response holds no thread, no database connection and no place of those that work; only what it has to remember.

use std::io;
use std::time::{Duration, Instant};

use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, http};

use super::blocking::block;
use super::connection::PIECE;
use super::sending::{RESPONSE_TIME, took_too_long};
use crate::http::Call;
use crate::http::operation::{OperationSpec, Pieces, StreamingReply};
use crate::http::places::{Holder, Place};
use crate::problem::Problem;

/// How long a response that has begun waits for its turn to make the next piece.
const TURN: Duration = Duration::from_secs(60);

/// Responds with the pieces. When making one fails, or the reader does not keep up, the response breaks off in the middle,
/// which HTTP shows to the reader. `open` is its place among the responses that are open.
pub fn respond(
    call: Call,
    holder: Holder,
    open: Place,
    reply: StreamingReply,
    request: &HttpRequest,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, reply.content_type));
    match &reply.tag {
        Some(tag) => response.insert_header((header::ETAG, format!("\"{tag}\""))),
        // An archive is already compressed.
        None => response.insert_header(ContentEncoding::Identity),
    };
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    if *request.method() == http::Method::HEAD {
        // The length of the response to GET is not known beforehand; an empty body would state a length of zero.
        return response.streaming(futures_util::stream::empty::<Result<Bytes, io::Error>>());
    }
    let body = Body {
        work: Some(Work { call, pieces: reply.pieces }),
        holder,
        piece: Bytes::new(),
        began: Instant::now(),
        _open: open,
    };
    response.streaming(futures_util::stream::unfold(body, Body::next))
}

/// The `Content-Disposition` with which a browser saves a response under the last segment of its address.
pub fn attachment(operation: &OperationSpec) -> String {
    let name = operation.path.rsplit('/').next().unwrap_or_default();
    format!("attachment; filename=\"{name}\"")
}

/// What makes the pieces.
struct Work {
    call: Call,
    pieces: Box<dyn Pieces>,
}

/// A body that is being sent.
struct Body {
    /// None when the last piece is made.
    work: Option<Work>,
    holder: Holder,
    /// What is left of the piece that is being sent.
    piece: Bytes,
    began: Instant,
    _open: Place,
}

impl Body {
    async fn next(mut self) -> Option<(Result<Bytes, io::Error>, Body)> {
        if self.began.elapsed() > RESPONSE_TIME {
            return self.ended(took_too_long());
        }
        while self.piece.is_empty() {
            let work = self.work.take()?;
            let operation = work.call.operation.id.as_str();
            match work.go_on(&self.holder).await {
                Ok((piece, work)) => (self.piece, self.work) = (piece, work),
                Err(problem) => {
                    tracing::warn!(operation, cause = problem.detail_or_cause(), "a response broke off");
                    return self.ended(io::Error::other("broken off"));
                }
            }
        }
        let count = self.piece.len().min(PIECE);
        Some((Ok(self.piece.split_to(count)), self))
    }

    /// The body after an error.
    fn ended(self, error: io::Error) -> Option<(Result<Bytes, io::Error>, Body)> {
        Some((Err(error), Body { work: None, piece: Bytes::new(), ..self }))
    }
}

impl Work {
    /// Makes the next piece; with what makes the one after it, unless it is the last.
    async fn go_on(self, holder: &Holder) -> Result<(Bytes, Option<Work>), Problem> {
        let state = self.call.state.clone();
        let long = state.long.take(holder, TURN).await?;
        let reader = state.readers.take(holder, TURN).await?;
        let Work { call, mut pieces } = self;
        block(move || {
            let _places = (long, reader);
            let mut piece = Vec::with_capacity(PIECE);
            let more = pieces.next(&call, &mut piece)?;
            Ok((piece.into(), more.then_some(Work { call, pieces })))
        })
        .await
    }
}
