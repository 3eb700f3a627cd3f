//! People who sign in with an OpenID provider: a certified one, run by the test, and tokens made by hand.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::RunQueryDsl;
use jsonwebtoken::{Algorithm, EncodingKey};
use onrecord::access::keys::Keys;
use onrecord::access::oidc::{CACHED_FOR, Oidc};
use onrecord::clock::Clock;
use onrecord::config::{OidcGrant, OidcProvider};
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};

use crate::support::{Answer, START, TestApp, at, until_async};

mod claims;
mod sign_in;

const AUDIENCE: &str = "https://onrecord.example.org";

fn grant(value: &str, organisation: &str, roles: &[&str]) -> OidcGrant {
    OidcGrant {
        claim: "groups".to_owned(),
        value: value.to_owned(),
        body: "derbyshire-pcc".to_owned(),
        organisation: organisation.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    }
}

fn configured(issuer: &str, jwks_uri: &str) -> OidcProvider {
    OidcProvider {
        name: "The office's".to_owned(),
        issuer: issuer.to_owned(),
        audience: AUDIENCE.to_owned(),
        jwks_uri: jwks_uri.to_owned(),
        algorithms: Some(vec!["EdDSA".to_owned(), "RS256".to_owned()]),
        grants: vec![
            grant("onrecord-editors", "opcc-derbyshire", &["editor"]),
            grant("onrecord-publishers", "opcc-derbyshire", &["publisher"]),
            grant("onrecord-commissioner", "opcc-derbyshire", &["commissioner"]),
            grant("onrecord-panel", "derbyshire-police-and-crime-panel", &["panel_member"]),
        ],
        ..OidcProvider::default()
    }
}

async fn call_with(app: &TestApp, token: &str, method: &str, path: &str) -> Answer {
    app.request(method, path).header("authorization", &format!("Bearer {token}")).send().await
}

async fn me(app: &TestApp, token: &str) -> Value {
    call_with(app, token, "GET", "/v1/me").await.expect(200).json()
}

#[track_caller]
fn is_refused(answer: &Answer) {
    answer.problem(401);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}

/// The provider of tests/oidc/provider.mjs, ended with the test.
struct Provider {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    addresses: Value,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    fn start() -> Provider {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        assert!(
            directory.join("node_modules/oidc-provider").exists(),
            "the provider is not installed: use tests/run, or `npm ci` in tests/oidc"
        );
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node 20.19 or later runs the provider");
        let orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        let addresses = serde_json::from_str(&line).unwrap();
        Provider { child, orders, answers, addresses }
    }

    fn order(&mut self, order: Value) -> Value {
        writeln!(self.orders, "{order}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(answer.get("done").is_some(), "{order}: {answer}");
        answer["done"].clone()
    }

    /// An access token, had by the whole of the code flow.
    fn sign_in(&mut self, login: &str, alg: &str) -> String {
        self.order(json!({"order": "sign_in", "login": login, "alg": alg})).as_str().unwrap().to_owned()
    }

    fn fetches(&mut self) -> u64 {
        self.order(json!({"order": "fetches"})).as_u64().unwrap()
    }

    fn settings(&self) -> OidcProvider {
        configured(self.addresses["issuer"].as_str().unwrap(), self.addresses["jwks_uri"].as_str().unwrap())
    }

    /// An application that lets its people in, at the time that it is.
    async fn app(&self) -> TestApp {
        let app = TestApp::with_oidc(Oidc::new(&[self.settings()], "http://127.0.0.1:8080").unwrap()).await;
        app.clock.set(Clock::system().now());
        app
    }
}

fn later(app: &TestApp, seconds: i64) {
    app.clock.set(app.state.clock.now().plus_seconds(seconds));
}

/// A step of the workflow, by the holder of a token.
async fn step(app: &TestApp, token: &str, address: &str, verb: &str) -> Answer {
    let tag = call_with(app, token, "GET", address).await.expect(200).etag().to_owned();
    app.request("POST", &format!("{address}/{verb}"))
        .header("authorization", &format!("Bearer {token}"))
        .if_match(&tag)
        .json(&json!({}))
        .send()
        .await
}
