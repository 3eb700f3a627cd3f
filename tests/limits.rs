//! Limits by address and by credential, what they are told by, and what the log never holds.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};

use onrecord::access::Role;
use onrecord::config::{Limits, Network, Rates};
use serde_json::json;

use crate::process::{
    Program, Scratch, ask, database, free_address, run, start_limited_demo, start_service_logging_to,
};
use crate::support::{Answer, HANG, TestApp, copy_of_demo, on_postgres, until};

const RATES: Rates = Rates { address: 60, credential: 120, open_data: 240, sign_in: 3, connections: 0 };
const ONE: &str = "192.0.2.1";
const ANOTHER: &str = "192.0.2.2";

async fn limited() -> TestApp {
    let proxies = vec![Network::parse("10.0.0.0/8").unwrap()];
    TestApp::with_limits(Limits { rates: RATES, trusted_proxies: proxies, ..Limits::default() }).await
}

async fn get_from(app: &TestApp, peer: &str, path: &str) -> Answer {
    app.request("GET", path).peer(peer).send().await
}

/// What is left, by the name of the limit.
#[track_caller]
fn left(answer: &Answer) -> (String, u32) {
    let header = answer.header("ratelimit").unwrap_or_else(|| panic!("no RateLimit in {answer:?}"));
    let mut pieces = header.split(';');
    let name = pieces.next().unwrap().trim_matches('"').to_owned();
    (name, pieces.next().unwrap().strip_prefix("r=").unwrap().parse().unwrap())
}

/// Asserts that it is 429 in the one form.
#[track_caller]
fn is_refused(answer: &Answer, policy: &str) {
    assert!(answer.problem(429).is_empty());
    assert_eq!(answer.json()["type"], "/problems/too-many-requests");
    assert_eq!(left(answer).0, policy);
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn an_address_has_its_requests_of_a_minute_and_reads_how_many_are_left() {
    let app = limited().await;
    let first = get_from(&app, ONE, "/v1/plans").await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), Some("\"address\";q=60;w=60"));
    assert_eq!(first.header("ratelimit"), Some("\"address\";r=59;t=1"));
    let exposed = first.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("RateLimit,") && exposed.contains("RateLimit-Policy"), "{exposed}");
    // What is not there, what is not understood, what is kept ready and what the documentation is made of: all count.
    for (path, status) in [
        ("/v1/nothing", 404),
        ("/v1/plans?x=1", 400),
        ("/v1/plans", 200),
        ("/docs/", 200),
        ("/openapi.json", 200),
        ("/v1/plans/derbyshire-pcc:NONE", 404),
    ] {
        get_from(&app, ONE, path).await.expect(status);
    }
    assert_eq!(left(&app.request("PUT", "/v1/plans").peer(ONE).send().await.expect(405)).1, 52);
    let compressed = app.request("GET", "/v1/plans").peer(ONE).header("accept-encoding", "identity;q=0");
    assert_eq!(left(&compressed.send().await.expect(406)).1, 51);
    for _ in 0..51 {
        get_from(&app, ONE, "/v1/plans").await.expect(200);
    }
    let refused = get_from(&app, ONE, "/v1/plans").await;
    is_refused(&refused, "address");
    assert_eq!(refused.header("retry-after"), Some("1"));
    is_refused(&app.request("POST", "/v1/plans").peer(ONE).json(&json!({})).send().await, "address");
    is_refused(&get_from(&app, ONE, "/docs/").await, "address");
    // Others are not touched, nor who has a credential, nor a preflight, nor who asks whether the service is well.
    get_from(&app, ANOTHER, "/v1/plans").await.expect(200);
    app.request("GET", "/v1/plans").peer(ONE).as_role("editor").send().await.expect(200);
    app.request("OPTIONS", "/v1/plans").peer(ONE).send().await.expect(204);
    get_from(&app, ONE, "/healthz").await.expect(200);
    get_from(&app, ONE, "/readyz").await.expect(200);
    // A second later there is one again.
    app.set_time("2026-11-01T11:30:01Z");
    get_from(&app, ONE, "/v1/plans").await.expect(200);
    is_refused(&get_from(&app, ONE, "/v1/plans").await, "address");
}

#[actix_web::test]
async fn what_costs_more_counts_for_more_and_says_so_in_the_document() {
    let app = limited().await;
    let mut before = 60;
    for (path, cost) in [
        ("/v1/plans", 1),
        ("/v1/search?q=plan", 5),
        ("/v1/plans?q=plan", 5),
        ("/v1/plans?limit=2&%71=plan", 5),
        ("/v1/money?by=fund", 5),
        ("/v1/changes", 1),
        // More than is left is not given.
        ("/v1/export.zip", 0),
    ] {
        let now = left(&get_from(&app, ONE, path).await).1;
        assert_eq!(before - now, cost, "{path}");
        before = now;
    }
    let export = get_from(&app, ANOTHER, "/v1/export.zip").await.expect(200);
    assert_eq!(left(&export), ("address".to_owned(), 10));
    let document = app.get(None, "/openapi.json").await.json();
    let description = document["paths"]["/v1/export.zip"]["get"]["description"].as_str().unwrap();
    assert!(description.contains("counts as 50 requests"), "{description}");
}

#[actix_web::test]
async fn a_credential_has_limits_of_its_own_wherever_it_is_used() {
    let app = limited().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor("open", &[Role::OpenData], body, "victim-support");
    for (who, policy, quota) in
        [("editor", "credential", 120), ("partner", "credential", 120), ("open", "open-data", 240)]
    {
        let ask = |peer| app.request("GET", "/v1/search?q=plan").peer(peer).as_role(who).send();
        let first = ask(ONE).await.expect(200);
        assert_eq!(first.header("ratelimit-policy"), Some(&*format!("\"{policy}\";q={quota};w=60")));
        for n in 1..quota / 5 {
            let answer = ask(if n % 2 == 0 { ONE } else { ANOTHER }).await.expect(200);
            assert_eq!(left(&answer), (policy.to_owned(), quota - 5 * (n + 1)));
        }
        is_refused(&ask(ONE).await, policy);
        is_refused(&ask("203.0.113.1").await, policy);
    }
    // The public of the same address has all of its own.
    assert_eq!(left(&get_from(&app, ONE, "/v1/plans").await), ("address".to_owned(), 59));
}

#[actix_web::test]
async fn who_has_spent_its_failures_is_refused_before_its_credential_is_looked_at() {
    let app = limited().await;
    let good = app.token("editor");
    let with = |token: String, peer| {
        app.request("GET", "/v1/me").peer(peer).header("authorization", &format!("Bearer {token}")).send()
    };
    for n in 0..3 {
        let answer = with(format!("guess-{n}"), ONE).await;
        answer.problem(401);
        assert_eq!(left(&answer), ("sign-in".to_owned(), 2 - n));
    }
    is_refused(&with("guess-4".to_owned(), ONE).await, "sign-in");
    is_refused(&with(good.clone(), ONE).await, "sign-in");
    let (id, secret) = app.make_client(&[Role::PartnerWriter]);
    let sign_in = |id: &str, secret: &str, peer| {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let form = form.into_bytes();
        app.request("POST", "/oauth/token").peer(peer).body("application/x-www-form-urlencoded", form).send()
    };
    is_refused(&sign_in(&id, &secret, ONE).await, "sign-in");
    // Elsewhere all is well; without a credential, here too.
    with(good.clone(), ANOTHER).await.expect(200);
    get_from(&app, ONE, "/v1/plans").await.expect(200);
    // Sign-ins count whether they succeed or not: each costs a hash.
    for n in 0..3 {
        assert_eq!(left(&sign_in(&id, &secret, ANOTHER).await.expect(200)), ("sign-in".to_owned(), 2 - n));
    }
    is_refused(&sign_in(&id, &secret, ANOTHER).await, "sign-in");
    app.set_time("2026-11-01T11:31:00Z");
    with(good, ONE).await.expect(200);
    sign_in(&id, &secret, ONE).await.expect(200);
}

#[actix_web::test]
async fn failures_for_one_client_are_counted_wherever_they_come_from() {
    let app = limited().await;
    let (id, secret) = app.make_client(&[Role::PartnerWriter]);
    let sign_in = |id: &str, secret: &str, peer: String| {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let form = form.into_bytes();
        app.request("POST", "/oauth/token").peer(&peer).body("application/x-www-form-urlencoded", form).send()
    };
    // The name of nobody is counted as that of somebody: the two are not told apart.
    for name in [id.as_str(), "client-0000000000000000"] {
        for n in 0..12 {
            sign_in(name, "wrong", format!("198.51.100.{n}")).await.expect(401);
        }
        let refused = sign_in(name, &secret, "203.0.113.5".to_owned()).await;
        refused.problem(429);
        assert_eq!(refused.header("retry-after"), Some("5"));
    }
    app.set_time("2026-11-01T11:30:05Z");
    sign_in(&id, &secret, "203.0.113.6".to_owned()).await.expect(200);
}

#[actix_web::test]
async fn nothing_of_a_limit_tells_what_is_hidden_from_what_is_not_there() {
    let app = limited().await;
    let hidden = app.draft("plan").await;
    let never = "/v1/plans/0199aaaa-0000-7000-8000-000000000000";
    let mut seen = vec![];
    for (peer, path) in [(ONE, hidden.as_str()), (ANOTHER, never)] {
        let mut answers = vec![];
        for _ in 0..62 {
            let answer = get_from(&app, peer, path).await;
            // With what is left, which other comparisons leave out.
            answers.push((answer.comparable(), answer.header("ratelimit").map(str::to_owned)));
        }
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!((seen[0][0].0.0, seen[0][61].0.0), (404, 429));
}

#[actix_web::test]
async fn a_proxy_that_is_trusted_says_who_asks_and_nobody_else_does() {
    let app = limited().await;
    let ask = |peer: &str, forwarded: &str| {
        app.request("GET", "/v1/plans").peer(peer).header("x-forwarded-for", forwarded).send()
    };
    // Each its own, whatever it writes to the left.
    assert_eq!(left(&ask("10.0.0.1", "198.51.100.1").await).1, 59);
    assert_eq!(left(&ask("10.0.0.2", "198.51.100.1").await).1, 58);
    assert_eq!(left(&ask("10.0.0.1", "203.0.113.77, 198.51.100.1, 10.3.3.3").await).1, 57);
    assert_eq!(left(&ask("10.0.0.1", "198.51.100.2").await).1, 59);
    // A subscriber of IPv6 has one however many addresses it takes.
    assert_eq!(left(&ask("10.0.0.1", "2001:db8:1:2::1").await).1, 59);
    assert_eq!(left(&ask("10.0.0.1", "2001:db8:1:2:ffff::9").await).1, 58);
    // From anyone else it is not read; garbage counts for the proxy.
    for n in 0..3 {
        assert_eq!(left(&ask(ONE, &format!("198.51.100.{}", 10 + n)).await).1, 59 - n);
    }
    assert_eq!(left(&ask("10.0.0.1", "garbage").await).1, 59);
    assert_eq!(left(&ask("10.0.0.1", "198.51.100.1, <script>").await).1, 58);
}

/// What a test's log is written to.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_log_holds_no_token_and_no_secret() {
    let app = TestApp::new().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // Where the process has one log only, tracing asks the thread that comes by first whether a place is logged at all,
    // and the other tests' threads have none. With a second log it asks both logs.
    let _another = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
    app.get(None, "/v1/plans").await.expect(200);
    let _guard = tracing::subscriber::set_default(log);
    tracing::callsite::rebuild_interest_cache();
    let token = app.token("editor");
    let (id, secret) = app.make_client(&[Role::PartnerWriter]);
    app.request("GET", "/v1/me").header("authorization", &format!("Bearer {token}")).send().await.expect(200);
    app.request("GET", "/v1/me")
        .header("authorization", &format!("Bearer {token}x"))
        .send()
        .await
        .expect(401);
    app.request("GET", "/v1/me").header("authorization", &format!("Basic {token}")).send().await.expect(401);
    // A token in the query is refused, not overlooked.
    let refused = app.get(None, &format!("/v1/plans?access_token={token}")).await;
    assert_eq!(refused.problem(400), ["unknown"]);
    assert!(!refused.text().contains(&token));
    let traced = app.request("GET", "/v1/plans").header("traceparent", &token).send().await.expect(200);
    assert!(traced.header("traceparent").is_none());
    for secret in [secret.as_str(), "wrong-secret"] {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        app.request("POST", "/oauth/token")
            .body("application/x-www-form-urlencoded", form.into_bytes())
            .send()
            .await;
    }
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.matches("\"operation\":\"get_me\"").count(), 3, "{text}");
    assert_eq!(text.matches("\"operation\":\"create_token\"").count(), 2, "{text}");
    for word in [token.as_str(), token.split('.').nth(2).unwrap(), &secret, "wrong-secret", "access_token"] {
        assert!(!text.contains(word), "{word} stands in the log");
    }
}

#[actix_web::test]
async fn bad_tokens_add_one_row_a_minute_and_end_no_cached_response() {
    let app = TestApp::with_limits(Limits { rates: Rates::OFF, ..Limits::default() }).await;
    let generation = || app.state.db.read(|conn| app.state.db.generation(conn)).unwrap();
    let rows = async || {
        let rows = app.get(Some("auditor"), "/v1/audit?event=refused").await.expect(200).json();
        rows["data"].as_array().unwrap().clone()
    };
    app.seal_and_catch_up();
    let before = generation();
    for second in 0..60 {
        app.set_time(&format!("2026-11-01T11:30:{second:02}Z"));
        let bad = app.request("GET", "/v1/plans").header("authorization", "Bearer made.up.token");
        bad.send().await.expect(401);
        app.request("GET", "/v1/plans").header("x-api-key", "made-up").send().await.expect(401);
        app.seal_and_catch_up();
    }
    // A server of PostgreSQL counts what the other tests write, too.
    if !on_postgres() {
        assert_eq!(generation(), before, "nothing was written, so what is cached lasts");
    }
    assert_eq!(rows().await.len(), 0);
    for _ in 0..2 {
        app.set_time("2026-11-01T11:31:00Z");
        app.seal_and_catch_up();
    }
    let rows = rows().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["detail"], &rows[0]["at"]),
        (&json!({"refusals": {"401": 120}}), &json!("2026-11-01T11:30:00Z"))
    );
}

#[test]
fn what_is_not_http_counts_for_its_address_and_is_logged_by_its_number() {
    let scratch = Scratch::new();
    let database = database(&scratch.0);
    let keys = scratch.0.join("keys").to_string_lossy().into_owned();
    assert!(run(&["migrate"], &[("DATABASE_URL", &database)]).0);
    let (metrics, log) = (free_address(), scratch.0.join("log"));
    let program = start_service_logging_to(
        std::fs::File::create(&log).unwrap().into(),
        &[
            ("DATABASE_URL", database.as_str()),
            ("KEYS_DIR", keys.as_str()),
            ("METRICS_LISTEN", metrics.as_str()),
            ("LIMIT_ADDRESS", "40"),
        ],
    );
    let get = "GET /v1/plans HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert_eq!(status_of(&program, get), Some(200));
    for n in 0..200 {
        let (text, answer) = match n % 4 {
            0 => ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned(), true),
            1 => (get.replace("HTTP/1.1", "HTTP/9"), true),
            2 => (get.replace("GET", "G\u{1}T"), true),
            // A head that never ends.
            _ => ("GET /v1/plans HTTP/1.1\r\nhos".to_owned(), false),
        };
        let status = status_of(&program, &text);
        assert!(status == Some(400) || (!answer && status.is_none()), "{text:?}: {status:?}");
    }
    let counted = || {
        let (_, _, text) = ask(&metrics, "GET", "/metrics", &[], "").unwrap();
        let line =
            text.lines().find(|line| line.starts_with("onrecord_malformed_total ")).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    until("all are counted", || counted() == 200);
    // They have spent what the address had.
    assert_eq!(status_of(&program, get), Some(429));
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("connections sent what is not HTTP") && text.lines().count() < 50, "{text}");
    assert!(!text.contains("stream error"), "{text}");
}

/// Sends a request as it stands and gives the status of the answer; `None` when the connection was closed without one.
fn status_of(program: &Program, head: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    // Who is refused may be so before all is sent.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = vec![];
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

#[test]
fn a_server_bounds_heads_and_the_connections_of_one_address() {
    let scratch = Scratch::new();
    let database = copy_of_demo(&scratch.0);
    let program = start_limited_demo(&scratch.0, database.url());
    // One that never ends its head, while the others are tried.
    let mut slow = TcpStream::connect(&program.address).unwrap();
    slow.set_read_timeout(Some(HANG)).unwrap();
    slow.write_all(b"GET /v1/plans HTTP/1.1\r\nhost: x\r\n").unwrap();
    let with = |more: &str| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n");
    let headers = |n: usize| (0..n).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    assert_eq!(status_of(&program, &with(&headers(90))), Some(200));
    assert_eq!(status_of(&program, &with(&headers(200))), Some(431));
    assert_eq!(status_of(&program, &with(&format!("x: {}\r\n", "y".repeat(30_000)))), Some(200));
    assert_eq!(status_of(&program, &with(&format!("x: {}\r\n", "y".repeat(40_000)))), Some(431));
    assert_ne!(status_of(&program, &with(&format!("x: {}\r\n", "y".repeat(1_000_000)))), Some(200));
    // The rest of a body that nobody takes is no head: there is one answer to it.
    let refused = format!(
        "POST /v1/plans HTTP/1.1\r\nhost: x\r\ncontent-length: 400000\r\n\r\n{}",
        "x".repeat(400_000)
    );
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    let _ = stream.write_all(refused.as_bytes());
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = vec![];
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 401") && answer.matches("HTTP/1.1 ").count() == 1, "{answer}");
    // As many connections as one address may have, and one more, which is closed without a word.
    let mut open: Vec<TcpStream> = vec![];
    for _ in 0..255 {
        let mut stream = TcpStream::connect(&program.address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        stream.set_read_timeout(Some(HANG)).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        open.push(stream);
    }
    assert_eq!(status_of(&program, &with("")), None);
    drop(open);
    // They are given back as the server learns that they have ended.
    until("a connection is free again", || status_of(&program, &with("")).is_some());
    let mut answer = String::new();
    // The server ends it: who only waited would be stopped by the time limit of the read.
    let ended = slow.read_to_string(&mut answer);
    assert!(!ended.is_err_and(|error| [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind())));
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}
