//! Records that name each other agree while they are public: whoever corrects one is refused what another contradicts.

use serde_json::{Value, json};

use crate::bundles::{exported, imported, unzipped};
use crate::reports::{faults, make, name_of, publish};
use crate::support::{Answer, TestApp};

/// A published record with these fields: its address and its name.
async fn on_record(app: &TestApp, who: &str, kind: &str, changes: Value) -> (String, String) {
    let address = make(app, who, kind, changes).await;
    publish(app, who, &address).await;
    let name = name_of(app, who, &address).await;
    (address, name)
}

/// Corrects a published record: the answer to its publication.
async fn corrected(app: &TestApp, address: &str, changes: Value) -> Answer {
    let (who, publisher) = ("editor", "publisher");
    app.set_time(&app.state.now().plus_seconds(60).to_string());
    app.patch(who, address, changes).await.expect(200);
    app.step(who, address, "submit", json!({})).await.expect(200);
    let path = address.split('/').nth(2).unwrap();
    let kind = app.state.kinds.iter().find(|kind| kind.def.path == path).unwrap();
    if !kind.def.approvals.is_empty() {
        app.step("commissioner", address, "approve", json!({})).await.expect(200);
    }
    let answer = app.step(publisher, address, "publish", json!({})).await;
    if answer.status == 409 {
        let reason = json!({"reason": "It contradicts another record."});
        app.step(publisher, address, "return", reason).await.expect(200);
    }
    answer
}

/// The codes of a refusal, and that it names the record that would contradict and its field.
fn refused(answer: &Answer, record: &str, field: &str) {
    assert!(answer.problem(409).iter().all(|code| *code == "contradicts"), "{}", answer.text());
    let body = answer.json();
    let details = body["errors"].as_array().unwrap().iter().map(|fault| fault["detail"].as_str().unwrap());
    let named = |detail: &str| detail.contains(&format!("`{record}`")) && detail.contains(field);
    assert!(details.into_iter().any(named), "{}", answer.text());
}

#[actix_web::test]
async fn a_correction_that_a_public_record_contradicts_is_refused_and_names_it() {
    let app = TestApp::new().await;
    let fields = json!({"published_on": "2026-05-01", "duty": "set_by_maker", "visited_from": null, "visited_to": null});
    let (report, report_name) = on_record(&app, "editor", "report", fields.clone()).await;
    let (_, other_name) = on_record(&app, "editor", "report", fields).await;
    let fields = json!({"report": report_name, "made_on": "2026-05-01", "under": null, "respond_by": null, "act_by": null});
    let (recommendation, recommendation_name) = on_record(&app, "editor", "recommendation", fields).await;
    let answers = json!([{"recommendation": recommendation_name, "position": "accepted", "action": "It.", "action_by": "2027-03-31"}]);
    let fields = json!({"report": report_name, "responded_on": "2026-05-10", "answers": answers});
    let (response, response_name) = on_record(&app, "editor", "response", fields).await;
    let entries = json!([{"on": "2026-06-01", "status": "in_progress", "summary": "Begun."}]);
    let fields = json!({"recommendation": recommendation_name, "report": null, "by": "opcc-derbyshire", "status": "in_progress", "entries": entries});
    let (_, progress_name) = on_record(&app, "editor", "progress", fields).await;

    let later = corrected(&app, &report, json!({"published_on": "2026-06-01"})).await;
    refused(&later, &response_name, "/responded_on");
    let later = corrected(&app, &recommendation, json!({"made_on": "2026-07-01"})).await;
    refused(&later, &progress_name, "/entries/0/on");
    let moved =
        corrected(&app, &recommendation, json!({"report": other_name, "made_on": "2026-05-01"})).await;
    refused(&moved, &response_name, "/answers/0/recommendation");
    corrected(&app, &recommendation, json!({"report": report_name})).await.expect(200);
    // What agrees is published, and so is what was there before: the response first, then the report.
    corrected(&app, &response, json!({"responded_on": "2026-06-20"})).await.expect(200);
    corrected(&app, &report, json!({"published_on": "2026-06-01"})).await.expect(200);
    corrected(&app, &recommendation, json!({"made_on": "2026-06-01"})).await.expect(200);

    // The history contradicts itself by now, as it was allowed to at each time. It comes in again.
    let archive = exported(&app).await;
    let other = TestApp::empty().await;
    other.set_time("2026-11-01T12:34:00Z");
    imported(&other, archive.clone()).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    assert_eq!(unzipped(&exported(&other).await), unzipped(&archive));
}

#[actix_web::test]
async fn an_owner_agrees_with_itself_and_waits_for_no_other() {
    let app = TestApp::new().await;
    let precept = |band_d: &str| json!({"financial_year": "2026-04-01/P1Y", "band_d": {"amount": band_d, "currency": "GBP"}});
    let fields = json!({"notified_on": "2026-01-28", "precept": precept("110.00"), "revises": null});
    let (first, first_name) = on_record(&app, "editor", "proposal", fields).await;
    let fields = json!({
        "on_plan": null, "on_proposal": first_name, "decided_on": "2026-02-02", "reported_on": "2026-02-03",
        "outcome": "veto", "direction": "too_high", "vote": {"members": 15, "for": 10, "absent": 4},
    });
    on_record(&app, "panel_officer", "panel_decision", fields).await;
    let fields = json!({"notified_on": "2026-02-10", "precept": precept("105.00"), "revises": first_name});
    let (_, revision_name) = on_record(&app, "editor", "proposal", fields).await;
    let lowered = corrected(&app, &first, json!({"precept": precept("104.00")})).await;
    refused(&lowered, &revision_name, "/precept/band_d/amount");
    // The Panel's decision of 2 February holds no correction of the office up, and is no reason to refuse it.
    let later = json!({"notified_on": "2026-02-08", "precept": precept("111.00")});
    corrected(&app, &first, later).await.expect(200);
}

#[actix_web::test]
async fn a_question_stays_with_the_meeting_to_which_it_was_put() {
    let app = TestApp::new().await;
    let meeting = async |held_on: &str| {
        let fields = json!({"status": "scheduled", "held_on": held_on, "agenda_published_on": null,
            "questions": {"close_on": "2026-11-01", "answer_days": 5}});
        on_record(&app, "editor", "meeting", fields).await.1
    };
    let (first, second) = (meeting("2026-11-10").await, meeting("2026-12-20").await);
    let question = make(&app, "editor", "question", json!({"meeting": first, "answers": []})).await;
    app.patch("editor", &question, json!({"meeting": second})).await.expect(200);
    app.patch("editor", &question, json!({"meeting": first})).await.expect(200);
    publish(&app, "editor", &question).await;
    let moved = app.patch("editor", &question, json!({"meeting": second})).await;
    assert_eq!(faults(&moved), ["/meeting frozen"]);
}
