//! A connection: how long its reader may take for what is sent, and what is not HTTP.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_http::Protocol;
use actix_http::error::DispatchError;
use actix_service::{Service, ServiceFactory};
use actix_web::rt::net::TcpStream;
use actix_web::web::BytesMut;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::exchange::{ConnectionRecord, HEAD_REFUSED, Phase, piece};
use super::limits::count_malformed;
use super::open_connections::{OpenConnection, OpenConnections};
use crate::http::State;
use crate::http::arriving::REST_TIME;
use crate::http::limits::subscriber;

/// How long a reader may take for [`PIECE`] bytes.
pub const PIECE_TIME: Duration = Duration::from_secs(20);
/// How many bytes a reader must take within [`PIECE_TIME`], if so many wait.
pub const PIECE: usize = 64 * 1024;
/// How many bytes are taken from a connection whose request is being answered.
const AHEAD: usize = 4 * 1024;
/// How many bytes the system holds for a reader beyond what is on its way.
const UNSENT: u32 = 64 * 1024;

/// A connection that ends when its reader takes too long.
pub struct Guarded {
    io: TcpStream,
    record: Rc<ConnectionRecord>,
    /// What has arrived and is not given to the framework yet.
    ahead: BytesMut,
    /// How many bytes the framework was given since it last had to wait.
    given_bytes: usize,
    /// Whether it must first parse what it was given.
    pause: bool,
    /// When the connection ends whose body was refused.
    rest: Option<Pin<Box<Sleep>>>,
    /// Runs while the reader is behind.
    wait: Option<Wait>,
    _open: OpenConnection,
}

/// How long a reader has been behind, and how much it has taken since.
struct Wait {
    timer: Pin<Box<Sleep>>,
    bytes: usize,
}

impl Guarded {
    fn new(io: TcpStream, peer: IpAddr, open: OpenConnection) -> Guarded {
        let socket = SockRef::from(&io);
        // A small response must not wait for the acknowledgement of the one before. Where the system refuses, it only is
        // slower, or holds more.
        let _ = socket.set_tcp_nodelay(true);
        // Otherwise the system takes up to some megabytes at once, and nothing shows how fast the reader takes them.
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_notsent_lowat(UNSENT);
        let record = Rc::new(ConnectionRecord::new(peer));
        Guarded {
            io,
            record,
            ahead: BytesMut::new(),
            given_bytes: 0,
            pause: false,
            rest: None,
            wait: None,
            _open: open,
        }
    }

    /// What is known of the connection.
    pub fn record(&self) -> Rc<ConnectionRecord> {
        self.record.clone()
    }

    /// Ends the connection, and drops at once what the system holds for the reader.
    fn cut(&self) -> io::Error {
        let _ = SockRef::from(&self.io).set_linger(Some(Duration::ZERO));
        let latest = self.record.latest.borrow();
        let (operation, request_id) = latest.as_ref().map_or(("none", ""), |(name, id)| (*name, id.as_str()));
        tracing::warn!(
            peer = %self.record.peer,
            operation,
            request_id,
            seconds = PIECE_TIME.as_secs(),
            "a reader was too slow: its connection was ended"
        );
        io::ErrorKind::TimedOut.into()
    }

    /// The reader is no longer behind: the next request is given again.
    fn caught_up(&mut self, context: &mut Context<'_>) {
        if self.wait.take().is_some() {
            context.waker().wake_by_ref();
        }
    }

    /// Counts what the reader took, and fails where it was too little for too long.
    fn after_write(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(count)) => {
                if let Some(wait) = &mut self.wait {
                    wait.bytes += count;
                    if wait.bytes >= PIECE {
                        self.caught_up(context);
                    }
                }
                written
            }
            Poll::Ready(Err(_)) => written,
            Poll::Pending => {
                let wait = self.wait.get_or_insert_with(|| Wait {
                    timer: Box::pin(tokio::time::sleep(PIECE_TIME)),
                    bytes: 0,
                });
                ready!(wait.timer.as_mut().poll(context));
                Poll::Ready(Err(self.cut()))
            }
        }
    }
}

impl Guarded {
    /// Gives the framework what it is to take apart next.
    fn give(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.pause {
            (self.pause, self.given_bytes) = (false, 0);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let (count, may_end) = if self.ahead.is_empty() {
            ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
            let arrived = &buffer.filled()[before..];
            if arrived.is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.record.received.set(true);
            let (count, may_end) = piece(arrived);
            self.ahead = BytesMut::from(&arrived[count..]);
            buffer.set_filled(before + count);
            (count, may_end)
        } else {
            let most = self.ahead.len().min(buffer.remaining());
            let (count, may_end) = piece(&self.ahead[..most]);
            buffer.put_slice(&self.ahead.split_to(count));
            (count, may_end)
        };
        self.record.count_head(count);
        if self.record.is_head_too_large() {
            let _ = self.io.try_write(HEAD_REFUSED);
            buffer.set_filled(before);
            return self.drop_rest(context);
        }
        self.given_bytes += count;
        self.pause = may_end || self.given_bytes >= PIECE || self.record.phase() == Phase::Idle;
        if !self.record.give(count) {
            // As if the body had ended in the middle.
            buffer.set_filled(before);
        }
        Poll::Ready(Ok(()))
    }

    /// Gives the framework nothing until the response is sent; only the end of the connection.
    fn hold(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ahead.len() >= AHEAD {
            return Poll::Pending;
        }
        let mut space = [0; AHEAD];
        let mut arrived = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.io).poll_read(context, &mut arrived))?;
        if arrived.filled().is_empty() {
            // Who sends no more may still wait for the answers to what it has sent.
            return if self.ahead.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending };
        }
        self.ahead.extend_from_slice(arrived.filled());
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Drops the rest of a body that was refused. After a time it is as if it had ended.
    fn drop_rest(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let end = self.rest.get_or_insert_with(|| Box::pin(tokio::time::sleep(REST_TIME)));
        if end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        self.ahead = BytesMut::new();
        let mut space = [0; 4 * AHEAD];
        for _ in 0..2 {
            let mut arrived = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.io).poll_read(context, &mut arrived))?;
            if arrived.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Whatever ends the present phase, this is polled again: otherwise nothing would end a connection that is silent.
        self.record.wait(context);
        if self.record.is_head_too_large() {
            return self.drop_rest(context);
        }
        match self.record.phase() {
            // A reader that is behind gets no further responses: they would pile up.
            Phase::Idle if self.wait.is_some() => Poll::Pending,
            Phase::Idle | Phase::Body => self.give(context, buffer),
            Phase::Answering => self.hold(context),
            Phase::Rest => self.drop_rest(context),
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.after_write(context, written)
    }

    /// The framework flushes when the system has taken everything: the reader is no longer behind.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.caught_up(context);
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// What the framework's service of connections takes.
type Connection = (Guarded, Protocol, Option<SocketAddr>);

/// Makes the service of connections around the framework's.
pub struct Guard<F> {
    pub http: F,
    pub state: Arc<State>,
    pub connections: OpenConnections,
}

/// The service of connections.
pub struct GuardService<S> {
    http: S,
    state: Arc<State>,
    connections: OpenConnections,
}

impl<F> ServiceFactory<TcpStream> for Guard<F>
where
    F: ServiceFactory<Connection, Config = (), Response = (), Error = DispatchError, InitError = ()>,
    F::Future: 'static,
    F::Service: 'static,
{
    type Response = ();
    type Error = DispatchError;
    type Config = ();
    type Service = GuardService<F::Service>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Service, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let (state, connections) = (self.state.clone(), self.connections.clone());
        let made = self.http.new_service(());
        made.map(|made| made.map(|http| GuardService { http, state, connections })).boxed_local()
    }
}

impl<S> Service<TcpStream> for GuardService<S>
where
    S: Service<Connection, Response = (), Error = DispatchError>,
    S::Future: 'static,
{
    type Response = ();
    type Error = DispatchError;
    type Future = LocalBoxFuture<'static, Result<(), DispatchError>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), DispatchError>> {
        self.http.poll_ready(context)
    }

    fn call(&self, io: TcpStream) -> Self::Future {
        let Ok(peer) = io.peer_addr() else { return std::future::ready(Ok(())).boxed_local() };
        let limits = &self.state.limits;
        let is_free = limits.trusted_proxies.iter().any(|network| network.contains(peer.ip()));
        let most = match limits.rates.connections {
            most if most > 0 && !is_free => Some(most),
            _ => None,
        };
        let Some(open) = self.connections.open(subscriber(peer.ip()), most) else {
            // Closed without a response, which would cost what the limit saves.
            return std::future::ready(Ok(())).boxed_local();
        };
        let guarded = Guarded::new(io, peer.ip(), open);
        let (record, state) = (guarded.record(), self.state.clone());
        let served = self.http.call((guarded, Protocol::Http1, Some(peer)));
        async move {
            let end = served.await;
            // Not HTTP, too large, too slow, or a head that never ended.
            let never_requested = record.received.get() && !record.requested.get();
            if matches!(end, Err(DispatchError::Parse(_))) || never_requested {
                count_malformed(&state, record.peer);
            }
            end
        }
        .boxed_local()
    }
}
