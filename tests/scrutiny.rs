//! Who may say what of a recommendation: nobody verifies their own progress, reports twice on it, closes it for another, or
//! answers in another's name; what the force has written is submitted by the force.

use serde_json::{Value, json};

use crate::reports::{body_of, faults, make, name_of, publish};
use crate::support::TestApp;

const PANEL: &str = "derbyshire-police-and-crime-panel";

/// Published progress of the force on the first area of 2021, which it claims to be done; its address.
async fn claim(app: &TestApp, who: &str, changes: Value) -> String {
    let mut all = json!({
        "recommendation": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1", "status": "complete",
        "entries": [{"on": "2026-10-20", "status": "complete", "summary": "Done."}],
    });
    all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let address = make(app, who, "progress", all).await;
    publish(app, who, &address).await;
    address
}

async fn stage(app: &TestApp) -> Value {
    let one = app.get(None, "/v1/recommendations/derbyshire-pcc:REC-CHILD-PROTECTION-2021-1").await;
    let one = one.expect(200).json();
    json!([one["stage"], one["verified_by"]])
}

#[actix_web::test]
async fn the_claimant_never_becomes_its_own_verifier() {
    let app = TestApp::new().await;
    let progress = claim(&app, "editor", json!({})).await;
    let name = name_of(&app, "editor", &progress).await;
    let verified = json!({"progress": name, "verified_by": "opcc-derbyshire", "on": "2026-10-31", "finding": "verified"});
    let verification = make(&app, "editor", "verification", verified).await;
    publish(&app, "editor", &verification).await;
    assert_eq!(stage(&app).await, json!(["verified", "opcc-derbyshire"]));
    // Whoever reports, and on what, stays as it was published: a verification rests on it.
    for (changes, expected) in [
        (json!({"by": "opcc-derbyshire"}), "/by frozen"),
        (json!({"recommendation": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-2"}), "/recommendation frozen"),
    ] {
        assert_eq!(faults(&app.patch("editor", &progress, changes).await), [expected]);
    }
    let other = claim(&app, "editor", json!({"by": "derby-city-council"})).await;
    let other = json!({"progress": name_of(&app, "editor", &other).await});
    assert_eq!(faults(&app.patch("editor", &verification, other).await), ["/progress frozen"]);
    // Before it is published, it can be corrected.
    let draft = make(&app, "editor", "progress", json!({"by": "ehrc"})).await;
    app.patch("editor", &draft, json!({"by": "home-office"})).await.expect(200);
}

#[actix_web::test]
async fn the_panel_and_the_office_each_record_their_own_verifications() {
    let app = TestApp::new().await;
    let progress = claim(&app, "editor", json!({})).await;
    let name = name_of(&app, "editor", &progress).await;
    for (who, by, expected) in [
        ("editor", PANEL, vec!["/verified_by other_owner"]),
        ("panel_officer", "opcc-derbyshire", vec!["/verified_by other_owner"]),
        ("panel_officer", PANEL, vec![]),
        ("editor", "opcc-derbyshire", vec![]),
        ("editor", "hmicfrs", vec![]),
        ("panel_officer", "hmicfrs", vec![]),
    ] {
        let body = body_of(&app, "verification", &json!({"progress": name, "verified_by": by}));
        let answer = app.post(who, "/v1/verifications", body).await;
        match expected.is_empty() {
            true => drop(answer.expect(201)),
            false => assert_eq!(faults(&answer), expected, "{who} for {by}"),
        }
    }
}

#[actix_web::test]
async fn what_the_assigned_organisation_writes_it_submits_and_the_owner_decides() {
    let app = TestApp::new().await;
    for (owner, publisher, writer, by) in [
        ("editor", "publisher", "force_officer", "derbyshire-constabulary"),
        ("panel_officer", "panel_officer2", "editor", "opcc-derbyshire"),
    ] {
        let recommendation =
            json!({"recommendation": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-3", "by": by});
        let progress = claim(&app, owner, recommendation).await;
        let entries = json!([
            {"on": "2026-10-20", "status": "complete", "summary": "Done."},
            {"on": "2026-10-30", "status": "in_progress", "summary": "Reopened."},
        ]);
        let reopened = json!({"status": "in_progress", "entries": entries});
        app.patch(writer, &progress, reopened).await.expect(200);
        app.step(writer, &progress, "submit", json!({})).await.expect(200);
        for who in [owner, publisher] {
            let me = app.get(Some(who), "/v1/me").await.expect(200).json();
            let submitted = me["submitted"].as_array().unwrap();
            let one = submitted.iter().find(|one| one["self"] == progress.as_str());
            let one = one.unwrap_or_else(|| panic!("{who}: {submitted:?}"));
            assert_eq!(one["who"]["organisation"], by);
            assert!(one["changed"].to_string().contains("Reopened."), "{one}");
        }
        let reason = json!({"reason": "Say why."});
        app.step(publisher, &progress, "return", reason).await.expect(200);
        let me = app.get(Some(writer), "/v1/me").await.expect(200).json();
        assert!(me["returned"].to_string().contains("Say why."), "{}", me["returned"]);
        app.patch(writer, &progress, json!({"status": "complete", "entries": [entries[0]]}))
            .await
            .expect(200);
        // It says the same as what is published.
        app.step(writer, &progress, "submit", json!({})).await.problem(409);
        app.patch(writer, &progress, json!({"status": "in_progress", "entries": entries})).await.expect(200);
        // Nobody submits what others have written.
        app.patch(owner, &progress, json!({"title": "Reworded by its owner"})).await.expect(200);
        app.step(writer, &progress, "submit", json!({})).await.problem(409);
        app.step(owner, &progress, "submit", json!({})).await.expect(200);
        app.step(publisher, &progress, "publish", json!({})).await.expect(200);
    }
}

#[actix_web::test]
async fn an_organisation_reports_once_on_a_recommendation() {
    let app = TestApp::new().await;
    let first = make(&app, "editor", "progress", json!({})).await;
    let second = make(&app, "editor", "progress", json!({})).await;
    let panels = make(&app, "panel_officer", "progress", json!({})).await;
    publish(&app, "editor", &first).await;
    let body = body_of(&app, "progress", &json!({}));
    assert_eq!(faults(&app.post("editor", "/v1/progress", body).await), ["/by duplicate"]);
    for (who, publisher, address) in
        [("editor", "publisher", &second), ("panel_officer", "panel_officer2", &panels)]
    {
        app.step(who, address, "submit", json!({})).await.expect(200);
        assert_eq!(app.step(publisher, address, "publish", json!({})).await.problem(409), ["duplicate"]);
    }
    // On a report too; on another recommendation, and by another organisation, not.
    let on_report = json!({"recommendation": null, "report": "derbyshire-pcc:REP-CHILD-PROTECTION-2021"});
    let body = body_of(&app, "progress", &on_report);
    assert_eq!(faults(&app.post("editor", "/v1/progress", body).await), ["/by duplicate"]);
    make(&app, "editor", "progress", json!({"by": "ehrc"})).await;
    make(&app, "editor", "progress", json!({"recommendation": "derbyshire-pcc:REC-CHILD-PROTECTION-2021-2"}))
        .await;
    // What is scheduled counts at the publication.
    let of = |reference: &str| json!({"reference": reference, "by": "home-office"});
    let scheduled = make(&app, "editor", "progress", of("PROG-SCHEDULED")).await;
    let at_once = make(&app, "panel_officer", "progress", of("PROG-AT-ONCE")).await;
    app.step("editor", &scheduled, "submit", json!({})).await.expect(200);
    let later = json!({"publish_at": "2026-12-01T09:00:00Z"});
    app.step("publisher", &scheduled, "publish", later).await.expect(200);
    app.step("panel_officer", &at_once, "submit", json!({})).await.expect(200);
    assert_eq!(app.step("panel_officer2", &at_once, "publish", json!({})).await.problem(409), ["duplicate"]);
}

#[actix_web::test]
async fn a_recommendation_is_closed_by_what_its_maker_published() {
    let app = TestApp::new().await;
    let address = "/v1/recommendations/derbyshire-pcc:REC-CHILD-PROTECTION-2021-4";
    let closed = |source: &str| json!({"closing": "implemented", "closed_on": "2022-10-21", "closed_why": "Done.", "closed_source": source});
    for source in ["opcc-news-2022-10-21", "radio-child-protection-2021"] {
        let refused = app.patch("editor", address, closed(source)).await;
        assert_eq!(faults(&refused), ["/closed_source other_publisher"]);
        assert!(refused.text().contains("His Majesty's Inspectorate"), "{}", refused.text());
    }
    app.patch("editor", address, closed("hmicfrs-child-protection-2022")).await.expect(200);
    // The maker of a report stays that of its recommendations.
    let report = "/v1/reports/derbyshire-pcc:REP-CHILD-PROTECTION-2021";
    let other = json!({"made_by": "home-office"});
    assert_eq!(faults(&app.patch("editor", report, other.clone()).await), ["/made_by mismatch"]);
    app.patch("editor", "/v1/reports/derbyshire-pcc:REP-VETTING-2022", other).await.expect(200);
}

#[actix_web::test]
async fn an_assigned_organisation_answers_in_its_own_name_only() {
    let app = TestApp::new().await;
    let answer = |by: &str, text: &str| json!({"by": by, "role": "Chief Constable", "on": "2026-10-20", "text": text, "in_meeting": false});
    let offices = answer("opcc-derbyshire", "The office says.");
    let question = make(&app, "editor", "question", json!({"answers": [offices]})).await;
    publish(&app, "editor", &question).await;
    let own = answer("derbyshire-constabulary", "The force says.");
    for answers in [
        json!([offices, answer("opcc-derbyshire", "The office also says.")]),
        json!([answer("opcc-derbyshire", "The office never said."), own]),
        json!([offices, answer("derbyshire-police-and-crime-panel", "The Panel says.")]),
        json!([own]),
        json!([]),
    ] {
        let refused = app.patch("force_officer", &question, json!({"answers": answers})).await;
        assert_eq!(refused.problem(403), ["not_yours"], "{answers}");
    }
    let answers = json!({"answers": [own, offices]});
    app.patch("force_officer", &question, answers).await.expect(200);
    app.step("force_officer", &question, "submit", json!({})).await.expect(200);
    app.step("publisher", &question, "publish", json!({})).await.expect(200);
    assert_eq!(app.get(None, &question).await.expect(200).json()["answers"], json!([own, offices]));
    // Its owner records whatever was said.
    app.patch("editor", &question, json!({"answers": [own]})).await.expect(200);
}
