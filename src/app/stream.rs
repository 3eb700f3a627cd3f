//! Streamed responses, such as the export of the whole record.

use std::io;
use std::time::{Duration, Instant};

use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, http, web};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, Sender, error::TrySendError};

use crate::http::Call;
use crate::http::operation::{OperationSpec, StreamingReply};
use crate::problem::Problem;

/// How many bytes are collected before they are sent.
const PIECE: usize = 64 * 1024;
/// How many pieces may wait for the reader.
const WAITING: usize = 4;
/// How long a reader may take for one piece.
const PIECE_TIME: Duration = Duration::from_secs(20);
/// How long a whole response may take.
const RESPONSE_TIME: Duration = Duration::from_secs(15 * 60);

type Piece = Result<Bytes, io::Error>;

/// Responds with what the handler writes. The handler runs on a thread that may block; when it fails, or the reader
/// does not keep up, the response breaks off in the middle, which HTTP shows to the reader.
pub fn respond(
    call: Call,
    permit: Option<OwnedSemaphorePermit>,
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
    let handler = reply.write;
    if *request.method() == http::Method::HEAD {
        // The length of the response to GET is not known beforehand; an empty body would state a length of zero.
        return response.streaming(futures_util::stream::empty::<Piece>());
    }
    let (sender, mut receiver) = mpsc::channel::<Piece>(WAITING);
    actix_web::rt::spawn(web::block(move || {
        let _permit = permit;
        let mut out = Out { sender, piece: Vec::with_capacity(PIECE), started: Instant::now() };
        let written =
            handler(&call, &mut out).and_then(|()| io::Write::flush(&mut out).map_err(Problem::internal));
        if let Err(problem) = written {
            tracing::warn!(
                operation = call.operation.id,
                cause = problem.detail_or_cause(),
                "a response broke off"
            );
            // This fails where the reader has gone away.
            let _ = out.sender.try_send(Err(io::Error::other("broken off")));
        }
    }));
    response.streaming(futures_util::stream::poll_fn(move |context| receiver.poll_recv(context)))
}

/// The `Content-Disposition` with which a browser saves a response under the last segment of its address.
pub fn attachment(operation: &OperationSpec) -> String {
    let name = operation.path.rsplit('/').next().unwrap_or_default();
    format!("attachment; filename=\"{name}\"")
}

/// The writer that the handler gets.
struct Out {
    sender: Sender<Piece>,
    piece: Vec<u8>,
    started: Instant,
}

impl Out {
    fn send(&mut self) -> io::Result<()> {
        let mut piece = Ok(Bytes::from(std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE))));
        let since = Instant::now();
        loop {
            match self.sender.try_send(piece) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(io::ErrorKind::BrokenPipe.into()),
                Err(TrySendError::Full(_))
                    if since.elapsed() > PIECE_TIME || self.started.elapsed() > RESPONSE_TIME =>
                {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(TrySendError::Full(back)) => {
                    piece = back;
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }
}

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() { Ok(()) } else { self.send() }
    }
}
