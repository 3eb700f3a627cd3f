//! Rate limits of requests: the address or the credential that a request counts for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest, http};

use super::credentials;
use crate::access::{Actor, Role};
use crate::config::Network;
use crate::http::State;
use crate::http::limits::{BudgetStatus, Policy, subscriber};
use crate::http::operation::Operation;
use crate::http::places::Holder;
use crate::problem::Problem;

/// Counts a request by its address, before any other check; 429 where the address has spent its budget. A request with a
/// credential counts when its holder is known ([`count_by_credential`]), unless the address has spent its failures.
pub fn count_by_address(
    state: &State,
    request: &HttpRequest,
    operation: Option<&Operation>,
) -> Result<(), Problem> {
    let from = address(state, request);
    let now = state.clock.now();
    let free =
        *request.method() == http::Method::OPTIONS || operation.is_some_and(|row| row.exempt_from_limits);
    let budgets = &state.budgets;
    let status = match operation {
        _ if free => budgets.peek(Policy::Address, from, 0, now),
        Some(row) if row.issues_token => budgets.take(Policy::SignIn, from, row.cost, now),
        Some(_) if credentials::present(request.headers()) => budgets.peek(Policy::SignIn, from, 1, now),
        Some(row) => budgets.take(Policy::Address, from, row.cost_of(request.query_string()), now),
        None => budgets.take(Policy::Address, from, 1, now),
    };
    record(request, status)
}

/// Counts a request by the credential of its caller.
pub fn count_by_credential(
    state: &State,
    request: &HttpRequest,
    operation: &Operation,
    actor: &Actor,
) -> Result<(), Problem> {
    let Some(subject) = &actor.subject else { return Ok(()) };
    let policy = if actor.has(Role::OpenData) { Policy::OpenData } else { Policy::Credential };
    let cost = operation.cost_of(request.query_string());
    record(request, state.budgets.take(policy, subject, cost, state.clock.now()))
}

/// Counts an invalid credential against the address.
pub fn count_failure(state: &State, request: &HttpRequest) {
    let from = address(state, request);
    let status = state.budgets.take(Policy::SignIn, from, 1, state.clock.now());
    // The response is decided already: only the next request is refused.
    let _ = record(request, status);
}

/// Counts what is no request of HTTP against the address. The framework has answered it already.
pub fn count_malformed(state: &State, peer: IpAddr) {
    let now = state.clock.now();
    state.metrics.malformed();
    // A trusted proxy sends for others; which of them it was is not known.
    if !state.limits.trusted_proxies.iter().any(|network| network.contains(peer)) {
        state.budgets.take(Policy::Address, subscriber(peer), 1, now);
    }
    if let Some(count) = state.malformed.due(now) {
        tracing::warn!(count, latest = %peer, "connections sent what is not HTTP");
    }
}

/// Who a request counts for: the credential of its caller, otherwise its address.
pub fn holder(state: &State, request: &HttpRequest, actor: &Actor) -> Holder {
    match &actor.subject {
        Some(subject) => Holder::Credential(subject.clone()),
        None => Holder::Address(address(state, request)),
    }
}

/// Stores the status of a budget for the response's headers; 429 where it does not suffice.
fn record(request: &HttpRequest, status: Option<BudgetStatus>) -> Result<(), Problem> {
    let Some(status) = status else { return Ok(()) };
    request.extensions_mut().insert(status);
    status.check()
}

/// The status of the budget that this request counted towards.
pub fn status(request: &HttpRequest) -> Option<BudgetStatus> {
    request.extensions().get::<BudgetStatus>().copied()
}

/// The address that a request counts for: the peer's, or the one that a trusted proxy forwards for.
pub fn address(state: &State, request: &HttpRequest) -> IpAddr {
    subscriber(caller_address(state, request))
}

/// The address of the caller, as the log has it.
pub fn caller_address(state: &State, request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    client_address(peer, request.headers(), &state.limits.trusted_proxies)
}

/// The rightmost address in `X-Forwarded-For` that is not a trusted proxy's: the caller wrote those to its left. The peer's
/// own address counts where the peer is not trusted, or where something else stands in place of an address.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return peer;
    }
    let lines: Vec<_> = headers.get_all("x-forwarded-for").collect();
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else { return peer };
        for text in line.rsplit(',') {
            match parse_forwarded(text.trim()) {
                None => return peer,
                Some(address) if is_trusted(address) => {}
                Some(address) => return address,
            }
        }
    }
    peer
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn parse_forwarded(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn counted(peer: &str, lines: &[&'static str]) -> Option<String> {
        let trusted =
            ["10.0.0.0/8", "::1"].map(Network::parse).into_iter().collect::<Result<Vec<_>, _>>().ok()?;
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static(line));
        }
        Some(client_address(peer.parse().ok()?, &headers, &trusted).to_string())
    }

    #[test]
    fn only_a_trusted_proxy_forwards_for_others_and_only_the_last_untrusted_counts() {
        for (peer, lines, counts) in [
            ("192.0.2.1", vec!["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            // The caller itself wrote what is to the left.
            ("10.0.0.1", vec!["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7, 10.2.3.4"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7", "10.2.3.4,10.2.3.5"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", vec!["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", vec!["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", vec!["2001:db8::7"], "2001:db8::7"),
            // Garbage before an address that counts.
            ("10.0.0.1", vec!["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7,"], "10.0.0.1"),
            ("10.0.0.1", vec!["_hidden"], "10.0.0.1"),
            ("10.0.0.1", vec![""], "10.0.0.1"),
            ("10.0.0.1", vec!["garbage, 198.51.100.7"], "198.51.100.7"),
            // Only trusted proxies: the proxy counts itself.
            ("10.0.0.1", vec!["10.9.9.9"], "10.0.0.1"),
        ] {
            assert_eq!(counted(peer, &lines).as_deref(), Some(counts), "{peer} {lines:?}");
        }
    }
}
