//! What a person decides on, and what is left of it.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::*;

/// The address of a draft that an accepted question became.
fn address_of_question(row: &Value) -> String {
    format!("/v1/questions/{}", row["question"].as_str().unwrap())
}

#[actix_web::test]
async fn an_accepted_question_is_a_draft_that_another_person_publishes() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let own = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let waiting = only(&app).await;
    assert_eq!((&waiting["text"], &waiting["state"]), (&json!(TEXT), &json!("waiting")));
    let body = json!({"reference": "Q-RESIDENT", "text": "How many officers work there?"});
    let row = decide(&app, "editor", &waiting["id"], "accept", body).await.expect(200).json();
    assert_eq!((&row["state"], &row["question"]), (&json!("accepted"), &json!("derbyshire-pcc:Q-RESIDENT")));
    let question = address_of_question(&row);
    let draft = app.get(Some("editor"), &question).await.expect(200).json();
    assert_eq!((&draft["edited"], &draft["asked_by"]), (&json!(true), &json!("resident")));
    assert_eq!(draft["state"], "draft");
    app.get(None, &question).await.problem(404);
    // No number and no receipt tells the public of the draft.
    assert_eq!(counts(&app, None, &meeting).await["waiting"], 1);
    assert_eq!(counts(&app, Some("editor"), &meeting).await["accepted"], 1);
    let shown = receipt(&app, &own).await.expect(200).json();
    assert_eq!((&shown["state"], &shown["question"]), (&json!("accepted"), &Value::Null));
    // Two pairs of eyes.
    app.step("editor", &question, "submit", json!({})).await.expect(200);
    app.step("editor", &question, "publish", json!({})).await.problem(403);
    app.step("publisher", &question, "publish", json!({})).await.expect(200);
    let counted = counts(&app, None, &meeting).await;
    assert_eq!(
        (&counted["accepted"], &counted["waiting"], &counted["received"]),
        (&json!(1), &json!(0), &json!(1))
    );
    let shown = receipt(&app, &own).await.expect(200).json();
    assert_eq!(shown["question"], "derbyshire-pcc:Q-RESIDENT");
    // Once it is answered, what was put goes after 28 days; the record stays.
    let answer = json!([{"by": "opcc-derbyshire", "role": "Commissioner", "on": "2026-11-01", "text": "Twelve.", "in_meeting": false}]);
    app.patch("editor", &question, json!({"answers": answer})).await.expect(200);
    app.set_time("2026-11-29T12:00:00Z");
    destroy_old(&app);
    assert_eq!(receipt(&app, &own).await.status, 200, "the answer is no more than a draft");
    app.step("editor", &question, "submit", json!({})).await.expect(200);
    app.step("publisher", &question, "publish", json!({})).await.expect(200);
    assert_eq!(destroy_old(&app), 1);
    receipt(&app, &own).await.problem(404);
    assert!(inbox(&app, "auditor").await.is_empty());
    assert_eq!(counts(&app, None, &meeting).await["received"], 1);
    app.get(None, &question).await.expect(200);
}

#[actix_web::test]
async fn a_question_that_stays_as_it_was_put_is_not_edited_and_is_accepted_once() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    // The faults of the draft are told, and nothing is decided.
    let wrong =
        json!({"reference": "not a reference", "assigned_organisation": "nobody", "taken": "perhaps"});
    let refused = decide(&app, "editor", &id, "accept", wrong).await;
    assert_eq!(refused.problem(422), ["unknown_code"]);
    let wrong = json!({"reference": "not a reference", "assigned_organisation": "nobody"});
    assert_eq!(
        faults(&decide(&app, "editor", &id, "accept", wrong).await),
        ["/assigned_organisation not_found", "/reference pattern"]
    );
    assert_eq!(only(&app).await["state"], "waiting");
    let accept =
        |n: u32| decide(&app, "editor", &id, "accept", json!({"reference": format!("Q-{n}"), "text": TEXT}));
    let statuses: Vec<u16> = join_all((0..4).map(accept)).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
    assert_eq!(number(&app, "SELECT count(*) AS n FROM record WHERE reference LIKE 'Q-_'"), 1);
    let row = only(&app).await;
    let draft = app.get(Some("editor"), &address_of_question(&row)).await.expect(200).json();
    assert_eq!((&draft["edited"], &draft["taken"]), (&json!(false), &json!("yes")));
    for (verb, body) in
        [("refuse", json!({"reason": "abusive"})), ("same-as", json!({"same_as": row["question"]}))]
    {
        decide(&app, "editor", &id, verb, body).await.problem(409);
    }
}

#[actix_web::test]
async fn a_refusal_has_a_reason_of_the_list_is_counted_and_leaves_nothing_after_28_days() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let reasons = ["current_case", "personal_data", "abusive", "not_policing", "too_late"];
    let mut receipts = vec![];
    for (n, _) in reasons.iter().enumerate() {
        receipts.push(put_text(&app, &meeting, &format!("192.0.2.{n}"), TEXT).await);
    }
    let waiting = inbox(&app, "editor").await;
    let refused = decide(&app, "editor", &waiting[0]["id"], "refuse", json!({"reason": "because"})).await;
    assert_eq!(refused.problem(422), ["unknown_code"]);
    for (row, reason) in waiting.iter().zip(reasons) {
        let row =
            decide(&app, "editor", &row["id"], "refuse", json!({"reason": reason})).await.expect(200).json();
        assert_eq!((&row["state"], &row["reason"]), (&json!("refused"), &json!(reason)));
    }
    let expected = json!({
        "received": 5, "waiting": 0, "accepted": 0, "merged": 0,
        "refused_by_reason": {"current_case": 1, "personal_data": 1, "abusive": 1, "not_policing": 1, "too_late": 1},
        "withdrawn": 0, "answered": 0,
    });
    assert_eq!(counts(&app, None, &meeting).await, expected);
    assert_eq!(receipt(&app, &receipts[2]).await.expect(200).json()["reason"], "abusive");
    // The trail has the decisions and nothing of what was put.
    app.seal_and_catch_up();
    let trail = app.get(Some("auditor"), "/v1/audit?event=question_refused").await.expect(200);
    assert_eq!(trail.json()["data"].as_array().unwrap().len(), 5);
    assert!(!trail.text().contains("zyx") && trail.text().contains("not_policing"));
    let trail = app.get(Some("auditor"), "/v1/audit?event=question_received").await.expect(200);
    assert_eq!(trail.json()["data"].as_array().unwrap().len(), 5);
    assert!(!trail.text().contains("192.0.2") && !trail.text().contains("zyx"));
    app.set_time("2026-11-28T23:59:59Z");
    destroy_old(&app);
    receipt(&app, &receipts[2]).await.expect(200);
    app.set_time("2026-11-29T00:00:00Z");
    assert_eq!(destroy_old(&app), 5);
    receipt(&app, &receipts[2]).await.problem(404);
    assert!(inbox(&app, "auditor").await.is_empty());
    assert_eq!(
        number(
            &app,
            "SELECT count(*) AS n FROM resident_question WHERE text IS NOT NULL OR receipt_digest IS NOT NULL OR asked_by IS NOT NULL"
        ),
        0
    );
    assert_eq!(counts(&app, None, &meeting).await, expected);
}

#[actix_web::test]
async fn a_question_that_asks_the_same_names_one_of_the_same_meeting() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let own = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    let elsewhere = app.published("question").await;
    let elsewhere = name_of(&app, "editor", &elsewhere).await;
    let there = make(
        &app,
        "editor",
        "question",
        json!({"meeting": name_of(&app, "editor", &meeting).await, "answers": []}),
    )
    .await;
    let there_name = name_of(&app, "editor", &there).await;
    for (name, code) in
        [(elsewhere.as_str(), "other_meeting"), ("derbyshire-pcc:NOTHING", "not_found"), ("x", "not_found")]
    {
        let refused = decide(&app, "editor", &id, "same-as", json!({"same_as": name})).await;
        assert_eq!(refused.problem(422), [code], "{name}");
    }
    let row = decide(&app, "editor", &id, "same-as", json!({"same_as": there_name})).await.expect(200).json();
    assert_eq!((&row["state"], &row["question"]), (&json!("merged"), &json!(there_name)));
    // As long as the other one is a draft it waits to everyone else.
    assert_eq!(counts(&app, None, &meeting).await["waiting"], 1);
    publish(&app, "editor", &there).await;
    let counted = counts(&app, None, &meeting).await;
    assert_eq!(
        (&counted["merged"], &counted["waiting"], &counted["received"]),
        (&json!(1), &json!(0), &json!(2))
    );
    assert_eq!(receipt(&app, &own).await.expect(200).json()["question"], json!(there_name));
    // Taking it back does not keep the other one from being changed and published again.
    take_back(&app, &own).await.expect(200);
    app.patch("editor", &there, json!({"note": "Again."})).await.expect(200);
    app.step("editor", &there, "submit", json!({})).await.expect(200);
    app.step("publisher", &there, "publish", json!({})).await.expect(200);
}

pub async fn take_back(app: &TestApp, receipt: &str) -> Answer {
    app.request("POST", &format!("/v1/question-receipts/{receipt}/withdraw")).send().await
}

#[actix_web::test]
async fn whoever_asked_takes_it_back_until_it_is_public() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let waiting = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    assert_eq!(take_back(&app, &waiting).await.expect(200).json()["state"], "withdrawn");
    assert_eq!(take_back(&app, &waiting).await.expect(200).json()["state"], "withdrawn", "again");
    assert!(inbox(&app, "auditor").await.is_empty(), "what was put is destroyed at once");
    assert_eq!(counts(&app, None, &meeting).await["withdrawn"], 1);
    // After it was accepted: the draft ends, too.
    let accepted = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    let row = decide(&app, "editor", &id, "accept", json!({"reference": "Q-1"})).await.expect(200).json();
    let question = address_of_question(&row);
    app.step("editor", &question, "submit", json!({})).await.expect(200);
    let tag = app.get(Some("publisher"), &question).await.expect(200).etag().to_owned();
    assert_eq!(take_back(&app, &accepted).await.expect(200).json()["state"], "withdrawn");
    let publish = app.request("POST", &format!("{question}/publish")).as_role("publisher").if_match(&tag);
    let refused = publish.json(&json!({})).send().await;
    refused.problem(410);
    assert!(refused.text().contains("took it back"), "{}", refused.text());
    // After it was published the office decides, and after it was scheduled.
    let public = put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    let row = decide(&app, "editor", &id, "accept", json!({"reference": "Q-2"})).await.expect(200).json();
    let question = address_of_question(&row);
    app.step("editor", &question, "submit", json!({})).await.expect(200);
    app.step("publisher", &question, "publish", json!({"publish_at": "2026-11-02T12:00:00Z"}))
        .await
        .expect(200);
    take_back(&app, &public).await.problem(409);
    app.set_time("2026-11-02T12:00:00Z");
    let refused = take_back(&app, &public).await;
    refused.problem(409);
    assert!(refused.text().contains("Ask the office"), "{}", refused.text());
    // A refusal stays counted as one, without what was put.
    let refused = put_text(&app, &meeting, "192.0.2.9", TEXT).await;
    let rows = inbox(&app, "editor").await;
    let id = rows.iter().find(|row| row["state"] == "waiting").unwrap()["id"].clone();
    decide(&app, "editor", &id, "refuse", json!({"reason": "abusive"})).await.expect(200);
    assert_eq!(take_back(&app, &refused).await.expect(200).json()["state"], "refused");
    assert_eq!(counts(&app, None, &meeting).await["refused_by_reason"]["abusive"], 1);
}

#[actix_web::test]
async fn of_a_decision_and_a_withdrawal_at_once_one_comes_first() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    for n in 0..8 {
        let own = put_text(&app, &meeting, &format!("192.0.2.{n}"), TEXT).await;
        let rows = inbox(&app, "editor").await;
        let id = rows.iter().find(|row| row["state"] == "waiting").unwrap()["id"].clone();
        let accept = decide(&app, "editor", &id, "accept", json!({"reference": format!("Q-{n}")}));
        let (accepted, back) = join(accept, take_back(&app, &own)).await;
        assert_eq!(back.status, 200, "{}", back.text());
        assert!([200, 404, 409].contains(&accepted.status), "{}", accepted.text());
        assert_eq!(receipt(&app, &own).await.expect(200).json()["state"], "withdrawn");
    }
    assert!(inbox(&app, "auditor").await.is_empty());
}

#[actix_web::test]
async fn a_redaction_of_the_question_destroys_what_was_put_too() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    let row = decide(&app, "editor", &id, "accept", json!({"reference": "Q-1"})).await.expect(200).json();
    let redact = format!("{}/redact", address_of_question(&row));
    app.post("data_protection", &redact, json!({"reason": "A name."})).await.expect(200);
    assert!(inbox(&app, "auditor").await.is_empty());
    assert_eq!(number(&app, "SELECT count(*) AS n FROM resident_question WHERE text IS NOT NULL"), 0);
}

#[actix_web::test]
async fn the_panels_clerk_decides_on_what_is_put_to_the_panels_meetings_and_the_office_does_not() {
    let app = TestApp::new().await;
    let meeting = make(&app, "panel_officer", "meeting", json!({"series": "panel"})).await;
    publish(&app, "panel_officer", &meeting).await;
    put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    assert!(inbox(&app, "editor").await.is_empty());
    let rows = inbox(&app, "panel_officer").await;
    assert_eq!((rows.len(), inbox(&app, "auditor").await.len()), (1, 1));
    decide(&app, "editor", &rows[0]["id"], "refuse", json!({"reason": "abusive"})).await.problem(404);
    let row = decide(&app, "panel_officer", &rows[0]["id"], "accept", json!({"reference": "Q-1"}))
        .await
        .expect(200);
    let question = address_of_question(&row.json());
    assert_eq!(
        app.get(Some("panel_officer"), &question).await.expect(200).json()["owner"],
        "derbyshire-police-and-crime-panel"
    );
    app.get(Some("editor"), &question).await.problem(404);
}

#[actix_web::test]
async fn nobody_asks_as_the_panel_and_whoever_accepts_corrects_who_asks() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let refused = put(&app, &meeting, "192.0.2.1", json!({"text": TEXT, "asked_by": "panel"})).await;
    assert_eq!(faults(&refused), ["/asked_by unknown_code"]);
    let page = app.get(None, &format!("{meeting}?format=html")).await.expect(200);
    assert!(page.text().contains("<option value=\"councillor\">"), "{}", page.text());
    assert!(!page.text().contains("<option value=\"panel\">"));
    put(&app, &meeting, "192.0.2.1", json!({"text": TEXT, "asked_by": "councillor"})).await.expect(202);
    let id = only(&app).await["id"].clone();
    let body = json!({"reference": "Q-CORRECTED", "asked_by": "panel"});
    let row = decide(&app, "editor", &id, "accept", body).await.expect(200).json();
    assert_eq!(row["asked_by"], "councillor", "what was put stays as it was put");
    let draft = app.get(Some("editor"), &address_of_question(&row)).await.expect(200).json();
    assert_eq!((&draft["asked_by"], &draft["edited"]), (&json!("panel"), &json!(false)));
}

#[actix_web::test]
async fn a_question_in_other_words_than_were_put_is_edited() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    put_text(&app, &meeting, "192.0.2.1", TEXT).await;
    let id = only(&app).await["id"].clone();
    let body = json!({"reference": "Q-EDITED"});
    let row = decide(&app, "editor", &id, "accept", body).await.expect(200).json();
    let question = address_of_question(&row);
    let other = "How many officers work here?";
    let refused = app.patch("editor", &question, json!({"text": other})).await;
    assert_eq!(faults(&refused), ["/edited mismatch"]);
    app.patch("editor", &question, json!({"text": other, "edited": true})).await.expect(200);
    assert_eq!(faults(&app.patch("editor", &question, json!({"edited": false})).await), ["/edited mismatch"]);
    app.patch("editor", &question, json!({"text": TEXT, "edited": false})).await.expect(200);
    // Once what was put is destroyed, the version before takes its place.
    let answer = json!([{"by": "opcc-derbyshire", "role": "Commissioner", "on": "2026-11-01", "text": "Twelve.", "in_meeting": false}]);
    app.patch("editor", &question, json!({"answers": answer})).await.expect(200);
    publish(&app, "editor", &question).await;
    app.set_time("2026-11-29T12:00:00Z");
    destroy_old(&app);
    assert!(inbox(&app, "auditor").await.is_empty());
    assert_eq!(faults(&app.patch("editor", &question, json!({"text": other})).await), ["/edited mismatch"]);
    app.patch("editor", &question, json!({"text": other, "edited": true})).await.expect(200);
    assert_eq!(faults(&app.patch("editor", &question, json!({"edited": false})).await), ["/edited mismatch"]);
    // What the office recorded itself says what it says.
    let own = make(&app, "editor", "question", json!({})).await;
    app.patch("editor", &own, json!({"text": other})).await.expect(200);
}

#[actix_web::test]
async fn what_was_put_ends_also_where_nobody_answers() {
    let app = TestApp::new().await;
    let meeting = meeting(&app).await;
    let mut receipts = vec![];
    for (reference, handling) in [("Q-NOT-TAKEN", "no"), ("Q-TAKEN", "yes"), ("Q-DRAFT", "yes")] {
        receipts.push(put_text(&app, &meeting, "192.0.2.1", TEXT).await);
        let all = inbox(&app, "editor").await;
        let waiting = all.iter().find(|one| one["state"] == "waiting").unwrap();
        let body = json!({"reference": reference, "taken": handling});
        let row = decide(&app, "editor", &waiting["id"], "accept", body).await.expect(200).json();
        if reference != "Q-DRAFT" {
            publish(&app, "editor", &address_of_question(&row)).await;
        }
    }
    for (day, left) in [("2026-11-28", 3), ("2026-11-29", 2), ("2027-11-01", 2), ("2027-11-02", 0)] {
        app.set_time(&format!("{day}T12:00:00Z"));
        destroy_old(&app);
        let mut found = 0;
        for one in &receipts {
            found += usize::from(receipt(&app, one).await.status == 200);
        }
        assert_eq!(found, left, "{day}");
        let draft = app.get(Some("editor"), "/v1/questions/derbyshire-pcc:Q-DRAFT").await.status;
        assert_eq!(draft, if left == 0 { 410 } else { 200 }, "{day}");
    }
}
