//! What differs between two versions of a record, for those who may see both.

use serde_json::{Value, json};

use crate::support::TestApp;

async fn published_again(app: &TestApp, address: &str, change: Value) {
    app.patch("editor", address, change).await.expect(200);
    app.ready("objective", address).await;
    app.step("publisher", address, "publish", json!({})).await.expect(200);
}

#[actix_web::test]
async fn two_publications_are_compared_field_by_field() {
    let app = TestApp::new().await;
    let address = app.published("objective").await;
    let before = app.get(None, &address).await.expect(200).json();
    published_again(&app, &address, json!({"title": "Another title", "note": "Reworded."})).await;
    let difference = app.get(None, &format!("{address}/versions/1/diff/2")).await.expect(200).json();
    assert_eq!(difference["from"], format!("{}/versions/1", before["self"].as_str().unwrap()));
    assert_eq!(difference["to"], format!("{}/versions/2", before["self"].as_str().unwrap()));
    assert_eq!(
        difference["changed"],
        json!([
            {"field": "title", "pointer": "/title", "before": before["title"], "after": "Another title"},
            {"field": "note", "pointer": "/note", "before": before["note"], "after": "Reworded."},
        ])
    );
    // The other way round, and with itself.
    let back = app.get(None, &format!("{address}/versions/2/diff/1")).await.expect(200).json();
    assert_eq!(back["changed"][0]["before"], "Another title");
    let same = app.get(None, &format!("{address}/versions/2/diff/2")).await.expect(200).json();
    assert_eq!(same["changed"], json!([]));
    let csv = app.get(None, &format!("{address}/versions/1/diff/2?format=csv")).await.expect(200).text();
    let title = before["title"].as_str().unwrap();
    assert!(csv.starts_with("field,pointer,before,after\n"), "{csv}");
    assert!(csv.contains(&format!("/title,{title},Another title")), "{csv}");
}

#[actix_web::test]
async fn only_the_office_compares_its_edits_and_nobody_what_was_destroyed() {
    let app = TestApp::new().await;
    let address = app.published("objective").await;
    app.patch("editor", &address, json!({"title": "Not public yet"})).await.expect(200);
    let head = app.get(Some("editor"), &format!("{address}/versions")).await.expect(200).json();
    let edit = head["data"][0]["edit"].as_i64().unwrap();
    let path = format!("{address}/versions/1/diff/e{edit}");
    let difference = app.get(Some("editor"), &path).await.expect(200).json();
    assert_eq!(difference["changed"][0]["after"], "Not public yet");
    for who in [None, Some("partner"), Some("panel_member"), Some("auditor"), Some("other_editor")] {
        app.get(who, &path).await.expect(404);
        app.get(who, &format!("{address}/versions/1/diff/2")).await.expect(404);
    }
    for name in ["0", "01", "-1", "e", "e0", "x"] {
        app.get(None, &format!("{address}/versions/1/diff/{name}")).await.expect(404);
    }
    published_again(&app, &address, json!({"title": "Public now"})).await;
    let order = json!({"reason": "It named a victim.", "versions": ["1"]});
    app.post("data_protection", &format!("{address}/redact"), order).await.expect(200);
    app.get(None, &format!("{address}/versions/1/diff/2")).await.problem(410);
    app.get(None, &format!("{address}/versions/2/diff/1")).await.problem(410);
}
