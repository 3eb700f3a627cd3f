//! Sums of money: exact, never mixed, and as each reader sees them.

use serde_json::{Value, json};

use crate::support::{TestApp, publisher, writer};

fn pounds(amount: &str) -> Value {
    json!({"amount": amount, "currency": "GBP"})
}

async fn drafted(app: &TestApp, kind: &str, members: Value) -> String {
    let kind = app.state.kind(kind).unwrap();
    let mut body = app.fresh(kind);
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let made = app.post(writer(kind), &format!("/v1/{}", kind.def.path), body).await.expect(201);
    made.header("location").unwrap().to_owned()
}

async fn published(app: &TestApp, kind: &str, members: Value) -> String {
    let address = drafted(app, kind, members).await;
    app.ready(kind, &address).await;
    let who = publisher(app.state.kind(kind).unwrap());
    app.step(who, &address, "publish", json!({})).await.expect(200);
    address
}

async fn rows(app: &TestApp, who: Option<&str>, query: &str) -> Vec<Value> {
    let answer = app.get(who, &format!("/v1/money?limit=200&{query}")).await.expect(200).json();
    assert_eq!(answer["page"]["next"], Value::Null);
    answer["data"].as_array().unwrap().clone()
}

fn row<'a>(rows: &'a [Value], key: Option<&str>) -> &'a Value {
    let mut found = rows.iter().filter(|row| row["key"].as_str() == key);
    let row = found.next().unwrap_or_else(|| panic!("no {key:?} in {rows:?}"));
    assert!(found.next().is_none(), "{key:?} stands twice");
    row
}

/// A figure's sum and how many amounts are in it.
fn figure(row: &Value, path: &str) -> (String, i64) {
    let figure = row.pointer(path).unwrap();
    (figure["sum"]["amount"].as_str().unwrap_or("-").to_owned(), figure["records"].as_i64().unwrap())
}

fn is(sum: &str, records: i64) -> (String, i64) {
    (sum.to_owned(), records)
}

#[actix_web::test]
async fn the_demos_money_by_year_and_fund() {
    let app = TestApp::new().await;
    let by_year = rows(&app, None, "by=year").await;
    let of_2013 = row(&by_year, Some("2013-04-01/P1Y"));
    assert_eq!(figure(of_2013, "/funds/out/planned"), is("171400000.00", 1));
    assert_eq!(figure(of_2013, "/funds/in/awarded"), is("981000.00", 1));
    // Nothing was awarded to anybody: that is no sum, not a sum of nought.
    assert_eq!(figure(of_2013, "/grants/awarded"), is("-", 0));
    assert_eq!(of_2013["grants"]["awarded"]["sum"], Value::Null);
    assert_eq!((&of_2013["exact"], &of_2013["self"]), (&json!(true), &Value::Null));
    let undated = row(&by_year, None);
    assert_eq!(figure(undated, "/funds/out/committed"), is("600000.00", 2));
    assert_eq!(undated["exact"], json!(false), "the cameras cost at most that");
    let keys: Vec<Option<&str>> = by_year.iter().map(|row| row["key"].as_str()).collect();
    assert_eq!(keys.last(), Some(&None), "what has no key comes last");
    assert!(keys[..keys.len() - 1].is_sorted());
    let by_fund = rows(&app, None, "by=fund").await;
    let saving = row(&by_fund, Some("derbyshire-pcc:FUND-OPCC-SAVING"));
    // The same pounds stand apart as the fund's and as the service's.
    assert_eq!(figure(saving, "/funds/out/committed"), is("100000.00", 1));
    assert_eq!(figure(saving, "/services/committed"), is("100000.00", 1));
    let fund = app.get(None, saving["self"].as_str().unwrap()).await.expect(200).json();
    assert_eq!(fund["title"], saving["title"]);
}

#[actix_web::test]
async fn sums_are_exact_and_stages_are_never_mixed() {
    let app = TestApp::new().await;
    let fund = json!({"reference": "F-1", "amount": pounds("99999999999.99"), "amount_qualifier": "exact"});
    published(&app, "fund", fund).await;
    let of_fund = json!("derbyshire-pcc:F-1");
    for _ in 0..3 {
        let members =
            json!({"fund": of_fund, "amount_awarded": pounds("0.10"), "amount_disbursed": pounds("0.05")});
        published(&app, "grant", members).await;
    }
    for stage in ["planned", "awarded", "committed", "paid"] {
        let members = json!({"fund": of_fund, "value": pounds("99999999999.99"), "value_stage": stage});
        published(&app, "service", members.clone()).await;
        published(&app, "service", members).await;
    }
    let by_fund = rows(&app, None, "by=fund").await;
    let one = row(&by_fund, Some("derbyshire-pcc:F-1"));
    assert_eq!(figure(one, "/grants/awarded"), is("0.30", 3));
    assert_eq!(figure(one, "/grants/paid"), is("0.15", 3));
    for stage in ["planned", "awarded", "committed", "paid"] {
        assert_eq!(figure(one, &format!("/services/{stage}")), is("199999999999.98", 2));
    }
    assert_eq!(figure(one, "/funds/in/awarded"), is("99999999999.99", 1));
    assert_eq!(figure(one, "/funds/out/awarded"), is("-", 0));
    assert_eq!(one["exact"], json!(true));
    let csv = app.get(None, "/v1/money?by=fund&format=csv&limit=200").await.expect(200).text();
    let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let cells: Vec<&str> =
        csv.lines().find(|line| line.starts_with("derbyshire-pcc:F-1,")).unwrap().split(',').collect();
    let cell = |name: &str| cells[head.iter().position(|column| *column == name).unwrap()];
    assert_eq!((cell("grants_awarded"), cell("grants_awarded_records")), ("0.30", "3"));
    assert_eq!((cell("funds_in_awarded"), cell("funds_out_awarded")), ("99999999999.99", ""));
    assert_eq!(cell("services_paid"), "199999999999.98");
    published(&app, "service", json!({"fund": of_fund, "value_qualifier": "approximate"})).await;
    let by_fund = rows(&app, None, "by=fund").await;
    assert_eq!(row(&by_fund, Some("derbyshire-pcc:F-1"))["exact"], json!(false));
}

#[actix_web::test]
async fn money_counts_once_under_each_priority_that_it_delivers() {
    let app = TestApp::new().await;
    let plan = published(&app, "plan", json!({"reference": "PLAN-X"})).await;
    for reference in ["PRI-X", "PRI-Y"] {
        published(&app, "priority", json!({"reference": reference, "plan": "derbyshire-pcc:PLAN-X"})).await;
    }
    let objective =
        json!({"reference": "OBJ-X", "plan": "derbyshire-pcc:PLAN-X", "priority": "derbyshire-pcc:PRI-X"});
    published(&app, "objective", objective).await;
    // Twice the same priority, once through its objective; and another besides.
    let members = json!({
        "amount_awarded": pounds("7"), "objectives": ["derbyshire-pcc:OBJ-X"],
        "priorities": ["derbyshire-pcc:PRI-X", "derbyshire-pcc:PRI-Y"],
    });
    published(&app, "grant", members).await;
    published(&app, "grant", json!({"amount_awarded": pounds("2"), "priorities": []})).await;
    let all = rows(&app, None, "by=priority").await;
    for key in ["derbyshire-pcc:PRI-X", "derbyshire-pcc:PRI-Y"] {
        let row = row(&all, Some(key));
        assert_eq!(figure(row, "/grants/awarded"), is("7.00", 1));
        assert!(row["note"].as_str().unwrap().contains("do not add the rows"));
    }
    assert_eq!(figure(row(&all, None), "/grants/awarded"), is("2.00", 1));
    let of_plan = rows(&app, None, "by=year&plan=derbyshire-pcc:PLAN-X").await;
    assert_eq!(of_plan.len(), 1);
    assert_eq!(figure(&of_plan[0], "/grants/awarded"), is("7.00", 1));
    assert_eq!(rows(&app, None, "by=priority&plan=derbyshire-pcc:PLAN-X").await.len(), 2);
    let id = plan.rsplit('/').next().unwrap();
    assert_eq!(rows(&app, None, &format!("by=priority&plan={id}")).await.len(), 2);
    assert_eq!(rows(&app, None, "body=elsewhere-pcc").await, [] as [Value; 0]);
    for (query, code) in
        [("plan=derbyshire-pcc:NONE", "not_found"), ("by=body", "unknown"), ("body=none", "not_found")]
    {
        let codes = app.get(None, &format!("/v1/money?{query}")).await.problem(400);
        assert_eq!(codes.len(), 1, "{query}");
        assert!(codes[0] == code || code == "unknown", "{codes:?}");
    }
}

#[actix_web::test]
async fn money_by_organisation_year_and_page() {
    let app = TestApp::new().await;
    let unlinked = |name: &str| json!({"id": "GB-CHC-1234567", "name": name});
    published(&app, "grant", json!({"amount_awarded": pounds("1"), "award_date": "2014-03-31"})).await;
    for (name, day) in [("A club", "2014-04-01"), ("A club", "2015-03-31")] {
        let members = json!({"amount_awarded": pounds("2"), "award_date": day, "recipient": unlinked(name)});
        published(&app, "grant", members).await;
    }
    let shared = json!({"providers": ["victim-support", "derby-city-council"], "value": pounds("5")});
    published(&app, "service", shared).await;
    let by_organisation = rows(&app, None, "by=organisation").await;
    let linked = row(&by_organisation, Some("victim-support"));
    assert_eq!(figure(linked, "/grants/awarded"), is("1.00", 1));
    assert!(linked["self"].as_str().unwrap().starts_with("/v1/organisations/"));
    let named = row(&by_organisation, Some("GB-CHC-1234567"));
    assert_eq!(figure(named, "/grants/awarded"), is("4.00", 2));
    assert_eq!((&named["title"], &named["self"]), (&json!("A club"), &Value::Null));
    assert!(figure(row(&by_organisation, None), "/services/committed").1 >= 1);
    assert!(
        !by_organisation
            .iter()
            .any(|row| row["key"] == "derby-city-council" && row["services"]["committed"]["records"] != 0)
    );
    let by_year = rows(&app, None, "by=year").await;
    assert_eq!(figure(row(&by_year, Some("2013-04-01/P1Y")), "/grants/awarded"), is("1.00", 1));
    assert_eq!(figure(row(&by_year, Some("2014-04-01/P1Y")), "/grants/awarded"), is("4.00", 2));
    for by in ["organisation", "fund", "priority", "year"] {
        let whole = rows(&app, None, &format!("by={by}")).await;
        let mut paged = vec![];
        let mut path = format!("/v1/money?by={by}&limit=2");
        loop {
            let page = app.get(None, &path).await.expect(200).json();
            paged.extend(page["data"].as_array().unwrap().clone());
            let Some(next) = page["page"]["next"].as_str() else { break };
            path = format!("/v1/money?by={by}&limit=2&cursor={next}");
        }
        assert_eq!(whole, paged, "{by}");
    }
}

/// Who asked, what, and what came back.
type Asked = (Option<&'static str>, &'static str, (u16, Vec<(String, String)>, String));

/// What anyone can ask about money and counts.
const QUESTIONS: &[&str] = &[
    "/v1/money",
    "/v1/money?by=priority",
    "/v1/money?by=organisation&format=csv",
    "/v1/money?by=year&limit=1",
    "/v1/money?plan=derbyshire-pcc:PLAN-2013",
    "/v1/services/totals",
    "/v1/services/totals?by=provider",
    "/v1/services/totals?by=area&format=csv",
    "/v1/services/totals?by=priority",
    "/v1/services/totals?by=delivery_status&across_units=true",
];

#[actix_web::test]
async fn hidden_money_changes_no_byte_of_what_others_read() {
    let app = TestApp::new().await;
    let askers =
        [None, Some("partner"), Some("panel_officer"), Some("auditor"), Some("admin"), Some("other_editor")];
    let ask = async |rest: &str| {
        let mut answers = vec![];
        for who in askers {
            for question in QUESTIONS {
                let joint = if question.contains('?') { "&" } else { "?" };
                let path = match rest.is_empty() {
                    true => (*question).to_owned(),
                    false => format!("{question}{joint}{rest}"),
                };
                answers.push((who, *question, app.get(who, &path).await.comparable()));
            }
        }
        answers
    };
    let before = ask("").await;
    let office = rows(&app, Some("editor"), "by=fund").await;
    let mut addresses = vec![];
    for kind in ["fund", "service", "grant", "priority", "objective"] {
        addresses.push((kind, drafted(&app, kind, json!({})).await));
    }
    let cheaper = json!({"amount": pounds("1"), "financial_year": "2030-04-01/P1Y"});
    app.patch("editor", "/v1/funds/derbyshire-pcc:FUND-GROSS-2013", cheaper).await.expect(200);
    let other = json!({"count": 7, "count_unit": "calls", "value": null, "value_stage": null, "value_qualifier": null});
    app.patch("editor", "/v1/services/derbyshire-pcc:SVC-PCSO", other).await.expect(200);
    app.seal_and_catch_up();
    for (before, after) in before.iter().zip(ask("").await) {
        assert_eq!(*before, after);
    }
    let seen = rows(&app, Some("editor"), "by=fund").await;
    assert_ne!(office, seen);
    assert_eq!(
        figure(row(&seen, Some("derbyshire-pcc:FUND-GROSS-2013")), "/funds/out/planned"),
        is("1.00", 1)
    );
    // Once it is public everyone is told, and what was public before is told as it was.
    let before = ask("as_of=2026-11-01T11:30:00Z").await;
    app.set_time("2026-11-01T11:40:00Z");
    let (kind, grant) = &addresses[2];
    app.ready(kind, grant).await;
    app.step("publisher", grant, "publish", json!({})).await.expect(200);
    let seen = rows(&app, None, "by=fund").await;
    let fund = row(&seen, Some("derbyshire-pcc:FUND-COMMUNITY-GRANTS"));
    assert_eq!(figure(fund, "/grants/awarded"), is("2500.00", 1));
    let bodies = |answers: Vec<Asked>| -> Vec<(u16, String)> {
        answers.into_iter().map(|(_, _, (status, _, body))| (status, body)).collect()
    };
    let after = bodies(ask("as_of=2026-11-01T11:30:00Z").await);
    for (n, (before, after)) in bodies(before).into_iter().zip(after).enumerate() {
        // A cursor says when it was made.
        if !QUESTIONS[n % QUESTIONS.len()].contains("limit") {
            assert_eq!(before, after);
        }
    }
    app.step("publisher2", grant, "withdraw", json!({"reason": "a test"})).await.expect(200);
    let seen = rows(&app, None, "by=fund").await;
    assert_eq!(
        figure(row(&seen, Some("derbyshire-pcc:FUND-COMMUNITY-GRANTS")), "/grants/awarded"),
        is("-", 0)
    );
}

#[actix_web::test]
async fn counts_add_up_within_a_unit_and_not_across() {
    let app = TestApp::new().await;
    let before = app.get(None, "/v1/services/totals").await.expect(200).json();
    let of = |answer: &Value, unit: &str| {
        let mut all = answer["data"].as_array().unwrap().iter().filter(|row| row["unit"] == unit);
        all.next().map_or(0, |row| row["total"].as_i64().unwrap())
    };
    for (unit, count) in [("calls", 1200), ("calls", 34), ("people", 5)] {
        published(&app, "service", json!({"count_unit": unit, "count": count})).await;
    }
    let after = app.get(None, "/v1/services/totals").await.expect(200).json();
    assert_eq!(of(&after, "calls") - of(&before, "calls"), 1234);
    assert_eq!(of(&after, "people") - of(&before, "people"), 5);
    let refused = app.get(None, "/v1/services/totals?across_units=true").await;
    assert_eq!(refused.problem(422), ["different_units"]);
    let calls = app.get(None, "/v1/services/totals?across_units=true&unit=calls").await.expect(200).json();
    assert_eq!(calls["data"].as_array().unwrap().len(), 1);
    let by = app.get(None, "/v1/services/totals?by=provider&unit=people").await.expect(200).json();
    let row = by["data"].as_array().unwrap().iter().find(|row| row["key"] == "victim-support").unwrap();
    assert!(row["self"].as_str().unwrap().starts_with("/v1/organisations/"));
    for by in ["area", "priority", "delivery_status"] {
        let answer = app.get(None, &format!("/v1/services/totals?by={by}")).await.expect(200).json();
        assert!(!answer["data"].as_array().unwrap().is_empty(), "{by}");
    }
    app.get(None, "/v1/services/totals?unit=pounds").await.problem(400);
}
