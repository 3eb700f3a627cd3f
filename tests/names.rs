//! Names for ids: who did something and what it changed, for the office and its auditors, and nobody else.

use diesel::RunQueryDsl;
use onrecord::store::Sql;
use serde_json::{Value, json};

use crate::audit::verified;
use crate::support::TestApp;

/// Gives a client of the tests a name of its own.
fn name(app: &TestApp, id: &'static str, label: &'static str) {
    app.write(|conn| {
        let sql = Sql::new("UPDATE client SET label = ").bind(label).text(" WHERE id = ").bind(id);
        assert_eq!(sql.execute(conn).unwrap(), 1);
    });
}

/// The entries about a record that a reader gets, the latest first.
async fn trail(app: &TestApp, who: &str, address: &str) -> Vec<Value> {
    app.seal_and_catch_up();
    let id = address.rsplit('/').next().unwrap();
    let answer = app.get(Some(who), &format!("/v1/audit?record={id}&limit=200")).await.expect(200).json();
    answer["data"].as_array().unwrap().clone()
}

fn entry<'a>(entries: &'a [Value], event: &str) -> &'a Value {
    entries.iter().find(|entry| entry["event"] == event).unwrap_or_else(|| panic!("no {event}"))
}

fn pointers(changed: &Value) -> Vec<String> {
    let lines = changed.as_array().into_iter().flatten();
    lines.map(|one| one["pointer"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn the_trail_names_people_and_what_they_changed_to_the_office_and_its_auditors() {
    let app = TestApp::new().await;
    name(&app, "editor", "Ada Example");
    name(&app, "publisher", "Grace Example");
    let address = app.published("plan").await;
    app.patch("editor", &address, json!({"title": "The second title"})).await.expect(200);
    app.ready("plan", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    for who in ["publisher2", "commissioner", "auditor"] {
        let entries = trail(&app, who, &address).await;
        let published = entry(&entries, "published");
        assert_eq!(published["actor"], "publisher", "the id stays");
        assert_eq!(
            published["who"],
            json!({"id": "publisher", "label": "Grace Example", "roles": ["publisher"], "organisation": "opcc-derbyshire"}),
            "{who}"
        );
        assert_eq!(pointers(&published["changed"]), ["/title"], "{who}");
        assert_eq!(published["changed"][0]["field"], "title");
        assert_eq!(published["changed"][0]["after"], "The second title");
        let edited = entry(&entries, "edited");
        assert_eq!(
            (&edited["who"]["label"], &edited["who"]["roles"]),
            (&json!("Ada Example"), &json!(["editor"]))
        );
        assert_eq!(pointers(&edited["changed"]), ["/title"], "both versions are public: {who}");
        assert_eq!(entry(&entries, "approved")["who"]["roles"], json!(["commissioner"]));
        assert_eq!(entry(&entries, "approved")["changed"], Value::Null, "an approval changes nothing");
        assert_eq!(entry(&entries, "created")["changed"], Value::Null, "all of it is new");
    }
    // The administrator reads no details, and so no changes.
    let entries = trail(&app, "admin", &address).await;
    assert_eq!(entry(&entries, "published")["who"]["label"], "Grace Example");
    assert!(entries.iter().all(|entry| entry["changed"].is_null() && entry["detail"].is_null()));
    // Their own entries: roles and organisation, no names.
    app.patch("partner", &app.published("action").await, json!({"status": "not_started"})).await.expect(200);
    app.seal_and_catch_up();
    let own = app.get(Some("partner"), "/v1/audit?event=edited").await.expect(200).json()["data"][0].clone();
    assert_eq!(
        own["who"],
        json!({"id": "partner", "label": null, "roles": ["partner_writer"], "organisation": "victim-support"})
    );
    assert_eq!(pointers(&own["changed"]), ["/status"]);
    let csv = app.get(Some("auditor"), "/v1/audit?event=published&format=csv").await.expect(200).text();
    assert!(csv.lines().next().unwrap().ends_with(",redacted,who,changed,changed_complete"), "{csv}");
}

#[actix_web::test]
async fn a_name_is_looked_up_and_the_trail_holds_ids() {
    let app = TestApp::new().await;
    let address = app.published("pledge").await;
    let before = trail(&app, "auditor", &address).await;
    let chain = verified(&app).unwrap();
    name(&app, "editor", "Ada Lovelace");
    let after = trail(&app, "auditor", &address).await;
    assert_eq!(entry(&before, "created")["who"]["label"], "test");
    assert_eq!(entry(&after, "created")["who"]["label"], "Ada Lovelace");
    assert_eq!(entry(&before, "created")["id"], entry(&after, "created")["id"]);
    assert!(!entry(&after, "created")["detail"].to_string().contains("Ada"));
    assert_eq!(verified(&app).unwrap().0, chain.0, "the chain has not changed");
    // Not a person: nobody is made up.
    let id = app.id_of("plan", "derbyshire-pcc:PLAN-2021");
    let imported = app.get(Some("auditor"), &format!("/v1/audit?record={id}")).await.expect(200).json();
    assert_eq!(imported["data"][0]["who"], Value::Null, "{imported}");
}

#[actix_web::test]
async fn contributors_and_approvals_have_names_for_the_office_and_its_auditors() {
    let app = TestApp::new().await;
    name(&app, "editor", "Ada Example");
    name(&app, "commissioner", "Alex Example");
    let address = app.draft("objective").await;
    app.patch("editor2", &address, json!({"note": "Checked."})).await.expect(200);
    app.ready("objective", &address).await;
    for who in ["editor", "publisher", "commissioner", "auditor", "data_protection"] {
        for (n, record) in [
            app.get(Some(who), &address).await.expect(200).json(),
            app.get(Some(who), "/v1/objectives?sort=-reference&limit=1").await.expect(200).json()["data"][0]
                .clone(),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(record["contributors"], json!(["editor", "editor2"]), "{who} {n}");
            assert_eq!(record["approvals"][0]["label"], "Alex Example", "{who} {n}");
            let people: Vec<Value> = record["people"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| json!([one["id"], one["label"], one["roles"], one["organisation"]]))
                .collect();
            let office = "opcc-derbyshire";
            assert_eq!(
                people,
                [
                    json!(["commissioner", "Alex Example", ["commissioner"], office]),
                    json!(["editor", "Ada Example", ["editor"], office]),
                    json!(["editor2", "test", ["editor"], office]),
                ],
                "{who} {n}"
            );
        }
    }
    let edit = app.get(Some("publisher"), &format!("{address}/versions/e2")).await.expect(200).json();
    assert_eq!(edit["people"][1]["label"], "Ada Example");
    let versions = app.get(Some("publisher"), &format!("{address}/versions")).await.expect(200).json();
    assert_eq!(versions["data"][1]["who"]["label"], "Ada Example", "{versions}");
    // A record can be sent back as it was read.
    let read = app.get(Some("editor"), &address).await;
    let whole = app.request("PUT", &address).as_role("editor").if_match(read.etag()).json(&read.json());
    whole.send().await.expect(200);
    app.ready("objective", &address).await;
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    for who in [Some("panel_member"), Some("panel_officer")] {
        let seen = app.get(who, &address).await.expect(200);
        assert!(!seen.text().contains("Example") && seen.json().get("people").is_none(), "{}", seen.text());
    }
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    for who in [None, Some("partner"), Some("panel_member"), Some("other_editor")] {
        let seen = app.get(who, &address).await.expect(200);
        assert!(!seen.text().contains("Example") && seen.json().get("people").is_none(), "{}", seen.text());
    }
}

/// Whose own the record is: they see ids, roles and organisations, and no names.
#[actix_web::test]
async fn owners_outside_the_office_get_no_names() {
    let app = TestApp::new().await;
    name(&app, "editor", "Ada Example");
    let kind = app.state.kind("release").unwrap();
    let mut body = app.fresh(kind);
    body["organisation"] = json!("victim-support");
    let made = app.post("partner", "/v1/releases", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.patch("editor", &address, json!({"note": "From the office."})).await.expect(200);
    let own = app.get(Some("partner"), &address).await.expect(200);
    assert!(!own.text().contains("Ada"), "{}", own.text());
    let people = &own.json()["people"];
    assert_eq!(
        people[0],
        json!({"id": "editor", "label": null, "roles": ["editor"], "organisation": "opcc-derbyshire"})
    );
    // The clerk's own records, too.
    let panels = app.draft("counter_assessment").await;
    let clerk = app.get(Some("panel_officer"), &panels).await.expect(200).json();
    assert_eq!(clerk["people"][0]["label"], Value::Null);
    assert_eq!(clerk["people"][0]["roles"], json!(["panel_officer"]));
}

/// What the auditor may not read is in no difference: drafts that were never submitted.
#[actix_web::test]
async fn drafts_are_in_no_difference_that_the_auditor_gets() {
    let app = TestApp::new().await;
    let address = app.published("plan").await;
    app.patch("editor", &address, json!({"title": "A title never submitted"})).await.expect(200);
    app.patch("editor", &address, json!({"title": "The title submitted"})).await.expect(200);
    let entries = trail(&app, "auditor", &address).await;
    let text_of = |entries: &[Value]| Value::Array(entries.to_vec()).to_string();
    assert!(!text_of(&entries).contains("never submitted") && !text_of(&entries).contains("title submitted"));
    app.ready("plan", &address).await;
    let entries = trail(&app, "auditor", &address).await;
    assert!(!text_of(&entries).contains("never submitted"), "{}", text_of(&entries));
    assert_eq!(entry(&entries, "submitted")["changed"][0]["after"], "The title submitted");
    let office = trail(&app, "publisher", &address).await;
    assert!(text_of(&office).contains("never submitted"), "who reads every draft");
}

#[actix_web::test]
async fn what_was_redacted_or_withdrawn_is_in_no_difference() {
    let app = TestApp::new().await;
    let address = app.published("plan").await;
    app.patch("editor", &address, json!({"title": "The name of a victim"})).await.expect(200);
    app.patch("editor", &address, json!({"title": "A clean title"})).await.expect(200);
    app.ready("plan", &address).await;
    let order = json!({"versions": ["e2"], "reason": "It held personal data."});
    app.post("data_protection", &format!("{address}/redact"), order).await.expect(200);
    for who in ["publisher", "auditor", "commissioner"] {
        let entries = Value::Array(trail(&app, who, &address).await).to_string();
        assert!(!entries.contains("victim"), "{who}: {entries}");
    }
    let entries = trail(&app, "publisher", &address).await;
    let edits: Vec<&Value> = entries.iter().filter(|entry| entry["event"] == "edited").collect();
    assert!(edits.len() == 2 && edits.iter().all(|edit| edit["changed"].is_null()), "{edits:?}");
    assert_eq!(pointers(&entry(&entries, "submitted")["changed"]), ["/title"]);
    // Withdrawn for good: no version of it is shown again.
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    app.step("publisher2", &address, "withdraw", json!({"reason": "in error"})).await.expect(200);
    let entries = trail(&app, "publisher", &address).await;
    assert!(entries.iter().all(|entry| entry["changed"].is_null()), "{entries:?}");
}

/// People and clients of another body are not named.
#[actix_web::test]
async fn names_end_at_the_body() {
    let app = TestApp::new().await;
    name(&app, "other_publisher", "Eve Elsewhere");
    name(&app, "editor", "Ada Example");
    let body = app.id_of("policing_body", "elsewhere-pcc");
    app.make_actor("other_admin", &[onrecord::access::Role::Admin], body, "derbyshire-constabulary");
    name(&app, "other_admin", "Mallory Elsewhere");
    let theme = app.fresh(app.state.kind("theme").unwrap());
    let made = app.post("other_admin", "/v1/themes", theme).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    let entries = trail(&app, "auditor", &address).await;
    assert_eq!(
        entries[0]["who"],
        json!({"id": "other_admin", "label": null, "roles": ["admin"], "organisation": "derbyshire-constabulary"})
    );
    let own = trail(&app, "other_auditor", &address).await;
    assert_eq!(own[0]["who"]["label"], "Mallory Elsewhere");
}
