//! Typed bodies: a handler reads the type that its row of the table declares, and one answer names every fault.

use std::collections::BTreeSet;

use onrecord::http::operation::Operation;
use serde_json::{Value, json};

use crate::support::{TestApp, caller, writer};

/// The path of an operation, with records that are there, and the actor who calls it.
pub async fn address(app: &TestApp, operation: &Operation) -> (String, &'static str) {
    let who = caller(operation).unwrap_or("editor");
    if let Some(kind) = operation.kind {
        // Where the demo has none of the kind, one is made.
        let id = match kind.def.shown {
            "" => app.published(kind.def.name).await.rsplit('/').next().unwrap().to_owned(),
            shown => shown.to_owned(),
        };
        return (operation.path.replace("{id}", &id), who);
    }
    let people = || async {
        let login = format!("ada-{}", app.next());
        let person =
            json!({"login": login, "label": "Ada", "organisation": "opcc-derbyshire", "roles": ["editor"]});
        let made = app.post("admin", "/v1/people", person).await.expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let path = match operation.path.as_str() {
        path if path.contains("{person}") => path.replace("{person}", &people().await),
        path if path.contains("{membership}") => {
            let list = format!("/v1/memberships?subject={}", people().await);
            let all = app.get(Some("admin"), &list).await.expect(200).json();
            path.replace("{membership}", all["data"][0]["id"].as_str().unwrap())
        }
        path if path.contains("{client}") => {
            let client = json!({"label": "x", "organisation": "victim-support", "roles": ["partner_reader"]});
            let made = app.post("admin", "/v1/clients", client).await.expect(201).json();
            path.replace("{client}", made["client_id"].as_str().unwrap())
        }
        path if path.contains("{key}") => {
            let made = app.post("admin", "/v1/api-keys", json!({"label": "x"})).await.expect(201).json();
            path.replace("{key}", made["id"].as_str().unwrap())
        }
        path if path.starts_with("/v1/redactions/{id}") => {
            let record = app.published("plan").await;
            let made = app.post("data_protection", &format!("{record}/redact"), json!({"reason": "x"})).await;
            let id = made.expect(200).json()["id"].as_str().unwrap().to_owned();
            path.replace("{id}", &id)
        }
        path if path.starts_with("/v1/meetings/{id}/") => {
            let meeting = app.published("meeting").await;
            path.replace("{id}", meeting.rsplit('/').next().unwrap())
        }
        path if path.starts_with("/v1/question-inbox/{id}") => {
            path.replace("{id}", &question_in_inbox(app).await.0)
        }
        path if path.contains("{receipt}") => path.replace("{receipt}", &question_in_inbox(app).await.1),
        path => path.to_owned(),
    };
    (path, who)
}

/// The id of a new question in the editor's inbox, and its receipt.
pub async fn question_in_inbox(app: &TestApp) -> (String, String) {
    let meeting = app.published("meeting").await;
    let from = format!("10.9.{}.{}", app.next() / 250, app.next() % 250);
    let body = json!({"text": "How many officers work there?", "asked_by": "resident"});
    let put = app.request("POST", &format!("{meeting}/questions")).peer(&from).json(&body).send().await;
    let receipt = put.expect(202).json()["receipt"].as_str().unwrap().to_owned();
    let list = app.get(Some("editor"), "/v1/question-inbox?limit=200").await.expect(200).json();
    let id = list["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    (id, receipt)
}

/// The credential of a new person with a local account of that login.
pub async fn bearer_of(app: &TestApp, login: &str) -> String {
    let person =
        json!({"login": login, "label": "Grace", "organisation": "opcc-derbyshire", "roles": ["editor"]});
    let made = app.post("admin", "/v1/people", person).await.expect(201).json();
    let body = json!({
        "login": login, "password": made["first_password"], "new_password": "three quiet rivers",
    });
    let answer = app.request("POST", "/v1/sign-in").json(&body).send().await.expect(200);
    format!("Bearer {}", answer.json()["access_token"].as_str().unwrap())
}

#[actix_web::test]
async fn a_handler_reads_the_type_that_its_row_declares() {
    let app = TestApp::new().await;
    let mut read = BTreeSet::new();
    for operation in onrecord::resources::operations() {
        if operation.body.as_ref().is_none_or(|body| body.input.is_none()) {
            continue;
        }
        let (path, who) = address(&app, operation).await;
        let mut request = app.request(operation.method.name(), &path);
        // Callers without a password are refused before the body is read.
        request = match operation.id.as_str() {
            "change_password" => request.header("authorization", &bearer_of(&app, "grace").await),
            _ if operation.unnamed => request,
            _ => request.as_role(who),
        };
        if operation.if_match {
            let record = path.rsplit_once('/').unwrap().0;
            let answer = app.get(Some(who), record).await;
            assert_eq!(answer.status, 200, "{}: {record}: {}", operation.id, answer.text());
            request = request.if_match(answer.etag());
        }
        // Of no type that an operation declares: a handler that reads another type fails with 500, one that reads none
        // does not see it.
        let answer = request.json(&json!(["x"])).send().await;
        assert_eq!(answer.status, 422, "{}: {}", operation.id, answer.text());
        assert_eq!(answer.json()["errors"][0]["pointer"], "", "{}: {}", operation.id, answer.text());
        read.insert(operation.id.split('_').next().unwrap());
    }
    for verb in ["submit", "return", "approve", "share", "publish", "withdraw", "redact", "review", "revoke"]
    {
        assert!(read.contains(verb), "no operation `{verb}_…` reads a typed body");
    }
}

#[actix_web::test]
async fn a_wrong_cross_field_value_is_reported_with_the_faults_of_the_schema() {
    let app = TestApp::new().await;
    let kind = app.state.kind("plan").unwrap();
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut body = app.fresh(kind);
        body["from"] = json!("2025-04-01");
        body["to"] = json!("2024-04-01");
        change(&mut body);
        body
    };
    let reported = |body: Value| {
        let app = &app;
        async move {
            let answer = app.post(writer(kind), "/v1/plans", body).await;
            answer.problem(422);
            let errors = answer.json()["errors"].clone();
            let mut reported: Vec<String> = errors
                .as_array()
                .unwrap()
                .iter()
                .map(|error| {
                    format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())
                })
                .collect();
            reported.sort();
            reported
        }
    };
    let alone = reported(wrong(&|_| ())).await;
    let [order] = &alone[..] else { panic!("{alone:?}") };
    assert!(order.starts_with("/to "), "{order}");
    type Change = Box<dyn Fn(&mut Value)>;
    let changes: Vec<(Change, &str)> = vec![
        (Box::new(|body| body["title"] = json!("x".repeat(5_000))), "/title too_long"),
        (Box::new(|body| body["colour"] = json!("red")), "/colour unknown_member"),
        (Box::new(|body| body["title"] = json!(7)), "/title type"),
        (
            Box::new(|body| {
                body.as_object_mut().unwrap().remove("title");
            }),
            "/title required",
        ),
    ];
    for (change, fault) in changes {
        let mut expected = vec![fault.to_owned(), order.clone()];
        expected.sort();
        assert_eq!(reported(wrong(&*change)).await, expected);
    }
    // A rule on a value that cannot be read is not guessed at.
    assert_eq!(reported(wrong(&|body| body["from"] = json!("soon"))).await, ["/from format"]);
}
