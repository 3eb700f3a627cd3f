//! Days that cannot be: nothing is answered, decided or reported before what it is about, and no duty is counted from a meeting
//! that was not held. And what the scorecard and the search find of answers, entries and verifications.

use serde_json::{Value, json};

use crate::reports::{body_of, faults, make, name_of, publish};
use crate::scorecard::{PLAN, plan, row, scorecard};
use crate::support::TestApp;

/// Who writes a record that is refused, what kind it is, its fields, and the faults.
async fn refused(app: &TestApp, who: &str, kind: &str, changes: Value, expected: &[&str]) {
    let path = format!("/v1/{}", app.state.kind(kind).unwrap().def.path);
    let answer = app.post(who, &path, body_of(app, kind, &changes)).await;
    assert_eq!(faults(&answer), expected, "{kind}: {}", answer.text());
}

#[actix_web::test]
async fn nothing_is_dated_before_what_it_is_about() {
    let app = TestApp::new().await;
    // The report of 16 November 2021, on an inspection of May 2021.
    let report = "derbyshire-pcc:REP-CHILD-PROTECTION-2021";
    let early = json!({"responded_on": "2021-11-15", "answers": []});
    refused(&app, "editor", "response", early, &["/responded_on out_of_range"]).await;
    let entries = json!([{"on": "2021-04-30", "status": "in_progress", "summary": "Begun."}]);
    let early = json!({"report": report, "recommendation": null, "by": "opcc-derbyshire", "status": "in_progress", "entries": entries});
    refused(&app, "editor", "progress", early, &["/entries/0/on out_of_range"]).await;
    let proposal = json!({"notified_on": "2026-01-28"});
    let proposal = make(&app, "editor", "proposal", proposal).await;
    publish(&app, "editor", &proposal).await;
    let proposal = name_of(&app, "editor", &proposal).await;
    let early = json!({"on_proposal": proposal, "decided_on": "2026-01-27", "reported_on": "2026-02-01"});
    refused(&app, "panel_officer", "panel_decision", early, &["/decided_on out_of_range"]).await;
    let on_time = json!({"on_proposal": proposal, "decided_on": "2026-01-28", "reported_on": "2026-02-01"});
    make(&app, "panel_officer", "panel_decision", on_time).await;
    // Questions are answered in writing before a meeting, but not years before.
    let meeting = make(&app, "editor", "meeting", json!({"held_on": "2026-11-16"})).await;
    let meeting = name_of(&app, "editor", &meeting).await;
    let answer = |on: &str| json!({"meeting": meeting, "answers": [{"by": "opcc-derbyshire", "role": "Commissioner", "on": on, "text": "Soon.", "in_meeting": false}]});
    refused(&app, "editor", "question", answer("2025-11-14"), &["/answers/0/on out_of_range"]).await;
    make(&app, "editor", "question", answer("2025-11-15")).await;
    // A meeting that was held is not to come.
    let held = json!({"status": "held", "held_on": "2026-11-16"});
    refused(&app, "editor", "meeting", held, &["/status out_of_range"]).await;
}

#[actix_web::test]
async fn a_question_to_a_meeting_that_was_not_held_is_not_overdue() {
    let app = TestApp::new().await;
    for (status, state) in [
        ("scheduled", json!(["2026-10-15", "overdue"])),
        ("cancelled", json!([null, "not_started"])),
        ("postponed", json!([null, "not_started"])),
    ] {
        let meeting = json!({"status": status, "held_on": "2026-10-10", "agenda_published_on": null,
            "questions": {"close_on": "2026-10-01", "answer_days": 5}});
        let meeting = make(&app, "editor", "meeting", meeting).await;
        publish(&app, "editor", &meeting).await;
        let meeting = name_of(&app, "editor", &meeting).await;
        let question = make(&app, "editor", "question", json!({"meeting": meeting, "answers": []})).await;
        publish(&app, "editor", &question).await;
        let question = name_of(&app, "editor", &question).await;
        let all = app.get(None, "/v1/clocks?clock=answer").await.expect(200).json();
        let clocks = all["data"].as_array().unwrap();
        let clock = clocks.iter().find(|clock| clock["record"] == question.as_str()).unwrap();
        assert_eq!(json!([clock["due"], clock["state"]]), state, "{status}");
    }
}

#[actix_web::test]
async fn what_was_answered_reported_and_verified_changes_the_row_of_its_recommendation() {
    let app = TestApp::new().await;
    plan(&app).await;
    let fields = json!({"priorities": ["derbyshire-pcc:T-PRI-1"], "objectives": [], "made_on": "2026-09-01", "respond_by": null, "act_by": null});
    let recommendation = make(&app, "editor", "recommendation", fields).await;
    publish(&app, "editor", &recommendation).await;
    let name = name_of(&app, "editor", &recommendation).await;
    app.set_time("2026-11-08T12:00:00Z");
    let answers =
        json!([{"recommendation": name, "position": "accepted", "action": "Zebra crossings for referrals."}]);
    let response =
        make(&app, "editor", "response", json!({"responded_on": "2026-11-08", "answers": answers})).await;
    publish(&app, "editor", &response).await;
    let entries = json!([{"on": "2026-11-08", "status": "complete", "summary": "Quagga teams work."}]);
    let progress = json!({"recommendation": name, "report": null, "status": "complete", "entries": entries});
    let progress = make(&app, "editor", "progress", progress).await;
    publish(&app, "editor", &progress).await;
    let progress = name_of(&app, "editor", &progress).await;
    app.set_time("2026-11-09T12:00:00Z");
    let verification = json!({"progress": progress, "verified_by": "opcc-derbyshire", "on": "2026-11-09"});
    let verification = make(&app, "editor", "verification", verification).await;
    publish(&app, "editor", &verification).await;
    app.seal_and_catch_up();
    let changed = async |since: &str| {
        let found = scorecard(&app, &format!("{PLAN}?since={since}")).await;
        let changes = row(&found, "T-PRI-1")["changed"].as_array().unwrap().clone();
        let mut kinds: Vec<String> =
            changes.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(changed("2026-11-08").await, ["progress", "response", "verification"]);
    // The verification alone: what it names did not change.
    assert_eq!(changed("2026-11-09").await, ["verification"]);
    // The search finds what the answers and the entries say.
    for (word, kind, field) in [("zebra", "response", "answers"), ("quagga", "progress", "entries")] {
        let hits = app.get(None, &format!("/v1/search?q={word}")).await.expect(200).json();
        let hit = &hits["data"][0];
        assert_eq!((&hit["kind"], &hit["highlights"][0]["member"]), (&json!(kind), &json!(field)), "{hits}");
    }
}

#[actix_web::test]
async fn a_question_concerns_objectives_and_priorities() {
    let app = TestApp::new().await;
    let question = make(&app, "editor", "question", json!({"priorities": ["derbyshire-pcc:PRI-2"]})).await;
    publish(&app, "editor", &question).await;
    let of = |query: &str| format!("/v1/questions?{query}");
    let found = app.get(None, &of("priority=derbyshire-pcc:PRI-2")).await.expect(200).json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let none = app.get(None, &of("priority=derbyshire-pcc:PRI-1")).await.expect(200).json();
    assert_eq!(none["data"], json!([]));
}
