//! Emergency redaction: what goes, what stays, who may, and the second pair of eyes.

use onrecord::record::erasure;
use onrecord::store::{Conn, Sql};
use serde_json::{Value, json};

use crate::support::{TestApp, on_postgres, publisher, withdrawer, writer};

/// Words that stand nowhere else.
const SECRET: &str = "Zebrastreifenweg";

fn reason() -> Value {
    json!({"reason": "It named a victim."})
}

/// How many rows of a statement's count hold the secret.
fn count(conn: &mut Conn, sql: &'static str) -> i64 {
    let row: onrecord::store::Count = diesel::RunQueryDsl::get_result(Sql::new(sql), conn).unwrap();
    row.n
}

/// A published objective whose success measure holds the secret; its address.
async fn with_secret(app: &TestApp) -> String {
    let kind = app.state.kind("objective").unwrap();
    let mut body = app.fresh(kind);
    body["summary"] = json!(format!("She lives in {SECRET} 7."));
    body["change_reason"] = json!(format!("As told in {SECRET}."));
    let made = app.request("POST", "/v1/objectives").as_role("editor").json(&body);
    let made = made.header("idempotency-key", "one").send().await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.ready("objective", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

#[actix_web::test]
async fn a_redacted_record_leaves_a_tombstone_and_nothing_else() {
    let app = TestApp::new().await;
    let address = with_secret(&app).await;
    let found = format!("/v1/search?q={SECRET}");
    assert_eq!(app.get(None, &found).await.expect(200).json()["data"].as_array().unwrap().len(), 1);
    let redaction =
        app.post("data_protection", &format!("{address}/redact"), reason()).await.expect(200).json();
    assert_eq!(redaction["versions"], json!(null));
    assert_eq!(redaction["redacted_at"], json!("2026-11-01T11:30:00Z"));
    assert_eq!(redaction["review_due"], json!("2026-11-02T11:30:00Z"));
    assert_eq!(redaction["redacted_by"], json!("data_protection"));
    for who in [None, Some("editor"), Some("auditor"), Some("data_protection"), Some("panel_member")] {
        for rest in ["", "/versions", "/versions/1", "/versions/e1", "/thread", "?as_of=2026-11-01T11:30:00Z"]
        {
            let answer = app.get(who, &format!("{address}{rest}")).await;
            answer.problem(410);
            let tombstone = &answer.json()["tombstone"];
            assert_eq!(tombstone["reason"], json!("It named a victim."), "{who:?} {rest}");
            assert_eq!(tombstone["redacted_at"], json!("2026-11-01T11:30:00Z"));
            assert!(!answer.text().contains(SECRET));
        }
        assert_eq!(app.get(who, &found).await.expect(200).json()["data"], json!([]));
    }
    app.seal_and_catch_up();
    let feed = app.get(None, "/v1/changes?limit=200").await.expect(200);
    let mut cursor = feed.json();
    let mut events = vec![];
    loop {
        let rows = cursor["data"].as_array().unwrap().clone();
        if rows.is_empty() {
            break;
        }
        events.extend(rows.into_iter().filter(|row| row["self"] == json!(address)));
        let next = cursor["page"]["next"].as_str().unwrap().to_owned();
        cursor = app.get(None, &format!("/v1/changes?limit=200&cursor={next}")).await.expect(200).json();
    }
    let names: Vec<&str> = events.iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["published", "redacted"]);
    assert_eq!(events[1]["reason"], json!("It named a victim."));
    app.write(|conn| {
        for sql in [
            "SELECT count(*) AS n FROM record_version WHERE content LIKE '%Zebrastreifenweg%' OR reason LIKE '%Zebra%'",
            "SELECT count(*) AS n FROM search_doc WHERE words LIKE '%zebrastreifenweg%'",
            "SELECT count(*) AS n FROM idempotency WHERE idempotency_key = 'one'",
            // Of a short content its hash would tell.
            "SELECT count(*) AS n FROM approval a JOIN record_version v ON v.record = a.record AND v.version = a.version
             WHERE v.redacted_at IS NOT NULL AND length(a.digest) > 0",
        ] {
            assert_eq!(count(conn, sql), 0, "{sql}");
        }
    });
    // The same again finds nothing left; other records named it and may go on to.
    app.post("data_protection", &format!("{address}/redact"), reason()).await.problem(409);
}

/// Whether a file of the database holds a word.
pub fn files_hold(app: &TestApp, word: &str) -> bool {
    let Some(file) = app.file() else {
        // What is changed in memory only is written out first.
        crate::audit::execute(app, &["CHECKPOINT".to_owned()]);
        let text = format!(
            "SELECT count(*) AS n FROM pg_database d, LATERAL pg_ls_dir('base/' || d.oid) f
             WHERE d.datname = current_database()
             AND position('{word}'::bytea IN pg_read_binary_file('base/' || d.oid || '/' || f, 0, 1000000000, true)) > 0"
        );
        let mut found = 0;
        app.write(|conn| {
            let Conn::Pg(pg) = conn else { unreachable!() };
            let row = diesel::RunQueryDsl::get_result(diesel::sql_query(&text), pg);
            found = row.map(|row: onrecord::store::Count| row.n).unwrap();
        });
        return found > 0;
    };
    std::fs::read_dir(file.parent().unwrap()).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    })
}

#[actix_web::test]
async fn nothing_of_it_is_left_in_the_files() {
    let app = TestApp::new().await;
    let address = with_secret(&app).await;
    let word = SECRET.to_lowercase();
    // So that the planner has samples of the values, too.
    crate::audit::execute(&app, &["ANALYZE".to_owned()]);
    assert!(files_hold(&app, SECRET) && files_hold(&app, &word));
    app.post("data_protection", &format!("{address}/redact"), reason()).await.expect(200);
    app.state.scrub_if_due().unwrap();
    assert!(app.state.db.read(erasure::is_due).unwrap());
    // PostgreSQL only frees the space of a row that is deleted: the command and the nightly job rewrite the files.
    assert_eq!(files_hold(&app, SECRET), on_postgres());
    let list = || async {
        let list = app.get(Some("data_protection"), "/v1/redactions").await.expect(200).json();
        list["data"][0]["rewritten_at"].clone()
    };
    assert_eq!(list().await, Value::Null);
    assert_eq!(erasure::rewrite(&app.state.db, &app.state.kinds, &app.state.clock).unwrap(), Some(1));
    assert!(!files_hold(&app, SECRET), "the text is still in a file");
    assert!(!files_hold(&app, &word), "its word is still in a file");
    assert_eq!(list().await, json!("2026-11-01T11:30:00Z"));
    assert!(!app.state.db.read(erasure::is_due).unwrap());
    assert_eq!(erasure::rewrite(&app.state.db, &app.state.kinds, &app.state.clock).unwrap(), Some(0));
    app.seal_and_catch_up();
    crate::audit::verified(&app).unwrap();
}

#[actix_web::test]
async fn an_old_version_can_go_while_the_record_stays() {
    let app = TestApp::new().await;
    let address = with_secret(&app).await;
    app.set_time("2026-11-01T12:00:00Z");
    app.patch("editor", &address, json!({"summary": "Without a name."})).await.expect(200);
    let redact = format!("{address}/redact");
    let versions = |names: Value| json!({"reason": "It named a victim.", "versions": names});
    // What is public, or the working version, is not taken alone; what there is not neither: all faults at once.
    let refused = app.post("data_protection", &redact, versions(json!(["1", "e2", "7"]))).await;
    assert_eq!(refused.problem(422), ["in_use", "in_use", "not_found"]);
    app.ready("objective", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let done = app.post("data_protection", &redact, versions(json!(["1"]))).await.expect(200).json();
    assert_eq!(done["versions"], json!(["e1"]));
    assert_eq!(app.get(None, &address).await.expect(200).json()["summary"], json!("Without a name."));
    app.get(None, &format!("{address}/versions/1")).await.problem(410);
    app.get(Some("editor"), &format!("{address}/versions/e1")).await.problem(410);
    app.get(None, &format!("{address}?as_of=2026-11-01T11:45:00Z")).await.problem(410);
    app.get(None, &format!("{address}?as_of=2026-11-01T11:15:00Z")).await.problem(404);
    app.get(None, &format!("{address}/versions/2")).await.expect(200);
    let lines = app.get(None, &format!("{address}/versions")).await.expect(200).json();
    assert_eq!(lines["data"][1]["state"], json!("redacted"));
    assert_eq!(lines["data"][1]["title"], json!(""));
    assert_eq!(lines["data"][1]["digest"], json!(""));
    assert!(!app.get(None, "/v1/export.zip").await.text().contains(SECRET));
    let again = app.post("data_protection", &redact, versions(json!(["1"]))).await;
    assert_eq!(again.problem(422), ["redacted"]);
    // The record goes on: a third version, numbered behind the second.
    app.patch("editor", &address, json!({"summary": "A third."})).await.expect(200);
    app.ready("objective", &address).await;
    let third = app.step("publisher", &address, "publish", json!({})).await.expect(200).json();
    assert_eq!(third["version"], json!(3));
}

#[actix_web::test]
async fn what_was_withdrawn_or_never_public_can_be_redacted_too() {
    let app = TestApp::new().await;
    for kind in app.workflow_kinds() {
        let def = app.state.kind(kind).unwrap();
        let draft = app.draft(kind).await;
        app.post("data_protection", &format!("{draft}/redact"), reason()).await.expect(200);
        app.get(Some(writer(def)), &draft).await.problem(410);
        app.get(None, &draft).await.problem(404);
        app.get(Some("other_editor"), &draft).await.problem(404);
        let public = app.published(kind).await;
        let tag = app.get(Some(withdrawer(def)), &public).await.expect(200).etag().to_owned();
        let gone = app.request("POST", &format!("{public}/withdraw")).as_role(withdrawer(def)).if_match(&tag);
        gone.json(&json!({"reason": "Wrong."})).send().await.expect(200);
        app.post("data_protection", &format!("{public}/redact"), reason()).await.expect(200);
        let answer = app.get(None, &public).await;
        answer.problem(410);
        assert_eq!(answer.json()["tombstone"]["reason"], json!("It named a victim."));
        let _ = publisher(def);
    }
}

#[actix_web::test]
async fn only_the_data_protection_officer_of_the_body_redacts() {
    let app = TestApp::new().await;
    let public = app.published("objective").await;
    let draft = app.draft("objective").await;
    for who in ["editor", "publisher", "commissioner", "admin", "auditor", "other_data_protection", "partner"]
    {
        app.post(who, &format!("{public}/redact"), reason()).await.problem(403);
        let hidden = app.post(who, &format!("{draft}/redact"), reason()).await;
        let sees = matches!(who, "editor" | "publisher" | "commissioner");
        hidden.problem(if sees { 403 } else { 404 });
    }
    let nobody = app.request("POST", &format!("{public}/redact")).json(&reason()).send().await;
    nobody.problem(401);
    let empty = app.post("data_protection", &format!("{public}/redact"), json!({"resaon": "x"})).await;
    assert_eq!(empty.problem(422), ["required", "unknown_member"]);
    app.get(None, &public).await.expect(200);
}

#[actix_web::test]
async fn somebody_else_reviews_it_within_a_day() {
    let app = TestApp::new().await;
    let address = app.published("objective").await;
    let redaction =
        app.post("data_protection", &format!("{address}/redact"), reason()).await.expect(200).json();
    let review = format!("/v1/redactions/{}/review", redaction["id"].as_str().unwrap());
    let finding = json!({"finding": "upheld", "remarks": "Rightly."});
    app.post("data_protection", &review, finding.clone()).await.problem(403);
    app.post("editor", &review, finding.clone()).await.problem(403);
    app.post("other_data_protection", &review, finding.clone()).await.problem(404);
    let wrong = app.post("commissioner", &review, json!({"finding": "perhaps"})).await;
    assert_eq!(wrong.problem(422), ["unknown_code"]);
    // It is due from whoever may review it, and from nobody else.
    let due =
        |answer: Value| answer["due"].as_array().unwrap().iter().any(|one| one["kind"] == json!("redaction"));
    assert!(due(app.get(Some("commissioner"), "/v1/me").await.expect(200).json()));
    assert!(due(app.get(Some("data_protection2"), "/v1/me").await.expect(200).json()));
    assert!(!due(app.get(Some("data_protection"), "/v1/me").await.expect(200).json()));
    assert!(!due(app.get(Some("editor"), "/v1/me").await.expect(200).json()));
    let done = app.post("commissioner", &review, finding.clone()).await.expect(200).json();
    assert_eq!(done["finding"], json!("upheld"));
    assert_eq!(done["reviewed_by"], json!("commissioner"));
    app.post("data_protection2", &review, finding).await.problem(409);
    assert!(!due(app.get(Some("commissioner"), "/v1/me").await.expect(200).json()));
    for who in ["auditor", "editor", "publisher", "commissioner", "data_protection2"] {
        let list = app.get(Some(who), "/v1/redactions").await.expect(200).json();
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{who}");
    }
    app.get(Some("partner"), "/v1/redactions").await.problem(403);
    app.get(None, "/v1/redactions").await.problem(401);
    assert_eq!(app.get(Some("other_editor"), "/v1/redactions").await.expect(200).json()["data"], json!([]));
    // Pages, as every list has them.
    for _ in 0..2 {
        let another = app.published("objective").await;
        app.post("data_protection", &format!("{another}/redact"), reason()).await.expect(200);
    }
    let first = app.get(Some("auditor"), "/v1/redactions?limit=2").await.expect(200).json();
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let one = format!("/v1/redactions/{}", redaction["id"].as_str().unwrap());
    assert_eq!(app.get(Some("auditor"), &one).await.expect(200).json()["finding"], json!("upheld"));
    app.get(Some("other_editor"), &one).await.problem(404);
    app.get(Some("partner"), &one).await.problem(403);
    let next = first["page"]["next"].as_str().unwrap();
    let last =
        app.get(Some("auditor"), &format!("/v1/redactions?limit=2&cursor={next}")).await.expect(200).json();
    assert_eq!(last["data"][0]["id"], redaction["id"]);
    assert_eq!(last["page"]["next"], json!(null));
}

#[actix_web::test]
async fn what_the_panel_owns_is_reviewed_by_its_clerk_and_not_by_the_office() {
    let app = TestApp::new().await;
    for address in [app.draft("counter_assessment").await, app.published("counter_assessment").await] {
        let redaction =
            app.post("data_protection", &format!("{address}/redact"), reason()).await.expect(200).json();
        let one = format!("/v1/redactions/{}", redaction["id"].as_str().unwrap());
        let review = format!("{one}/review");
        let finding = json!({"finding": "not_upheld"});
        for who in ["editor", "publisher", "commissioner"] {
            app.get(Some(who), &one).await.problem(404);
            assert_eq!(app.get(Some(who), "/v1/redactions").await.expect(200).json()["data"], json!([]));
            let me = app.get(Some(who), "/v1/me").await.expect(200).text();
            assert!(!me.contains(redaction["id"].as_str().unwrap()), "{who}");
        }
        app.post("commissioner", &review, finding.clone()).await.problem(404);
        for who in ["panel_officer", "data_protection2", "auditor"] {
            assert_eq!(app.get(Some(who), &one).await.expect(200).json()["id"], redaction["id"], "{who}");
        }
        let me = app.get(Some("panel_officer"), "/v1/me").await.expect(200).text();
        assert!(me.contains(redaction["id"].as_str().unwrap()));
        assert_eq!(
            app.post("panel_officer", &review, finding).await.expect(200).json()["finding"],
            json!("not_upheld")
        );
    }
    // Nor does the clerk see those of the office.
    let address = app.published("objective").await;
    let redaction =
        app.post("data_protection", &format!("{address}/redact"), reason()).await.expect(200).json();
    let one = format!("/v1/redactions/{}", redaction["id"].as_str().unwrap());
    app.get(Some("panel_officer"), &one).await.problem(404);
    app.post("panel_officer", &format!("{one}/review"), json!({"finding": "upheld"})).await.problem(404);
}

#[actix_web::test]
async fn what_was_withdrawn_before_its_moment_is_never_told_of_as_public() {
    let app = TestApp::new().await;
    let kind = app.state.kind("action").unwrap();
    let address = app.draft(kind.def.name).await;
    app.ready(kind.def.name, &address).await;
    let then = json!({"publish_at": "2026-11-01T12:00:00Z"});
    app.step("publisher", &address, "publish", then).await.expect(200);
    app.step("publisher2", &address, "withdraw", json!({"reason": "By mistake."})).await.expect(200);
    app.set_time("2026-11-02T12:00:00Z");
    app.get(None, &address).await.expect(404);
    let reason = json!({"reason": "A name."});
    app.post("data_protection", &format!("{address}/redact"), reason).await.expect(200);
    app.get(None, &address).await.expect(404);
    app.seal_and_catch_up();
    let feed = app.get(None, "/v1/changes?since=2026-11-01T11:00:00Z&limit=200").await.expect(200);
    assert!(!feed.text().contains(address.rsplit('/').next().unwrap()), "{}", feed.text());
}
