//! Responses from a file that is kept: its bytes do not change, so a part costs only its own.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::SizedStream;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::blocking::block;
use super::connection::PIECE;
use super::sending::{RESPONSE_TIME, took_too_long};
use crate::http::body_files::BodyFile;
use crate::http::places::Place;
use crate::problem::Problem;

/// A part of a file that is being sent.
struct Part {
    file: Arc<BodyFile>,
    from: u64,
    left: u64,
    began: Instant,
    _open: Place,
}

/// The response with this many bytes of a file. `open` is its place among the responses that are open.
pub fn respond(
    mut response: HttpResponseBuilder,
    file: Arc<BodyFile>,
    (from, count): (u64, u64),
    open: Place,
) -> HttpResponse {
    let part = Part { file, from, left: count, began: Instant::now(), _open: open };
    response.body(SizedStream::new(count, Box::pin(futures_util::stream::unfold(part, Part::next))))
}

impl Part {
    async fn next(mut self) -> Option<(Result<Bytes, io::Error>, Part)> {
        if self.left == 0 {
            return None;
        }
        if self.began.elapsed() > RESPONSE_TIME {
            self.left = 0;
            return Some((Err(took_too_long()), self));
        }
        let (file, from) = (self.file.clone(), self.from);
        let count = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let read = block(move || file.read(from, count).map_err(Problem::internal)).await;
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(problem) => {
                tracing::warn!(cause = problem.detail_or_cause(), "a kept body cannot be read");
                self.left = 0;
                return Some((Err(io::Error::other("broken off")), self));
            }
        };
        self.from += count as u64;
        self.left -= count as u64;
        Some((Ok(bytes.into()), self))
    }
}
