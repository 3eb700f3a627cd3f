//! What a plan leaves hanging, its counts, and how pledges stand: as each reader sees it.

use onrecord::access::Role;
use serde_json::{Value, json};

use crate::support::{TestApp, publisher, withdrawer, writer};

fn references(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["reference"].as_str().unwrap()).collect()
}

async fn orphans(app: &TestApp, who: Option<&str>, plan: &str) -> Value {
    app.get(who, &format!("/v1/plans/derbyshire-pcc:{plan}/orphans")).await.expect(200).json()
}

/// The kind's example with these members; its address.
async fn drafted(app: &TestApp, kind: &str, members: Value) -> String {
    let kind = app.state.kind(kind).unwrap();
    let mut body = app.fresh(kind);
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let made = app.post(writer(kind), &format!("/v1/{}", kind.def.path), body).await.expect(201);
    made.header("location").unwrap().to_owned()
}

async fn publish(app: &TestApp, kind: &str, address: &str) {
    app.ready(kind, address).await;
    let who = publisher(app.state.kind(kind).unwrap());
    app.step(who, address, "publish", json!({})).await.expect(200);
}

async fn published(app: &TestApp, kind: &str, members: Value) -> String {
    let address = drafted(app, kind, members).await;
    publish(app, kind, &address).await;
    address
}

async fn withdraw(app: &TestApp, kind: &str, address: &str) {
    let who = withdrawer(app.state.kind(kind).unwrap());
    app.step(who, address, "withdraw", json!({"reason": "a test"})).await.expect(200);
}

#[actix_web::test]
async fn the_demos_plans_leave_hanging_what_their_files_say() {
    let app = TestApp::new().await;
    let of_2013 = orphans(&app, None, "PLAN-2013").await;
    assert_eq!(references(&of_2013["pledges"]), ["PLEDGE-2", "PLEDGE-3", "PLEDGE-8", "PLEDGE-9"]);
    assert_eq!(references(&of_2013["objectives"]), ["OBJ-1", "OBJ-2", "OBJ-6"]);
    assert_eq!(of_2013["priorities"], json!([]));
    let money = ["FUND-CAPITAL-2013", "FUND-COMMUNITY-GRANTS", "FUND-COMMUNITY-SAFETY", "FUND-GROSS-2013"];
    assert_eq!(references(&of_2013["money"]), money);
    let of_2021 = orphans(&app, None, "PLAN-2021").await;
    assert_eq!(references(&of_2021["pledges"]), ["PLEDGE-11", "PLEDGE-13"]);
    assert_eq!((&of_2021["objectives"], &of_2021["priorities"]), (&json!([]), &json!([])));
    // Neither has a date; they come from the article that the plan is known by.
    assert_eq!(references(&of_2021["money"]), ["FUND-ANPR", "SVC-ANPR"]);
    // No response to the inspection of 2021 was found.
    assert_eq!(of_2013["recommendations"], json!([]));
    let unanswered: Vec<String> = (1..=4).map(|n| format!("REC-CHILD-PROTECTION-2021-{n}")).collect();
    assert_eq!(references(&of_2021["recommendations"]), unanswered);
    assert_eq!(of_2021["recommendations"][0]["why"], "no response answers it");
    for (one, dated) in [(&of_2013["money"][0], false), (&of_2013["money"][2], true)] {
        let why = one["why"].as_str().unwrap();
        assert_eq!(why.contains("no date; from the same source as the plan"), !dated, "{why}");
        assert_eq!(why.contains("2013-04-01/P1Y"), dated, "{why}");
    }
    assert_eq!(of_2013["truncated"], json!(false));
    let csv = app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2021/orphans?format=csv").await.expect(200).text();
    assert_eq!(csv.lines().count(), 9, "{csv}");
    assert!(csv.starts_with("id,kind,reference,title,self,why\n"), "{csv}");
}

#[actix_web::test]
async fn a_plans_counts_add_up_and_agree_with_its_orphans() {
    let app = TestApp::new().await;
    for (plan, who) in [("PLAN-2013", None), ("PLAN-2021", None), ("PLAN-2013", Some("editor"))] {
        let address = format!("/v1/plans/derbyshire-pcc:{plan}");
        let counts = app.get(who, &address).await.expect(200).json()["counts"].clone();
        let sum = |name: &str| -> i64 {
            counts[name].as_object().unwrap().values().map(|n| n.as_i64().unwrap()).sum()
        };
        assert_eq!(counts["actions"], json!(sum("actions_by_status")));
        assert_eq!(counts["pledges"], json!(sum("pledges_by_rating")));
        assert_eq!(counts["pledges"], json!(sum("pledges_by_panel_rating")));
        let hanging = orphans(&app, who, plan).await;
        for list in ["pledges", "objectives", "priorities", "money", "recommendations"] {
            assert_eq!(counts["orphans"][list], json!(hanging[list].as_array().unwrap().len()), "{list}");
        }
        for kind in ["priorities", "objectives"] {
            let list = format!("/v1/{kind}?plan=derbyshire-pcc:{plan}&count=true&limit=1");
            assert_eq!(counts[kind], app.get(who, &list).await.expect(200).json()["page"]["total"]);
        }
    }
    let list = app.get(None, "/v1/plans").await.expect(200).text();
    assert!(!list.contains("\"counts\""), "a list does not count");
    let version = app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2013/versions/1").await.expect(200).text();
    assert!(!version.contains("\"counts\""), "a cited version shows what it is, and nothing else");
}

/// What anyone can ask that is worked out from many records.
const QUESTIONS: &[&str] = &[
    "/v1/plans/derbyshire-pcc:PLAN-2013",
    "/v1/plans/derbyshire-pcc:PLAN-2021",
    "/v1/plans/derbyshire-pcc:PLAN-2013/orphans",
    "/v1/plans/derbyshire-pcc:PLAN-2013/orphans?format=csv",
    "/v1/plans/derbyshire-pcc:PLAN-2021/orphans",
    "/v1/pledges?limit=200",
    "/v1/pledges?format=csv",
    "/v1/pledges/derbyshire-pcc:PLEDGE-1",
    "/v1/indicators?limit=5",
];

#[actix_web::test]
async fn nothing_hidden_changes_what_is_worked_out_for_others() {
    let app = TestApp::new().await;
    let askers = [
        None,
        Some("partner"),
        Some("other_partner"),
        Some("panel_member"),
        Some("auditor"),
        Some("admin"),
        Some("other_editor"),
        Some("other_auditor"),
    ];
    let ask = async || {
        let mut answers = vec![];
        for who in askers {
            for question in QUESTIONS {
                answers.push((who, *question, app.get(who, question).await.expect(200).comparable()));
            }
        }
        answers
    };
    let before = ask().await;
    let office = orphans(&app, Some("editor"), "PLAN-2013").await;
    // One of each that would hang, one of each that would keep something from hanging, and ratings.
    for (kind, members) in [
        ("pledge", json!({"objectives": []})),
        ("objective", json!({})),
        ("priority", json!({})),
        ("fund", json!({"financial_year": "2014-04-01/P1Y", "priorities": []})),
        ("service", json!({"from": "2014-04-01", "to": null, "priorities": []})),
        ("grant", json!({"award_date": "2014-06-01", "priorities": []})),
        ("indicator", json!({"objectives": ["derbyshire-pcc:OBJ-1"], "priorities": []})),
        ("assessment", json!({})),
        ("counter_assessment", json!({})),
    ] {
        drafted(&app, kind, members).await;
    }
    for (address, members) in [
        ("/v1/pledges/derbyshire-pcc:PLEDGE-2", json!({"objectives": ["derbyshire-pcc:OBJ-1"]})),
        ("/v1/funds/derbyshire-pcc:FUND-GROSS-2013", json!({"objectives": ["derbyshire-pcc:OBJ-1"]})),
        ("/v1/funds/derbyshire-pcc:FUND-OPCC-SAVING", json!({"objectives": []})),
        ("/v1/actions/derbyshire-pcc:ACT-1-2", json!({"status": "in_progress"})),
    ] {
        app.patch("editor", address, members).await.expect(200);
    }
    app.seal_and_catch_up();
    for (before, after) in before.into_iter().zip(ask().await) {
        assert_eq!(before, after);
    }
    // The office sees all of it.
    let after = orphans(&app, Some("editor"), "PLAN-2013").await;
    assert_ne!(office, after);
    assert!(!references(&after["objectives"]).contains(&"OBJ-1"));
    assert!(!references(&after["pledges"]).contains(&"PLEDGE-2"));
    assert!(references(&after["money"]).contains(&"FUND-OPCC-SAVING"));
    assert!(!references(&after["money"]).contains(&"FUND-GROSS-2013"));
    let pledge = app.get(Some("editor"), "/v1/pledges/derbyshire-pcc:PLEDGE-1").await.json();
    assert_eq!((&pledge["rating"], &pledge["panel_rating"]), (&json!("in_progress"), &Value::Null));
    let pledge = app.get(Some("panel_officer"), "/v1/pledges/derbyshire-pcc:PLEDGE-1").await.json();
    assert_eq!((&pledge["rating"], &pledge["panel_rating"]), (&json!("not_yet_rated"), &json!("stalled")));
}

#[actix_web::test]
async fn what_is_published_counts_from_then_on_and_until_it_is_withdrawn() {
    let app = TestApp::new().await;
    let address = "/v1/plans/derbyshire-pcc:PLAN-2013/orphans";
    let before = app.get(None, address).await.expect(200).text();
    app.set_time("2026-11-01T11:40:00Z");
    let measured = json!({"objectives": ["derbyshire-pcc:OBJ-1"], "priorities": []});
    let indicator = published(&app, "indicator", measured).await;
    let saving = drafted(&app, "grant", json!({"award_date": "2017-03-31", "priorities": []})).await;
    publish(&app, "grant", &saving).await;
    let after = orphans(&app, None, "PLAN-2013").await;
    assert_eq!(references(&after["objectives"]), ["OBJ-2", "OBJ-6"]);
    assert!(after["money"].as_array().unwrap().iter().any(|one| one["kind"] == "grant"));
    let then = format!("{address}?as_of=2026-11-01T11:35:00Z");
    assert_eq!(app.get(None, &then).await.expect(200).text(), before);
    assert_eq!(app.get(Some("editor"), &then).await.expect(200).text(), before);
    app.set_time("2026-11-01T11:50:00Z");
    withdraw(&app, "indicator", &indicator).await;
    withdraw(&app, "grant", &saving).await;
    assert_eq!(app.get(None, address).await.expect(200).text(), before);
    // The day after the plan's last belongs to it no more.
    published(&app, "grant", json!({"award_date": "2017-04-01", "priorities": []})).await;
    assert_eq!(app.get(None, address).await.expect(200).text(), before);
}

async fn rated(app: &TestApp, kind: &str, reference: &str, day: &str, rating: &str) -> String {
    let members = json!({"reference": reference, "assessed_on": day, "rating": rating});
    published(app, kind, members).await
}

#[actix_web::test]
async fn the_offices_rating_and_the_panels_stand_side_by_side_in_each_format() {
    let app = TestApp::new().await;
    let address = "/v1/pledges/derbyshire-pcc:PLEDGE-1";
    let seen = async |query: &str| {
        let pledge = app.get(None, &format!("{address}{query}")).await.expect(200).json();
        ["rating", "rating_assessment", "panel_rating", "panel_assessment"]
            .map(|name| pledge[name].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(seen("").await, ["not_yet_rated", "-", "-", "-"]);
    app.set_time("2026-11-01T11:40:00Z");
    rated(&app, "assessment", "A-1", "2026-05-01", "in_progress").await;
    // What is about an earlier day says nothing newer, whenever it is published.
    rated(&app, "assessment", "A-2", "2025-05-01", "stalled").await;
    assert_eq!(seen("").await, ["in_progress", "derbyshire-pcc:A-1", "-", "-"]);
    app.set_time("2026-11-01T11:45:00Z");
    rated(&app, "counter_assessment", "C-1", "2026-05-02", "broken").await;
    let last = rated(&app, "assessment", "A-3", "2026-05-01", "kept").await;
    assert_eq!(seen("").await, ["kept", "derbyshire-pcc:A-3", "broken", "derbyshire-pcc:C-1"]);
    assert_eq!(seen("?as_of=2026-11-01T11:42:00Z").await, ["in_progress", "derbyshire-pcc:A-1", "-", "-"]);
    assert_eq!(seen("?as_of=2026-11-01T11:35:00Z").await, ["not_yet_rated", "-", "-", "-"]);
    // Another body's Panel reads its own office's pledges, not this one's.
    let mut body = app.state.kind("counter_assessment").unwrap().example.clone();
    body["assessed_on"] = json!("2026-06-01");
    let made = app.post("other_panel_officer", "/v1/counter-assessments", body).await.expect(201);
    let foreign = made.header("location").unwrap();
    app.step("other_panel_officer", foreign, "submit", json!({})).await.expect(200);
    let elsewhere = app.id_of("policing_body", "elsewhere-pcc");
    app.make_actor("other_panel_officer2", &[Role::PanelOfficer], elsewhere, "derbyshire-constabulary");
    app.step("other_panel_officer2", foreign, "publish", json!({})).await.expect(200);
    assert_eq!(seen("").await[2], "broken");
    let row = |text: &str| text.lines().find(|line| line.contains(",PLEDGE-1,")).unwrap().to_owned();
    let csv = row(&app.get(None, "/v1/pledges?format=csv").await.expect(200).text());
    let end = "kept,2026-05-01,Office of the Police and Crime Commissioner,own_office,derbyshire-pcc:A-3,broken,2026-05-02,Derbyshire Police and Crime Panel,derbyshire-pcc:C-1";
    assert!(csv.ends_with(end), "{csv}");
    let counts =
        app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2013").await.expect(200).json()["counts"].clone();
    assert_eq!(counts["pledges_by_rating"]["kept"], json!(1));
    assert_eq!(counts["pledges_by_rating"]["not_yet_rated"], json!(9));
    assert_eq!(counts["pledges_by_panel_rating"]["broken"], json!(1));
    withdraw(&app, "assessment", &last).await;
    assert_eq!(seen("").await, ["in_progress", "derbyshire-pcc:A-1", "broken", "derbyshire-pcc:C-1"]);
}

#[actix_web::test]
async fn only_counts_of_people_can_be_published_under_disclosure_control() {
    let app = TestApp::new().await;
    for (profile, unit, publishable) in [
        ("none", "PERCENT", true),
        ("t5", "COUNT", true),
        ("t5_r5", "COUNT", true),
        ("t5", "PERCENT", false),
        ("t5_r5", "GBP", false),
    ] {
        let address = drafted(&app, "indicator", json!({"disclosure_profile": profile, "unit": unit})).await;
        let one = app.get(Some("editor"), &address).await.expect(200).json();
        assert_eq!(one["figures_publishable"], json!(publishable), "{profile}");
        assert_eq!(one["figures_refused_because"].is_null(), publishable, "{profile}");
        let tried = json!({"figures_publishable": !publishable});
        assert_eq!(app.patch("editor", &address, tried).await.problem(422), ["read_only"]);
    }
    let csv = app.get(None, "/v1/indicators?format=csv&limit=1").await.expect(200).text();
    assert!(csv.lines().next().unwrap().ends_with(",figures_publishable,figures_refused_because"), "{csv}");
}

#[actix_web::test]
async fn a_recommendation_is_unlinked_until_a_response_answers_it() {
    let app = TestApp::new().await;
    let hanging = async |who: Option<&str>| {
        let all = orphans(&app, who, "PLAN-2021").await;
        references(&all["recommendations"]).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    let response = drafted(&app, "response", json!({})).await;
    assert_eq!(hanging(None).await.len(), 4, "a draft answers nothing for the public");
    assert_eq!(hanging(Some("editor")).await.len(), 2, "for the office it does");
    publish(&app, "response", &response).await;
    // The example answers two of the four: a rejection is an answer.
    let left = ["REC-CHILD-PROTECTION-2021-3", "REC-CHILD-PROTECTION-2021-4"];
    assert_eq!(hanging(None).await, left);
    let closing = json!({"closing": "superseded", "closed_on": "2026-11-01", "closed_why": "Another took its place.", "closed_source": "hmicfrs-child-protection-2022"});
    let third = "/v1/recommendations/derbyshire-pcc:REC-CHILD-PROTECTION-2021-3";
    app.patch("editor", third, closing).await.expect(200);
    publish(&app, "recommendation", third).await;
    assert_eq!(hanging(None).await, left[1..]);
    let before = app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2021?as_of=2026-10-01T00:00:00Z").await;
    assert_eq!(before.expect(200).json()["counts"]["orphans"]["recommendations"], 4);
}
