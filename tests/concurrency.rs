//! Many at once: no update lost, nothing done twice.

use futures_util::future::{join, join_all};
use onrecord::record::kind::KindDef;
use serde_json::json;

use crate::support::{TestApp, publisher, withdrawer, writer};

/// How many ask at once.
const MANY: usize = 50;
/// How many where every kind is asked, one after the other.
const SOME: usize = 12;

#[actix_web::test]
async fn of_fifty_patches_of_one_record_each_success_is_a_version_and_none_is_lost() {
    let app = TestApp::new().await;
    patched_at_once(&app, app.state.kind("objective").unwrap(), MANY).await;
}

#[actix_web::test]
async fn in_every_kind_no_update_is_lost() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        patched_at_once(&app, kind, SOME).await;
    }
}

async fn patched_at_once(app: &TestApp, kind: &KindDef, many: usize) {
    let address = app.draft(kind.def.name).await;
    let who = writer(kind);
    let tag = app.get(Some(who), &address).await.etag().to_owned();
    // So many clients that have all read the same version.
    let answers = join_all((0..many).map(|n| {
        app.request("PATCH", &address)
            .as_role(who)
            .if_match(&tag)
            .json(&json!({"note": format!("writer {n}")}))
            .send()
    }))
    .await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{kind:?}: {statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), many - 1, "{kind:?}: {statuses:?}");

    // So many that read again until they have written once.
    let write = |n: usize| {
        let address = &address;
        async move {
            for attempt in 1..=200 {
                let read = app.get(Some(who), address).await.expect(200);
                let mut done = read.json()["note"].as_str().unwrap_or_default().to_owned();
                done.push_str(&format!(" {n}."));
                let answer = app
                    .request("PATCH", address)
                    .as_role(who)
                    .if_match(read.etag())
                    .json(&json!({"note": done}))
                    .send()
                    .await;
                match answer.status {
                    200 => return attempt,
                    412 => {}
                    other => panic!("{other}: {}", answer.text()),
                }
            }
            panic!("writer {n} never got through");
        }
    };
    join_all((0..many).map(write)).await;
    let last = app.get(Some(who), &address).await.json();
    let note = last["note"].as_str().unwrap();
    for n in 0..many {
        assert_eq!(note.matches(&format!(" {n}.")).count(), 1, "writer {n} in {note}");
    }
    let versions = app.get(Some(who), &format!("{address}/versions")).await.json();
    assert_eq!(versions["data"].as_array().unwrap().len(), 2 + many, "{kind:?}");
    if kind.def.workflow {
        assert_eq!(last["edit"], 2 + many);
    }
}

#[actix_web::test]
async fn one_post_sent_fifty_times_at_once_with_one_key_makes_one_record() {
    let app = TestApp::new().await;
    posted_at_once(&app, app.state.kind("plan").unwrap(), MANY).await;
}

#[actix_web::test]
async fn in_every_kind_one_key_makes_one_record() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        posted_at_once(&app, kind, SOME).await;
    }
}

async fn posted_at_once(app: &TestApp, kind: &KindDef, many: usize) {
    let body = app.fresh(kind);
    let path = format!("/v1/{}", kind.def.path);
    let who = writer(kind);
    let answers = join_all((0..many).map(|_| {
        app.request("POST", &path).as_role(who).header("idempotency-key", "once").json(&body).send()
    }))
    .await;
    let made: Vec<&str> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.header("location").unwrap())
        .collect();
    assert!(!made.is_empty(), "{kind:?}");
    assert!(made.iter().all(|address| *address == made[0]));
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.problem(409);
    }
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.status == 201 && answer.header("idempotency-replayed").is_none())
            .count(),
        1,
        "{kind:?}"
    );
    let reference = body["reference"].as_str().unwrap();
    let list = app.get(Some(who), &format!("{path}?reference={reference}&count=true")).await.json();
    assert_eq!(list["page"]["total"], 1, "{kind:?}");
}

#[actix_web::test]
async fn a_key_belongs_to_its_body_its_route_and_its_holder_for_a_day() {
    let app = TestApp::new().await;
    let mut body = app.state.kind("plan").unwrap().example.clone();
    body["reference"] = json!("PLAN-KEY");
    let send = |who: &'static str, body: serde_json::Value| {
        app.request("POST", "/v1/plans").as_role(who).header("idempotency-key", "k1").json(&body).send()
    };
    let first = send("editor", body.clone()).await.expect(201);
    let again = send("editor", body.clone()).await.expect(201);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(first.json(), again.json());
    let mut other = body.clone();
    other["title"] = json!("Another");
    assert_eq!(send("editor", other.clone()).await.problem(422), ["reused"]);
    other["reference"] = json!("PLAN-KEY-2");
    send("editor2", other.clone()).await.expect(201);
    app.set_time("2026-11-02T11:30:01Z");
    other["reference"] = json!("PLAN-KEY-3");
    send("editor", other).await.expect(201);
    // A change that failed has claimed nothing.
    let mut wrong = body.clone();
    wrong["title"] = json!("");
    app.request("POST", "/v1/plans")
        .as_role("editor")
        .header("idempotency-key", "k2")
        .json(&wrong)
        .send()
        .await
        .problem(422);
    body["reference"] = json!("PLAN-KEY-4");
    app.request("POST", "/v1/plans")
        .as_role("editor")
        .header("idempotency-key", "k2")
        .json(&body)
        .send()
        .await
        .expect(201);
}

#[actix_web::test]
async fn a_step_repeated_with_its_key_answers_again() {
    let app = TestApp::new().await;
    let address = app.draft("action").await;
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let submit = || {
        app.request("POST", &format!("{address}/submit"))
            .as_role("editor")
            .if_match(&tag)
            .header("idempotency-key", "s1")
            .json(&json!({}))
            .send()
    };
    assert_eq!(submit().await.expect(200).json()["state"], "submitted");
    let again = submit().await.expect(200);
    assert_eq!(again.json()["state"], "submitted");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}

#[actix_web::test]
async fn a_request_repeated_with_its_key_has_the_same_answer_in_every_kind() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        let who = writer(kind);
        let mut body = kind.example.clone();
        body["reference"] = json!("AGAIN-1");
        let list = format!("/v1/{}", kind.def.path);
        let send =
            || app.request("POST", &list).as_role(who).header("idempotency-key", "again").json(&body).send();
        let (first, again) = (send().await.expect(201), send().await.expect(201));
        assert_eq!(first.text(), again.text(), "{kind:?}");
        assert_eq!(first.etag(), again.etag());
        if !kind.def.workflow {
            continue;
        }
        let address = first.header("location").unwrap().to_owned();
        app.fill(kind, writer(kind), &address).await;
        for (who, verb, body) in [
            (writer(kind), "submit", json!({})),
            ("commissioner", "approve", json!({})),
            (publisher(kind), "publish", json!({})),
            (withdrawer(kind), "withdraw", json!({"reason": "for the test"})),
        ] {
            if verb == "approve" && kind.def.approvals.is_empty() {
                continue;
            }
            let tag = app.get(Some(who), &address).await.expect(200).etag().to_owned();
            let path = format!("{address}/{verb}");
            let send = || {
                app.request("POST", &path)
                    .as_role(who)
                    .if_match(&tag)
                    .header("idempotency-key", verb)
                    .json(&body)
                    .send()
            };
            let (first, again) = (send().await.expect(200), send().await.expect(200));
            assert_eq!(first.text(), again.text(), "{kind:?} {verb}");
            assert_eq!(again.header("idempotency-replayed"), Some("true"));
        }
    }
}

#[actix_web::test]
async fn an_assignment_that_ends_while_its_holder_writes_gives_no_more_than_it_did() {
    let app = TestApp::new().await;
    let address = "/v1/actions/derbyshire-pcc:ACT-1-4";
    for round in 0..10 {
        // The partner names both tags that it could have read: its own of the working version, and the public's.
        let body = json!({"assigned_organisation": "victim-support"});
        app.patch("editor", address, body).await.expect(200);
        let own = app.get(Some("partner"), address).await.etag().to_owned();
        let public = app.get(None, address).await.etag().to_owned();
        let office = app.get(Some("editor"), address).await.etag().to_owned();
        let ends = app
            .request("PATCH", address)
            .as_role("editor")
            .if_match(&office)
            .json(&json!({"assigned_organisation": "derby-city-council"}))
            .send();
        let writes = (0..4).map(|n| {
            app.request("PATCH", address)
                .as_role("partner")
                .if_match(&format!("{own}, {public}"))
                .json(&json!({"wording": format!("not its to write {round} {n}")}))
                .send()
        });
        let (ended, written) = join(ends, join_all(writes)).await;
        ended.expect(200);
        for answer in written {
            answer.problem(403);
        }
        let text = app.get(Some("editor"), &format!("{address}/versions")).await.text();
        assert!(!text.contains("not its to write"), "{text}");
    }
}
