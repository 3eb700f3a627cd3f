//! Responses that are complete before they are sent.
//!
//! A large one goes to its connection in pieces, as its reader takes them, and counts towards what its caller has not read.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};

use super::connection::PIECE;
use crate::http::State;
use crate::http::places::{Holder, UnsentBytes};
use crate::http::reply::TaggedReply;
use crate::problem::Problem;

/// How long a whole response may take.
pub const RESPONSE_TIME: Duration = Duration::from_secs(15 * 60);

/// The response with this body.
pub fn whole(response: &mut HttpResponseBuilder, body: Vec<u8>, request: &HttpRequest) -> HttpResponse {
    let holder = request.extensions().get::<Holder>().filter(|_| body.len() > PIECE).cloned();
    let counted = request.app_data::<Data<State>>().zip(holder);
    let counted = counted.map(|(state, holder)| state.unsent.add(holder, body.len()));
    in_pieces(response, body.into(), counted)
}

/// The response with this body, which is in memory for others too unless it is counted.
pub fn in_pieces(
    response: &mut HttpResponseBuilder,
    body: Bytes,
    counted: Option<UnsentBytes>,
) -> HttpResponse {
    if body.len() <= PIECE {
        return response.body(body);
    }
    response.body(Slices { rest: body, _counted: counted, began: Instant::now() })
}

/// Refuses a large response whose caller has not taken its earlier ones.
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
