//! HTTP as every address speaks it: routes, methods, formats, codings, conditions, caches, origins. What can
//! be is asked of the whole table of operations.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use actix_http::ContentEncoding;
use actix_http::encoding::Decoder;
use actix_http::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{HttpServer, web};
use futures_util::{StreamExt, stream};
use onrecord::app;
use onrecord::clock::{Id, Ts};
use onrecord::http::operation::{Method, Operation};
use onrecord::problem;
use onrecord::record::kind::Include;
use serde_json::{Value, json};

use crate::support::{Answer, HANG, TestApp, address_of, at, caller, is_for};

mod codings;
mod documentation;
mod formats;
mod headers;
mod methods;

const DASHBOARD: &str = "https://dashboard.example.org";

/// The addresses that the demo answers for the operations that read, with their operations.
fn readable() -> Vec<(&'static Operation, String)> {
    onrecord::resources::operations()
        .iter()
        .filter(|operation| operation.method == Method::Get && is_for(None, operation))
        // These two cannot be asked without saying which heads, and a demo of today has none.
        .filter(|operation| {
            !["get_audit_consistency", "get_audit_inclusion"].contains(&operation.id.as_str())
        })
        // Nor this one without a receipt.
        .filter(|operation| operation.id != "get_question_receipt")
        .filter_map(|operation| {
            // A kind that the demo has nothing of is read by its list.
            let shown = operation.kind.is_none_or(|kind| !kind.def.shown.is_empty());
            if operation.path.contains('{') && !shown {
                return None;
            }
            let path = match &operation.example {
                Some(example) => example.path.clone(),
                None => operation.path.clone(),
            };
            assert!(!path.contains('{'), "{} has no example", operation.id);
            Some((operation, path))
        })
        .collect()
}

/// What an operation answers with when all is well.
fn media_type(operation: &Operation) -> &'static str {
    operation.answers[0].media_type.split(';').next().unwrap_or_default()
}

/// The paths of the table, each with what it takes.
fn routes() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut routes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in onrecord::resources::operations() {
        let methods = routes.entry(operation.path.as_str()).or_default();
        methods.insert(operation.method.name());
        if operation.method == Method::Get {
            methods.insert("HEAD");
        }
        methods.insert("OPTIONS");
    }
    routes
}

/// An address of that path.
fn filled(path: &str) -> String {
    address_of(path, "nothing")
}

fn set_of(header: &str) -> BTreeSet<&str> {
    header.split(',').map(str::trim).collect()
}

/// All values of a header.
fn values(answer: &Answer, name: &str) -> Vec<String> {
    answer.headers.get_all(name).map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// The headers but date and request id.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    answer.comparable().1
}

/// Asserts what every answer of ours carries.
#[track_caller]
fn is_dressed(answer: &Answer, what: &str) {
    let id = answer.header("x-request-id").unwrap_or_else(|| panic!("{what}: no X-Request-Id"));
    let id = Id::parse(id).unwrap_or_else(|| panic!("{what}: {id} is no id"));
    assert_eq!(id.0.get_version_num(), 7, "{what}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{what}");
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"), "{what}");
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
    let vary = values(answer, "vary").join(", ").to_lowercase();
    let vary = set_of(&vary);
    for name in ["accept", "accept-encoding", "authorization"] {
        assert!(vary.contains(name), "{what}: Vary is {vary:?}");
    }
    assert!(answer.header("cache-control").is_some(), "{what}: no Cache-Control");
    assert!(answer.header("server").is_none() && answer.header("x-powered-by").is_none());
    assert!(answer.header("access-control-allow-credentials").is_none(), "{what}");
    if answer.status >= 400 && answer.header("content-type") == Some("application/problem+json") {
        assert_eq!(answer.json()["instance"], json!(format!("urn:uuid:{id}")), "{what}: {}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
        assert!(answer.header("etag").is_none(), "{what}");
    }
}

/// An answer as it came over a socket.
#[derive(Debug)]
pub struct Raw {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Raw {
    fn comparable(&self) -> (u16, Vec<(String, String)>) {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .filter(|(name, _)| !["date", "ratelimit", "x-request-id"].contains(&name.as_str()))
            .cloned()
            .collect();
        headers.sort();
        (self.status, headers)
    }
}

fn exchange(address: SocketAddr, request: &str) -> Raw {
    let mut stream = TcpStream::connect(address).unwrap();
    // A server that says nothing fails the test, it does not hold it up.
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no end of headers after {request:?}"));
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_lowercase(), value.trim().to_owned())
        })
        .collect();
    Raw { status, headers, body: bytes[end + 4..].to_vec() }
}

/// Sends these requests, each on a connection of its own, to the application behind a real server.
pub async fn over_a_socket(app: &TestApp, requests: Vec<String>) -> Vec<Raw> {
    let state = app.state.clone();
    let server = HttpServer::new(move || app::build(state.clone()))
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let task = actix_web::rt::spawn(server);
    let answers =
        web::block(move || requests.iter().map(|request| exchange(address, request)).collect::<Vec<Raw>>())
            .await
            .unwrap();
    handle.stop(false).await;
    task.await.unwrap().unwrap();
    answers
}

/// The body of a coded answer.
async fn decoded(answer: &Answer, coding: ContentEncoding) -> Vec<u8> {
    let whole = stream::once(futures_util::future::ready(Ok::<Bytes, PayloadError>(Bytes::from(
        answer.body.clone(),
    ))));
    let mut parts = Decoder::new(whole, coding);
    let mut bytes = vec![];
    while let Some(part) = parts.next().await {
        bytes.extend_from_slice(&part.unwrap());
    }
    bytes
}

pub fn plain(method: &str, path: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n{more}\r\n")
}
