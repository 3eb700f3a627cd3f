//! Where a request comes from, and what it may still ask for.

use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Extensions;
use actix_web::http::header::{self, HeaderMap};
use actix_web::rt::net::TcpStream;
use actix_web::{HttpMessage, HttpRequest, http};

use crate::access::{Actor, Role};
use crate::config::{Limits, Network};
use crate::http::State;
use crate::http::limits::{Policy, Standing, cost, subscriber};
use crate::http::operation::Operation;
use crate::problem::Problem;

/// Who waits here: what asks whether the service is well must hear so, whatever else comes from its address.
const FREE: [&str; 2] = ["/healthz", "/readyz"];

/// Before anything is looked at: whether the address has anything left. A request with a credential is counted when it
/// is known whose it is ([`known`]); one from an address that has spent its failures is not looked at at all.
pub fn enter(state: &State, request: &HttpRequest, operation: Option<&Operation>) -> Result<(), Problem> {
    let from = address(state, request);
    let now = state.clock.now();
    let free =
        *request.method() == http::Method::OPTIONS || operation.is_some_and(|row| FREE.contains(&&*row.path));
    let budgets = &state.budgets;
    let standing = match operation {
        _ if free => budgets.ask(Policy::Address, from, 0, now),
        Some(row) if row.gives_token() => budgets.take(Policy::SignIn, from, row.cost, now),
        Some(_)
            if request.headers().contains_key(header::AUTHORIZATION)
                || request.headers().contains_key(super::API_KEY) =>
        {
            budgets.ask(Policy::SignIn, from, 1, now)
        }
        Some(row) => budgets.take(Policy::Address, from, cost(row, request.query_string()), now),
        None => budgets.take(Policy::Address, from, 1, now),
    };
    settle(request, standing)
}

/// When it is known who asks.
pub fn known(
    state: &State,
    request: &HttpRequest,
    operation: &Operation,
    actor: &Actor,
) -> Result<(), Problem> {
    let Some(subject) = &actor.subject else { return Ok(()) };
    let policy = if actor.has(Role::OpenData) { Policy::OpenData } else { Policy::Credential };
    let cost = cost(operation, request.query_string());
    settle(request, state.budgets.take(policy, subject, cost, state.clock.now()))
}

/// After a credential that was no good.
pub fn failed(state: &State, request: &HttpRequest) {
    let from = address(state, request);
    let standing = state.budgets.take(Policy::SignIn, from, 1, state.clock.now());
    // The answer is made already: what is spent is said to the next.
    let _ = settle(request, standing);
}

/// Keeps a standing for the answer's headers.
fn settle(request: &HttpRequest, standing: Option<Standing>) -> Result<(), Problem> {
    let Some(standing) = standing else { return Ok(()) };
    request.extensions_mut().insert(standing);
    standing.allowed()
}

/// How the budget that this request was counted in stands.
pub fn standing(request: &HttpRequest) -> Option<Standing> {
    request.extensions().get::<Standing>().copied()
}

/// The address that counts: the peer's, or what a trusted proxy says that it speaks for.
fn address(state: &State, request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    subscriber(speaker(peer, request.headers(), &state.limits.trusted_proxies))
}

/// Of the addresses in `X-Forwarded-For` the rightmost that is not a trusted proxy's: those to its left are what the
/// caller wrote. From a peer that is not trusted, or with anything else in its place, the peer's own counts.
fn speaker(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    if !is_trusted(peer) {
        return peer;
    }
    let lines: Vec<_> = headers.get_all("x-forwarded-for").collect();
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else { return peer };
        for text in line.rsplit(',') {
            match hop(text.trim()) {
                None => return peer,
                Some(address) if is_trusted(address) => {}
                Some(address) => return address,
            }
        }
    }
    peer
}

/// One address as proxies write it: alone, in brackets, or with a port.
fn hop(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// How many connections each address has open.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<HashMap<IpAddr, u32>>>);

/// One of them; given back when it is dropped, with the connection.
struct Open {
    all: Connections,
    address: IpAddr,
}

impl Connections {
    /// Counts a connection, or closes it when its address has too many. A trusted proxy has as many as it likes.
    pub fn opened(&self, stream: &dyn Any, kept: &mut Extensions, limits: &Limits) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else { return };
        let Ok(peer) = stream.peer_addr() else { return };
        let free = limits.trusted_proxies.iter().any(|network| network.holds(peer.ip()));
        if limits.rates.connections == 0 || free {
            return;
        }
        match self.one_more(subscriber(peer.ip()), limits.rates.connections) {
            Some(open) => {
                kept.insert(open);
            }
            // Without a word: an answer would cost what the limit is to save.
            None => close(stream),
        }
    }

    fn one_more(&self, address: IpAddr, most: u32) -> Option<Open> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = all.entry(address).or_default();
        if *open >= most {
            return None;
        }
        *open += 1;
        Some(Open { all: self.clone(), address })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = all.get_mut(&self.address) {
            *open -= 1;
            if *open == 0 {
                all.remove(&self.address);
            }
        }
    }
}

fn close(stream: &TcpStream) {
    // A second handle on the same socket: shutting that down ends the connection for both.
    if let Ok(second) = stream.as_fd().try_clone_to_owned() {
        let _ = std::net::TcpStream::from(second).shutdown(std::net::Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn told(peer: &str, lines: &[&'static str]) -> Option<String> {
        let trusted =
            ["10.0.0.0/8", "::1"].map(Network::parse).into_iter().collect::<Result<Vec<_>, _>>().ok()?;
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static(line));
        }
        Some(speaker(peer.parse().ok()?, &headers, &trusted).to_string())
    }

    #[test]
    fn only_a_trusted_proxy_says_who_speaks_and_only_the_last_untrusted_counts() {
        for (peer, lines, counts) in [
            ("192.0.2.1", vec!["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            // What the caller wrote itself stands to the left.
            ("10.0.0.1", vec!["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7, 10.2.3.4"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7", "10.2.3.4,10.2.3.5"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", vec!["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", vec!["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", vec!["2001:db8::7"], "2001:db8::7"),
            // Garbage, wherever it is met before an address that counts.
            ("10.0.0.1", vec!["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7,"], "10.0.0.1"),
            ("10.0.0.1", vec!["_hidden"], "10.0.0.1"),
            ("10.0.0.1", vec![""], "10.0.0.1"),
            ("10.0.0.1", vec!["garbage, 198.51.100.7"], "198.51.100.7"),
            // All of them ours: the proxy speaks for itself.
            ("10.0.0.1", vec!["10.9.9.9"], "10.0.0.1"),
        ] {
            assert_eq!(told(peer, &lines).as_deref(), Some(counts), "{peer} {lines:?}");
        }
    }

    #[test]
    fn connections_are_given_back() {
        let all = Connections::default();
        let address: IpAddr = [192, 0, 2, 1].into();
        let first = all.one_more(address, 2);
        let second = all.one_more(address, 2);
        assert!(first.is_some() && second.is_some() && all.one_more(address, 2).is_none());
        assert!(all.one_more([192, 0, 2, 2].into(), 2).is_some());
        drop(first);
        assert!(all.one_more(address, 2).is_some());
        drop(second);
        assert!(all.0.lock().is_ok_and(|all| all.is_empty()));
    }
}
