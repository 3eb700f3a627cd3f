//! Who may is decided before the body is taken: for every operation with a body, from the one table. The requests here are
//! a head without any of its body, sent to the program as it is run; whatever answers did not wait for the body.

use std::io::{Read, Write};
use std::net::TcpStream;

use onrecord::access::Role;
use onrecord::config::Limits;
use onrecord::http::operation::{BodySize, Operation};
use onrecord::resources;
use serde_json::{Value, json};

use crate::process::{Program, Scratch, ask, database, start_demo, token};
use crate::support::{HANG, TestApp};

/// The most bytes of a file: as much as a head can announce.
const ANNOUNCED: usize = 30_000_000;

/// The answer to a head whose body never comes.
fn head_only(program: &Program, operation: &Operation, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let spec = operation.body.as_ref().unwrap();
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    let mut text = format!(
        "{} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {}\r\ncontent-length: {ANNOUNCED}\r\n",
        operation.method.name(),
        spec.media_types[0]
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    let mut answer = vec![];
    let mut piece = [0; 4096];
    // The connection may stay open for the body: the answer is whole when its JSON is.
    loop {
        let read = stream.read(&mut piece).unwrap_or_else(|error| panic!("{}: {error}", operation.id));
        answer.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        if let Ok(body) = serde_json::from_str(body) {
            return (head.split(' ').nth(1).unwrap().parse().unwrap(), body);
        }
        assert!(read > 0, "{}: {text}", operation.id);
    }
}

/// The path with these names in place of its parameters.
fn path_of(operation: &Operation, name: &str) -> String {
    let parameters = operation.path_params.iter();
    parameters
        .fold(operation.path.clone(), |path, (parameter, _)| path.replace(&format!("{{{parameter}}}"), name))
}

fn with_bodies() -> impl Iterator<Item = &'static Operation> {
    resources::operations().iter().filter(|operation| operation.body.is_some() && !operation.rule.is_empty())
}

fn detail(answer: &Value) -> String {
    answer["detail"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn who_may_not_is_refused_before_any_of_the_body_is_taken() {
    let scratch = Scratch::new();
    let program = start_demo(&scratch.0, &database(&scratch.0));
    let roles =
        ["editor", "publisher", "partner_reader", "auditor", "admin", "panel_member", "force_analyst"];
    let tokens: Vec<(&str, String)> =
        roles.iter().map(|role| (*role, format!("Bearer {}", token(&program, &scratch.0, role)))).collect();
    let mut requests = 0;
    for operation in with_bodies().filter(|operation| !operation.issues_token) {
        let (status, _) = head_only(&program, operation, &path_of(operation, "nothing"), &[]);
        assert_eq!(status, if operation.unnamed { 404 } else { 401 }, "{}", operation.id);
        for (role, bearer) in &tokens {
            let headers = [("authorization", bearer.as_str())];
            let is_permitted = operation.rule.iter().any(|grant| grant.role.name() == *role);
            if !is_permitted {
                let (status, answer) =
                    head_only(&program, operation, &path_of(operation, "nothing"), &headers);
                assert!([403, 404].contains(&status), "{} {role}: {status} {answer}", operation.id);
                requests += 1;
            } else if !operation.path_params.is_empty() {
                // A record that is not there, or not to be seen: always the same answer.
                let (status, answer) =
                    head_only(&program, operation, &path_of(operation, "nothing"), &headers);
                assert_eq!(status, 404, "{} {role}: {answer}", operation.id);
                let (_, _, other) = ask(&program.address, "GET", "/v1/plans/nothing", &headers, "").unwrap();
                let other: Value = serde_json::from_str(&other).unwrap();
                assert_eq!(detail(&answer), detail(&other), "{}", operation.id);
                requests += 1;
            }
        }
    }
    assert!(requests > 400, "{requests}");
}

#[test]
fn who_has_not_read_the_record_as_it_is_is_refused_before_any_of_the_body_is_taken() {
    let scratch = Scratch::new();
    let program = start_demo(&scratch.0, &database(&scratch.0));
    let of = |role: &str| format!("Bearer {}", token(&program, &scratch.0, role));
    let (editor, publisher, analyst, admin) =
        (of("editor"), of("publisher"), of("force_analyst"), of("admin"));
    let mut seen = 0;
    for operation in with_bodies().filter(|operation| operation.if_match) {
        let kind = operation.kind.unwrap();
        if kind.def.shown.is_empty() {
            continue;
        }
        let path = path_of(operation, kind.def.shown);
        for bearer in [&editor, &publisher, &analyst, &admin] {
            let headers = [("authorization", bearer.as_str())];
            let (status, answer) = head_only(&program, operation, &path, &headers);
            assert!([403, 404, 428].contains(&status), "{}: {status} {answer}", operation.id);
            if status == 428 {
                let wrong = [headers[0], ("if-match", "\"0000\"")];
                assert_eq!(head_only(&program, operation, &path, &wrong).0, 412, "{}", operation.id);
                // A key that is new gives no right to be read.
                let keyed = [wrong[0], wrong[1], ("idempotency-key", "never-sent")];
                assert_eq!(head_only(&program, operation, &path, &keyed).0, 412, "{}", operation.id);
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn every_operation_that_names_a_record_says_who_may_before_the_body() {
    for operation in with_bodies() {
        let spec = operation.body.as_ref().unwrap();
        if operation.kind.is_some() || !operation.path_params.is_empty() {
            assert!(operation.before_body.is_some(), "{}", operation.id);
        }
        // Only who may create or change records sends more than a few fields.
        let anybody = operation.rule.iter().any(|grant| grant.role == Role::Public);
        if anybody || operation.path == "/v1/me/password" {
            let is_question = operation.id == "ask_question";
            let expected = if is_question { BodySize::Question } else { BodySize::Credentials };
            assert_eq!(spec.size, expected, "{}", operation.id);
        }
    }
}

#[actix_web::test]
async fn bodies_of_sign_in_token_and_password_are_small_whatever_the_setting() {
    let app = TestApp::with_limits(Limits { body_bytes: 64 << 20, ..Limits::default() }).await;
    let long = "a".repeat(9_000);
    let form = format!("grant_type=client_credentials&client_id={long}");
    let type_of_form = "application/x-www-form-urlencoded";
    app.request("POST", "/oauth/token").body(type_of_form, form).send().await.expect(413);
    let login = json!({"login": "a", "password": long});
    app.request("POST", "/v1/sign-in").json(&login).send().await.expect(413);
    let change = json!({"password": "a", "new_password": long});
    app.request("POST", "/v1/me/password").as_role("editor").json(&change).send().await.expect(413);
}

#[actix_web::test]
async fn a_request_that_is_repeated_by_its_key_gets_its_answer_though_the_tag_is_old_or_the_record_gone() {
    let app = TestApp::new().await;
    let address = app.draft("objective").await;
    let etag = app.get(Some("editor"), &address).await.etag().to_owned();
    let step = |key: &'static str| {
        let request = app.request("POST", &format!("{address}/submit")).as_role("editor").if_match(&etag);
        request.header("idempotency-key", key).json(&json!({}))
    };
    step("first").send().await.expect(200);
    let again = step("first").send().await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    step("second").send().await.problem(412);
    let etag = app.get(Some("publisher"), &address).await.etag().to_owned();
    let withdraw = || {
        let request =
            app.request("POST", &format!("{address}/withdraw")).as_role("publisher").if_match(&etag);
        request.header("idempotency-key", "third").json(&json!({"reason": "A mistake."}))
    };
    withdraw().send().await.expect(200);
    let again = withdraw().send().await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}
