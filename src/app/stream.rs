//! Responses of any length, such as the export of the whole record: made piece by piece, as the reader takes them.
//!
//! A piece is made on a thread that may block, when the piece before it has gone to the connection. Between two pieces the
//! response holds no thread, no database connection and no place of those that work; only what it has to remember.

use std::io;
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::blocking::block;
use super::connection::PIECE;
use super::made_of_csv;
use super::sending::{RESPONSE_TIME, took_too_long};
use crate::http::Call;
use crate::http::body_files::BodyFile;
use crate::http::operation::{BulkHandler, BulkReply, Pieces};
use crate::http::places::{Holder, Place, UnsentBytes};
use crate::problem::Problem;
use crate::store::Generation;

/// How long a response that has begun waits for its turn to make the next piece.
const TURN: Duration = Duration::from_secs(60);

/// How many bytes of a body are made before its first is sent. What is not longer has its length in its headers.
const BEGINNING: usize = 256 * 1024;

/// How much of a body is sent.
pub enum Sent {
    /// All of it, with its length where that is known; and the address that it has.
    Whole { length: Option<u64>, address: String },
    /// From a byte on, this many.
    Part(u64, u64),
}

/// Responds with the pieces. When making one fails, or the reader does not keep up, the response breaks off in the middle,
/// which HTTP shows to the reader. `open` is its place among the responses that are open.
pub fn respond(
    mut response: HttpResponseBuilder,
    started: StartedBody,
    holder: Holder,
    open: Place,
    sent: Sent,
) -> HttpResponse {
    let (skip, left, length, address) = match sent {
        Sent::Whole { length, address } => (0, u64::MAX, length, Some(address)),
        Sent::Part(first, count) => (first, count, Some(count), None),
    };
    let mut body = Body {
        work: None,
        holder,
        piece: Bytes::new(),
        began: Instant::now(),
        skip,
        left,
        address,
        _open: open,
    };
    body.add(started.made.freeze(), started.work, started.more);
    let stream = Box::pin(futures_util::stream::unfold(body, Body::next));
    match length {
        Some(length) => response.body(SizedStream::new(length, stream)),
        None => response.streaming(stream),
    }
}

/// The response to HEAD, with the length of the response to GET where that is known. An empty body would state a length of
/// zero.
pub fn head(mut response: HttpResponseBuilder, length: Option<u64>) -> HttpResponse {
    let nothing = futures_util::stream::empty::<Result<Bytes, io::Error>>();
    match length {
        Some(length) => response.body(SizedStream::new(length, nothing)),
        None => response.streaming(nothing),
    }
}

/// What makes the pieces, and what shows that they are still of the body that the tag stands for.
pub struct Work {
    pub call: Call,
    pub pieces: Box<dyn Pieces>,
    pub handler: BulkHandler,
    /// The tag of the body.
    pub tag: String,
    /// What was committed when the tag was last seen to be right.
    pub generation: Generation,
    /// What it holds in memory between the pieces, counted with what waits for readers.
    pub memory: UnsentBytes,
    /// Its place among the files that are made, until this one is. Whoever leaves meanwhile does not free it: the work goes on.
    pub making: Option<Place>,
}

/// A body whose beginning is made and nothing of which is sent.
pub struct StartedBody {
    pub work: Work,
    /// The beginning of the body.
    pub made: BytesMut,
    /// Whether there is more.
    pub more: bool,
}

impl StartedBody {
    pub fn new(work: Work) -> StartedBody {
        StartedBody { work, made: BytesMut::new(), more: true }
    }

    /// Makes its beginning; all of it, if it is short.
    pub async fn make_beginning(work: Work, holder: &Holder) -> Result<StartedBody, Problem> {
        let mut started = StartedBody::new(work);
        while started.more && started.made.len() < BEGINNING {
            let (piece, work, more) = started.work.go_on(holder).await?;
            started.made.extend_from_slice(&piece);
            started = StartedBody { work, more, ..started };
        }
        Ok(started)
    }

    /// Makes the rest without sending it: the number of all bytes, and the file in which they are kept if there is room.
    pub async fn measure(self, holder: &Holder) -> Result<(Work, u64, Option<BodyFile>), Problem> {
        let began = Instant::now();
        let StartedBody { mut work, made, mut more } = self;
        let mut length = made.len() as u64;
        let mut file = appended(work.call.state.body_files.start(), made.freeze()).await?;
        while more {
            let piece;
            (piece, work, more) = work.go_on(holder).await?;
            length += piece.len() as u64;
            file = appended(file, piece).await?;
            if began.elapsed() > RESPONSE_TIME {
                return Err(Problem::unavailable("finding out the length of a response took too long"));
            }
        }
        Ok((work, length, file))
    }
}

/// The file with one more piece; none if there is no room for it.
async fn appended(file: Option<BodyFile>, piece: Bytes) -> Result<Option<BodyFile>, Problem> {
    match file {
        Some(mut file) if !piece.is_empty() => block(move || Ok(file.append(&piece).then_some(file))).await,
        file => Ok(file),
    }
}

/// A body that is being sent.
struct Body {
    /// None when the last piece is made.
    work: Option<Work>,
    holder: Holder,
    /// What is left of the piece that is being sent.
    piece: Bytes,
    began: Instant,
    /// How many bytes come before the part that is sent.
    skip: u64,
    /// How many bytes of the part are not made yet.
    left: u64,
    /// The address of a whole body, under which its length is remembered.
    address: Option<String>,
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
                Ok((piece, work, more)) => self.add(piece, work, more),
                Err(problem) => {
                    tracing::warn!(operation, cause = problem.detail_or_cause(), "a response broke off");
                    return self.ended(io::Error::other("broken off"));
                }
            }
        }
        let count = self.piece.len().min(PIECE);
        Some((Ok(self.piece.split_to(count)), self))
    }

    /// Adds the next piece, as far as it belongs to the part that is sent.
    fn add(&mut self, mut piece: Bytes, work: Work, more: bool) {
        let size = piece.len() as u64;
        let before = self.skip.min(size);
        self.skip -= before;
        drop(piece.split_to(usize::try_from(before).unwrap_or(piece.len())));
        piece.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= piece.len() as u64;
        self.piece = piece;
        if more && self.left > 0 {
            self.work = Some(work);
            return;
        }
        work.pieces.sent(&work.call);
        if let Some(address) = &self.address {
            work.call.state.lengths.put(address, &work.tag, u64::MAX - self.left);
        }
    }

    /// The body after an error.
    fn ended(self, error: io::Error) -> Option<(Result<Bytes, io::Error>, Body)> {
        Some((Err(error), Body { work: None, piece: Bytes::new(), ..self }))
    }
}

impl Work {
    /// Makes the next piece; with what makes the one after it, and whether there is one.
    async fn go_on(self, holder: &Holder) -> Result<(Bytes, Work, bool), Problem> {
        let state = self.call.state.clone();
        let (readers, long) = state.reading_places(&self.call.db);
        let long = long.take(holder, TURN).await?;
        let reader = readers.take(holder, TURN).await?;
        let mut work = self;
        block(move || {
            let _places = (long, reader);
            let mut piece = Vec::with_capacity(PIECE);
            let more = work.pieces.next(&work.call, &mut piece)?;
            work.check_tag()?;
            Ok((piece.into(), work, more))
        })
        .await
    }

    /// Fails if what was committed meanwhile has changed the body: a piece of it must not follow one of the body before.
    fn check_tag(&mut self) -> Result<(), Problem> {
        let db = &self.call.db;
        let generation = match db.generation_now() {
            Some(generation) => generation,
            None => db.read(|conn| db.generation(conn))?,
        };
        if generation != self.generation {
            self.reply()?;
            self.generation = generation;
        }
        Ok(())
    }

    /// What makes the body from its beginning, as of the same moment. Fails if it is another body by now.
    fn reply(&self) -> Result<Box<dyn Pieces>, Problem> {
        match made_of_csv::of_bulk(&self.call, self.handler)? {
            BulkReply::InPieces(reply) if reply.tag == self.tag => Ok(reply.pieces),
            _ => Err(Problem::unavailable("the record changed while a response was being made")),
        }
    }

    /// Starts the body again.
    pub async fn again(self) -> Result<Work, Problem> {
        block(move || {
            let pieces = self.reply()?;
            Ok(Work { pieces, ..self })
        })
        .await
    }
}
