//! A publication at a minute to come: nowhere before, everywhere after, also when the server slept.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::{Answer, TestApp, at, publisher, withdrawer};

const NOON: &str = "2026-11-01T12:00:00Z";

/// A way in which the public could come across the record.
struct Way {
    path: String,
    /// It answers 404 before.
    item: bool,
    /// Whether the record shows in it after; `None` where that depends on a kind not known here.
    shows: Option<bool>,
}

fn ways(app: &TestApp, kind: &str, address: &str, reference: &str) -> Vec<Way> {
    let list = format!("/v1/{}", app.state.kind(kind).unwrap().def.path);
    let item = |path: String| Way { path, item: true, shows: Some(true) };
    let known = ["plan", "priority", "objective", "action"];
    let around = |path: &str, kinds: &[&str]| {
        let shows = known.contains(&kind).then(|| kinds.contains(&kind));
        Way { path: path.to_owned(), item: false, shows }
    };
    let inside = |path: String| Way { path, item: false, shows: Some(true) };
    let mut ways = vec![
        item(address.to_owned()),
        item(format!("{list}/derbyshire-pcc:{reference}")),
        item(format!("{address}/versions")),
        item(format!("{address}/thread")),
        around(
            "/v1/plans/derbyshire-pcc:PLAN-2021?include=priorities,objectives",
            &["priority", "objective"],
        ),
        around("/v1/plans/derbyshire-pcc:PLAN-2021/thread?depth=6", &known),
        around("/v1/objectives/derbyshire-pcc:OBJ-2?include=actions", &["action"]),
        around("/v1/objectives/derbyshire-pcc:OBJ-2/thread?depth=6", &known),
    ];
    for query in ["limit=200", "limit=200&sort=-reference", "format=csv&limit=200"] {
        ways.push(inside(format!("{list}?{query}")));
    }
    ways.push(inside(format!("{list}?reference={reference}")));
    ways.push(item(format!("{address}/versions/1")));
    ways
}

async fn feed(app: &TestApp) -> String {
    let mut text = String::new();
    let mut path = "/v1/changes?limit=200".to_owned();
    loop {
        let page = app.get(None, &path).await.expect(200).json();
        text.push_str(&page["data"].to_string());
        if page["data"].as_array().unwrap().is_empty() {
            return text;
        }
        path = format!("/v1/changes?limit=200&cursor={}", page["page"]["next"].as_str().unwrap());
    }
}

async fn count(app: &TestApp, kind: &str) -> i64 {
    let path = app.state.kind(kind).unwrap().def.path;
    app.get(None, &format!("/v1/{path}?count=true&limit=1")).await.json()["page"]["total"].as_i64().unwrap()
}

async fn scheduled(app: &TestApp, kind: &str) -> (String, String, String) {
    let address = app.draft(kind).await;
    app.ready(kind, &address).await;
    let who = publisher(app.state.kind(kind).unwrap());
    let row = app.step(who, &address, "publish", json!({"publish_at": NOON})).await.expect(200).json();
    let reference = row["reference"].as_str().unwrap().to_owned();
    let id = row["id"].as_str().unwrap().to_owned();
    (address, reference, id)
}

#[actix_web::test]
async fn a_record_published_at_noon_is_nowhere_before_and_everywhere_after() {
    for kind in TestApp::new().await.workflow_kinds() {
        let app = TestApp::new().await;
        let before = count(&app, kind).await;
        let (address, reference, id) = scheduled(&app, kind).await;
        app.set_time("2026-11-01T11:59:59.999999Z");
        for way in ways(&app, kind, &address, &reference) {
            let answer = app.get(None, &way.path).await;
            assert!(!answer.text().contains(&id), "before noon: {}", way.path);
            if way.item {
                answer.problem(404);
            }
        }
        assert_eq!(count(&app, kind).await, before);
        assert!(!feed(&app).await.contains(&id));
        // Nothing has run since: the server slept at noon.
        app.set_time("2026-11-01T12:00:00Z");
        for way in ways(&app, kind, &address, &reference) {
            let answer = app.get(None, &way.path).await.expect(200);
            if let Some(shows) = way.shows {
                assert_eq!(answer.text().contains(&id), shows, "after noon: {}", way.path);
            }
        }
        assert_eq!(count(&app, kind).await, before + 1);
        let events = feed(&app).await;
        assert!(events.contains(&id));
        assert_eq!(events.matches(&id).count(), 2, "told once: as record and in its address");
        assert_eq!(app.get(None, &address).await.json()["published_at"], json!(NOON));
        assert_eq!(feed(&app).await.matches(&id).count(), 2, "and not again");
    }
}

/// A cache in the middle that does exactly what our headers allow.
struct Between<'a> {
    app: &'a TestApp,
    cached: BTreeMap<String, (Answer, i64, i64)>,
}

impl Between<'_> {
    async fn get(&mut self, path: &str) -> Answer {
        let now = self.app.state.now().micros();
        if let Some((answer, since, age)) = self.cached.get(path)
            && now < since + age * 1_000_000
        {
            return answer.clone();
        }
        let answer = self.app.get(None, path).await;
        let control = answer.header("cache-control").unwrap();
        if let Some(age) = control.strip_prefix("public, max-age=") {
            self.cached.insert(path.to_owned(), (answer.clone(), now, age.parse().unwrap()));
        } else {
            assert!(control.contains("no-store"), "{control}");
        }
        answer
    }
}

#[actix_web::test]
async fn a_cache_that_obeys_our_headers_shows_it_from_noon_and_not_before() {
    for kind in TestApp::new().await.workflow_kinds() {
        let app = TestApp::new().await;
        let (address, reference, id) = scheduled(&app, kind).await;
        let mut between = Between { app: &app, cached: BTreeMap::new() };
        for second in ["11:58:00", "11:59:00", "11:59:01", "11:59:30", "11:59:59", "11:59:59.999999"] {
            app.set_time(&format!("2026-11-01T{second}Z"));
            for way in ways(&app, kind, &address, &reference) {
                assert!(!between.get(&way.path).await.text().contains(&id), "{second} {}", way.path);
            }
        }
        app.set_time(NOON);
        for way in ways(&app, kind, &address, &reference) {
            let answer = between.get(&way.path).await;
            assert_eq!(answer.status, 200, "{}", way.path);
            if let Some(shows) = way.shows {
                assert_eq!(answer.text().contains(&id), shows, "{}", way.path);
            }
        }
        let who = withdrawer(app.state.kind(kind).unwrap());
        app.step(who, &address, "withdraw", json!({"reason": "for the next kind"})).await.expect(200);
    }
}

#[actix_web::test]
async fn a_replacement_at_noon_leaves_the_old_version_public_until_then() {
    let app = TestApp::new().await;
    let address = app.published("action").await;
    app.patch("editor", &address, json!({"note": "from noon"})).await.expect(200);
    app.ready("action", &address).await;
    app.step("publisher", &address, "publish", json!({"publish_at": NOON})).await.expect(200);
    app.patch("editor", &address, json!({"note": "x"})).await.problem(409);
    app.set_time("2026-11-01T11:59:59Z");
    assert!(app.get(None, &address).await.expect(200).json()["note"].is_null());
    assert_eq!(
        app.get(None, &format!("{address}/versions")).await.json()["data"].as_array().unwrap().len(),
        1
    );
    app.set_time(NOON);
    assert_eq!(app.get(None, &address).await.expect(200).json()["note"], "from noon");
    let old = app.get(None, &format!("{address}?as_of=2026-11-01T11:59:59Z")).await.expect(200).json();
    assert!(old["note"].is_null());
}

#[actix_web::test]
async fn a_scheduled_publication_can_be_called_back() {
    let app = TestApp::new().await;
    let address = app.published("action").await;
    app.patch("editor", &address, json!({"note": "from noon"})).await.expect(200);
    app.ready("action", &address).await;
    app.step("publisher", &address, "publish", json!({"publish_at": NOON})).await.expect(200);
    let back =
        app.step("publisher2", &address, "return", json!({"reason": "not yet"})).await.expect(200).json();
    assert_eq!((&back["state"], &back["version"]), (&json!("draft"), &json!(null)));
    app.set_time("2026-11-02T12:00:00Z");
    let public = app.get(None, &address).await.expect(200).json();
    assert_eq!((&public["note"], &public["version"]), (&json!(null), &json!(1)));
    // It can go out after all, as the second.
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_eq!(app.get(None, &address).await.json()["version"], 2);
}

#[actix_web::test]
async fn a_clock_that_is_set_back_hides_nothing_again() {
    let app = TestApp::new().await;
    let (scheduled, _, _) = scheduled(&app, "action").await;
    app.set_time("2026-11-01T12:00:30Z");
    let now = app.published("action").await;
    app.seal_and_catch_up();
    app.set_time("2026-11-01T11:00:00Z");
    app.get(None, &now).await.expect(200);
    app.get(None, &scheduled).await.expect(200);
    // Also for a process that was not there.
    app.state.refresh_watermark().unwrap();
    assert_eq!(app.state.now(), at("2026-11-01T12:00:30Z"));
}

#[actix_web::test]
async fn a_change_is_made_at_the_moment_of_its_transaction_and_not_of_its_arrival() {
    let app = TestApp::new().await;
    let (address, _, id) = scheduled(&app, "action").await;
    let step = |verb: &'static str, who: &'static str, tag: String| {
        app.request("POST", &format!("{address}/{verb}"))
            .as_role(who)
            .if_match(&tag)
            .json(&json!({"reason": "late"}))
            .send()
    };
    let tag = app.get(Some("publisher"), &address).await.etag().to_owned();
    // Another process has seen noon come, while this request was on its way.
    app.write(|conn| onrecord::record::commit::judged(conn, at(NOON)).unwrap());
    step("return", "publisher", tag.clone()).await.problem(409);
    step("withdraw", "publisher2", tag).await.expect(200);
    app.set_time("2026-11-01T12:00:01Z");
    app.get(None, &address).await.problem(410);
    assert!(feed(&app).await.contains(&id), "who had seen it is told");
}

#[actix_web::test]
async fn what_is_scheduled_does_not_lose_what_it_names() {
    let app = TestApp::new().await;
    let (objective, _, id) = scheduled(&app, "objective").await;
    let mut body = app.state.kind("action").unwrap().example.clone();
    body["reference"] = json!("ACT-WAITS");
    body["objective"] = json!(id);
    let action =
        app.post("editor", "/v1/actions", body).await.expect(201).header("location").unwrap().to_owned();
    app.ready("action", &action).await;
    app.step("publisher", &action, "publish", json!({"publish_at": NOON})).await.expect(200);
    let refused = app.step("publisher", &objective, "return", json!({"reason": "x"})).await;
    refused.problem(409);
    assert!(refused.text().contains("ACT-WAITS"), "{}", refused.text());
    app.step("publisher2", &objective, "withdraw", json!({"reason": "x"})).await.problem(409);
    app.step("publisher", &action, "return", json!({"reason": "x"})).await.expect(200);
    app.step("publisher", &objective, "return", json!({"reason": "x"})).await.expect(200);
}
