//! The token endpoint, what its tokens say, and the many that are none.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use diesel::RunQueryDsl;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use onrecord::access::Role;
use onrecord::access::keys::{Keys, LIFETIME};
use onrecord::access::token::CACHED_FOR;
use onrecord::access::{client, secret};
use onrecord::clock::{Clock, Id};
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::support::{Answer, START, TestApp, at, until_async};

mod endpoint;
mod forged;
mod lifetime;

const ISSUER: &str = "http://127.0.0.1:8080";
const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn ask(app: &TestApp, authorization: Option<&str>, form: &str) -> Answer {
    let mut request = app.request("POST", "/oauth/token");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    request.body(FORM, form.as_bytes()).send().await
}

async fn in_form(app: &TestApp, id: &str, secret: &str, more: &str) -> Answer {
    ask(app, None, &format!("{GRANT}&client_id={id}&client_secret={secret}{more}")).await
}

/// Asserts that it is an error by RFC 6749, section 5.2, that may not be kept and tells no secret.
#[track_caller]
fn is_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["error", "error_description"]);
    assert_eq!(body["error"], json!(error), "{body}");
    let words = body["error_description"].as_str().unwrap();
    // The characters that section 5.2 allows.
    let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(!words.is_empty() && words.bytes().all(allowed), "{words}");
    is_not_kept(answer);
    if status == 401 {
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
    }
}

#[track_caller]
fn is_not_kept(answer: &Answer) {
    let control = answer.header("cache-control").unwrap();
    assert!(control.split(", ").any(|one| one == "no-store"), "{control}");
    assert!(!control.contains("public"), "{control}");
    assert!(answer.header("etag").is_none());
}

/// Everything that an answer says, in headers and body.
fn all_of(answer: &Answer) -> String {
    let mut text = answer.text();
    for (name, value) in &answer.headers {
        text.push_str(&format!("\n{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    }
    text
}

/// The hash of a client's one secret.
fn stored_hash(app: &TestApp, client: &str) -> String {
    let now = app.state.clock.now();
    let mut live = app.state.db.read(|conn| secret::live(conn, client, now)).unwrap();
    assert_eq!(live.len(), 1);
    live.remove(0).secret_hash
}

fn parts(token: &str) -> (Value, Value) {
    let pieces: Vec<&str> = token.split('.').collect();
    assert_eq!(pieces.len(), 3);
    let read = |n: usize| serde_json::from_slice(&B64.decode(pieces[n]).unwrap()).unwrap();
    (read(0), read(1))
}

/// What signs a token.
struct Signer<'a> {
    key: &'a EncodingKey,
    algorithm: Algorithm,
}

fn signed(header: &str, claims: &str, signer: &Signer<'_>) -> String {
    let message = format!("{}.{}", B64.encode(header), B64.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), signer.key, signer.algorithm).unwrap();
    format!("{message}.{signature}")
}

/// A token put together by hand, with members of header and claims replaced (null takes one away).
struct Forge<'a> {
    app: &'a TestApp,
    now: i64,
}

impl Forge<'_> {
    fn header(&self, change: &Value) -> String {
        let mut header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": self.app.state.keys.kid()});
        onrecord::http::body::merge(&mut header, change.clone());
        header.to_string()
    }

    fn claims(&self, change: &Value) -> String {
        let mut claims = json!({
            "iss": ISSUER, "aud": ISSUER, "sub": "editor", "client_id": "editor", "iat": self.now,
            "exp": self.now + LIFETIME, "jti": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "scope": "editor",
        });
        onrecord::http::body::merge(&mut claims, change.clone());
        claims.to_string()
    }

    /// Signed with the server's own key: nothing is wrong but what is changed.
    fn token(&self, header: Value, claims: Value) -> String {
        let key = self.app.state.keys.encoding();
        let own = Signer { key: &key, algorithm: Algorithm::EdDSA };
        signed(&self.header(&header), &self.claims(&claims), &own)
    }
}

fn forge(app: &TestApp) -> Forge<'_> {
    Forge { app, now: app.state.now().micros() / 1_000_000 }
}

async fn with(app: &TestApp, method: &str, path: &str, authorization: &[&str]) -> Answer {
    let mut request = app.request(method, path);
    for value in authorization {
        request = request.header("authorization", value);
    }
    if method != "GET" {
        request = request.json(&json!({"reference": "T-TOKEN", "title": "x", "from": "2025-04-01"}));
    }
    request.send().await
}

/// Asserts that these headers are refused everywhere: by what is public, by what is not, by what writes.
async fn is_refused(app: &TestApp, authorization: &[&str], what: &str) {
    for (method, path) in [
        ("GET", "/v1/me"),
        ("GET", "/v1/plans"),
        ("GET", "/v1/plans/derbyshire-pcc:PLAN-2013"),
        ("GET", "/healthz"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/plans/derbyshire-pcc:NOTHING"),
        ("POST", "/v1/plans"),
        ("PATCH", "/v1/plans/derbyshire-pcc:PLAN-2013"),
    ] {
        let answer = with(app, method, path, authorization).await;
        assert_eq!(answer.status, 401, "{what} at {method} {path}: {}", answer.text());
        answer.problem(401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.starts_with("Bearer realm=\"onrecord\", error=\"invalid_token\", error_description=\""),
            "{what}: {challenge}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
        for value in authorization {
            let token = value.rsplit(' ').next().unwrap();
            assert!(token.len() < 8 || !all_of(&answer).contains(token), "{what} is shown");
        }
    }
}
