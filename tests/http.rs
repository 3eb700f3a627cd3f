//! HTTP as every address speaks it: routes, methods, formats, codings, conditions, caches, origins. What can
//! be is asked of the whole table of operations.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

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

use crate::support::{Answer, TestApp, at, caller, is_for};

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
    path.replace("{id}", "nothing").replace("{n}", "1").replace("{slug}", "not-found")
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

// ---- over a socket ----------------------------------------------------------------------------------------

/// An answer as it came over a socket.
#[derive(Debug)]
struct Raw {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
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
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
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
async fn over_a_socket(app: &TestApp, requests: Vec<String>) -> Vec<Raw> {
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

fn plain(method: &str, path: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n{more}\r\n")
}

/// actix's own server leaves the body of an answer to HEAD away, its test service does not: that there is
/// none can be seen over a socket only.
#[actix_web::test]
async fn head_gives_what_get_gives_without_the_body_on_every_address() {
    let app = TestApp::new().await;
    let mut paths: Vec<String> = readable().into_iter().map(|(_, path)| path).collect();
    paths.extend(
        [
            "/v1/nothing",
            "/v1/plans/derbyshire-pcc:NOTHING",
            "/v1/plans?limit=0",
            "/v1/plans?format=csv",
            "/docs/",
            "/problems/nothing",
        ]
        .map(str::to_owned),
    );
    let mut requests = vec![];
    for path in &paths {
        for more in ["", "Accept-Encoding: gzip\r\n", "If-None-Match: *\r\n"] {
            requests.push(plain("GET", path, more));
            requests.push(plain("HEAD", path, more));
        }
    }
    let answers = over_a_socket(&app, requests.clone()).await;
    let mut seen = BTreeSet::new();
    for (pair, request) in answers.chunks(2).zip(requests.chunks(2)) {
        let [get, head] = pair else { panic!("a pair") };
        assert_eq!(get.comparable(), head.comparable(), "{}", request[1]);
        assert_eq!(head.body, b"", "{}", request[1]);
        assert_eq!(get.status == 304, get.body.is_empty(), "{}", request[0]);
        seen.insert(get.status);
    }
    assert_eq!(seen, BTreeSet::from([200, 304, 400, 404]));
}

#[actix_web::test]
async fn head_is_served_like_get_inside_the_application_too() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        for who in [None, Some("editor")] {
            let get = app.get(who, &path).await.expect(200);
            let head = app.request("HEAD", &path).as_actor(who).send().await.expect(200);
            assert_eq!(headers(&get), headers(&head), "{}", operation.id);
        }
    }
}

// ---- routes and methods -----------------------------------------------------------------------------------

#[actix_web::test]
async fn an_unknown_address_is_one_and_the_same_problem_whatever_is_sent_there() {
    let app = TestApp::new().await;
    let paths = [
        "/nothing",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/plans/",
        "/v1/plans//thread",
        "/v1//plans",
        "//v1/plans",
        "/V1/plans",
        "/v1/Plans",
        "/v2/plans",
        "/v1/plans/derbyshire-pcc:PLAN-2013/nothing",
        "/v1/plans/derbyshire-pcc:PLAN-2013/versions/1/more",
        "/oauth",
        "/oauth/authorize",
        "/.well-known/openid-configuration",
        "/openapi.yaml",
        "/metrics",
        "/problems",
        "/v1/plans;x=1",
        "/index.html",
    ];
    let first = app.get(None, "/nothing").await;
    first.problem(404);
    is_dressed(&first, "/nothing");
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            for who in [None, Some("editor")] {
                let mut request = app.request(method, path).as_actor(who);
                if method != "GET" {
                    request = request.json(&json!({}));
                }
                let answer = request.send().await;
                answer.problem(404);
                is_dressed(&answer, path);
                let same = (answer.status, answer.comparable().2);
                assert_eq!(same, (404, first.comparable().2), "{method} {path}");
            }
        }
        let answer = app.request("HEAD", path).send().await;
        assert_eq!(headers(&answer), headers(&first), "{path}");
    }
    // A record that does not exist is the same nothing.
    let answer = app.get(None, "/v1/plans/derbyshire-pcc:NOTHING").await;
    assert_eq!(answer.comparable(), first.comparable());
}

#[actix_web::test]
async fn a_method_that_an_address_does_not_take_is_405_with_those_that_it_takes() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for (path, served) in routes() {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY"] {
            if served.contains(method) {
                continue;
            }
            tried += 1;
            for who in [None, Some("editor"), Some("admin")] {
                let answer = app.request(method, &filled(path)).as_actor(who).send().await;
                answer.problem(405);
                is_dressed(&answer, path);
                let allow = answer.header("allow").unwrap_or_default();
                assert_eq!(set_of(allow), served, "{method} {path}");
                // What would be right stands in the words too.
                let detail = answer.json()["detail"].as_str().unwrap().to_owned();
                assert!(detail.contains(allow), "{detail}");
            }
        }
    }
    assert!(tried > 200, "only {tried}");
}

#[actix_web::test]
async fn options_is_answered_everywhere_with_what_the_address_takes() {
    let app = TestApp::new().await;
    for (path, served) in routes() {
        for who in [None, Some("editor")] {
            let answer = app.request("OPTIONS", &filled(path)).as_actor(who).send().await;
            assert_eq!(answer.status, 204, "{path}");
            assert_eq!(answer.body, b"");
            assert_eq!(set_of(answer.header("allow").unwrap()), served, "{path}");
            assert!(answer.header("access-control-allow-origin").is_none(), "{path}");
            is_dressed(&answer, path);
        }
    }
    app.request("OPTIONS", "/v1/nothing").send().await.problem(404);
}

#[actix_web::test]
async fn the_addresses_beside_the_table_speak_the_same_http() {
    let app = TestApp::new().await;
    for path in ["/", "/docs", "/docs/"] {
        let answer = app.request("OPTIONS", path).send().await;
        assert_eq!(answer.status, 204, "OPTIONS {path}: {}", answer.text());
        assert_eq!(
            set_of(answer.header("allow").unwrap_or_default()),
            BTreeSet::from(["GET", "HEAD", "OPTIONS"]),
            "{path}"
        );
        for method in ["POST", "PUT", "DELETE"] {
            let answer = app.request(method, path).send().await;
            answer.problem(405);
            is_dressed(&answer, path);
            assert_eq!(
                set_of(answer.header("allow").unwrap_or_default()),
                BTreeSet::from(["GET", "HEAD", "OPTIONS"]),
                "{method} {path}"
            );
        }
    }
}

#[actix_web::test]
async fn a_problem_of_the_documentation_carries_what_every_problem_carries() {
    let app = TestApp::new().await;
    for path in ["/docs/nothing.js", "/docs/../Cargo.toml", "/docs/a/b/c"] {
        let answer = app.get(None, path).await;
        answer.problem(404);
        is_dressed(&answer, path);
    }
}

#[actix_web::test]
async fn a_query_over_its_limit_is_414_everywhere() {
    let app = TestApp::new().await;
    let long = "a".repeat(8_193);
    let most = "a".repeat(8_192);
    for operation in onrecord::resources::operations() {
        let send = async |query: &str| {
            let path = format!("{}?{query}", filled(&operation.path));
            let mut request = app.request(operation.method.name(), &path).as_actor(caller(operation));
            if operation.writes() && !operation.gives_token() {
                request = request.json(&json!({}));
            }
            request.send().await
        };
        let answer = send(&long).await;
        answer.problem(414);
        is_dressed(&answer, &operation.id);
        assert!(answer.text().contains("8192 bytes"), "{}", answer.text());
        send(&most).await.problem(400);
    }
}

// ---- what every answer carries ----------------------------------------------------------------------------

#[actix_web::test]
async fn every_answer_carries_its_id_and_the_headers_of_safety() {
    let app = TestApp::new().await;
    let mut ids = BTreeSet::new();
    let mut count = 0;
    let mut note = |answer: &Answer, what: &str| {
        is_dressed(answer, what);
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
        count += 1;
    };
    for (operation, path) in readable() {
        for who in [None, Some("editor")] {
            let answer = app.get(who, &path).await.expect(200);
            note(&answer, &operation.id);
            if let Some(tag) = answer.header("etag") {
                let again = app.request("GET", &path).as_actor(who).header("if-none-match", tag).send().await;
                assert_eq!(again.status, 304, "{}", operation.id);
                assert_eq!(again.body, b"");
                assert_eq!(again.header("etag"), Some(tag), "{}", operation.id);
                assert_eq!(again.header("cache-control"), answer.header("cache-control"), "{}", operation.id);
                note(&again, &operation.id);
            }
        }
    }
    for operation in onrecord::resources::operations().iter().filter(|operation| operation.writes()) {
        for who in [None, Some("editor"), Some("auditor")] {
            let answer = app
                .request(operation.method.name(), &filled(&operation.path))
                .as_actor(who)
                .json(&json!({}))
                .send()
                .await;
            assert!((400..500).contains(&answer.status), "{}", answer.text());
            note(&answer, &operation.id);
        }
    }
    let made = app
        .post("editor", "/v1/plans", json!({"reference": "T-1", "title": "x", "from": "2025-04-01"}))
        .await
        .expect(201);
    assert_eq!(made.header("cache-control"), Some("private, no-store"));
    note(&made, "a record made");
    // Ours is given, not the caller's taken over.
    let answer = app.request("GET", "/v1/plans").header("x-request-id", "mine").send().await;
    note(&answer, "an id brought along");
    assert_eq!(ids.len(), count, "an id was given twice");
    // The server of this test is not on https: it must not promise that.
    assert!(answer.header("strict-transport-security").is_none());
}

#[actix_web::test]
async fn what_the_codings_refuse_is_a_problem_like_any_other() {
    let app = TestApp::new().await;
    for codings in ["identity;q=0", "*;q=0", "identity;q=0, x-unknown"] {
        let answer = app.request("GET", "/v1/plans").header("accept-encoding", codings).send().await;
        answer.problem(406);
        assert!(answer.text().contains("Accept-Encoding"), "{}", answer.text());
        is_dressed(&answer, codings);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
}

#[actix_web::test]
async fn a_public_answer_is_never_kept_past_the_next_whole_minute() {
    let app = TestApp::new().await;
    for (moment, seconds) in [
        ("2026-11-01T11:31:00Z", 59),
        ("2026-11-01T11:31:00.000001Z", 59),
        ("2026-11-01T11:31:01Z", 58),
        ("2026-11-01T11:31:29.5Z", 30),
        ("2026-11-01T11:31:59Z", 0),
        ("2026-11-01T11:31:59.999999Z", 0),
    ] {
        app.set_time(moment);
        let minute = Ts::from_micros((at(moment).minute() + 1) * 60_000_000).unwrap();
        for (operation, path) in readable() {
            for method in ["GET", "HEAD"] {
                let answer = app.request(method, &path).send().await.expect(200);
                let control = answer.header("cache-control").unwrap();
                let Some(age) = control.strip_prefix("public, max-age=") else {
                    assert_eq!(control, "private, no-store", "{}", operation.id);
                    assert!(answer.header("etag").is_none(), "{}", operation.id);
                    continue;
                };
                let age: i64 = age.parse().unwrap();
                assert_eq!(age, seconds, "{} at {moment}", operation.id);
                assert!(at(moment).plus_seconds(age) < minute, "{} at {moment}", operation.id);
                assert!(answer.header("etag").is_some(), "{}", operation.id);
                assert!(answer.header("expires").is_none() && answer.header("age").is_none());
            }
        }
    }
    // With a credential nobody else may keep it, whether or not it has widened anything.
    for (operation, path) in readable() {
        for who in ["editor", "partner", "panel_member", "admin", "other_editor"] {
            let answer = app.get(Some(who), &path).await.expect(200);
            let control = answer.header("cache-control").unwrap();
            assert_eq!(control, "private, no-store", "{} as {who}", operation.id);
        }
    }
}

// ---- origins ----------------------------------------------------------------------------------------------

#[actix_web::test]
async fn what_is_read_is_open_to_every_origin_and_what_is_written_to_those_configured() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        for origin in [None, Some("https://anyone.example.net"), Some(DASHBOARD), Some("null")] {
            for method in ["GET", "HEAD"] {
                let mut request = app.request(method, &path);
                if let Some(origin) = origin {
                    request = request.header("origin", origin);
                }
                let answer = request.send().await.expect(200);
                assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{}", operation.id);
                let exposed = answer.header("access-control-expose-headers").unwrap();
                for name in ["ETag", "Link", "Location", "X-Request-Id", "Retry-After"] {
                    assert!(set_of(exposed).contains(name), "{exposed}");
                }
            }
        }
    }
    let strangers = [
        "https://anyone.example.net",
        "http://dashboard.example.org",
        "https://dashboard.example.org:8443",
        "https://dashboard.example.org.example.net",
        "https://xdashboard.example.org",
        "https://DASHBOARD.example.org",
        "https://dashboard.example.org/",
        "null",
        "*",
        "",
    ];
    for operation in onrecord::resources::operations().iter().filter(|operation| operation.writes()) {
        let send = async |origin: Option<&str>| {
            let mut request = app.request(operation.method.name(), &filled(&operation.path));
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            request.json(&json!({})).send().await
        };
        let answer = send(Some(DASHBOARD)).await;
        assert!((400..500).contains(&answer.status));
        assert_eq!(answer.header("access-control-allow-origin"), Some(DASHBOARD));
        assert!(answer.header("access-control-expose-headers").is_some());
        let vary = values(&answer, "vary").join(", ");
        assert!(set_of(&vary).contains("Origin"), "{vary}");
        assert!(send(None).await.header("access-control-allow-origin").is_none());
        for origin in strangers {
            let answer = send(Some(origin)).await;
            assert!(answer.header("access-control-allow-origin").is_none(), "{} from {origin}", operation.id);
        }
    }
    // A deed that is done, as well.
    let answer = app
        .request("POST", "/v1/plans")
        .as_role("editor")
        .header("origin", DASHBOARD)
        .json(&json!({"reference": "T-1", "title": "x", "from": "2025-04-01"}))
        .send()
        .await
        .expect(201);
    assert_eq!(answer.header("access-control-allow-origin"), Some(DASHBOARD));
}

#[actix_web::test]
async fn a_preflight_says_what_an_origin_may_do() {
    let app = TestApp::new().await;
    for (path, served) in routes() {
        let ask = async |origin: &str, method: &str| {
            let answer = app
                .request("OPTIONS", &filled(path))
                .header("origin", origin)
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "authorization, if-match")
                .send()
                .await
                .expect(204);
            assert_eq!(set_of(answer.header("allow").unwrap()), served);
            assert!(answer.header("access-control-allow-credentials").is_none());
            answer
        };
        for method in ["GET", "HEAD"] {
            let answer = ask("https://anyone.example.net", method).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            let methods = answer.header("access-control-allow-methods").unwrap();
            assert_eq!(set_of(methods), BTreeSet::from(["GET", "HEAD", "OPTIONS"]));
            let names = answer.header("access-control-allow-headers").unwrap();
            assert!(set_of(names).contains("Authorization"), "{names}");
            assert!(set_of(names).contains("If-None-Match"), "{names}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "get"] {
            for origin in ["https://anyone.example.net", "null", "https://dashboard.example.org.example.net"]
            {
                let answer = ask(origin, method).await;
                for name in ["origin", "methods", "headers"] {
                    let name = format!("access-control-allow-{name}");
                    assert!(answer.header(&name).is_none(), "{path} {method} from {origin}: {name}");
                }
            }
            let answer = ask(DASHBOARD, method).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some(DASHBOARD));
            let methods = answer.header("access-control-allow-methods").unwrap();
            assert_eq!(set_of(methods), served, "{path}");
            let names = answer.header("access-control-allow-headers").unwrap();
            for name in ["Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Accept"] {
                assert!(set_of(names).contains(name), "{names}");
            }
            assert!(answer.header("access-control-max-age").is_some());
        }
    }
}

// ---- formats ----------------------------------------------------------------------------------------------

#[actix_web::test]
async fn a_format_that_is_not_served_is_406_and_the_right_one_is_named() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        let csv = operation.answers.iter().any(|answer| answer.csv);
        let served = media_type(operation);
        // A form to fill is CSV and nothing else.
        if served == "text/csv" {
            app.request("GET", &path).header("accept", "application/json").send().await.problem(406);
            continue;
        }
        let ask = async |accept: &str| app.request("GET", &path).header("accept", accept).send().await;
        for accept in [
            "application/xml",
            "text/html",
            "image/*",
            &format!("{served};q=0"),
            &format!("{served}; q=0.000"),
            "*/*;q=0",
            "application/xml, text/html;q=0.5",
            &format!("{served}x"),
            "text/csvx",
            "",
        ] {
            let answer = ask(accept).await;
            answer.problem(406);
            is_dressed(&answer, accept);
            assert!(answer.text().contains(served), "{}", answer.text());
            assert_eq!(answer.text().contains("text/csv"), csv, "{}", answer.text());
        }
        for accept in [
            "*/*",
            served,
            "application/*",
            &served.to_uppercase(),
            &format!("{served};q=0.001"),
            &format!("text/html, {served};q=0.1"),
            "application/xml,*/*;q=0.01",
            &format!("{served}; charset=utf-8"),
        ] {
            let answer = ask(accept).await.expect(200);
            assert_eq!(answer.header("content-type"), Some(served), "{accept}");
        }
        for accept in ["text/csv", "text/*"] {
            let answer = ask(accept).await;
            if csv {
                assert_eq!(answer.status, 200, "{}", operation.id);
                assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
            } else {
                answer.problem(406);
            }
        }
    }
    // A write is refused before anything is read of it.
    let answer = app
        .request("POST", "/v1/plans")
        .as_role("editor")
        .header("accept", "application/xml")
        .json(&json!({"reference": "T-1", "title": "x", "from": "2025-04-01"}))
        .send()
        .await;
    answer.problem(406);
    app.get(Some("editor"), "/v1/plans/derbyshire-pcc:T-1").await.problem(404);
}

#[actix_web::test]
async fn what_is_refused_by_its_name_is_not_let_in_by_a_wildcard() {
    let app = TestApp::new().await;
    let path = "/v1/plans/derbyshire-pcc:PLAN-2013";
    for accept in ["application/json;q=0, */*", "*/*, application/json;q=0", "application/*;q=0, */*;q=0.5"] {
        let answer = app.request("GET", path).header("accept", accept).send().await;
        answer.problem(406);
    }
}

#[actix_web::test]
async fn a_list_is_csv_or_json_as_the_caller_prefers() {
    let app = TestApp::new().await;
    for (accept, format, csv) in [
        ("text/csv", None, true),
        ("text/csv, application/json;q=0.9", None, true),
        ("text/csv;q=0.8, application/json;q=0.9", None, false),
        ("text/csv;q=0.8, application/json;q=0.799", None, true),
        ("text/csv;q=1, */*;q=0.1", None, true),
        ("application/json;q=0.5, text/*;q=0.6", None, true),
        ("text/*, application/*", None, false),
        ("*/*", None, false),
        ("text/csv, application/json", None, false),
        ("text/csv;q=0, */*", None, false),
        ("application/json;q=0, */*", None, true),
        ("TEXT/CSV", None, true),
        ("*/*", Some("csv"), true),
        ("application/json", Some("csv"), true),
        ("text/csv", Some("json"), false),
    ] {
        for list in ["/v1/plans", "/v1/changes", "/v1/plans/derbyshire-pcc:PLAN-2013/versions"] {
            let path = match format {
                Some(format) => format!("{list}?format={format}"),
                None => list.to_owned(),
            };
            let answer = app.request("GET", &path).header("accept", accept).send().await.expect(200);
            let expected = if csv { "text/csv; charset=utf-8" } else { "application/json" };
            assert_eq!(answer.header("content-type"), Some(expected), "{path} for {accept}");
        }
    }
}

#[actix_web::test]
async fn csv_holds_the_rows_and_members_of_the_json_on_every_list() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for (operation, path) in readable() {
        if !operation.answers.iter().any(|answer| answer.csv) {
            continue;
        }
        // Four lists in one, figures within figures, a column for each role: tests/orphans.rs, tests/money.rs and
        // tests/access_matrix.rs look at their CSV. That of figures is SDMX's: their formats have tests of their own.
        let others = [
            "list_plan_orphans",
            "list_money",
            "list_access",
            "list_series_observations",
            "list_observations",
        ];
        if others.contains(&operation.id.as_str()) {
            continue;
        }
        tried += 1;
        let path = path.split('?').next().unwrap();
        // A search has to be given words, a list of series an indicator.
        let path = match operation.id.as_str() {
            "search_records" => "/v1/search?q=plan",
            "list_series" => "/v1/series?indicator=recorded-crime-rolling-year",
            _ => path,
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        let json = app.get(None, path).await.expect(200);
        let csv = app.get(None, &format!("{path}{joint}format=csv")).await.expect(200);
        assert_ne!(json.etag(), csv.etag(), "{path}");
        assert_eq!(
            json.header("link"),
            csv.header("link").map(|link| link.replace("format=csv&", "")).as_deref()
        );
        let data = json.json()["data"].as_array().unwrap().clone();
        // A demo of today has no day that has ended, so no head.
        let none =
            operation.id == "list_audit_heads" || operation.kind.is_some_and(|kind| kind.def.demo.is_empty());
        if data.is_empty() && none {
            continue;
        }
        assert!(!data.is_empty(), "{path}");
        let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(csv.body.as_slice());
        let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let members: Vec<String> = data[0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(columns, members, "{path}");
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), data.len(), "{path}");
        for (row, record) in rows.iter().zip(&data) {
            for (cell, column) in row.iter().zip(&columns) {
                match &record[column] {
                    Value::Null => assert_eq!(cell, "", "{path} {column}"),
                    Value::String(text) => {
                        let bare = cell.strip_prefix('\'').unwrap_or(cell);
                        assert!(cell == text || bare == text, "{path} {column}: {cell}");
                    }
                    Value::Number(number) => assert_eq!(cell, number.to_string(), "{path} {column}"),
                    _ => {}
                }
            }
        }
        assert!(csv.text().ends_with("\r\n"));
    }
    assert!(tried >= 19, "only {tried} lists");
    let answer = app.get(None, "/v1/plans?format=csv&fields=title,reference&count=true").await.expect(200);
    assert!(answer.text().starts_with("title,reference\r\n"), "{}", answer.text());
    assert_eq!(answer.header("x-total-count"), Some("2"));
}

#[actix_web::test]
async fn fields_gives_the_members_asked_for_in_the_order_asked_for() {
    let app = TestApp::new().await;
    for (operation, path) in readable() {
        let Some(kind) =
            operation.kind.filter(|_| operation.params.iter().any(|param| param.name == "fields"))
        else {
            continue;
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        let whole = app.get(None, &path).await.expect(200).json();
        if kind.def.demo.is_empty() {
            continue;
        }
        let pick = |value: &Value| value["data"].get(0).unwrap_or(value).clone();
        let all: Vec<String> = pick(&whole).as_object().unwrap().keys().cloned().collect();
        for member in &all {
            let answer = app.get(None, &format!("{path}{joint}fields={member}")).await.expect(200);
            assert_eq!(
                pick(&answer.json()),
                json!({member.as_str(): pick(&whole)[member]}),
                "{}",
                operation.id
            );
        }
        let backwards: Vec<String> = all.iter().rev().cloned().collect();
        let answer = app.get(None, &format!("{path}{joint}fields={}", backwards.join(","))).await.expect(200);
        let given: Vec<String> = pick(&answer.json()).as_object().unwrap().keys().cloned().collect();
        assert_eq!(given, backwards, "{kind:?}");
    }
    // Its tag is no tag for a change.
    let address = app.draft("plan").await;
    let part = app.get(Some("editor"), &format!("{address}?fields=title")).await.etag().to_owned();
    let answer = app
        .request("PATCH", &address)
        .as_role("editor")
        .if_match(&part)
        .json(&json!({"title": "y"}))
        .send()
        .await;
    answer.problem(412);
}

#[actix_web::test]
async fn include_brings_along_what_is_asked_for_and_nothing_else() {
    let app = TestApp::new().await;
    let mut tried = 0;
    for (operation, path) in readable() {
        let Some(kind) =
            operation.kind.filter(|_| operation.params.iter().any(|param| param.name == "include"))
        else {
            continue;
        };
        let path = path.split('?').next().unwrap();
        let bare = app.get(None, path).await.expect(200);
        assert!(bare.json().get("included").is_none(), "{path}");
        for include in kind.def.includes {
            tried += 1;
            let name = include.name();
            let answer = app.get(None, &format!("{path}?include={name}")).await.expect(200);
            assert_ne!(answer.etag(), bare.etag(), "{path} {name}");
            let mut value = answer.json();
            let included = value.as_object_mut().unwrap().shift_remove("included").unwrap();
            // The rest is what it is without.
            assert_eq!(value, bare.json(), "{path} {name}");
            let names: Vec<&String> = included.as_object().unwrap().keys().collect();
            assert_eq!(names, [name], "{path}");
            let mut ids = BTreeSet::new();
            for record in included[name].as_array().unwrap() {
                assert!(ids.insert(record["id"].as_str().unwrap().to_owned()), "{path} {name}");
                assert_eq!(record["state"], "published");
                let expected = match include {
                    Include::Named { path, .. } => {
                        kind.references().find(|reference| reference.path == *path).unwrap().kind
                    }
                    Include::Naming { kind, .. } => kind,
                };
                assert_eq!(record["kind"], expected, "{path} {name}");
                // As its own address shows it, but for what lists leave out.
                let mut own = app.get(None, record["self"].as_str().unwrap()).await.expect(200).json();
                let other = app.state.kind(expected).unwrap();
                if other.computed.is_some_and(|computed| !computed.in_lists) {
                    let own = own.as_object_mut().unwrap();
                    other.computed_names().iter().for_each(|name| drop(own.shift_remove(*name)));
                }
                assert_eq!(&own, record, "{path} {name}");
            }
        }
    }
    assert!(tried >= 20, "only {tried}");
    let plan = app
        .get(None, "/v1/plans/derbyshire-pcc:PLAN-2013?include=objectives,priorities")
        .await
        .expect(200)
        .json();
    assert_eq!(plan["included"]["objectives"].as_array().unwrap().len(), 6);
}

#[actix_web::test]
async fn count_gives_the_number_of_the_whole_list_only_where_it_is_asked_for() {
    let app = TestApp::new().await;
    for kind in &app.state.kinds {
        let list = format!("/v1/{}", kind.def.path);
        let all = app.get(None, &format!("{list}?limit=200")).await.expect(200).json();
        assert!(all["page"]["next"].is_null(), "{list}");
        assert!(all["page"].get("total").is_none(), "{list}");
        let number = all["data"].as_array().unwrap().len();
        let first = app.get(None, &format!("{list}?limit=1&count=true")).await.expect(200).json();
        assert_eq!(first["page"]["total"], json!(number), "{list}");
        assert_eq!(first["page"]["limit"], json!(1), "{list}");
        let csv = app.get(None, &format!("{list}?limit=1&count=true&format=csv")).await.expect(200);
        assert_eq!(csv.header("x-total-count"), Some(number.to_string().as_str()), "{list}");
        let without = app.get(None, &format!("{list}?limit=1&count=false")).await.expect(200).json();
        assert!(without["page"].get("total").is_none(), "{list}");
    }
    let actions = app.get(None, "/v1/actions?count=true&limit=1&objective=derbyshire-pcc:OBJ-1").await.json();
    let same = app.get(None, "/v1/actions?limit=200&objective=derbyshire-pcc:OBJ-1").await.json();
    assert_eq!(actions["page"]["total"], json!(same["data"].as_array().unwrap().len()));
}

#[actix_web::test]
async fn the_link_to_the_next_page_keeps_the_query_and_leads_through_the_whole_list() {
    let app = TestApp::new().await;
    for (query, whole) in [
        ("/v1/actions?limit=7", "/v1/actions?limit=200"),
        (
            "/v1/actions?sort=-due,reference&limit=4&fields=id,due&status=not_reported",
            "/v1/actions?sort=-due,reference&limit=200&fields=id,due&status=not_reported",
        ),
        ("/v1/areas?sort=name&limit=3", "/v1/areas?sort=name&limit=200"),
        (
            "/v1/objectives?plan=derbyshire-pcc:PLAN-2013&limit=1",
            "/v1/objectives?plan=derbyshire-pcc:PLAN-2013&limit=200",
        ),
    ] {
        let expected: Vec<Value> =
            app.get(None, whole).await.expect(200).json()["data"].as_array().unwrap().clone();
        let mut seen: Vec<Value> = vec![];
        let mut next = Some(query.to_owned());
        let mut pages = 0;
        while let Some(path) = next {
            let answer = app.get(None, &path).await.expect(200);
            let body = answer.json();
            seen.extend(body["data"].as_array().unwrap().iter().cloned());
            pages += 1;
            assert!(pages <= 60, "{query} does not end");
            next = answer.header("link").map(|link| {
                let (address, rel) = link.split_once(">; ").unwrap();
                assert_eq!(rel, "rel=\"next\"");
                address.strip_prefix('<').unwrap().to_owned()
            });
            assert_eq!(next.is_some(), body["page"]["next"].is_string(), "{path}");
            if let Some(next) = &next {
                let cursor = body["page"]["next"].as_str().unwrap();
                assert!(next.contains(&format!("cursor={cursor}")), "{next}");
                assert_eq!(next.matches("cursor=").count(), 1, "{next}");
            }
        }
        assert_eq!(seen, expected, "{query}");
        assert!(pages > 1, "{query}");
    }
}

// ---- codings and tags -------------------------------------------------------------------------------------

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

async fn coding_is_right(app: &TestApp, name: &str, coding: ContentEncoding) {
    for (operation, path) in readable() {
        let plain = app.get(None, &path).await.expect(200);
        assert!(plain.header("content-encoding").is_none());
        let ask = async |tag: Option<&str>| {
            let mut request = app.request("GET", &path).header("accept-encoding", name);
            if let Some(tag) = tag {
                request = request.header("if-none-match", tag);
            }
            request.send().await
        };
        let coded = ask(None).await.expect(200);
        if media_type(operation) == "application/zip" {
            // An archive is compressed already: it comes as it is.
            assert!(coded.header("content-encoding").is_none(), "{}", operation.id);
            assert_eq!(coded.body, plain.body, "{}", operation.id);
            continue;
        }
        assert_eq!(coded.header("content-encoding"), Some(name), "{}", operation.id);
        assert_ne!(coded.body, plain.body);
        assert_eq!(decoded(&coded, coding).await, plain.body, "{}", operation.id);
        assert_eq!(coded.header("content-type"), plain.header("content-type"));
        let Some(tag) = plain.header("etag") else {
            assert!(coded.header("etag").is_none());
            continue;
        };
        let bare = tag.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        let of_coded = format!("\"{bare}-{name}\"");
        assert_eq!(coded.header("etag"), Some(of_coded.as_str()), "{}", operation.id);
        for tag in [
            tag.to_owned(),
            of_coded.clone(),
            format!("W/{tag}"),
            format!("W/{of_coded}"),
            format!("\"other\", {of_coded}"),
            "*".to_owned(),
        ] {
            let again = ask(Some(&tag)).await;
            assert_eq!(again.status, 304, "{} with {tag}", operation.id);
            assert_eq!(again.body, b"");
            // Without the coding, too.
            let again = app.request("GET", &path).header("if-none-match", &tag).send().await;
            assert_eq!(again.status, 304, "{} with {tag}", operation.id);
        }
        for tag in ["\"other\"", &format!("\"{bare}-other\""), &format!("\"{bare}x\""), bare, ""] {
            let again = ask(Some(tag)).await;
            assert_eq!(again.status, 200, "{} with {tag}", operation.id);
        }
    }
    // A change takes the tag of the coded answer for that of the record.
    let address = app.draft("plan").await;
    let coded = app
        .request("GET", &address)
        .as_role("editor")
        .header("accept-encoding", name)
        .send()
        .await
        .expect(200);
    assert!(coded.etag().ends_with(&format!("-{name}\"")));
    app.request("PATCH", &address)
        .as_role("editor")
        .if_match(coded.etag())
        .json(&json!({"title": "y"}))
        .send()
        .await
        .expect(200);
    let again = app
        .request("PATCH", &address)
        .as_role("editor")
        .if_match(coded.etag())
        .json(&json!({"title": "z"}))
        .send()
        .await;
    again.problem(412);
}

#[actix_web::test]
async fn an_answer_in_brotli_is_the_same_answer_with_a_tag_of_its_own() {
    coding_is_right(&TestApp::new().await, "br", ContentEncoding::Brotli).await;
}

#[actix_web::test]
async fn an_answer_in_gzip_is_the_same_answer_with_a_tag_of_its_own() {
    coding_is_right(&TestApp::new().await, "gzip", ContentEncoding::Gzip).await;
}

#[actix_web::test]
async fn an_answer_in_zstd_is_the_same_answer_with_a_tag_of_its_own() {
    coding_is_right(&TestApp::new().await, "zstd", ContentEncoding::Zstd).await;
}

/// Deflate is not promised. If it is served all the same, its tags have to work like the others'.
#[actix_web::test]
async fn no_coding_is_served_whose_tags_do_not_work() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    for name in ["deflate", "compress", "x-gzip", "deflate, gzip;q=0.5"] {
        let answer = app
            .request("GET", &address)
            .as_role("editor")
            .header("accept-encoding", name)
            .send()
            .await
            .expect(200);
        let tag = answer.etag().to_owned();
        let again = app.request("GET", &address).as_role("editor").header("if-none-match", &tag).send().await;
        assert_eq!(again.status, 304, "{name}: {tag}");
        app.request("PATCH", &address)
            .as_role("editor")
            .if_match(&tag)
            .json(&json!({"title": name}))
            .send()
            .await
            .expect(200);
    }
}

#[actix_web::test]
async fn the_coding_is_the_one_that_the_caller_prefers() {
    let app = TestApp::new().await;
    for (accept, coding) in [
        ("identity", None),
        ("", None),
        ("gzip;q=0", None),
        ("gzip;q=0.5, br;q=0.9", Some("br")),
        ("gzip;q=0.9, br;q=0.5", Some("gzip")),
        ("zstd, gzip;q=0.5", Some("zstd")),
        ("x-unknown", None),
        ("identity;q=0, gzip", Some("gzip")),
    ] {
        let answer =
            app.request("GET", "/v1/plans").header("accept-encoding", accept).send().await.expect(200);
        assert_eq!(answer.header("content-encoding"), coding, "{accept}");
    }
    // A problem is coded too, and stays a problem.
    let answer = app.request("GET", "/v1/nothing").header("accept-encoding", "gzip").send().await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = decoded(&answer, ContentEncoding::Gzip).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["status"], 404);
}

#[actix_web::test]
async fn a_tag_changes_with_the_answer_and_only_with_it() {
    let app = TestApp::new().await;
    let address = app.published("plan").await;
    let list = "/v1/plans";
    let of = async |who: Option<&str>, path: &str| app.get(who, path).await.expect(200).etag().to_owned();
    let (item, page) = (of(None, &address).await, of(None, list).await);
    let office = of(Some("editor"), &address).await;
    assert_ne!(item, office);
    app.set_time("2026-11-01T11:45:30Z");
    assert_eq!((of(None, &address).await, of(None, list).await), (item.clone(), page.clone()));
    // A draft never changes the public's.
    app.patch("editor", &address, json!({"title": "A draft of another title"})).await.expect(200);
    assert_eq!((of(None, &address).await, of(None, list).await), (item.clone(), page.clone()));
    assert_ne!(of(Some("editor"), &address).await, office);
    app.ready("plan", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_ne!(of(None, &address).await, item);
    assert_ne!(of(None, list).await, page);
    for tag in [item, page, office] {
        assert!(tag.starts_with('"') && tag.ends_with('"') && !tag.starts_with("W/"));
    }
}

// ---- the service itself -----------------------------------------------------------------------------------

#[actix_web::test]
async fn the_document_is_served_as_it_is_checked_in() {
    let app = TestApp::new().await;
    let answer = app.get(None, "/openapi.json").await.expect(200);
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/onrecord.v1.json")).unwrap();
    assert_eq!(answer.body, file);
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    for path in routes().keys() {
        assert!(document["paths"][path].is_object(), "{path}");
    }
}

#[actix_web::test]
async fn the_page_of_every_kind_of_problem_is_there() {
    let app = TestApp::new().await;
    for kind in problem::TYPES {
        let answer = app.get(None, &format!("/problems/{}", kind.slug)).await.expect(200);
        let page = answer.json();
        assert_eq!(page["type"], json!(format!("/problems/{}", kind.slug)));
        assert_eq!(page["title"], json!(kind.title));
        assert_eq!(page["status"], json!(kind.status));
        assert_eq!(page["meaning"], json!(kind.meaning));
    }
    app.get(None, "/problems/nothing").await.problem(404);
    // What a problem names as its type is where that page is.
    for path in ["/v1/nothing", "/v1/plans?limit=0", "/v1/plans/x?zzz=1"] {
        let problem = app.get(None, path).await.json();
        let page = app.get(None, problem["type"].as_str().unwrap()).await.expect(200).json();
        assert_eq!(page["title"], problem["title"]);
        assert_eq!(page["status"], problem["status"]);
    }
}

#[actix_web::test]
async fn the_documentation_is_whole_inside_the_binary() {
    let app = TestApp::new().await;
    for path in ["/", "/docs"] {
        let answer = app.get(None, path).await.expect(308);
        assert_eq!(answer.header("location"), Some("/docs/"));
    }
    let page = app.get(None, "/docs/").await.expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains("http"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = page.text();
    let mut files = vec![];
    for attribute in ["src=\"", "href=\""] {
        for part in html.split(attribute).skip(1) {
            files.push(part.split('"').next().unwrap().to_owned());
        }
    }
    assert!(files.len() >= 4, "{files:?}");
    assert!(!html.contains("@import"));
    for file in files {
        assert!(!file.contains("//"), "{file} lies elsewhere");
        let path = format!("/docs/{}", file.trim_start_matches("./"));
        let answer = app.get(None, &path).await.expect(200);
        assert!(!answer.body.is_empty(), "{path}");
        if file.ends_with("initializer.js") {
            let script = answer.text();
            assert!(script.contains("/openapi.json"), "{script}");
            assert!(!script.contains("http://") && !script.contains("https://"), "{script}");
        }
    }
    let inline = html.split("<script").skip(1).filter(|part| !part.contains("src=\""));
    assert_eq!(inline.count(), 0, "the policy forbids scripts in the page");
}

#[actix_web::test]
async fn health_and_readiness_are_told_and_never_kept() {
    let app = TestApp::new().await;
    for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = app.get(None, path).await.expect(200);
        assert_eq!(answer.json(), json!({"status": status}));
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        assert!(answer.header("etag").is_none());
        app.get(Some("auditor"), path).await.expect(200);
    }
    let jwks = app.get(None, "/.well-known/jwks.json").await.expect(200).json();
    assert_eq!(jwks["keys"][0]["kid"], json!(app.state.keys.kid()));
    assert!(jwks["keys"][0].get("d").is_none());
}
