//! Decisions and threats: three people see to a decision, and a partner agency reads what is about its own area.

use onrecord::access::Role;
use serde_json::{Value, json};

use crate::reports::{body_of, faults, make, publish};
use crate::support::TestApp;

/// A submitted decision of the editor's.
async fn submitted(app: &TestApp) -> String {
    let address = make(app, "editor", "decision", json!({})).await;
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    address
}

#[actix_web::test]
async fn of_a_decision_one_writes_another_approves_and_a_third_publishes() {
    let app = TestApp::new().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    for (name, roles) in [
        ("editor_commissioner", vec![Role::Editor, Role::Commissioner]),
        ("commissioner_publisher", vec![Role::Commissioner, Role::Publisher]),
    ] {
        app.make_actor(name, &roles, body, "opcc-derbyshire");
    }
    let address = submitted(&app).await;
    app.patch("editor_commissioner", &address, json!({"note": "Mine."})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    let own = app.step("editor_commissioner", &address, "approve", json!({})).await;
    own.problem(403);
    assert!(own.text().contains("somebody else must approve it"), "{}", own.text());
    app.step("commissioner_publisher", &address, "approve", json!({})).await.expect(200);
    let own = app.step("commissioner_publisher", &address, "publish", json!({})).await;
    own.problem(403);
    assert!(own.text().contains("You have approved this version"), "{}", own.text());
    let later = json!({"publish_at": "2026-11-01T12:00:00Z"});
    app.step("commissioner_publisher", &address, "publish", later).await.problem(403);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    // An approval of an earlier version bars nobody: the next version is another's to approve.
    app.patch("editor", &address, json!({"note": "Again."})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("editor_commissioner", &address, "approve", json!({})).await.expect(200);
    app.step("commissioner_publisher", &address, "publish", json!({})).await.expect(200);
    // Of a kind that does not ask for three, two are enough.
    let plan = make(&app, "editor_commissioner", "plan", json!({})).await;
    app.step("editor_commissioner", &plan, "submit", json!({})).await.expect(200);
    app.step("editor_commissioner", &plan, "approve", json!({})).await.expect(200);
    app.step("publisher", &plan, "publish", json!({})).await.expect(200);
    let table = app.get(None, "/v1/access").await.expect(200).json();
    let kinds = table["included"]["kinds"].as_array().unwrap();
    let separate: Vec<&Value> =
        kinds.iter().filter(|kind| kind["separate"] == true).map(|kind| &kind["kind"]).collect();
    assert_eq!(separate, ["decision"]);
}

#[actix_web::test]
async fn a_decision_shows_how_long_it_took_to_publish() {
    let app = TestApp::new().await;
    let address = make(&app, "editor", "decision", json!({"decided_on": "2026-10-12"})).await;
    let days = async |who, address: &str| {
        app.get(who, address).await.expect(200).json()["days_to_publication"].clone()
    };
    assert_eq!(days(Some("editor"), &address).await, json!(null));
    publish(&app, "editor", &address).await;
    assert_eq!(days(None, &address).await, json!(20));
    // The first publication counts.
    app.set_time("2026-11-09T09:00:00Z");
    app.patch("editor", &address, json!({"note": "Corrected."})).await.expect(200);
    publish(&app, "editor", &address).await;
    assert_eq!(days(None, &address).await, json!(20));
    let unknown =
        make(&app, "editor", "decision", json!({"decided_on": null, "date_basis": "not_stated"})).await;
    publish(&app, "editor", &unknown).await;
    assert_eq!(days(None, &unknown).await, json!(null));
}

#[actix_web::test]
async fn a_decision_without_a_day_says_so_and_lists_filter_by_sum() {
    let app = TestApp::new().await;
    let body = body_of(&app, "decision", &json!({"decided_on": null}));
    assert_eq!(faults(&app.post("editor", "/v1/decisions", body).await), ["/decided_on required"]);
    let found = app.get(None, "/v1/decisions?value[gte]=100000&sort=value").await.expect(200).json();
    let found: Vec<&Value> = found["data"].as_array().unwrap().iter().map(|one| &one["reference"]).collect();
    assert_eq!(
        found,
        ["DEC-2013-SAVING", "DEC-2013-COMMUNITY-GRANTS", "DEC-2013-CAPITAL", "DEC-2013-BUDGET"]
    );
    let thread = "/v1/funds/derbyshire-pcc:FUND-COMMUNITY-GRANTS/thread?depth=1";
    assert!(app.get(None, thread).await.expect(200).text().contains("DEC-2013-COMMUNITY-GRANTS"));
}

#[actix_web::test]
async fn a_partner_reads_a_shared_threat_about_its_own_area_and_no_other() {
    let app = TestApp::new().await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    for (name, organisation) in
        [("chesterfield", "chesterfield-borough-council"), ("erewash", "erewash-borough-council")]
    {
        app.make_actor(name, &[Role::PartnerReader], body, organisation);
    }
    let address = make(&app, "editor", "threat", json!({"areas": ["E07000034"]})).await;
    let status = async |who: &str| app.get(Some(who), &address).await.status;
    assert_eq!((status("chesterfield").await, status("erewash").await), (404, 404));
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    assert_eq!((status("chesterfield").await, status("erewash").await), (404, 404), "it is not shared");
    app.step("publisher", &address, "share", json!({})).await.expect(200);
    assert_eq!((status("chesterfield").await, status("erewash").await), (200, 404));
    let list = async |who: &str| {
        app.get(Some(who), "/v1/threats?level=high").await.expect(200).json()["data"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((list("chesterfield").await, list("erewash").await), (1, 0));
    let seen = app.get(Some("chesterfield"), &address).await.expect(200).json();
    assert!(seen.get("contributors").is_none(), "who wrote it is the office's");
    // An edit ends the sharing; what is published is everybody's.
    app.patch("editor", &address, json!({"areas": ["E07000036"]})).await.expect(200);
    assert_eq!((status("chesterfield").await, status("erewash").await), (404, 404));
    publish(&app, "editor", &address).await;
    assert_eq!((status("chesterfield").await, status("erewash").await), (200, 200));
}

#[actix_web::test]
async fn the_threats_of_the_plan_of_2013_are_on_record() {
    let app = TestApp::new().await;
    let ranked = app.get(None, "/v1/threats?sort=rank").await.expect(200).json();
    let all = ranked["data"].as_array().unwrap();
    assert_eq!(all.len(), 10);
    assert_eq!(
        (&all[0]["theme"], &all[0]["rank"], &all[1]["rank"]),
        (&json!("alcohol-related-crime"), &json!(1), &json!(null))
    );
    assert!(all.iter().all(|threat| threat["level"] == "not_stated"), "the plan rates none of them");
    // The plan gives no day. Whatever the direction, an unknown day comes last.
    let dated = make(&app, "editor", "threat", json!({"reference": "THREAT-DATED"})).await;
    publish(&app, "editor", &dated).await;
    for sort in ["assessed_on", "-assessed_on"] {
        let sorted = app.get(None, &format!("/v1/threats?sort={sort}")).await.expect(200).json();
        let days: Vec<&Value> =
            sorted["data"].as_array().unwrap().iter().map(|one| &one["assessed_on"]).collect();
        assert_eq!(days[0], "2026-10-01");
        assert!(days[1..].iter().all(|day| day.is_null()) && days.len() == 11, "{sort}: {days:?}");
    }
    let from = app.get(None, "/v1/threats?assessed_on[gte]=2013-01-01").await.expect(200).json();
    assert_eq!(from["data"].as_array().unwrap().len(), 1);
    let new = app.get(None, "/v1/threats?financial_year=2013/14").await.expect(200).json();
    assert_eq!(new["data"].as_array().unwrap().len(), 3);
}
