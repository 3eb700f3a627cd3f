//! What the kinds of money and measures check beyond their schemas, and how their lists filter.

use onrecord::access::Role;
use onrecord::http::kinds::schemas;
use onrecord::record::kind_checks::{check_all, record_schemas};
use onrecord::resources;
use serde_json::{Value, json};

use crate::added_columns::kinds_with;
use crate::support::{TestApp, writer};

/// What `POST` says to the kind's example with these members in place of its own: each fault's place and code.
async fn said(app: &TestApp, kind: &str, members: Value) -> Vec<(String, String)> {
    let kind = app.state.kind(kind).unwrap();
    let mut body = app.fresh(kind);
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = app.post(writer(kind), &format!("/v1/{}", kind.def.path), body).await;
    answer.problem(422);
    let text = |fault: &Value, member: &str| fault[member].as_str().unwrap().to_owned();
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|fault| (text(fault, "pointer"), text(fault, "code"))).collect()
}

#[actix_web::test]
async fn each_kind_says_what_is_wrong_and_where() {
    let app = TestApp::new().await;
    let gbp = |amount: &str| json!({"amount": amount, "currency": "GBP"});
    for (kind, members, place, code) in [
        ("fund", json!({"amount": gbp("-1.00")}), "/amount/amount", "pattern"),
        ("fund", json!({"amount": gbp("1.005")}), "/amount/amount", "pattern"),
        ("fund", json!({"amount": {"amount": "1", "currency": "EUR"}}), "/amount/currency", "unknown_code"),
        (
            "fund",
            json!({"amount": {"amount": "1", "currency": "GBP", "net": true}}),
            "/amount/net",
            "unknown_member",
        ),
        ("fund", json!({"amount": "1.00"}), "/amount", "type"),
        ("fund", json!({"financial_year": "2013-01-01/P1Y"}), "/financial_year", "pattern"),
        (
            "indicator",
            json!({"measure_type": "ratio", "numerator": "Crimes solved"}),
            "/denominator",
            "required",
        ),
        (
            "indicator",
            json!({"dimensions": [{"code": "AREA", "name": "A"}, {"code": "AREA", "name": "B"}]}),
            "/dimensions/1/code",
            "duplicate",
        ),
        (
            "indicator",
            json!({"dimensions": [{"code": "AREA", "name": "A", "codes": [{"code": "x", "name": "X", "from": "2020-01-02", "to": "2020-01-01"}]}]}),
            "/dimensions/0/codes/0/to",
            "out_of_range",
        ),
        (
            "indicator",
            json!({"breaks": [{"date": "2020-01-02", "reason": "rebase"}, {"date": "2020-01-01", "reason": "other"}]}),
            "/breaks/1/date",
            "order",
        ),
        (
            "indicator",
            json!({"targets": [{"value": "1e3", "operator": "le"}]}),
            "/targets/0/value",
            "pattern",
        ),
        ("indicator", json!({"baselines": [{"period": "2013-13"}]}), "/baselines/0/period", "pattern"),
        ("service", json!({"count_unit": null, "count": 3}), "/count_unit", "required"),
        (
            "service",
            json!({"procurement": {"procedure": "open", "lotz": []}}),
            "/procurement/lotz",
            "unknown_member",
        ),
        (
            "service",
            json!({"procurement": {"procedure": "open", "cpv": ["1"]}}),
            "/procurement/cpv/0",
            "pattern",
        ),
        (
            "grant",
            json!({"planned_dates": {"from": "2020-01-02", "to": "2020-01-01"}}),
            "/planned_dates/to",
            "out_of_range",
        ),
        (
            "grant",
            json!({"beneficiary_locations": [{"country_code": "GB"}, {"country_code": "UK"}]}),
            "/beneficiary_locations/1/country_code",
            "unknown_code",
        ),
        ("assessment", json!({"assessor_relation": "panel"}), "/assessor_relation", "not_here"),
        ("assessment", json!({"evidence": []}), "/evidence", "required"),
        (
            "assessment",
            json!({"right_of_reply": {"by": "The office", "on": "2026-05-31", "text": "No."}}),
            "/right_of_reply/on",
            "out_of_range",
        ),
        ("counter_assessment", json!({"assessor_relation": "independent"}), "/assessor_relation", "not_here"),
        ("counter_assessment", json!({"evidence": []}), "/evidence", "required"),
    ] {
        let found = said(&app, kind, members.clone()).await;
        assert!(found.contains(&(place.to_owned(), code.to_owned())), "{kind} {members}: {found:?}");
    }
}

#[actix_web::test]
async fn money_is_stored_in_one_form_and_filters_and_sorts_by_its_value() {
    let app = TestApp::new().await;
    let kind = app.state.kind("fund").unwrap();
    for amount in ["5000.5", "40000", "300"] {
        let mut body = app.fresh(kind);
        body["reference"] = json!(format!("OF-{}", amount.replace('.', "-")));
        body["amount"] = json!({"amount": amount, "currency": "GBP"});
        app.post("editor", "/v1/funds", body).await.expect(201);
    }
    let amounts = async |query: &str| -> Vec<String> {
        // Of those that were just made; the demo has funds of its own.
        let page = app.get(Some("editor"), &format!("/v1/funds?{query}")).await.expect(200).json();
        let rows = page["data"].as_array().unwrap().clone();
        let ours = |row: &&Value| row["reference"].as_str().unwrap().starts_with("OF-");
        rows.iter()
            .filter(ours)
            .filter_map(|row| row["amount"]["amount"].as_str().map(str::to_owned))
            .collect()
    };
    let filters = "giver=home-office&financial_year=2021-04-01/P1Y&reference";
    assert_eq!(
        amounts("giver=home-office&direction=money_in&sort=amount&amount[lt]=100000").await,
        ["300.00", "5000.50", "40000.00"]
    );
    assert_eq!(amounts("amount[gte]=300.01&amount[lt]=40000.00").await, ["5000.50"]);
    assert_eq!(amounts("amount=40000.0").await, ["40000.00"]);
    assert_eq!(amounts(&format!("{filters}=OF-300")).await, ["300.00"]);
    // From page to page, both ways.
    let own = "giver=home-office&amount[lt]=100000";
    for (sort, expected) in [("amount", "300.00"), ("-amount", "40000.00")] {
        let first = app.get(Some("editor"), &format!("/v1/funds?sort={sort}&limit=1&{own}")).await;
        let first = first.expect(200).json();
        let next = first["page"]["next"].as_str().unwrap();
        let path = format!("/v1/funds?sort={sort}&limit=1&{own}&cursor={next}");
        let second = app.get(Some("editor"), &path).await.expect(200).json();
        assert_eq!(first["data"][0]["amount"]["amount"], expected);
        assert_ne!(first["data"][0]["id"], second["data"][0]["id"]);
    }
    for wrong in ["1.005", "-1", "1e3", "", "100000000000"] {
        let answer = app.get(None, &format!("/v1/funds?amount[gte]={wrong}")).await;
        assert_eq!(answer.problem(400), ["invalid"]);
    }
}

#[actix_web::test]
async fn what_is_nested_or_yes_and_no_filters_too() {
    let app = TestApp::new().await;
    app.draft("grant").await;
    app.draft("pledge").await;
    let total = async |query: &str| {
        let page = app.get(Some("editor"), &format!("/v1/{query}&count=true")).await.expect(200).json();
        page["page"]["total"].as_i64().unwrap()
    };
    let all = total("grants?limit=1").await;
    assert!(all > 0);
    assert!(total("grants?recipient=victim-support").await > 0);
    assert_eq!(total("grants?recipient=jarac-derbyshire").await, 0);
    let (yes, no) = (total("pledges?testable=true").await, total("pledges?testable=false").await);
    assert!(yes > 0 && yes + no == total("pledges?limit=1").await);
}

#[actix_web::test]
async fn a_slug_names_one_indicator() {
    let app = TestApp::new().await;
    let kind = app.state.kind("indicator").unwrap();
    let mut body = app.fresh(kind);
    let address = app.post("editor", "/v1/indicators", body.clone()).await.expect(201);
    let address = address.header("location").unwrap().to_owned();
    app.patch("editor", &address, json!({"note": "the same slug again"})).await.expect(200);
    body["reference"] = json!("IND-OTHER");
    let answer = app.post("editor", "/v1/indicators", body).await;
    assert_eq!(answer.problem(409), ["taken"]);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/slug");
}

#[actix_web::test]
async fn the_panels_reading_is_the_panels_from_draft_to_public() {
    let app = TestApp::new().await;
    let address = app.draft("counter_assessment").await;
    for who in [None, Some("editor"), Some("publisher"), Some("commissioner"), Some("panel_member")] {
        app.get(who, &address).await.problem(404);
    }
    app.step("panel_officer", &address, "submit", json!({})).await.expect(200);
    app.get(Some("auditor"), &address).await.expect(200);
    app.get(Some("publisher"), &address).await.problem(404);
    app.step("panel_officer", &address, "publish", json!({})).await.problem(403);
    app.step("panel_officer2", &address, "publish", json!({})).await.expect(200);
    let seen = app.get(None, &address).await.expect(200).json();
    assert_eq!(seen["owner"], "derbyshire-police-and-crime-panel");
    let body = app.fresh(app.state.kind("assessment").unwrap());
    app.post("panel_officer", "/v1/assessments", body).await.problem(403);
}

#[actix_web::test]
async fn a_commissioner_who_is_an_editor_too_rates_no_pledge() {
    let app = TestApp::new().await;
    let (both, _) = app.make_client(&[Role::Editor, Role::Commissioner]);
    let kind = app.state.kind("assessment").unwrap();
    app.post(&both, "/v1/assessments", app.fresh(kind)).await.problem(403);
    let address = app.draft("assessment").await;
    app.patch(&both, &address, json!({"note": "Kept, of course."})).await.problem(403);
    app.step(&both, &address, "submit", json!({})).await.problem(403);
    let me = app.get(Some(&both), "/v1/me").await.expect(200).json();
    let may = me["may"].as_array().unwrap().iter().find(|may| may["kind"] == "assessment").unwrap();
    assert_eq!(may["write"], json!([]));
}

#[actix_web::test]
async fn what_the_panel_has_scheduled_neither_shows_in_the_offices_way_nor_stands_in_it() {
    let app = TestApp::new().await;
    let soon = json!({"publish_at": "2026-11-01T13:00:00Z"});
    let kind = app.state.kind("counter_assessment").unwrap();
    let mut reading = app.fresh(kind);
    reading["pledge"] = json!("derbyshire-pcc:PLEDGE-1");
    let made = app.post("panel_officer", "/v1/counter-assessments", reading).await.expect(201);
    let reading = made.header("location").unwrap().to_owned();
    app.step("panel_officer", &reading, "submit", json!({})).await.expect(200);
    app.step("panel_officer2", &reading, "publish", soon.clone()).await.expect(200);
    let pledge = "/v1/pledges/derbyshire-pcc:PLEDGE-1";
    app.patch("editor", pledge, json!({"scope": "Another scope."})).await.expect(200);
    app.step("editor", pledge, "submit", json!({})).await.expect(200);
    app.step("publisher", pledge, "publish", soon).await.expect(200);
    let back = app.step("publisher", pledge, "return", json!({"reason": "Not yet."})).await.expect(200);
    assert_eq!(back.json()["state"], "draft");
}

#[test]
fn a_kind_with_the_name_of_another_schema_stops_the_start_and_both_owners_are_named() {
    let kinds = resources::kinds();
    check_all(&kinds);
    let fault = |name: &'static str| {
        let kinds = kinds_with("objective", |kind| kind.def.name = name);
        let stopped = std::panic::catch_unwind(|| check_all(&kinds)).unwrap_err();
        stopped.downcast_ref::<String>().unwrap().clone()
    };
    let said = fault("threat_grade");
    assert!(
        said.contains("threat: the type `ThreatGrade`") && said.contains("the kind `threat_grade`"),
        "{said}"
    );
    let said = fault("plan_list");
    assert!(said.starts_with("plan_list: `PlanList` is a schema of the kind `plan` too"), "{said}");
    // The names that are compared are those that the document has.
    for kind in &kinds {
        let types = kind.named_schema().types;
        for (name, _) in schemas(kind, &kinds) {
            assert!(record_schemas(kind).contains(&name) || types.contains_key(&name), "{name}");
        }
    }
}
