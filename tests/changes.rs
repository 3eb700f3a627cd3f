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
