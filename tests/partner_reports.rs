//! A partner's report reaches the office: who submits what, who sees it with what changed, how it comes back.

use onrecord::access::Role;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// A report of the organisation that the example of an action is assigned to.
fn report() -> Value {
    json!({
        "status": "in_progress",
        "status_evidence": [{"date": "2026-10-30", "summary": "Volunteers briefed in two of three divisions."}],
    })
}

/// The entry of a record in one of the lists of `/v1/me`.
async fn listed(app: &TestApp, who: &str, list: &str, address: &str) -> Option<Value> {
    let me = app.get(Some(who), "/v1/me").await.expect(200).json();
    me[list].as_array().unwrap().iter().find(|entry| entry["self"] == address).cloned()
}

async fn submit(app: &TestApp, who: &str, address: &str) -> Answer {
    app.step(who, address, "submit", json!({})).await
}

/// A published action with a report of the partner, submitted.
async fn reported(app: &TestApp) -> String {
    let address = app.published("action").await;
    app.patch("partner", &address, report()).await.expect(200);
    submit(app, "partner", &address).await.expect(200);
    address
}

/// A change that its writer forgets to submit is seen by nobody else: it stays due until it is submitted, also of work that is done.
#[actix_web::test]
async fn a_change_that_is_not_submitted_stays_due_from_its_writer() {
    let app = TestApp::new().await;
    let address = app.published("action").await;
    let is_task = listed(&app, "partner", "due", &address).await;
    let done = json!({
        "status": "completed",
        "status_evidence": [{"date": "2026-10-30", "summary": "All volunteers are briefed."}],
    });
    app.patch("partner", &address, done).await.expect(200);
    let entry = listed(&app, "partner", "due", &address).await.unwrap();
    assert!(entry["title"].as_str().unwrap().starts_with("Submit your change: "), "{entry}");
    assert!(is_task.is_none_or(|task| task["due"] == entry["due"]));
    let me = app.get(Some("partner"), "/v1/me").await.json();
    let times = me["due"].as_array().unwrap().iter().filter(|one| one["self"] == json!(address)).count();
    assert_eq!(times, 1, "once");
    for who in ["editor", "publisher", "other_partner"] {
        assert_eq!(listed(&app, who, "due", &address).await, None, "{who}");
    }
    submit(&app, "partner", &address).await.expect(200);
    assert_eq!(listed(&app, "partner", "due", &address).await, None);
    // A draft of the office on the same record is not the partner's to submit.
    let own = app.published("action").await;
    app.patch("editor", &own, json!({"note": "A note of the office."})).await.expect(200);
    let entry = listed(&app, "partner", "due", &own).await;
    assert!(entry.is_none_or(|entry| !entry["title"].as_str().unwrap().starts_with("Submit")));
}

#[actix_web::test]
async fn the_assigned_organisation_submits_its_report_and_the_office_publishes_it() {
    let app = TestApp::new().await;
    let address = app.published("action").await;
    app.patch("partner", &address, report()).await.expect(200);
    assert_eq!(listed(&app, "publisher", "submitted", &address).await, None, "a draft waits for nobody");
    app.set_time("2026-11-01T11:40:00Z");
    let submitted = submit(&app, "partner", &address).await.expect(200).json();
    assert_eq!(submitted["state"], "submitted");
    assert!(submitted.get("contributors").is_none(), "the partner's own form: {submitted}");
    submit(&app, "partner", &address).await.problem(409);
    for who in ["editor", "publisher", "commissioner", "auditor", "partner", "data_protection"] {
        let entry = listed(&app, who, "submitted", &address).await.unwrap_or_else(|| panic!("{who}"));
        assert_eq!(entry["state"], "submitted");
        assert_eq!(entry["since"], "2026-11-01T11:40:00Z");
        assert_eq!(entry["who"]["roles"], json!(["partner_writer"]), "{who}");
        assert_eq!(entry["who"]["organisation"], "victim-support", "{who}");
        let named = if who == "partner" { json!([null, null]) } else { json!(["partner", "test"]) };
        assert_eq!(json!([entry["who"]["id"], entry["who"]["label"]]), named, "{who}");
        assert_eq!((&entry["first_publication"], &entry["changed_complete"]), (&json!(false), &json!(true)));
        let changed: Vec<Value> = entry["changed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| json!([one["field"], one["pointer"], one["before"], one["after"]]))
            .collect();
        let before = json!({"date": "2026-10-01", "summary": "Five of nine partnerships met.", "url": null});
        let evidence = &report()["status_evidence"][0];
        assert_eq!(
            changed,
            [
                json!(["status_evidence", "/status_evidence/0/date", before["date"], evidence["date"]]),
                json!([
                    "status_evidence",
                    "/status_evidence/0/summary",
                    before["summary"],
                    evidence["summary"]
                ]),
            ],
            "{who}"
        );
        let submitted = listed(&app, who, "handed_in", &address).await.unwrap();
        assert_eq!(submitted["reference"], entry["reference"], "the older list stays");
    }
    for who in ["other_partner", "partner_reader", "force_officer", "panel_member", "admin", "other_editor"] {
        assert_eq!(listed(&app, who, "submitted", &address).await, None, "{who}");
    }
    let public = app.step("publisher", &address, "publish", json!({})).await.expect(200).json();
    assert_eq!(public["version"], 2);
    assert_eq!(app.get(None, &address).await.json()["status_evidence"][0]["date"], "2026-10-30");
    assert_eq!(listed(&app, "publisher", "submitted", &address).await, None);
}

#[actix_web::test]
async fn a_returned_report_comes_back_with_the_reason_and_is_submitted_again() {
    let app = TestApp::new().await;
    let address = reported(&app).await;
    let meanwhile = app.patch("partner", &address, json!({"status": "completed"})).await;
    meanwhile.problem(409);
    app.set_time("2026-11-01T11:45:00Z");
    let reason = json!({"reason": "Say which two divisions."});
    app.step("publisher", &address, "return", reason).await.expect(200);
    let record = app.get(Some("partner"), &address).await.expect(200).json();
    assert_eq!(
        (&record["state"], &record["returned_reason"]),
        (&json!("draft"), &json!("Say which two divisions."))
    );
    for who in ["partner", "editor", "publisher"] {
        let entry = listed(&app, who, "returned", &address).await.unwrap_or_else(|| panic!("{who}"));
        assert_eq!(
            (&entry["reason"], &entry["since"]),
            (&json!("Say which two divisions."), &json!("2026-11-01T11:45:00Z"))
        );
        assert_eq!(
            (&entry["who"]["roles"], &entry["who"]["organisation"]),
            (&json!(["publisher"]), &json!("opcc-derbyshire"))
        );
        assert_eq!(entry["who"]["label"].is_null(), who == "partner", "{who}: {entry}");
        assert_eq!(entry["who"]["id"].is_null(), who == "partner", "{who}: {entry}");
        assert_eq!(listed(&app, who, "submitted", &address).await, None);
    }
    for who in ["auditor", "other_partner", "panel_member", "force_officer"] {
        assert_eq!(listed(&app, who, "returned", &address).await, None, "{who}");
    }
    // The reason is no text of the record: the partner sends back what it read.
    let mut whole = record.clone();
    whole["status_evidence"][0]["summary"] = json!("Volunteers briefed in B and C divisions.");
    let tag = app.get(Some("partner"), &address).await.etag().to_owned();
    app.request("PUT", &address).as_role("partner").if_match(&tag).json(&whole).send().await.expect(200);
    assert_eq!(listed(&app, "partner", "returned", &address).await, None);
    assert_eq!(submit(&app, "partner", &address).await.expect(200).json()["returned_reason"], Value::Null);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
}

#[actix_web::test]
async fn a_reason_that_the_office_gave_itself_stays_in_the_office() {
    let app = TestApp::new().await;
    let address = app.published("action").await;
    app.patch("editor", &address, json!({"wording": "Meet each of them twice."})).await.expect(200);
    submit(&app, "editor", &address).await.expect(200);
    app.step("publisher", &address, "return", json!({"reason": "Not before the budget."})).await.expect(200);
    let seen = app.get(Some("partner"), &address).await.expect(200);
    assert!(!seen.text().contains("budget"), "{}", seen.text());
    assert_eq!(seen.json()["returned_reason"], Value::Null);
    let me = app.get(Some("partner"), "/v1/me").await.expect(200);
    assert!(!me.text().contains("budget"), "{}", me.text());
    assert!(listed(&app, "editor", "returned", &address).await.is_some());
}

#[actix_web::test]
async fn nobody_elses_text_is_submitted_with_a_report() {
    let app = TestApp::new().await;
    // What the office, or another, has in the same working version.
    let others = [
        ("before", json!({"wording": "Meet them twice a year."})),
        ("after", json!({"wording": "Meet them twice a year."})),
        ("before", json!({"status": "discontinued"})),
        ("after", json!({"assigned_organisation": "victim-support", "due": "2027-06-30"})),
        ("before", json!({"note": "To be checked."})),
    ];
    for (when, edit) in others {
        let address = app.published("action").await;
        if when == "before" {
            app.patch("editor", &address, edit.clone()).await.expect(200);
        }
        let evidence = json!({"status_evidence": report()["status_evidence"]});
        app.patch("partner", &address, evidence).await.expect(200);
        if when == "after" {
            app.patch("editor", &address, edit.clone()).await.expect(200);
        }
        let refused = submit(&app, "partner", &address).await;
        refused.problem(409);
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("others made") && detail.contains("Your change is saved"), "{detail}");
        assert_eq!(app.get(Some("editor"), &address).await.json()["state"], "draft", "{edit}");
        // The office submits both.
        submit(&app, "editor", &address).await.expect(200);
        app.step("publisher", &address, "publish", json!({})).await.expect(200);
    }
    // Evidence that the office added stays the office's; what the partner has written since is its own.
    let address = app.published("action").await;
    let public = app.get(None, &address).await.json()["status_evidence"][0].clone();
    let theirs = json!({"date": "2026-10-02", "summary": "The office heard of it."});
    let edit = json!({"status": "completed", "status_evidence": [public, theirs]});
    app.patch("editor", &address, edit).await.expect(200);
    let ours = json!({"date": "2026-10-30", "summary": "Told all of them."});
    app.patch("partner", &address, json!({"status_evidence": [public, theirs, ours]})).await.expect(200);
    submit(&app, "partner", &address).await.problem(409);
    let edit = json!({"status": "in_progress", "status_evidence": [public, ours]});
    app.patch("partner", &address, edit).await.expect(200);
    submit(&app, "partner", &address).await.expect(200);
    // Evidence that the office removed is the office's decision.
    let address = app.published("action").await;
    app.patch("editor", &address, json!({"status_evidence": []})).await.expect(200);
    app.patch("partner", &address, json!({"status": "not_started"})).await.expect(200);
    submit(&app, "partner", &address).await.problem(409);
    // What the office took back again is nobody's.
    let address = app.published("action").await;
    let wording = app.get(None, &address).await.json()["wording"].clone();
    app.patch("editor", &address, json!({"wording": "Another"})).await.expect(200);
    app.patch("editor", &address, json!({"wording": wording})).await.expect(200);
    app.patch("partner", &address, report()).await.expect(200);
    submit(&app, "partner", &address).await.expect(200);
}

#[actix_web::test]
async fn there_must_be_a_report_and_a_publication_to_report_on() {
    let app = TestApp::new().await;
    let draft = app.draft("action").await;
    app.patch("partner", &draft, report()).await.expect(200);
    let refused = submit(&app, "partner", &draft).await;
    refused.problem(409);
    assert!(refused.text().contains("never been published"), "{}", refused.text());
    let address = app.published("action").await;
    submit(&app, "partner", &address).await.problem(409);
    let public = app.get(None, &address).await.json();
    app.patch("partner", &address, report()).await.expect(200);
    app.patch("partner", &address, json!({"status_evidence": public["status_evidence"]})).await.expect(200);
    let refused = submit(&app, "partner", &address).await;
    refused.problem(409);
    assert!(refused.text().contains("nothing to submit"), "{}", refused.text());
    // Who is not assigned submits nothing.
    for (who, status) in [("other_partner", 403), ("force_officer", 403), ("partner_reader", 403)] {
        submit(&app, who, &address).await.problem(status);
    }
}

#[actix_web::test]
async fn whoever_submitted_a_report_does_not_publish_it() {
    let app = TestApp::new().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor("reporter", &[Role::PartnerWriter, Role::Publisher], body, "victim-support");
    // A publisher reads as the office does; the report is another's, the submission this one's.
    app.make_actor("reporter_alone", &[Role::PartnerWriter], body, "victim-support");
    let address = app.published("action").await;
    app.patch("partner", &address, report()).await.expect(200);
    submit(&app, "reporter_alone", &address).await.expect(200);
    let office = app.get(Some("publisher"), &address).await.json();
    assert_eq!(office["contributors"], json!(["partner", "reporter_alone"]));
    let second = app.published("action").await;
    app.patch("reporter", &second, report()).await.expect(200);
    submit(&app, "reporter", &second).await.expect(200);
    app.step("reporter", &second, "publish", json!({})).await.problem(403);
    app.step("publisher", &second, "publish", json!({})).await.expect(200);
    // What a publisher reads gives a reporter no right to change or submit more than a report.
    let edit = json!({"wording": "Something else."});
    assert_eq!(app.patch("reporter", &second, edit.clone()).await.problem(403), ["not_yours"]);
    app.patch("editor", &second, edit).await.expect(200);
    app.patch("reporter", &second, json!({"status": "not_started"})).await.expect(200);
    submit(&app, "reporter", &second).await.problem(409);
}

#[actix_web::test]
async fn the_force_reports_as_a_partner_does() {
    let app = TestApp::new().await;
    let kind = app.state.kind("action").unwrap();
    let mut body = app.fresh(kind);
    body["assigned_organisation"] = json!("derbyshire-constabulary");
    let made = app.post("editor", "/v1/actions", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.ready("action", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    app.patch("force_officer", &address, report()).await.expect(200);
    submit(&app, "partner", &address).await.problem(403);
    submit(&app, "force_officer", &address).await.expect(200);
    let entry = listed(&app, "editor", "submitted", &address).await.unwrap();
    assert_eq!(entry["who"]["roles"], json!(["force_officer"]));
}

/// A repeated request is answered in the caller's own form: the office's has names and hidden drafts.
#[actix_web::test]
async fn a_repeated_submission_is_answered_as_the_partner_sees_it() {
    let app = TestApp::new().await;
    let address = app.published("action").await;
    app.patch("partner", &address, report()).await.expect(200);
    let tag = app.get(Some("partner"), &address).await.etag().to_owned();
    let send = async || {
        let request = app.request("POST", &format!("{address}/submit")).as_role("partner").if_match(&tag);
        request.header("idempotency-key", "report-1").json(&json!({})).send().await.expect(200)
    };
    let first = send().await;
    let again = send().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), first.json());
    for hidden in ["contributors", "author", "people", "approvals"] {
        assert!(again.json().get(hidden).is_none(), "{hidden}: {}", again.text());
    }
}

#[actix_web::test]
async fn what_a_partner_owns_is_in_the_same_list() {
    let app = TestApp::new().await;
    let kind = app.state.kind("release").unwrap();
    let mut body = app.fresh(kind);
    body["organisation"] = json!("victim-support");
    let made = app.post("partner", "/v1/releases", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.fill(kind, "partner", &address).await;
    submit(&app, "partner", &address).await.expect(200);
    for who in ["editor", "publisher", "partner", "auditor"] {
        let entry = listed(&app, who, "submitted", &address).await.unwrap_or_else(|| panic!("{who}"));
        assert_eq!((&entry["first_publication"], &entry["changed"]), (&json!(true), &json!([])));
        assert_eq!(entry["who"]["organisation"], "victim-support");
        assert_eq!(entry["who"]["label"].is_null(), who == "partner", "{who}");
    }
    app.step("publisher", &address, "return", json!({"reason": "Which month?"})).await.expect(200);
    let entry = listed(&app, "partner", "returned", &address).await.unwrap();
    assert_eq!((&entry["reason"], &entry["who"]["label"]), (&json!("Which month?"), &Value::Null));
}

/// What a submitted version names that its reader cannot see is in no difference.
#[actix_web::test]
async fn hidden_names_are_in_no_difference() {
    let app = TestApp::new().await;
    let objective = app.draft("objective").await;
    let hidden = app.get(Some("editor"), &objective).await.json()["reference"].as_str().unwrap().to_owned();
    let address = app.published("action").await;
    let edit = json!({"objective": format!("derbyshire-pcc:{hidden}"), "note": "A new note."});
    app.patch("editor", &address, edit).await.expect(200);
    submit(&app, "editor", &address).await.expect(200);
    let entry = listed(&app, "partner", "submitted", &address).await.unwrap();
    assert!(!entry.to_string().contains(&hidden), "{entry}");
    assert!(entry["changed"].as_array().unwrap().iter().any(|one| one["pointer"] == "/note"), "{entry}");
    let office = listed(&app, "publisher", "submitted", &address).await.unwrap();
    assert!(office.to_string().contains(&hidden), "{office}");
}

/// Drafts that were never public: the organisation that writes a part of one finds it, then the owner who submits it.
#[actix_web::test]
async fn a_draft_with_a_part_of_another_organisation_is_due_from_that_one_then_from_its_owner() {
    let app = TestApp::new().await;
    let mut tried = vec![];
    for kind in app.state.kinds.iter().filter(|kind| kind.def.assigned.is_some() && !kind.has_path("due")) {
        let mut body = app.fresh(kind);
        let mut part = serde_json::Map::new();
        for field in kind.def.assigned_fields {
            part.insert((*field).to_owned(), body[*field].clone());
        }
        match kind.def.name {
            "response" => {
                part = json!({"chief_officer_comments": "I accept it."}).as_object().unwrap().clone()
            }
            "progress" => {
                body["entries"] = json!([]);
                body["status"] = json!("not_started");
            }
            "question" => body["answers"] = json!([]),
            "paper" => part["title"] = json!("Neighbourhood policing, as the force wrote it"),
            other => panic!("say what is written of a {other}"),
        }
        let made = app.post("editor", &format!("/v1/{}", kind.def.path), body).await.expect(201);
        let address = made.header("location").unwrap().to_owned();
        let due = |who: &'static str| {
            let (app, address) = (&app, &address);
            async move { listed(app, who, "due", address).await.map(|one| one["title"].to_string()) }
        };
        let own = due("force_officer").await.unwrap_or_else(|| panic!("{kind:?} is not due"));
        assert!(own.starts_with("\"Your part ("), "{own}");
        for other in ["editor", "publisher", "partner", "panel_officer", "auditor", "other_editor"] {
            assert_eq!(due(other).await, None, "{kind:?} {other}");
        }
        app.patch("force_officer", &address, Value::Object(part)).await.expect(200);
        assert_eq!(due("force_officer").await, None, "{kind:?}: it is written");
        let theirs = due("editor").await.unwrap_or_else(|| panic!("{kind:?}: the editor is not told"));
        assert!(theirs.starts_with("\"Written by derbyshire-constabulary, for you to submit: "), "{theirs}");
        for other in ["partner", "panel_officer", "auditor", "other_editor", "publisher"] {
            assert_eq!(due(other).await, None, "{kind:?} {other}");
        }
        app.step("editor", &address, "submit", json!({})).await.expect(200);
        assert_eq!((due("editor").await, due("force_officer").await), (None, None), "{kind:?} is submitted");
        tried.push(kind.def.name);
    }
    assert_eq!(tried.len(), 4, "{tried:?}");
    // The filter finds them too.
    let path = "/v1/responses?drafted_with=derbyshire-constabulary&state=submitted&fields=state";
    let found = app.get(Some("force_officer"), path).await.expect(200).json();
    assert_eq!(found["data"], json!([{"state": "submitted"}]));
    assert_eq!(
        app.get(None, "/v1/responses?drafted_with=derbyshire-constabulary").await.expect(200).json()["data"],
        json!([])
    );
}

#[actix_web::test]
async fn the_office_finds_the_part_that_the_panel_asks_of_it() {
    let app = TestApp::new().await;
    let mut body = app.fresh(app.state.kind("progress").unwrap());
    body["by"] = json!("opcc-derbyshire");
    body["status"] = json!("not_started");
    body["entries"] = json!([]);
    let made = app.post("panel_officer", "/v1/progress", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    assert!(listed(&app, "editor", "due", &address).await.is_some());
    assert_eq!(listed(&app, "panel_officer", "due", &address).await, None);
    let entries = json!([{"on": "2026-10-20", "status": "complete", "summary": "Done."}]);
    app.patch("editor", &address, json!({"status": "complete", "entries": entries})).await.expect(200);
    assert_eq!(listed(&app, "editor", "due", &address).await, None);
    let entry = listed(&app, "panel_officer2", "due", &address).await.unwrap();
    assert!(entry["title"].as_str().unwrap().starts_with("Written by opcc-derbyshire, for you"), "{entry}");
}
