//! Statements against the figures: then and now, with receipts, and never more than the source states.

use serde_json::{Value, json};

use crate::comparisons::{DERBYSHIRE, YEAR, YEAR_BEFORE, indicator, released, rows};
use crate::disclosure;
use crate::statements::statement;
use crate::support::TestApp;

async fn check(app: &TestApp, reference: &str) -> Value {
    check_at(app, &format!("/v1/statements/derbyshire-pcc:{reference}")).await
}

async fn check_at(app: &TestApp, statement: &str) -> Value {
    app.get(None, &format!("{statement}/checks")).await.expect(200).json()
}

fn flags(check: &Value) -> Vec<&str> {
    check["flags"].as_array().unwrap().iter().map(|flag| flag["code"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_claim_is_computed_with_a_receipt_for_a_pocket_calculator() {
    let app = TestApp::new().await;
    let burglary = check(&app, "ST-002-005").await;
    assert_eq!(
        (&burglary["verdict"], flags(&burglary)),
        (&json!("reproduced"), vec!["ambiguous_period", "baseline_before_term"])
    );
    assert_eq!(burglary["compared"]["series"], "recorded-crime-yearly.E23000018.residential-burglary.P1Y");
    assert_eq!(burglary["compared"]["base_period"], "2019-04-01/P1Y");
    for moment in ["then", "now"] {
        assert_eq!(
            (&burglary[moment]["result"], &burglary[moment]["holds"]),
            (&json!("-30.7"), &json!(true))
        );
        let formula = burglary[moment]["receipt"]["formula"].as_str().unwrap();
        assert!(formula.contains("2,684 − 3,871 = −1,187; 100 × (−1,187) ÷ 3,871 = −30.7"), "{formula}");
    }
    assert_eq!(burglary["then"]["as_of"], "2024-03-21T23:59:59.999999Z");
    // The address in the citation gives the same result again.
    let citation = burglary["then"]["receipt"]["citation"].as_str().unwrap();
    let address = citation.split_once("/v1/").unwrap().1;
    let again = app.get(None, &format!("/v1/{address}")).await.expect(200).json();
    assert_eq!(again["data"][0]["change_pct"], "-30.7");
    assert_eq!(again["data"][0]["receipt"]["formula"], burglary["then"]["receipt"]["formula"]);
    let theft = check(&app, "ST-002-006").await;
    assert_eq!((&theft["verdict"], &theft["then"]["result"]), (&json!("reproduced"), &json!("-11.8")));
    // A station reported it, and names no term: the base lies before that of the Commissioner of the day.
    assert!(flags(&theft).contains(&"baseline_before_term"), "{theft}");
    // Said in an undated plan of 2013, of figures that became public here in 2019.
    let halved = check(&app, "ST-004-042").await;
    assert_eq!((&halved["verdict"], flags(&halved)), (&json!("reproduced"), vec!["no_vintage_then"]));
    assert_eq!((&halved["then"], &halved["now"]["result"]), (&Value::Null, &json!("-61.9")));
}

#[actix_web::test]
async fn what_the_source_leaves_open_is_not_guessed() {
    let app = TestApp::new().await;
    for (reference, verdict, flagged) in [
        ("ST-001-006", "missing_baseline", vec![]),
        ("ST-002-003", "missing_baseline", vec!["conflicting_baseline"]),
        ("ST-002-004", "ambiguous_period", vec!["conflicting_baseline"]),
        ("ST-004-068", "no_series", vec![]),
        ("ST-004-086", "no_figure", vec![]),
    ] {
        let found = check(&app, reference).await;
        assert_eq!((found["verdict"].as_str().unwrap(), flags(&found)), (verdict, flagged), "{reference}");
        assert!(!found["verdict_words"].as_str().unwrap().is_empty());
        assert_eq!((&found["then"], &found["now"]), (&Value::Null, &Value::Null), "{reference}");
    }
    // A figure that is on record because it was said does not bear out what was said, and does not refute it.
    for reference in ["ST-002-012", "ST-002-021", "ST-004-022"] {
        assert_eq!(check(&app, reference).await["verdict"], "only_source", "{reference}");
    }
    let budget = check(&app, "ST-004-100").await;
    assert_eq!((&budget["verdict"], &budget["now"]["result"]), (&json!("reproduced"), &json!("-0.58")));
    assert!(flags(&budget).contains(&"own_figures"));
}

/// A statement that the editor drafts, the publisher publishes.
pub async fn published(app: &TestApp, fields: Value) -> String {
    let mut body = statement(&fields);
    body["reference"] = json!(format!("ST-TRIAL-{}", app.next()));
    let made = app.post("editor", "/v1/statements", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.ready("statement", &address).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

/// Publishes a release that revises the burglaries of 2022/23, to so many that [`statement`] no longer holds.
pub async fn revise(app: &TestApp, number: &str) -> String {
    let release = json!({
        "reference": format!("REL-REVISED-{number}"),
        "title": "Revised",
        "indicator": "derbyshire-pcc:IND-RECORDED-CRIME-YEARLY",
        "organisation": "home-office",
    });
    let made = app.post("editor", "/v1/releases", release).await.expect(201);
    let revised = made.header("location").unwrap().to_owned();
    let rows = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2022-04-01/P1Y,4800\n";
    app.put_observations("editor", &revised, rows).await.expect(200);
    app.step("editor", &revised, "submit", json!({})).await.expect(200);
    app.step("publisher", &revised, "publish", json!({})).await.expect(200);
    revised
}

#[actix_web::test]
async fn a_revision_leaves_the_verdict_of_the_day_and_says_what_changed() {
    let app = TestApp::new().await;
    let address = published(&app, json!({})).await;
    let of = |address: String| {
        let app = &app;
        async move { app.get(None, &format!("{address}/checks")).await.expect(200).json() }
    };
    assert_eq!(of(address.clone()).await["verdict"], "reproduced");
    revise(&app, "1").await;
    let found = of(address).await;
    assert_eq!(found["verdict"], "reproduced_then_revised");
    assert_eq!((&found["then"]["holds"], &found["now"]["holds"]), (&json!(true), &json!(false)));
    // Of a statement without a day, the figures of now: 4,800 would be 31% less than 6,957.
    let undated = published(&app, json!({"said_on": null})).await;
    let found = of(undated).await;
    assert_eq!(
        (&found["verdict"], &found["base_that_would_give_it"]),
        (&json!("not_reproduced"), &json!("6956.52"))
    );
    assert_eq!(flags(&found), ["no_vintage_then"]);
    let wrong = published(&app, json!({"value": "-50"})).await;
    let found = of(wrong).await;
    // 3,930 would be half of 7,860.
    assert_eq!(
        (&found["verdict"], &found["base_that_would_give_it"]),
        (&json!("not_reproduced"), &json!("7860"))
    );
    // "More than halved" names a limit, and no base gives a limit.
    let limit = published(&app, json!({"qualifier": "less_than", "value": "-50"})).await;
    let found = of(limit).await;
    assert_eq!(
        (&found["verdict"], &found["base_that_would_give_it"]),
        (&json!("not_reproduced"), &Value::Null)
    );
}

/// Nobody can tell any more whether figures confirmed a statement that were withdrawn since.
#[actix_web::test]
async fn figures_of_the_day_that_were_withdrawn_do_not_make_the_statement_wrong() {
    let app = TestApp::new().await;
    indicator(&app, "t-gone", json!({})).await;
    let rows = |value: &str| {
        format!("AREA,TIME_PERIOD,value\nE23000018,2023-04-01/P1Y,600\nE23000018,2024-04-01/P1Y,{value}\n")
    };
    let first =
        released(&app, "t-gone", &rows("648"), json!({"first_published": "2025-06-01T08:00:00Z"})).await;
    let claim = |value: &str| {
        json!({"indicator": "derbyshire-pcc:IND-t-gone", "codes": {"AREA": "E23000018"}, "method": "yoy", "quantity": "change_pct",
            "period": "2024-04-01/P1Y", "base_period": null, "said_on": "2025-07-01", "qualifier": "exact", "value": value})
    };
    let (early, later) = (published(&app, claim("8")).await, published(&app, claim("10")).await);
    let of = |address: String| {
        let app = &app;
        async move { app.get(None, &format!("{address}/checks")).await.expect(200).json() }
    };
    assert_eq!(of(early.clone()).await["verdict"], "reproduced");
    released(&app, "t-gone", &rows("660"), json!({"reference": "REL-GONE-2"})).await;
    assert_eq!(of(early.clone()).await["verdict"], "reproduced_then_revised");
    app.step("publisher2", &first, "withdraw", json!({"reason": "The file was another one."}))
        .await
        .expect(200);
    let found = of(early).await;
    assert_eq!(
        (&found["verdict"], &found["then"], &found["base_that_would_give_it"]),
        (&json!("not_published"), &Value::Null, &Value::Null),
        "{found}"
    );
    assert!(flags(&found).contains(&"withdrawn_then"), "{found}");
    // Later figures can still confirm one.
    let found = of(later).await;
    assert_eq!(found["verdict"], "reproduced", "{found}");
    assert!(flags(&found).contains(&"withdrawn_then"), "{found}");
}

#[actix_web::test]
async fn a_base_before_the_term_and_a_comparison_that_makes_no_sense_are_named() {
    let app = TestApp::new().await;
    let before = json!({"term": "derbyshire-pcc:TERM-PCC-2012", "period": "2013-04-01/P1Y", "base_period": "2012-04-01/P1Y"});
    let found = app.get(None, &format!("{}/checks", published(&app, before).await)).await.expect(200).json();
    assert!(!flags(&found).contains(&"baseline_before_term"), "{found}");
    let halved = app.get(None, "/v1/statements/derbyshire-pcc:ST-004-003/checks").await.expect(200).json();
    assert!(flags(&halved).contains(&"baseline_before_term"), "{halved}");
    let senseless = json!({"base_period": null, "method": "ytd"});
    let found =
        app.get(None, &format!("{}/checks", published(&app, senseless).await)).await.expect(200).json();
    assert_eq!(found["verdict"], "not_like_for_like");
    assert!(found["verdict_words"].as_str().unwrap().len() > 10);
}

#[actix_web::test]
async fn a_range_is_as_fine_as_its_finer_end_and_what_is_said_today_is_of_today() {
    let app = TestApp::new().await;
    let of = |fields: Value| {
        let app = &app;
        async move { app.get(None, &format!("{}/checks", published(app, fields).await)).await.expect(200).json() }
    };
    // 3,930 against 3,795 is +3.557 per cent.
    let years = |fields: Value| {
        let mut all = json!({"base_period": "2021-04-01/P1Y", "said_on": "2026-11-01"});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        all
    };
    let found = of(years(json!({"qualifier": "range", "value": "3", "value_to": "3.5"}))).await;
    assert_eq!(found["verdict"], "not_reproduced", "{found}");
    let found = of(years(json!({"qualifier": "range", "value": "3", "value_to": "3.6"}))).await;
    assert_eq!((&found["verdict"], flags(&found)), (&json!("reproduced"), vec![]), "{found}");
    assert!(found["then"]["as_of"].is_string());
    let found = of(years(json!({"quantity": "change_pp", "value": "3.6"}))).await;
    assert_eq!(found["verdict"], "not_like_for_like");
}

#[actix_web::test]
async fn a_draft_is_checked_for_those_who_see_it_and_for_nobody_else() {
    let app = TestApp::new().await;
    let address = app.draft("statement").await;
    let checks = format!("{address}/checks");
    app.get(Some("editor"), &checks).await.expect(200);
    for who in [None, Some("partner"), Some("panel_member"), Some("other_editor")] {
        app.get(who, &checks).await.expect(404);
    }
}

/// The verdicts of statements about a series of three years that was published after they were made.
#[actix_web::test]
async fn what_was_not_yet_on_record_is_judged_by_later_figures_and_what_makes_no_sense_says_so() {
    let app = TestApp::new().await;
    indicator(&app, "t-said", json!({})).await;
    let rows = "AREA,TIME_PERIOD,value\nE23000018,2012-04-01/P1Y,0\nE23000018,2013-04-01/P1Y,60\nE23000018,2014-04-01/P1Y,50\n";
    released(&app, "t-said", rows, json!({})).await;
    let checked = |fields: Value| {
        let app = &app;
        async move {
            let mut body = json!({"indicator": "derbyshire-pcc:IND-t-said", "codes": {"AREA": "E23000018"}, "quantity": "change_pct",
                "said_on": "2026-10-01", "base_period": null, "value": null});
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let address = published(app, body).await;
            app.get(None, &format!("{address}/checks")).await.expect(200).json()
        }
    };
    // The base that would give what was stated, exactly: 62.5 and not 63, from which the change is 21 per cent.
    let fell = json!({"method": "yoy", "period": "2014-04-01/P1Y", "qualifier": "exact", "value": "-20"});
    let found = checked(fell).await;
    assert_eq!(
        (&found["verdict"], &found["base_that_would_give_it"]),
        (&json!("not_reproduced"), &json!("62.5")),
        "{found}"
    );
    // A change from 0 has no percentage, but it has a direction.
    let rose = json!({"method": "yoy", "period": "2013-04-01/P1Y", "qualifier": "rose"});
    assert_eq!(checked(rose).await["verdict"], "reproduced");
    // A base that is not earlier makes no sense; nothing is missing.
    let late = json!({"method": "since", "period": "2013-04-01/P1Y", "base_period": "2014-04-01/P1Y", "qualifier": "exact", "value": "5"});
    let found = checked(late).await;
    assert_eq!(found["verdict"], "not_like_for_like", "{found}");
    // Said long before any figure was published: judged by those of now, and it says so.
    for method in ["rolling12", "yoy"] {
        let early = json!({"method": method, "period": "2014-04-01/P1Y", "qualifier": "fell", "said_on": "2020-01-01"});
        let found = checked(early).await;
        assert_eq!(
            (&found["verdict"], flags(&found)),
            (&json!("reproduced"), vec!["no_vintage_then"]),
            "{method}: {found}"
        );
    }
}

#[actix_web::test]
async fn a_stated_value_is_one_that_a_figure_can_have() {
    let app = TestApp::new().await;
    let body = statement(
        &json!({"reference": "ST-TRIAL-LARGE", "qualifier": "exact", "quantity": "value", "value": "9999999999999"}),
    );
    let faults = app.post("editor", "/v1/statements", body).await.problem(422);
    assert!(faults.contains(&"too_large".to_owned()), "{faults:?}");
}

/// Counts that are rounded confirm or refute only what every count behind them would.
#[actix_web::test]
async fn rounded_figures_decide_nothing_that_depends_on_the_rounding() {
    let app = TestApp::new().await;
    disclosure::indicator(&app, "t5_r5", json!({})).await;
    // Shown as 50, 55 and 100.
    let cells = [("A", "2022", "52"), ("A", "2023", "53"), ("A", "2024", "101")];
    disclosure::published(&app, "REL-V1", &cells).await;
    let address = "/v1/series/t-victims.A.irregular/comparisons?method=previous&period=2023";
    let compared = app.get(None, address).await.expect(200).json();
    let result = &compared["data"][0];
    assert_eq!(result["change_pct"], "10.0", "{result}");
    let warnings = result["receipt"]["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["code"] == "rounded"), "{result}");
    for (changes, verdict, holds) in [
        (json!({"period": "2023", "value": "1.9", "rounded_to": "0.1"}), "rounded", Value::Null),
        (json!({"period": "2023", "value": "10"}), "rounded", Value::Null),
        (json!({"period": "2023", "value": "40"}), "not_reproduced", json!(false)),
        (json!({"period": "2024", "qualifier": "more_than", "value": "50"}), "reproduced", json!(true)),
        (
            json!({"period": "2023", "quantity": "change", "qualifier": "unchanged", "value": null}),
            "not_reproduced",
            json!(false),
        ),
        (
            json!({"period": "2023", "method": "level", "quantity": "value", "value": "53"}),
            "rounded",
            Value::Null,
        ),
        (
            json!({"period": "2023", "method": "level", "quantity": "value", "value": "60"}),
            "not_reproduced",
            json!(false),
        ),
    ] {
        let mut own = json!({
            "said_on": null, "indicator": "derbyshire-pcc:IND-V", "codes": {"AREA": "A"},
            "method": "previous", "base_period": null,
        });
        own.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let found = check_at(&app, &published(&app, own).await).await;
        assert_eq!(
            (&found["verdict"], &found["now"]["holds"]),
            (&json!(verdict), &holds),
            "{changes}: {found}"
        );
    }
}

/// What confirmed a statement and was withdrawn since is no longer said to confirm it.
#[actix_web::test]
async fn figures_that_are_gone_since_are_named_so() {
    let app = TestApp::new().await;
    indicator(&app, "t-gone", json!({})).await;
    released(&app, "t-gone", &rows(&[(YEAR_BEFORE, "1000"), (YEAR, "1100")]), json!({})).await;
    app.set_time("2026-11-02T10:00:00Z");
    let own = json!({
        "said_on": "2026-11-01", "indicator": "derbyshire-pcc:IND-t-gone", "codes": {"AREA": DERBYSHIRE}, "method": "yoy",
        "period": YEAR, "base_period": null, "value": "10",
    });
    let statement = published(&app, own).await;
    let before = check_at(&app, &statement).await;
    assert_eq!((&before["verdict"], flags(&before)), (&json!("reproduced"), vec![]), "{before}");
    // A revision of the base, which is then withdrawn: no figure of that year is left.
    let revision = released(&app, "t-gone", &rows(&[(YEAR_BEFORE, "900")]), json!({})).await;
    app.set_time("2026-11-03T10:00:00Z");
    assert_eq!(check_at(&app, &statement).await["verdict"], "reproduced_then_revised");
    app.step("publisher2", &revision, "withdraw", json!({"reason": "Published in error."})).await.expect(200);
    app.set_time("2026-11-04T10:00:00Z");
    let after = check_at(&app, &statement).await;
    assert_eq!((&after["verdict"], flags(&after)), (&json!("reproduced"), vec!["gone_since"]), "{after}");
    assert!(after["verdict_words"].as_str().unwrap().contains("no longer published"), "{after}");
}
