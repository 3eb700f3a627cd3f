//! Statements: their own rules, and what the demo has of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// A statement with some fields changed; null removes one.
pub fn statement(changes: &Value) -> Value {
    let mut body = json!({
        "reference": "ST-TRIAL-1",
        "claim": "Burglary fell by 31%.",
        "said_by": "Commissioner",
        "said_on": "2024-03-21",
        "method": "since",
        "indicator": "derbyshire-pcc:IND-RECORDED-CRIME-YEARLY",
        "codes": {"AREA": "E23000018", "OFFENCE": "burglary"},
        "period": "2022-04-01/P1Y",
        "base_period": "2019-04-01/P1Y",
        "quantity": "change_pct",
        "qualifier": "exact",
        "value": "-31",
    });
    let fields = body.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value.clone()),
        };
    }
    body
}

/// The places and codes of the faults of a refusal, in order.
fn faults(answer: &Answer) -> Vec<String> {
    answer.problem(422);
    let body = answer.json();
    let faults = body["errors"].as_array().unwrap().iter();
    let mut faults: Vec<String> = faults
        .map(|fault| format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    faults.sort();
    faults
}

#[actix_web::test]
async fn a_figure_has_what_it_needs_and_nothing_that_contradicts_it() {
    let app = TestApp::new().await;
    for (changes, expected) in [
        (json!({"qualifier": null}), vec!["/quantity needs_qualifier", "/value needs_qualifier"]),
        (json!({"value": null, "quantity": null}), vec!["/quantity required", "/value required"]),
        (json!({"qualifier": "fell"}), vec!["/value not_here"]),
        (json!({"qualifier": "rose", "value": null, "rounded_to": "1"}), vec!["/rounded_to not_here"]),
        (json!({"qualifier": "rose", "value": null, "quantity": "value"}), vec!["/quantity not_here"]),
        (json!({"method": "level", "base_period": null}), vec!["/quantity not_here"]),
        (json!({"quantity": "rank", "value": "3"}), vec!["/quantity not_here"]),
        (json!({"value": "-31", "rounded_to": "10"}), vec!["/rounded_to out_of_range"]),
        (json!({"qualifier": "range"}), vec!["/value_to required"]),
        (json!({"qualifier": "range", "value_to": "-32"}), vec!["/value_to out_of_range"]),
        (json!({"value_to": "-30"}), vec!["/value_to not_here"]),
        (json!({"rounded_to": "5"}), vec!["/rounded_to out_of_range"]),
        (json!({"method": "yoy"}), vec!["/base_period not_here"]),
        (json!({"peers": ["E23000019", "E23000019"]}), vec!["/peers not_here", "/peers/1 duplicate"]),
        (json!({"indicator": null}), vec!["/codes needs_indicator"]),
        (json!({"assumption": {"reason": "So we think."}}), vec!["/assumption required"]),
        (
            json!({"assumption": {"method": "yoy", "period": "2023", "base_period": "2022", "reason": "Why."}}),
            vec!["/assumption/base_period stated", "/assumption/method stated", "/assumption/period stated"],
        ),
        (
            json!({"method": "unstated", "assumption": {"method": "unstated", "reason": "Why."}}),
            vec!["/assumption/method out_of_range"],
        ),
    ] {
        let answer = app.post("editor", "/v1/statements", statement(&changes)).await;
        assert_eq!(faults(&answer), expected, "{changes}");
    }
    // A range, a direction and words without a figure are statements too.
    for (n, changes) in [
        json!({"qualifier": "range", "value_to": "-30"}),
        json!({"qualifier": "fell", "value": null}),
        json!({"qualifier": null, "value": null, "quantity": null}),
        json!({"method": "peer_rank", "base_period": null, "quantity": "rank", "value": "1", "peers": ["E23000019"]}),
        json!({"period": null, "assumption": {"period": "2022-04-01/P1Y", "reason": "The year before."}}),
        json!({"indicator": null, "codes": null}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = statement(&changes);
        body["reference"] = json!(format!("ST-TRIAL-2-{n}"));
        app.post("editor", "/v1/statements", body).await.expect(201);
    }
}

#[actix_web::test]
async fn the_codes_are_those_of_the_indicator() {
    let app = TestApp::new().await;
    for (codes, expected) in [
        (json!({"AREA": "E23000018"}), vec!["/codes required"]),
        (json!({}), vec!["/codes required", "/codes required"]),
        (
            json!({"AREA": "E23000018", "OFFENCE": "piracy", "AGE": "all"}),
            vec!["/codes/AGE unknown_dimension", "/codes/OFFENCE unknown_code"],
        ),
    ] {
        let answer = app.post("editor", "/v1/statements", statement(&json!({"codes": codes}))).await;
        assert_eq!(faults(&answer), expected, "{codes}");
    }
    // A dimension with a single code need not be named.
    let theft = json!({"indicator": "derbyshire-pcc:IND-THEFT", "codes": null});
    app.post("editor", "/v1/statements", statement(&theft)).await.expect(201);
}

#[actix_web::test]
async fn every_statement_of_the_demo_names_its_source_and_an_indicator() {
    let app = TestApp::new().await;
    let list = app.get(None, "/v1/statements?limit=200").await.expect(200).json();
    let rows = list["data"].as_array().unwrap();
    assert_eq!((rows.len(), &list["page"]["next"]), (119, &Value::Null));
    for row in rows {
        assert!(row["indicator"].is_string() && !row["sources"].as_array().unwrap().is_empty(), "{row}");
        // What the machine would have to guess is open, or an editor's assumption with its reason.
        let is_open = row["method"] == "unstated" || row["period"].is_null();
        assert!(is_open || row["assumption"].is_null() || row["assumption"]["reason"].is_string(), "{row}");
    }
    let indicators: BTreeSet<&str> = rows.iter().map(|row| row["indicator"].as_str().unwrap()).collect();
    assert_eq!(indicators.len(), 81);
    // Two statements of one figure with two bases stand side by side.
    let asb = app
        .get(None, "/v1/statements?indicator=derbyshire-pcc:IND-ASB-INCIDENTS&priority=derbyshire-pcc:PRI-2")
        .await
        .expect(200)
        .json();
    let bases: Vec<&Value> = asb["data"].as_array().unwrap().iter().map(|row| &row["base_period"]).collect();
    assert_eq!(bases, [&Value::Null, &json!("2021")]);
}
