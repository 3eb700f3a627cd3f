//! What ends with a question that its asker takes back, or that the office never publishes: its draft, and what others have put
//! that asked the same.

use onrecord::record::erasure;
use onrecord::resources::QUESTION_TABLES;
use onrecord::store::{Count, Sql};
use serde_json::json;

use super::inbox::take_back;
use super::*;
use crate::redaction::files_hold;

/// A draft of the first of three questions that residents have put, with which the other two were merged: its address, and the
/// three receipts.
async fn merged(app: &TestApp, meeting: &str, reference: &str) -> (String, Vec<String>) {
    let mut receipts = vec![];
    let mut question = Value::Null;
    for n in 0..3 {
        receipts.push(put_text(app, meeting, &format!("192.0.2.{n}"), &format!("{TEXT} {n}")).await);
        let rows = inbox(app, "editor").await;
        let row = rows.iter().find(|row| row["state"] == "waiting").unwrap();
        let (verb, body) = match n {
            0 => ("accept", json!({"reference": reference})),
            _ => ("same-as", json!({"same_as": question})),
        };
        question = decide(app, "editor", &row["id"], verb, body).await.expect(200).json()["question"].clone();
    }
    (format!("/v1/questions/{}", question.as_str().unwrap()), receipts)
}

/// That number of a count and no other, to each reader.
async fn assert_counts(app: &TestApp, meeting: &str, expected: &[(&str, i64)]) {
    for who in [None, Some("editor"), Some("publisher"), Some("panel_member"), Some("auditor")] {
        let counted = counts(app, who, meeting).await;
        let sum: i64 = expected.iter().map(|(_, number)| number).sum();
        assert_eq!(counted["received"], sum, "{who:?} {counted}");
        for name in ["waiting", "accepted", "merged", "withdrawn"] {
            let number = expected.iter().find(|(known, _)| *known == name).map_or(0, |(_, number)| *number);
            assert_eq!(counted[name], number, "{who:?} {name} {counted}");
        }
    }
}

#[actix_web::test]
async fn those_merged_with_a_draft_that_ends_are_decided_on_anew() {
    let app = TestApp::new().await;
    for (n, end) in ["taken back", "withdrawn", "redacted"].into_iter().enumerate() {
        let meeting = meeting(&app).await;
        let (question, receipts) = merged(&app, &meeting, &format!("Q-{n}")).await;
        app.step("editor", &question, "submit", json!({})).await.expect(200);
        app.step("publisher", &question, "share", json!({})).await.expect(200);
        match end {
            "taken back" => take_back(&app, &receipts[0]).await.expect(200),
            "withdrawn" => app
                .step("publisher", &question, "withdraw", json!({"reason": "By mistake."}))
                .await
                .expect(200),
            _ => {
                let redact = format!("{question}/redact");
                app.post("data_protection", &redact, json!({"reason": "A name."})).await.expect(200)
            }
        };
        assert_counts(&app, &meeting, &[("waiting", 2), ("withdrawn", 1)]).await;
        assert_eq!(receipt(&app, &receipts[0]).await.expect(200).json()["state"], "withdrawn", "{end}");
        for own in &receipts[1..] {
            let shown = receipt(&app, own).await.expect(200).json();
            assert_eq!(
                (&shown["state"], &shown["question"], &shown["decided_at"]),
                (&json!("waiting"), &Value::Null, &Value::Null),
                "{end}"
            );
        }
        let rows = inbox(&app, "editor").await;
        let waiting: Vec<&Value> = rows.iter().filter(|row| row["state"] == "waiting").collect();
        assert_eq!(waiting.len(), 2, "{end}: {rows:?}");
        // The draft that has ended asks the same as nothing.
        let name = question.rsplit('/').next().unwrap();
        let refused = decide(&app, "editor", &waiting[0]["id"], "same-as", json!({"same_as": name})).await;
        assert_eq!(refused.problem(422), ["not_found"], "{end}");
        let body = json!({"reference": format!("Q-{n}-ANEW")});
        decide(&app, "editor", &waiting[0]["id"], "accept", body).await.expect(200);
        decide(&app, "editor", &waiting[1]["id"], "refuse", json!({"reason": "too_late"})).await.expect(200);
    }
    app.seal_and_catch_up();
    crate::audit::verified(&app).unwrap();
}

#[actix_web::test]
async fn what_was_merged_with_a_public_question_ends_with_it() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let (question, receipts) = merged(&app, &meeting, "Q-1").await;
    // Whoever asked the same takes back no more than what they have put themselves.
    take_back(&app, &receipts[2]).await.expect(200);
    assert_eq!(app.get(Some("editor"), &question).await.expect(200).json()["state"], "draft");
    publish(&app, "editor", &question).await;
    assert_counts(&app, &meeting, &[("accepted", 1), ("merged", 1), ("withdrawn", 1)]).await;
    app.step("publisher2", &question, "withdraw", json!({"reason": "By mistake."})).await.expect(200);
    assert_counts(&app, &meeting, &[("withdrawn", 3)]).await;
    for own in &receipts {
        assert_eq!(receipt(&app, own).await.expect(200).json()["state"], "withdrawn");
    }
}

#[actix_web::test]
async fn what_is_taken_back_is_destroyed_in_its_draft_and_in_every_file() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let own = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    let row = decide(&app, "editor", &id, "accept", json!({"reference": "Q-1"})).await.expect(200).json();
    let question = format!("/v1/questions/{}", row["question"].as_str().unwrap());
    let more = json!({"note": "The zyxofficers again.", "change_reason": "As the zyxofficers asked."});
    app.patch("editor", &question, more).await.expect(200);
    app.step("editor", &question, "submit", json!({})).await.expect(200);
    let tag = app.get(Some("publisher"), &question).await.expect(200).etag().to_owned();
    let found = "/v1/search?q=zyxofficers";
    assert_eq!(app.get(Some("editor"), found).await.expect(200).json()["data"].as_array().unwrap().len(), 1);
    assert!(files_hold(&app, "zyxofficers"));
    app.seal_and_catch_up();
    // The call has a token, which is not noted: whoever has the receipt stays unnamed.
    let path = format!("/v1/question-receipts/{own}/withdraw");
    app.request("POST", &path).as_role("force_officer").send().await.expect(200);
    for who in ["editor", "publisher", "auditor", "panel_member", "data_protection"] {
        for rest in ["", "/versions", "/versions/e1", "/versions/e2"] {
            let answer = app.get(Some(who), &format!("{question}{rest}")).await;
            assert!([404, 410].contains(&answer.status), "{who} {rest}: {}", answer.text());
            assert!(!answer.text().contains("zyx"), "{who} {rest}");
        }
        assert_eq!(app.get(Some(who), found).await.expect(200).json()["data"], json!([]), "{who}");
    }
    app.get(None, &question).await.problem(404);
    let tombstone = app.get(Some("editor"), &question).await.expect(410).json()["tombstone"].clone();
    assert_eq!(tombstone["reason"], "Whoever put this question took it back.");
    for (verb, who) in [("submit", "editor"), ("share", "publisher"), ("publish", "publisher")] {
        let step = app.request("POST", &format!("{question}/{verb}")).as_role(who).if_match(&tag);
        step.json(&json!({})).send().await.problem(410);
    }
    let edit = app.request("PATCH", &question).as_role("editor").if_match(&tag);
    edit.json(&json!({"note": "Again."})).send().await.problem(410);
    // Somebody reviews it as any other redaction.
    let list = app.get(Some("auditor"), "/v1/redactions").await.expect(200);
    assert_eq!(list.json()["data"][0]["redacted_by"], "anonymous", "{}", list.text());
    take_back(&app, &own).await.expect(200);
    app.state.scrub_if_due().unwrap();
    erasure::rewrite(&app.state.db, &app.state.kinds, &app.state.clock).unwrap().unwrap();
    assert!(app.state.db.rewrite_only(QUESTION_TABLES).unwrap());
    assert!(!files_hold(&app, "zyxofficers"), "the text is still in a file");
    app.seal_and_catch_up();
    let trail = app.get(Some("auditor"), "/v1/audit?limit=200").await.expect(200);
    assert!(!trail.text().contains("zyx") && !trail.text().contains("force_officer"), "{}", trail.text());
    crate::audit::verified(&app).unwrap();
}

#[actix_web::test]
async fn the_counts_add_up_to_each_reader_where_a_shared_draft_was_taken_back() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let (question, receipts) = merged(&app, &meeting, "Q-1").await;
    app.step("editor", &question, "submit", json!({})).await.expect(200);
    app.step("publisher", &question, "share", json!({})).await.expect(200);
    assert_eq!(counts(&app, Some("panel_member"), &meeting).await["received"], 3);
    take_back(&app, &receipts[1]).await.expect(200);
    take_back(&app, &receipts[0]).await.expect(200);
    assert_counts(&app, &meeting, &[("waiting", 1), ("withdrawn", 2)]).await;
}

#[actix_web::test]
async fn a_draft_that_was_never_published_is_destroyed_with_what_was_put() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let (withdrawn, receipts) = merged(&app, &meeting, "Q-WITHDRAWN").await;
    app.step("editor", &withdrawn, "submit", json!({})).await.expect(200);
    app.step("publisher", &withdrawn, "withdraw", json!({"reason": "By mistake."})).await.expect(200);
    take_back(&app, &receipts[1]).await.expect(200);
    let rows = inbox(&app, "editor").await;
    let waiting = rows.iter().find(|row| row["state"] == "waiting").unwrap();
    let body = json!({"reference": "Q-LEFT"});
    let row = decide(&app, "editor", &waiting["id"], "accept", body).await.expect(200).json();
    let left = format!("/v1/questions/{}", row["question"].as_str().unwrap());
    // Of the two with a moment of publication one is called off.
    let scheduled = put_text(&app, &meeting, "192.0.2.9", TEXT).await;
    let rows = inbox(&app, "editor").await;
    let waiting = rows.iter().find(|row| row["state"] == "waiting").unwrap();
    let row =
        decide(&app, "editor", &waiting["id"], "accept", json!({"reference": "Q-LATER"})).await.expect(200);
    let later = format!("/v1/questions/{}", row.json()["question"].as_str().unwrap());
    app.step("editor", &later, "submit", json!({})).await.expect(200);
    app.step("publisher", &later, "publish", json!({"publish_at": "2028-01-01T12:00:00Z"})).await.expect(200);
    let texts = |reference: &str| {
        let sql = Sql::new("SELECT count(*) AS n FROM record_version v JOIN record r ON r.id = v.record WHERE v.content LIKE '%zyxofficers%' AND r.reference = ").bind(reference.to_owned());
        app.state.db.read(|conn| Ok(sql.clone().get_result::<Number>(conn)?.n)).unwrap()
    };
    for (day, expected) in [
        ("2026-11-28", [1, 1, 1]),
        ("2026-11-29", [0, 1, 1]),
        ("2027-11-01", [0, 1, 1]),
        ("2027-11-02", [0, 0, 1]),
    ] {
        app.set_time(&format!("{day}T12:00:00Z"));
        destroy_old(&app);
        assert_eq!(destroy_old(&app), 0, "{day}");
        assert_eq!(["Q-WITHDRAWN", "Q-LEFT", "Q-LATER"].map(texts), expected, "{day}");
    }
    for address in [&withdrawn, &left] {
        let tombstone = app.get(Some("editor"), address).await.expect(410).json()["tombstone"].clone();
        assert!(tombstone["reason"].as_str().unwrap().contains("never published"), "{tombstone}");
        app.get(None, address).await.problem(404);
    }
    receipt(&app, &scheduled).await.problem(404);
    // Once the publication is called off, it is a draft whose time is over.
    app.step("publisher", &later, "return", json!({"reason": "Not now."})).await.expect(200);
    assert_eq!(texts("Q-LATER"), 1);
    assert!(destroy_old(&app) > 0);
    assert_eq!(texts("Q-LATER"), 0);
    app.seal_and_catch_up();
    crate::audit::verified(&app).unwrap();
}

#[actix_web::test]
async fn a_redaction_of_an_edit_destroys_what_was_put_too() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let own = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    let row = decide(&app, "editor", &id, "accept", json!({"reference": "Q-1"})).await.expect(200).json();
    let question = format!("/v1/questions/{}", row["question"].as_str().unwrap());
    let other = "How many people work in the neighbourhood teams?";
    app.patch("editor", &question, json!({"text": other, "edited": true})).await.expect(200);
    let body = json!({"reason": "A name.", "versions": ["e1"]});
    app.post("data_protection", &format!("{question}/redact"), body).await.expect(200);
    assert!(inbox(&app, "auditor").await.is_empty());
    assert_eq!(number(&app, "SELECT count(*) AS n FROM resident_question WHERE text IS NOT NULL"), 0);
    assert!(!app.get(Some("editor"), "/v1/question-inbox").await.text().contains("zyx"));
    // The record goes on, and says still that its words are not the resident's.
    assert_eq!(receipt(&app, &own).await.expect(200).json()["state"], "accepted");
    assert_eq!(faults(&app.patch("editor", &question, json!({"edited": false})).await), ["/edited mismatch"]);
    publish(&app, "editor", &question).await;
    assert_eq!(app.get(None, &question).await.expect(200).json()["text"], other);
    app.state.scrub_if_due().unwrap();
    erasure::rewrite(&app.state.db, &app.state.kinds, &app.state.clock).unwrap().unwrap();
    assert!(app.state.db.rewrite_only(QUESTION_TABLES).unwrap());
    assert!(!files_hold(&app, "zyxofficers"), "the text is still in a file");
}

#[actix_web::test]
async fn of_merging_with_a_draft_and_taking_that_back_at_once_nothing_is_lost() {
    use futures_util::future::join;
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    for n in 0..8 {
        let own = put_text(&app, &meeting, &format!("192.0.2.{n}"), TEXT).await;
        let other = put_text(&app, &meeting, &format!("192.0.2.{n}"), TEXT).await;
        let rows = inbox(&app, "editor").await;
        let waiting: Vec<&Value> = rows.iter().filter(|row| row["state"] == "waiting").collect();
        let body = json!({"reference": format!("Q-{n}")});
        let row = decide(&app, "editor", &waiting[0]["id"], "accept", body).await.expect(200).json();
        let question = format!("/v1/questions/{}", row["question"].as_str().unwrap());
        app.step("editor", &question, "submit", json!({})).await.expect(200);
        let same = decide(&app, "editor", &waiting[1]["id"], "same-as", json!({"same_as": row["question"]}));
        let answer = match n % 2 {
            0 => join(same, take_back(&app, &own)).await,
            _ => {
                let end = app.step("publisher", &question, "withdraw", json!({"reason": "By mistake."}));
                join(same, end).await
            }
        };
        assert_eq!(answer.1.status, 200, "{}", answer.1.text());
        assert!([200, 422].contains(&answer.0.status), "{}", answer.0.text());
        assert_eq!(receipt(&app, &other).await.expect(200).json()["state"], "waiting", "{n}");
        decide(&app, "editor", &waiting[1]["id"], "refuse", json!({"reason": "too_late"})).await.expect(200);
    }
}

#[actix_web::test]
async fn what_was_scheduled_and_withdrawn_was_never_public_and_can_be_taken_back() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let (question, receipts) = merged(&app, &meeting, "Q-SCHEDULED").await;
    app.ready("question", &question).await;
    let then = json!({"publish_at": "2026-11-02T09:00:00Z"});
    app.step("publisher", &question, "publish", then).await.expect(200);
    take_back(&app, &receipts[0]).await.problem(409);
    app.step("publisher2", &question, "withdraw", json!({"reason": "By mistake."})).await.expect(200);
    assert_counts(&app, &meeting, &[("waiting", 2), ("withdrawn", 1)]).await;
    app.set_time("2026-11-03T09:00:00Z");
    take_back(&app, &receipts[0]).await.expect(200);
    app.get(None, &question).await.expect(404);
    let words =
        Sql::new("SELECT count(*) AS n FROM record_version WHERE content LIKE ").bind(format!("%{TEXT} 0%"));
    let held: Count = app.state.db.read(|conn| Ok(words.clone().get_result(conn)?)).unwrap();
    assert_eq!(held.n, 0, "its words are on record");
}
