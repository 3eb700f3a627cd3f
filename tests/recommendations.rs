//! Recommendations: how they are closed, and what they refuse.

use serde_json::json;

use crate::reports::{body_of, faults, make, name_of, publish};
use crate::support::TestApp;

#[actix_web::test]
async fn closing_needs_a_day_a_reason_and_the_maker_s_own_document() {
    let app = TestApp::new().await;
    let source = "hmicfrs-child-protection-2022";
    for (changes, expected) in [
        (
            json!({"closing": "implemented"}),
            vec!["/closed_on required", "/closed_source required", "/closed_why required"],
        ),
        (
            json!({"closing": "implemented", "closed_on": "2022-10-21", "closed_why": "Done."}),
            vec!["/closed_source required"],
        ),
        (
            json!({"closed_on": "2022-10-21", "closed_source": source}),
            vec!["/closed_on not_here", "/closed_source not_here"],
        ),
        (
            json!({"act_by": "2021-11-15", "respond_by": "2021-01-01"}),
            vec!["/act_by out_of_range", "/respond_by out_of_range"],
        ),
        (json!({"made_by": "home-office"}), vec!["/made_by mismatch"]),
        (json!({"addressed_to": ["ehrc", "ehrc"]}), vec!["/addressed_to/1 duplicate"]),
    ] {
        let answer =
            app.post("editor", "/v1/recommendations", body_of(&app, "recommendation", &changes)).await;
        assert_eq!(faults(&answer), expected, "{changes}");
    }
    let closed = json!({"closing": "implemented", "closed_on": "2022-10-21", "closed_why": "Done.", "closed_source": source});
    make(&app, "editor", "recommendation", closed).await;
}

#[actix_web::test]
async fn the_panel_closes_its_own_without_a_source_and_nobody_else_s() {
    let app = TestApp::new().await;
    let by = "derbyshire-police-and-crime-panel";
    let report = make(&app, "panel_officer", "report", json!({"made_by": by, "report_kind": "panel"})).await;
    let report_name = name_of(&app, "panel_officer", &report).await;
    let of_panel = json!({"report": report_name, "made_by": by, "made_on": null, "act_by": null});
    let address = make(&app, "panel_officer", "recommendation", of_panel).await;
    let closing =
        json!({"closing": "implemented", "closed_on": "2026-10-01", "closed_why": "The office did it."});
    // Published with its report, then closed by its owner.
    publish(&app, "panel_officer", &report).await;
    publish(&app, "panel_officer", &address).await;
    app.get(Some("editor"), &address).await.expect(200);
    app.patch("editor", &address, closing.clone()).await.problem(403);
    app.patch("panel_officer", &address, closing.clone()).await.expect(200);
    let inspectorates = make(&app, "panel_officer", "recommendation", json!({})).await;
    assert_eq!(
        faults(&app.patch("panel_officer", &inspectorates, closing).await),
        ["/closed_source required"]
    );
}

#[actix_web::test]
async fn it_belongs_to_a_recommendation_of_the_same_report() {
    let app = TestApp::new().await;
    let above = "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1";
    let address = make(&app, "editor", "recommendation", json!({"under": above})).await;
    let itself = name_of(&app, "editor", &address).await;
    assert_eq!(faults(&app.patch("editor", &address, json!({"under": itself})).await), ["/under own_record"]);
    let other = json!({"report": "derbyshire-pcc:REP-VETTING-2022"});
    assert_eq!(faults(&app.patch("editor", &address, other).await), ["/under other_report"]);
}

#[actix_web::test]
async fn no_check_tells_of_a_draft_of_the_other_owner() {
    let app = TestApp::new().await;
    // The office drafts that another organisation made its report: the Panel learns nothing of it.
    let report = "/v1/reports/derbyshire-pcc:REP-VETTING-2022";
    app.patch("editor", report, json!({"made_by": "home-office"})).await.expect(200);
    let of_report = json!({"report": "derbyshire-pcc:REP-VETTING-2022"});
    make(&app, "panel_officer", "recommendation", of_report.clone()).await;
    let own = body_of(&app, "recommendation", &of_report);
    assert_eq!(faults(&app.post("editor", "/v1/recommendations", own).await), ["/made_by mismatch"]);
}

/// A published recommendation of the inspection of 2021 with these fields; its name.
async fn recommendation(app: &TestApp, changes: serde_json::Value) -> String {
    let address = make(app, "editor", "recommendation", changes).await;
    publish(app, "editor", &address).await;
    name_of(app, "editor", &address).await
}

#[actix_web::test]
async fn a_response_needs_what_its_position_needs() {
    let app = TestApp::new().await;
    let first = "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1";
    for (answer, expected) in [
        (json!({"position": "rejected"}), vec!["/answers/0/reasons required"]),
        (
            json!({"position": "partly_accepted"}),
            vec!["/answers/0/accepted_part required", "/answers/0/reasons required"],
        ),
        (json!({"position": "accepted"}), vec!["/answers/0/action required"]),
        (
            json!({"position": "accepted", "action": "It.", "accepted_part": "Half."}),
            vec!["/answers/0/accepted_part not_here"],
        ),
        (
            json!({"position": "rejected", "reasons": "No.", "action": "It."}),
            vec!["/answers/0/action not_here"],
        ),
        (
            json!({"position": "rejected", "reasons": "No.", "action_by": "2027-01-01"}),
            vec!["/answers/0/action_by not_here"],
        ),
        (json!({"position": "accepted_in_principle"}), vec!["/answers/0/position unknown_code"]),
    ] {
        let mut answer = answer;
        answer["recommendation"] = json!(first);
        let body = body_of(&app, "response", &json!({"answers": [answer]}));
        assert_eq!(faults(&app.post("editor", "/v1/responses", body).await), expected, "{answer}");
    }
    let good = json!({"recommendation": first, "position": "rejected", "reasons": "No."});
    let twice = body_of(&app, "response", &json!({"answers": [good, good]}));
    assert_eq!(
        faults(&app.post("editor", "/v1/responses", twice).await),
        ["/answers/1/recommendation duplicate"]
    );
    let nothing = body_of(&app, "response", &json!({"report": null, "answers": []}));
    assert_eq!(faults(&app.post("editor", "/v1/responses", nothing).await), ["/report required"]);
    let other = json!({"report": "derbyshire-pcc:REP-VETTING-2022", "answers": [good]});
    let other = body_of(&app, "response", &other);
    assert_eq!(
        faults(&app.post("editor", "/v1/responses", other).await),
        ["/answers/0/recommendation other_report"]
    );
}

#[actix_web::test]
async fn the_force_writes_its_comments_into_the_response_and_nothing_else() {
    let app = TestApp::new().await;
    let address = make(&app, "editor", "response", json!({})).await;
    app.patch("force_officer", &address, json!({"chief_officer_comments": "We agree."})).await.expect(200);
    app.patch("force_officer", &address, json!({"comments": "All is well."})).await.problem(403);
    app.get(Some("partner"), &address).await.problem(404);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.problem(409);
    app.step("commissioner", &address, "approve", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_eq!(app.get(None, &address).await.expect(200).json()["chief_officer_comments"], "We agree.");
}

#[actix_web::test]
async fn progress_is_what_its_last_entry_says() {
    let app = TestApp::new().await;
    let entry = |on: &str, status: &str| json!({"on": on, "status": status, "summary": "Work."});
    for (changes, expected) in [
        (json!({"status": "complete"}), vec!["/status mismatch"]),
        (json!({"entries": []}), vec!["/status mismatch"]),
        (json!({"recommendation": null}), vec!["/recommendation required"]),
        (json!({"report": "derbyshire-pcc:REP-VETTING-2022"}), vec!["/report not_here"]),
        (
            json!({"entries": [entry("2026-02-02", "complete"), entry("2026-02-01", "in_progress")]}),
            vec!["/entries/1/on order"],
        ),
    ] {
        let body = body_of(&app, "progress", &changes);
        assert_eq!(faults(&app.post("editor", "/v1/progress", body).await), expected, "{changes}");
    }
    make(&app, "editor", "progress", json!({"status": "not_started", "entries": []})).await;
}

#[actix_web::test]
async fn from_the_answer_to_the_verification_each_stage_follows_from_the_days() {
    let app = TestApp::new().await;
    let mut names = vec![];
    for number in ["A", "B", "C"] {
        let changes =
            json!({"reference": format!("REC-{number}"), "number": number, "respond_by": "2026-12-01"});
        names.push(recommendation(&app, changes).await);
    }
    let shown = async |name: &str| {
        let one = app.get(None, &format!("/v1/recommendations/{name}")).await.expect(200).json();
        json!([one["open"], one["stage"], one["position"], one["verified_on"], one["verified_by"]])
    };
    assert_eq!(shown(&names[0]).await, json!([true, "made", null, null, null]));
    let answers = json!([
        {"recommendation": names[0], "position": "accepted", "action": "It.", "action_by": "2027-03-31"},
        {"recommendation": names[1], "position": "rejected", "reasons": "No."},
    ]);
    let response = make(&app, "editor", "response", json!({"answers": answers})).await;
    assert_eq!(shown(&names[1]).await, json!([true, "made", null, null, null]), "a draft is nobody's answer");
    publish(&app, "editor", &response).await;
    // Case 11: a rejection closes nothing.
    assert_eq!(shown(&names[1]).await, json!([true, "answered", "rejected", null, null]));
    // Case 10: two of three are answered.
    let report =
        app.get(None, "/v1/reports/derbyshire-pcc:REP-CHILD-PROTECTION-2021").await.expect(200).json();
    let unanswered: Vec<&str> =
        report["unanswered"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(unanswered.contains(&"REC-C") && !unanswered.contains(&"REC-A"), "{unanswered:?}");
    assert!(!unanswered.contains(&"REC-B"), "{unanswered:?}");
    // Case 12: the force claims; it cannot verify itself; the office does.
    let progress = make(
        &app,
        "editor",
        "progress",
        json!({"recommendation": names[0], "entries": [], "status": "not_started"}),
    )
    .await;
    let entries = json!([
        {"on": "2026-10-20", "status": "in_progress", "summary": "Begun."},
        {"on": "2026-10-30", "status": "complete", "summary": "Done."},
    ]);
    let claim = json!({"status": "complete", "entries": entries});
    app.patch("force_officer", &progress, claim).await.expect(200);
    app.patch("force_officer", &progress, json!({"title": "Ours."})).await.problem(403);
    app.post("force_officer", "/v1/progress", body_of(&app, "progress", &json!({}))).await.problem(403);
    publish(&app, "editor", &progress).await;
    assert_eq!(shown(&names[0]).await, json!([true, "claimed", "accepted", null, null]));
    let progress = name_of(&app, "editor", &progress).await;
    let own = json!({"progress": progress, "verified_by": "derbyshire-constabulary", "finding": "verified"});
    let own = body_of(&app, "verification", &own);
    assert_eq!(
        faults(&app.post("editor", "/v1/verifications", own).await),
        ["/verified_by same_organisation"]
    );
    let verified = json!({"progress": progress, "verified_by": "opcc-derbyshire", "on": "2026-10-31", "finding": "verified"});
    let verification = make(&app, "editor", "verification", verified).await;
    publish(&app, "editor", &verification).await;
    assert_eq!(
        shown(&names[0]).await,
        json!([true, "verified", "accepted", "2026-10-31", "opcc-derbyshire"])
    );
}

#[actix_web::test]
async fn the_panel_s_progress_report_that_is_assigned_to_the_office_is_its_to_report_on_only() {
    let app = TestApp::new().await;
    let address = make(&app, "panel_officer", "progress", json!({"by": "opcc-derbyshire"})).await;
    let entries = json!([{"on": "2026-10-30", "status": "complete", "summary": "Done."}]);
    app.patch("editor", &address, json!({"status": "complete", "entries": entries})).await.expect(200);
    assert_eq!(app.patch("editor", &address, json!({"title": "Ours."})).await.problem(403), ["not_yours"]);
    // What was never published is its owner's to submit.
    app.step("editor", &address, "submit", json!({})).await.problem(409);
    app.step("panel_officer", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.problem(403);
    app.step("panel_officer2", &address, "publish", json!({})).await.expect(200);
}
