//! The demo, as its sources have it, and what every kind can do.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::TestApp;

async fn list(app: &TestApp, path: &str) -> Vec<Value> {
    app.get(None, path).await.expect(200).json()["data"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn the_plan_of_2013_has_six_objectives_and_thirty_actions() {
    let app = TestApp::new().await;
    let objectives = list(&app, "/v1/objectives?plan=derbyshire-pcc:PLAN-2013&sort=number&limit=200").await;
    let numbers: Vec<i64> = objectives.iter().map(|row| row["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let actions = list(&app, "/v1/actions?limit=200").await;
    let mut by_objective: BTreeMap<&str, i64> = BTreeMap::new();
    for action in &actions {
        *by_objective.entry(action["objective"].as_str().unwrap()).or_default() += 1;
        assert_eq!(action["status"], "not_reported", "the sources report nothing");
        assert_eq!(action["wording_kind"], "paraphrase");
    }
    assert_eq!(by_objective.values().copied().collect::<Vec<_>>(), [5, 4, 8, 4, 3, 6]);
}

#[actix_web::test]
async fn the_plan_of_2021_has_seven_priorities_and_no_objectives() {
    let app = TestApp::new().await;
    let priorities = list(&app, "/v1/priorities?plan=derbyshire-pcc:PLAN-2021&sort=rank").await;
    let titles: Vec<&str> = priorities.iter().map(|row| row["title"].as_str().unwrap()).collect();
    assert_eq!(titles.len(), 7);
    assert!(titles[6].contains("women and girls"));
    assert!(
        priorities[6]["note"].as_str().unwrap().contains("key priority"),
        "its row says where it comes from"
    );
    assert_eq!(priorities[6]["sources"][0]["source"], "opcc-vawg-scrutiny-2022");
    assert_eq!(list(&app, "/v1/objectives?plan=derbyshire-pcc:PLAN-2021").await.len(), 0);
}

#[actix_web::test]
async fn every_record_of_the_demo_names_a_source_with_its_licence() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.iter().filter(|kind| kind.def.name != "source") {
        for row in list(&app, &format!("/v1/{}?limit=200", kind.def.path)).await {
            if row["reference"] == "elsewhere-pcc" {
                continue;
            }
            let sources = row["sources"].as_array().unwrap();
            assert!(!sources.is_empty(), "{row}");
            for used in sources {
                let address = format!("/v1/sources/{}", used["source"].as_str().unwrap());
                let source = app.get(None, &address).await.expect(200).json();
                assert!(!source["licence"].as_str().unwrap().is_empty());
            }
        }
    }
}

#[actix_web::test]
async fn threads_join_plans_with_all_that_hangs_on_them() {
    let app = TestApp::new().await;
    let thread = app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2013/thread?depth=2").await.expect(200).json();
    let count =
        |kind: &str| thread["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] == kind).count();
    assert_eq!((count("objective"), count("action"), count("plan"), count("priority")), (6, 30, 3, 7));
    let thread = app.get(None, "/v1/actions/derbyshire-pcc:ACT-6-1/thread?depth=2").await.expect(200).json();
    let kinds: Vec<&str> =
        thread["nodes"].as_array().unwrap().iter().map(|node| node["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"objective") && kinds.contains(&"plan"));
    let edges = thread["edges"].as_array().unwrap();
    assert!(edges.iter().all(|edge| edge["rel"].is_string()));
    let theme = app.get(None, "/v1/themes/alcohol-related-crime/thread?depth=1").await.expect(200).json();
    let edge = &theme["edges"][0];
    assert_eq!((&edge["rel"], &edge["from"]), (&Value::from("addressed_by"), &theme["nodes"][0]["id"]));
}

#[actix_web::test]
async fn no_telephone_number_is_on_record() {
    let app = TestApp::new().await;
    for kind in &app.state.kinds {
        for row in list(&app, &format!("/v1/{}?limit=200", kind.def.path)).await {
            // An id has hexadecimal digits, which may be all decimal.
            let text = row.to_string().replace(row["id"].as_str().unwrap(), "");
            let digits = text.split(|c: char| !c.is_ascii_digit() && c != ' ').any(|run| {
                let run: String = run.chars().filter(char::is_ascii_digit).collect();
                (10..=12).contains(&run.len()) && run.starts_with('0')
            });
            assert!(!digits, "{text}");
        }
    }
}

#[actix_web::test]
async fn the_demos_partner_has_something_due() {
    let app = TestApp::new().await;
    let me = app.get(Some("partner"), "/v1/me").await.expect(200).json();
    assert_eq!(me["organisation"], "victim-support");
    assert_eq!(me["due"][0]["reference"], "ACT-1-4");
    assert_eq!(me["due"][0]["due"], "2027-03-31");
    let may: Vec<&Value> =
        me["may"].as_array().unwrap().iter().filter(|may| may["write"] != serde_json::json!([])).collect();
    // Progress on what is assigned to it, and figures of its own.
    assert_eq!(
        may.iter().map(|may| &may["kind"]).collect::<Vec<_>>(),
        ["action", "release", "paper", "question", "response", "progress"]
    );
    assert_eq!((&may[0]["kind"], &may[0]["reach"][0]), (&Value::from("action"), &Value::from("assigned")));
    assert_eq!(app.get(None, "/v1/me").await.expect(200).json()["roles"], serde_json::json!(["public"]));
}

#[actix_web::test]
async fn ids_are_the_same_on_every_load() {
    let (one, other) = (TestApp::new().await, TestApp::new().await);
    for kind in &one.state.kinds {
        let path = format!("/v1/{}?limit=200&fields=id,reference,published_at", kind.def.path);
        let rows = |all: Vec<Value>| -> Vec<Value> {
            all.into_iter().filter(|row| row["reference"] != "elsewhere-pcc").collect()
        };
        assert_eq!(rows(list(&one, &path).await), rows(list(&other, &path).await));
    }
}
