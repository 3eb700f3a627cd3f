//! The requests of one connection, one after the other: how much of what arrives the framework is given, and when.
//!
//! The framework parses everything that it is given, and a parsed head takes about a hundred times the memory of its bytes. So
//! what comes after a request waits as bytes, until its response is sent. The rest of a body that was refused is dropped,
//! for a short time, and then the connection ends.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::HttpRequest;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::{ConnectionType, header};
use actix_web::web::Bytes;

/// After how many bytes the framework is given no more than the end of a head: so many bytes have few heads.
const FEW: usize = 256;
/// How many bytes a head has at most. The framework takes four times as many, and one that does not end stays in memory.
const HEAD: usize = 32 * 1024;
/// What whoever sends more reads.
pub const HEAD_REFUSED: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// How many bytes of a body may be given without being taken. The framework takes the sizes of chunks out of it, and what
/// else stands there: a body is not made of that.
const FRAMING: u64 = 1024 * 1024;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The next request is awaited.
    Idle,
    /// A request is answered, and takes its body.
    Body,
    /// A request is answered.
    Answering,
    /// A response was sent before the end of the body that it answers. The connection ends.
    Rest,
}

/// What is known of a connection.
#[derive(Debug)]
pub struct ConnectionRecord {
    pub peer: IpAddr,
    /// Whether anything has arrived.
    pub received: Cell<bool>,
    /// Whether a whole head of a request has arrived.
    pub requested: Cell<bool>,
    /// How many bytes of the present head the framework was given.
    head_bytes: Cell<usize>,
    /// How many bytes of the present body are to come.
    unread: Cell<usize>,
    /// The operation and the id of the latest request.
    pub latest: RefCell<Option<(&'static str, String)>>,
    phase: Cell<Phase>,
    /// Whether the present request has a body in chunks whose end was not reached.
    unended: Cell<bool>,
    /// How many bytes of the present body the framework was given.
    given_bytes: Cell<u64>,
    /// How many bytes of the present body were taken.
    taken_bytes: Cell<u64>,
    /// Who waits to read on.
    waiting: RefCell<Option<Waker>>,
}

impl ConnectionRecord {
    /// The record of a new connection.
    pub fn new(peer: IpAddr) -> ConnectionRecord {
        ConnectionRecord {
            peer,
            received: Cell::new(false),
            requested: Cell::new(false),
            head_bytes: Cell::new(0),
            unread: Cell::new(0),
            latest: RefCell::default(),
            phase: Cell::new(Phase::Idle),
            unended: Cell::new(false),
            given_bytes: Cell::new(0),
            taken_bytes: Cell::new(0),
            waiting: RefCell::default(),
        }
    }

    /// The record of a request's connection. In some tests it has none.
    pub fn of(request: &HttpRequest) -> Option<Rc<ConnectionRecord>> {
        request.conn_data::<Rc<ConnectionRecord>>().cloned()
    }

    /// Notes that a whole head has arrived; it is being answered until the result is dropped.
    pub fn request_arrived(self: &Rc<Self>, request: &HttpRequest) -> Answering {
        self.requested.set(true);
        self.head_bytes.set(0);
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        self.unread.set(length.and_then(|text| text.parse().ok()).unwrap_or(0));
        self.unended.set(request.headers().contains_key(header::TRANSFER_ENCODING));
        self.enter(Phase::Answering);
        Answering(self.clone())
    }

    /// Notes which request is being answered.
    pub fn answers(&self, operation: &'static str, id: String) {
        *self.latest.borrow_mut() = Some((operation, id));
    }

    /// Has the body of the request arrive, until the result is dropped.
    pub fn body_wanted(self: Rc<Self>) -> Wanted {
        self.given_bytes.set(0);
        self.taken_bytes.set(0);
        self.enter(Phase::Body);
        Wanted(self)
    }

    /// Counts bytes of a head. The rest of a body that nobody took is none.
    pub fn count_head(&self, bytes: usize) {
        let of_body = self.unread.get().min(bytes);
        self.unread.set(self.unread.get() - of_body);
        if self.phase.get() == Phase::Idle {
            self.head_bytes.set(self.head_bytes.get().saturating_add(bytes - of_body));
        }
    }

    /// Whether the present head is refused.
    pub fn is_head_too_large(&self) -> bool {
        self.head_bytes.get() > HEAD
    }

    pub fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// Waits for another phase.
    pub fn wait(&self, context: &Context<'_>) {
        *self.waiting.borrow_mut() = Some(context.waker().clone());
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    /// Counts bytes that the framework is given; false where they are no body that anybody takes.
    pub fn give(&self, bytes: usize) -> bool {
        if self.phase.get() != Phase::Body {
            return true;
        }
        self.given_bytes.set(self.given_bytes.get().saturating_add(bytes as u64));
        self.given_bytes.get().saturating_sub(self.taken_bytes.get().saturating_mul(2)) <= FRAMING
    }
}

/// A request that is being answered.
pub struct Answering(Rc<ConnectionRecord>);

impl Answering {
    /// The response, until the end of which the request is being answered.
    pub fn until_sent(self, mut answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        if self.0.unended.get() {
            answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        answer.map_body(|_, body| BoxBody::new(Sent { body, _answering: self }))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.enter(if self.0.unended.get() { Phase::Rest } else { Phase::Idle });
    }
}

/// A body that may arrive.
pub struct Wanted(Rc<ConnectionRecord>);

impl Wanted {
    /// Counts bytes of the body that were taken.
    pub fn count(&self, bytes: usize) {
        self.0.taken_bytes.set(self.0.taken_bytes.get().saturating_add(bytes as u64));
    }

    /// Notes that the body has ended.
    pub fn ended(&self) {
        self.0.unended.set(false);
        self.0.unread.set(0);
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.enter(Phase::Answering);
    }
}

/// The body of a response, with the request that it answers.
struct Sent {
    body: BoxBody,
    _answering: Answering,
}

impl MessageBody for Sent {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// How many of the bytes the framework is given now, and whether they may have the end of a head.
pub fn piece(bytes: &[u8]) -> (usize, bool) {
    let mut line_ends = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => line_ends += 1,
            b'\r' => {}
            _ => line_ends = 0,
        }
        if line_ends >= 2 && at + 1 >= FEW {
            return (at + 1, true);
        }
    }
    (bytes.len(), bytes.len() < FEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_heads_are_given_at_a_time_and_a_body_is_whole() {
        let short = b"GET / HTTP/1.0\r\n\r\n";
        assert_eq!(piece(short), (short.len(), true));
        for head in ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\n\n", "\n", "\r\n"] {
            let (count, may_end) = piece(head.repeat(5_000).as_bytes());
            assert!(may_end && (FEW..FEW + head.len()).contains(&count), "{head:?}: {count}");
        }
        let long = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", "a".repeat(9_000));
        assert_eq!(piece(long.repeat(2).as_bytes()), (long.len(), true));
        let rows = "E23000018,2025-01,1\r\n".repeat(1_000);
        assert_eq!(piece(rows.as_bytes()), (rows.len(), false));
    }
}
