//! The recommendations that concern a plan, on its scorecard.

use onrecord::config::Limits;
use serde_json::{Value, json};

use crate::queries::{Counter, cost_the_same};
use crate::scorecard::{PLAN, plan, published, row, scorecard};
use crate::support::TestApp;

/// Recommendations that concern aims of the plan: reference, aims, day of the action, day of the closing.
async fn recommended(app: &TestApp) {
    for (reference, aims, act_by, closed_on) in [
        ("T-REC-1", json!(["T-OBJ-2"]), json!("2026-10-31"), Value::Null),
        ("T-REC-2", json!(["T-OBJ-2", "T-OBJ-1"]), json!("2026-11-30"), Value::Null),
        ("T-REC-3", json!(["T-OBJ-1"]), Value::Null, Value::Null),
        ("T-REC-4", json!(["T-OBJ-1"]), json!("2026-10-01"), json!("2026-10-20")),
    ] {
        let aims: Vec<String> = aims
            .as_array()
            .unwrap()
            .iter()
            .map(|aim| format!("derbyshire-pcc:{}", aim.as_str().unwrap()))
            .collect();
        let mut fields = json!({
            "reference": reference, "number": reference, "wording": format!("Do {reference}."), "objectives": aims,
            "priorities": [], "respond_by": null, "act_by": act_by, "under": null, "made_on": "2026-09-01",
        });
        if closed_on.is_string() {
            let why = json!({"closing": "implemented", "closed_on": closed_on, "closed_why": "Done.", "closed_source": "hmicfrs-child-protection-2022"});
            fields.as_object_mut().unwrap().extend(why.as_object().unwrap().clone());
        }
        published(app, "recommendation", fields).await;
    }
}

#[actix_web::test]
async fn a_row_and_the_plan_count_the_recommendations_that_concern_them() {
    let app = TestApp::new().await;
    plan(&app).await;
    let none = json!({"open": 0, "overdue": 0, "unanswered": 0, "first": []});
    let found = scorecard(&app, PLAN).await;
    assert_eq!((&found["recommendations"], &row(&found, "T-OBJ-2")["recommendations"]), (&none, &none));
    recommended(&app).await;
    // A claim that its record of progress is complete, without which silence says nothing.
    let body = "/v1/bodies/derbyshire-pcc";
    let coverage = json!({"coverage": [{"kind": "progress", "from": "2020-01-01"}, {"kind": "response", "from": "2020-01-01"}]});
    app.patch("admin", body, coverage).await.expect(200);
    let of = |who: Option<&'static str>, path: &'static str| {
        let app = &app;
        async move { app.get(who, path).await.expect(200).json() }
    };
    let office = of(Some("editor"), PLAN).await;
    let numbers = |value: &Value| {
        let first: Vec<String> = value["first"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["record"]["reference"].as_str().unwrap().to_owned())
            .collect();
        (value["open"].clone(), value["overdue"].clone(), value["unanswered"].clone(), first)
    };
    let expected = |open: i64, overdue: i64, unanswered: i64, first: &[&str]| {
        (
            json!(open),
            json!(overdue),
            json!(unanswered),
            first.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        numbers(&row(&office, "T-OBJ-2")["recommendations"]),
        expected(2, 1, 2, &["T-REC-1", "T-REC-2"])
    );
    assert_eq!(
        numbers(&row(&office, "T-OBJ-1")["recommendations"]),
        expected(2, 0, 2, &["T-REC-2", "T-REC-3"])
    );
    // The plan counts each once.
    assert_eq!(numbers(&office["recommendations"]), expected(3, 1, 3, &["T-REC-1", "T-REC-2", "T-REC-3"]));
    let first = &office["recommendations"]["first"][0];
    assert_eq!(
        (&first["due"], &first["overdue"], &first["answered"]),
        (&json!("2026-10-31"), &json!(true), &json!(false))
    );
    app.get(Some("editor"), first["record"]["self"].as_str().unwrap()).await.expect(200);
    // Who is no party is not told that an action is overdue, nor that none is.
    let public = of(None, PLAN).await;
    assert_eq!(numbers(&public["recommendations"]).1, Value::Null);
    let page = app.get(None, &format!("{PLAN}?format=html")).await.expect(200).text();
    assert!(page.contains("The public record cannot say whether any is overdue."), "{page}");
    assert_eq!(numbers(&public["recommendations"]).0, json!(3));
    // As of a day before they were made there are none, and the CSV and the page have them too.
    let csv = app.get(Some("editor"), &format!("{PLAN}?format=csv")).await.expect(200).text();
    assert!(
        csv.lines()
            .next()
            .unwrap()
            .contains("recommendations_open,recommendations_overdue,recommendations_unanswered")
    );
    let page = app.get(Some("editor"), &format!("{PLAN}?format=html")).await.expect(200).text();
    assert!(
        page.contains("Do T-REC-1.") && page.contains("1 overdue") && page.contains("3 open, 3 unanswered"),
        "{page}"
    );
    assert!(!page.contains("Do T-REC-4."));
    // The plan's own page has them in a table.
    let plan = app.get(Some("editor"), &format!("{}?format=html", PLAN.trim_end_matches("/scorecard"))).await;
    let plan = plan.expect(200).text();
    let table = plan.split("<caption>Open recommendations</caption>").nth(1).unwrap();
    let table = table.split("</table>").next().unwrap();
    for words in ["Open", "Overdue", "Unanswered", "Do T-REC-1."] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[actix_web::test]
async fn forty_recommendations_cost_as_many_statements_as_one() {
    let app = TestApp::with_limits(Limits { connections: 1, ..Default::default() }).await;
    plan(&app).await;
    let make = async |n: usize| {
        let fields = json!({
            "reference": format!("T-REC-{n}"), "number": format!("{n}"), "objectives": ["derbyshire-pcc:T-OBJ-2"],
            "priorities": [], "act_by": "2026-10-31", "under": null,
        });
        published(&app, "recommendation", fields).await;
    };
    make(0).await;
    let counter = Counter::on(&app);
    counter.of(&app, None, PLAN).await;
    let few = counter.of(&app, None, &format!("{PLAN}?since=2026-01-01")).await.0;
    for n in 1..40 {
        make(n).await;
    }
    let many = counter.of(&app, None, &format!("{PLAN}?since=2026-01-02")).await.0;
    println!("{few} statements for one recommendation, {many} for forty");
    assert!(
        many <= 40 && cost_the_same(few, many),
        "{few} statements for one recommendation, {many} for forty"
    );
}
