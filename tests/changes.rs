//! The change feed: in the order of the commits, resumable for ever, with tombstones.

use serde_json::{Value, json};

use crate::support::TestApp;

/// Reads the feed on from a cursor; gives what came and where to read on.
async fn read_on(app: &TestApp, who: Option<&str>, cursor: Option<String>) -> (Vec<Value>, String) {
    let mut all = vec![];
    let mut cursor = cursor;
    loop {
        let path = match &cursor {
            None => "/v1/changes?limit=7".to_owned(),
            Some(cursor) => format!("/v1/changes?limit=7&cursor={cursor}"),
        };
        let page = app.get(who, &path).await.expect(200).json();
        let rows = page["data"].as_array().unwrap().clone();
        cursor = Some(page["page"]["next"].as_str().unwrap().to_owned());
        if rows.is_empty() {
            return (all, cursor.unwrap());
        }
        all.extend(rows);
    }
}

fn events(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["event"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn the_office_reads_every_step_and_the_public_what_became_public() {
    let app = TestApp::new().await;
    let (_, public) = read_on(&app, None, None).await;
    let (_, office) = read_on(&app, Some("editor"), None).await;
    let (_, elsewhere) = read_on(&app, Some("other_editor"), None).await;
    let (_, auditor) = read_on(&app, Some("auditor"), None).await;
    let address = app.draft("plan").await;
    app.patch("editor", &address, json!({"note": "x"})).await.expect(200);
    app.ready("plan", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    app.step("publisher2", &address, "withdraw", json!({"reason": "why"})).await.expect(200);
    let (rows, _) = read_on(&app, Some("editor"), Some(office)).await;
    assert_eq!(events(&rows), ["created", "edited", "submitted", "approved", "published", "withdrawn"]);
    for (who, cursor) in [(None, public), (Some("other_editor"), elsewhere)] {
        let (rows, _) = read_on(&app, who, Some(cursor)).await;
        assert_eq!(events(&rows), ["published", "withdrawn"], "{who:?}");
        assert_eq!(rows[1]["reason"], "why");
        assert_eq!(rows[1]["withdrawn_by"], "opcc-derbyshire");
        assert!(rows[0]["reason"].is_null());
    }
    let (rows, _) = read_on(&app, Some("auditor"), Some(auditor)).await;
    assert_eq!(events(&rows), ["submitted", "approved", "published", "withdrawn"]);
}

#[actix_web::test]
async fn a_cursor_of_the_feed_never_expires_and_belongs_to_its_reader() {
    let app = TestApp::new().await;
    let (rows, cursor) = read_on(&app, None, None).await;
    assert!(rows.len() > 100);
    app.set_time("2036-11-01T11:30:00Z");
    let (rows, _) = read_on(&app, None, Some(cursor.clone())).await;
    assert_eq!(rows.len(), 0);
    app.get(Some("editor"), &format!("/v1/changes?cursor={cursor}")).await.problem(400);
}

#[actix_web::test]
async fn nothing_is_skipped_when_a_transaction_commits_late() {
    // A row that is written before another and committed after it gets the later number.
    let app = TestApp::new().await;
    let (_, cursor) = read_on(&app, Some("editor"), None).await;
    let mut expected = 0;
    for _ in 0..5 {
        app.draft("action").await;
        expected += 1;
        app.seal_and_catch_up();
        app.draft("plan").await;
        expected += 1;
    }
    // Written with an earlier time than all that is numbered already.
    app.set_time("2026-11-01T11:00:00Z");
    app.draft("priority").await;
    let (rows, _) = read_on(&app, Some("editor"), Some(cursor)).await;
    assert_eq!(rows.len(), expected + 1);
    assert_eq!(rows.last().unwrap()["kind"], "priority");
}

/// The entries that a query of the feed returns, as reference and sentence.
async fn entries(app: &TestApp, who: Option<&str>, query: &str) -> Vec<(String, String)> {
    let page = app.get(who, &format!("/v1/changes?limit=200&{query}")).await.expect(200).json();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "reference"), text(row, "sentence")))
        .collect()
}

#[actix_web::test]
async fn the_feed_can_begin_at_a_moment_and_have_some_kinds_only() {
    let app = TestApp::new().await;
    let plan = app.published("plan").await;
    let objective = app.published("objective").await;
    app.step("publisher2", &objective, "withdraw", json!({"reason": "why"})).await.expect(200);
    let title = app.get(None, &plan).await.expect(200).json();
    let (reference, title) = (title["reference"].as_str().unwrap(), title["title"].as_str().unwrap());
    let published = (reference.to_owned(), format!("“{title}” (plan {reference}) was published."));
    let today = "since=2026-11-01";
    assert_eq!(entries(&app, None, &format!("{today}&kind=plan")).await, [published]);
    let both = entries(&app, None, &format!("{today}&kind=objective,plan")).await;
    assert_eq!(both.len(), 3);
    // What was withdrawn has no title any more, also where the feed says that it was published.
    assert!(both[1..].iter().all(|(reference, sentence)| {
        *sentence == format!("The objective {reference} was published.")
            || *sentence == format!("The objective {reference} was withdrawn.")
    }));
    // The steps before publication are the office's, and have titles for it.
    let office = entries(&app, Some("editor"), &format!("{today}&kind=plan")).await;
    assert_eq!(office.len(), 4, "{office:?}");
    assert!(entries(&app, None, "since=2036-01-01").await.is_empty());
    app.get(None, "/v1/changes?kind=planet").await.problem(400);
}

#[actix_web::test]
async fn net_changes_are_one_for_each_record_and_compare_with_the_moment() {
    let app = TestApp::new().await;
    let withdrawn = app.published("plan").await;
    let changed = app.published("objective").await;
    app.set_time("2026-11-20T12:00:00Z");
    app.step("publisher2", &withdrawn, "withdraw", json!({"reason": "why"})).await.expect(200);
    app.patch("editor", &changed, json!({"title": "Another title"})).await.expect(200);
    app.ready("objective", &changed).await;
    app.step("publisher", &changed, "publish", json!({})).await.expect(200);
    let fresh = app.published("plan").await;
    app.patch("editor", &fresh, json!({"title": "A second title"})).await.expect(200);
    app.ready("plan", &fresh).await;
    app.step("publisher", &fresh, "publish", json!({})).await.expect(200);
    let gone = app.published("objective").await;
    app.step("publisher2", &gone, "withdraw", json!({"reason": "why"})).await.expect(200);
    let net = entries(&app, None, "since=2026-11-20&net=true").await;
    let ends: Vec<&str> = net.iter().map(|(_, sentence)| sentence.rsplit_once(" was ").unwrap().1).collect();
    assert_eq!(ends, ["withdrawn.", "changed.", "published.", "published and withdrawn again."]);
    assert!(net[1].1.contains("“Another title”") && net[2].1.contains("“A second title”"));
    // The editor's draft is no net change: the public version is as it was.
    app.draft("plan").await;
    assert_eq!(entries(&app, Some("editor"), "since=2026-11-20&net=true").await, net);
    app.get(None, "/v1/changes?net=true").await.problem(400);
    // A cursor belongs to what it was returned for.
    let page = app.get(None, "/v1/changes?since=2026-11-20&net=true&limit=1").await.expect(200).json();
    let next = page["page"]["next"].as_str().unwrap();
    app.get(None, &format!("/v1/changes?limit=1&cursor={next}")).await.problem(400);
    let second = entries(&app, None, &format!("since=2026-11-20&net=true&cursor={next}")).await;
    assert_eq!(second, net[1..]);
}

#[actix_web::test]
async fn a_title_is_shown_to_those_who_may_read_the_version() {
    let app = TestApp::new().await;
    let address = app.draft("plan").await;
    let path = "/v1/changes?since=2026-11-01&kind=plan";
    app.patch("editor", &address, json!({"title": "Not public yet"})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    let titles = |page: Value| -> Vec<Value> {
        page["data"].as_array().unwrap().iter().map(|row| row["title"].clone()).collect()
    };
    let submitted = titles(app.get(Some("auditor"), path).await.expect(200).json());
    assert_eq!(submitted, [json!("Not public yet")]);
    app.step("publisher", &address, "return", json!({"reason": "Not yet."})).await.expect(200);
    app.get(Some("auditor"), &address).await.expect(404);
    // The auditor may no longer read what was submitted: the feed still says that it was, and no more.
    let page = app.get(Some("auditor"), path).await.expect(200).json();
    assert!(!page.to_string().contains("Not public yet"), "{page}");
    assert_eq!(titles(page), [Value::Null, Value::Null]);
    // The office reads every edit.
    let office = titles(app.get(Some("editor"), path).await.expect(200).json());
    assert!(office.len() == 4 && office.iter().all(Value::is_string), "{office:?}");
}
