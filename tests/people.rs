//! People with local accounts: signing in, waiting, passwords; the administrator's hand on people and memberships.

use std::time::Duration;

use diesel::RunQueryDsl;
use onrecord::access::token::CACHED_FOR;
use onrecord::access::{Role, person};
use onrecord::clock::Clock;
use onrecord::store::{Sql, Val};
use serde_json::{Value, json};

use crate::support::{Answer, START, TestApp, at, until_async};

mod administration;
mod sign_in;

const MINE: &str = "three quiet rivers";

/// A person of the demo's body, made by its administrator: the answer.
async fn account(app: &TestApp, login: &str, roles: &[&str]) -> Value {
    let body = json!({"login": login, "label": format!("Label of {login}"), "organisation": "opcc-derbyshire", "roles": roles});
    let answer = app.post("admin", "/v1/people", body).await.expect(201);
    is_private(&answer);
    let made = answer.json();
    assert_eq!(answer.header("location"), made["self"].as_str());
    made
}

async fn sign_in(app: &TestApp, body: Value) -> Answer {
    app.request("POST", "/v1/sign-in").json(&body).send().await
}

async fn try_in(app: &TestApp, login: &str, password: &str) -> Answer {
    sign_in(app, json!({"login": login, "password": password})).await
}

/// The same person, with a password of their own: their id and a token.
async fn signed_in_person(app: &TestApp, login: &str, roles: &[&str]) -> (String, String) {
    let made = account(app, login, roles).await;
    let body = json!({"login": login, "password": made["first_password"], "new_password": MINE});
    (text(&made["id"]), token(&sign_in(app, body).await))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[track_caller]
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    is_private(answer);
    text(&answer.json()["access_token"])
}

/// The answer's status and words, without the request's id. (What an address has left is in the headers and goes down.)
fn body_of(answer: &Answer) -> (u16, String) {
    let (status, _, text) = answer.comparable();
    (status, text)
}

#[track_caller]
fn is_private(answer: &Answer) {
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    assert!(answer.header("etag").is_none());
}

async fn with(app: &TestApp, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
    let request = app.request(method, path).header("authorization", &format!("Bearer {token}"));
    match body {
        Some(body) => request.json(&body).send().await,
        None => request.send().await,
    }
}

async fn other_admin(app: &TestApp) {
    let elsewhere = app.id_of("policing_body", "elsewhere-pcc");
    app.make_actor("other_admin", &[Role::Admin], elsewhere, "derbyshire-constabulary");
}

/// Waits until nothing is cached any more of what the server knew about a person.
async fn after_cache() {
    assert!(CACHED_FOR <= Duration::from_secs(5));
    actix_web::rt::time::sleep(CACHED_FOR + Duration::from_millis(100)).await;
}
