//! Reports: whose they are, what they refuse, and what the demo has of them.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// The places and codes of the faults of a refusal, in order.
pub fn faults(answer: &Answer) -> Vec<String> {
    answer.problem(422);
    let body = answer.json();
    let faults = body["errors"].as_array().unwrap().iter();
    let mut faults: Vec<String> = faults
        .map(|fault| format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    faults.sort();
    faults
}

/// A kind's example with some fields changed; null removes one.
pub fn body_of(app: &TestApp, kind: &str, changes: &Value) -> Value {
    let mut body = app.fresh(app.state.kind(kind).unwrap());
    let fields = body.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value.clone()),
        };
    }
    body
}

/// A draft of a kind with these fields, made by somebody; its address.
pub async fn make(app: &TestApp, who: &str, kind: &str, changes: Value) -> String {
    let path = format!("/v1/{}", app.state.kind(kind).unwrap().def.path);
    let made = app.post(who, &path, body_of(app, kind, &changes)).await.expect(201);
    made.header("location").unwrap().to_owned()
}

/// Submits a draft, has it approved where its kind needs that, and publishes it.
pub async fn publish(app: &TestApp, who: &str, address: &str) {
    app.step(who, address, "submit", json!({})).await.expect(200);
    let path = address.split('/').nth(2).unwrap();
    let kind = app.state.kinds.iter().find(|kind| kind.def.path == path).unwrap();
    if !kind.def.approvals.is_empty() {
        app.step("commissioner", address, "approve", json!({})).await.expect(200);
    }
    let publisher = if who == "panel_officer" { "panel_officer2" } else { "publisher" };
    app.step(publisher, address, "publish", json!({})).await.expect(200);
}

/// The name by which others refer to a record of the body.
pub async fn name_of(app: &TestApp, who: &str, address: &str) -> String {
    let record = app.get(Some(who), address).await.expect(200).json();
    format!("derbyshire-pcc:{}", record["reference"].as_str().unwrap())
}

#[actix_web::test]
async fn a_report_says_all_that_is_wrong_at_once() {
    let app = TestApp::new().await;
    let answer = app
        .post(
            "editor",
            "/v1/reports",
            body_of(
                &app,
                "report",
                &json!({
                    "report_kind": "gossip", "made_by": "nobody", "visited_to": "2026-05-10",
                    "doc": {"title": "It", "sha256": "12"}, "duty": null,
                }),
            ),
        )
        .await;
    let found = faults(&answer);
    for expected in
        ["/doc/sha256 pattern", "/duty required", "/made_by not_found", "/report_kind unknown_code"]
    {
        assert!(found.contains(&expected.to_owned()), "{expected}: {found:?}");
    }
    let late = body_of(&app, "report", &json!({"visited_to": "2026-05-10"}));
    assert_eq!(faults(&app.post("editor", "/v1/reports", late).await), ["/visited_to out_of_range"]);
    let address = make(&app, "editor", "report", json!({})).await;
    let itself = name_of(&app, "editor", &address).await;
    let answer = app.patch("editor", &address, json!({"follows": itself})).await;
    assert_eq!(faults(&answer), ["/follows own_record"]);
}

#[actix_web::test]
async fn neither_the_office_nor_the_panel_reaches_the_drafts_of_the_other() {
    let app = TestApp::new().await;
    let made_by =
        json!({"made_by": "derbyshire-police-and-crime-panel", "report_kind": "panel", "duty": "none"});
    for kind in ["report", "recommendation"] {
        let path = app.state.kind(kind).unwrap().def.path;
        let changes = if kind == "report" { made_by.clone() } else { json!({}) };
        let panels = make(&app, "panel_officer", kind, changes).await;
        let own = make(&app, "editor", kind, json!({})).await;
        for (mine, others) in
            [(&panels, ["editor", "publisher", "commissioner"]), (&own, ["panel_officer"; 3])]
        {
            for who in others.iter().chain(&["panel_member", "auditor", "partner", "force_officer"]) {
                app.get(Some(who), mine).await.problem(404);
                app.get(Some(who), &format!("{mine}/versions")).await.problem(404);
                let list = app.get(Some(who), &format!("/v1/{path}?limit=200")).await.expect(200).text();
                assert!(!list.contains(mine.rsplit('/').next().unwrap()), "{who} lists {mine}");
            }
        }
        // Its owner is its office: the drafts, the history, the tombstone of what was never public.
        app.patch("panel_officer", &panels, json!({"note": "Changed."})).await.expect(200);
        let versions =
            app.get(Some("panel_officer2"), &format!("{panels}/versions")).await.expect(200).json();
        assert_eq!(versions["data"].as_array().unwrap().len(), 2);
        app.get(Some("panel_officer2"), &format!("{panels}/versions/e1/diff/e2")).await.expect(200);
        // What the clerk shares with the members; the office sees nothing of it.
        app.step("panel_officer", &panels, "submit", json!({})).await.expect(200);
        app.get(Some("auditor"), &panels).await.expect(200);
        app.step("panel_officer2", &panels, "share", json!({})).await.expect(200);
        app.get(Some("panel_member"), &panels).await.expect(200);
        app.get(Some("editor"), &panels).await.problem(404);
        app.step("panel_officer2", &panels, "publish", json!({})).await.expect(200);
        app.get(Some("editor"), &panels).await.expect(200);
        for (who, step, body) in [
            ("publisher", "withdraw", json!({"reason": "Unwelcome."})),
            ("publisher", "return", json!({"reason": "Unwelcome."})),
            ("editor", "submit", json!({})),
        ] {
            app.step(who, &panels, step, body).await.problem(403);
        }
        app.patch("editor", &panels, json!({"note": "Ours."})).await.problem(403);
        // A draft that its owner withdraws is gone for its owner, and never was for the other.
        let draft = make(&app, "panel_officer", kind, json!({})).await;
        app.step("panel_officer2", &draft, "withdraw", json!({"reason": "By mistake."})).await.expect(200);
        app.get(Some("panel_officer"), &draft).await.problem(410);
        app.get(Some("editor"), &draft).await.problem(404);
    }
}

#[actix_web::test]
async fn each_owner_gives_its_own_references_and_publication_settles_them() {
    let app = TestApp::new().await;
    let named = json!({"reference": "REP-SAME"});
    let panels = make(&app, "panel_officer", "report", named.clone()).await;
    let own = make(&app, "editor", "report", named.clone()).await;
    let again = body_of(&app, "report", &named);
    assert_eq!(app.post("editor2", "/v1/reports", again).await.problem(409), ["taken"]);
    publish(&app, "panel_officer", &panels).await;
    app.step("editor", &own, "submit", json!({})).await.expect(200);
    assert_eq!(app.step("publisher", &own, "publish", json!({})).await.problem(409), ["taken"]);
}

#[actix_web::test]
async fn the_panel_s_officer_reviews_the_redaction_of_a_report_of_the_panel() {
    let app = TestApp::new().await;
    for (maker, reviewer, other) in
        [("panel_officer", "panel_officer2", "commissioner"), ("editor", "commissioner", "panel_officer2")]
    {
        let address = make(&app, maker, "report", json!({})).await;
        publish(&app, maker, &address).await;
        let redact = app
            .request("POST", &format!("{address}/redact"))
            .as_role("data_protection")
            .json(&json!({"reason": "A victim's name."}))
            .send()
            .await
            .expect(200);
        let id = redact.json()["id"].as_str().unwrap().to_owned();
        let review = format!("/v1/redactions/{id}/review");
        let due = |answer: Answer| answer.json()["due"].to_string().contains(&id);
        assert!(due(app.get(Some(reviewer), "/v1/me").await), "{reviewer}");
        assert!(!due(app.get(Some(other), "/v1/me").await), "{other}");
        app.post(other, &review, json!({"finding": "upheld"})).await.problem(404);
        app.post(reviewer, &review, json!({"finding": "upheld"})).await.expect(200);
    }
}

#[actix_web::test]
async fn a_report_counts_the_recommendations_that_the_reader_sees() {
    let app = TestApp::new().await;
    let path = "/v1/reports/derbyshire-pcc:REP-CHILD-PROTECTION-2021";
    let counts = async |who: Option<&str>, query: &str| {
        let report = app.get(who, &format!("{path}{query}")).await.expect(200).json();
        (report["recommendations"].as_i64().unwrap(), report["open"].as_i64().unwrap())
    };
    assert_eq!(counts(None, "").await, (4, 4));
    let closed = json!({"closing": "superseded", "closed_on": "2026-11-02", "closed_why": "By another.", "closed_source": "hmicfrs-child-protection-2022"});
    let address = make(&app, "editor", "recommendation", closed).await;
    // The day of the closing is tomorrow.
    assert_eq!(counts(Some("editor"), "").await, (5, 5));
    assert_eq!(counts(None, "").await, (4, 4));
    assert_eq!(counts(Some("panel_officer"), "").await, (4, 4));
    publish(&app, "editor", &address).await;
    app.set_time("2026-11-02T00:00:00Z");
    assert_eq!(counts(None, "").await, (5, 4));
    assert_eq!(counts(None, "?as_of=2026-11-01T12:00:00Z").await, (5, 5));
    assert_eq!(counts(None, "?as_of=2026-11-01T11:00:00Z").await, (4, 4));
}

#[actix_web::test]
async fn the_demo_has_the_inspection_of_2021_with_its_four_areas_and_nothing_invented() {
    let app = TestApp::new().await;
    let list =
        "/v1/recommendations?made_by=hmicfrs&addressed_to=derbyshire-constabulary&closing=open&sort=act_by";
    let areas = app.get(None, &format!("{list}&count=true")).await.expect(200).json();
    assert_eq!(areas["page"]["total"], 4);
    for area in areas["data"].as_array().unwrap() {
        assert_eq!(area["rec_kind"], "area_named");
        assert_eq!(area["open"], true);
        assert!(area["act_by"].is_null() && area["respond_by"].is_null(), "no source states a day");
    }
    let count = app.get(None, "/v1/recommendations?count=true&as_of=2021-12-30").await.expect(200).json();
    assert_eq!(count["page"]["total"], 0);
    let reports = app.get(None, "/v1/reports?made_by=hmicfrs&sort=-published_on").await.expect(200).json();
    let days: Vec<&Value> =
        reports["data"].as_array().unwrap().iter().map(|report| &report["published_on"]).collect();
    assert_eq!(
        days,
        [
            &json!("2022-11-24"),
            &json!("2022-11-02"),
            &json!("2022-10-21"),
            &json!("2021-11-16"),
            &json!(null)
        ]
    );
}
