//! Places are held only for the work that they bound.

use std::time::Duration;

use futures_util::future::join_all;
use onrecord::config::{Limits, Rates};
use onrecord::http::places::Holder;
use serde_json::{Value, json};

use crate::releases::{draft, indicator, published};
use crate::support::{HANG, TestApp};

const ROWS: &str = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,1\n";

#[actix_web::test]
async fn files_that_are_read_keep_nobody_from_a_change() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let release = draft(&app, "force_analyst", "REL-1", serde_json::json!({})).await;
    let holder = |name: &str| Holder::Credential(name.to_owned());
    let first = app.state.files.take(&holder("a"), HANG).await.unwrap();
    let _second = app.state.files.take(&holder("b"), HANG).await.unwrap();
    app.draft("objective").await;
    app.put_observations("force_analyst", &release, ROWS).await.problem(503);
    drop(first);
    app.put_observations("force_analyst", &release, ROWS).await.expect(200);
}

#[actix_web::test]
async fn a_file_is_read_before_the_place_of_a_change_is_taken() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let release = draft(&app, "force_analyst", "REL-1", serde_json::json!({})).await;
    let mut all = vec![];
    // All there are, each taken by somebody else.
    while let Ok(place) =
        app.state.writers.take(&Holder::Credential(all.len().to_string()), Duration::ZERO).await
    {
        all.push(place);
    }
    assert!(!all.is_empty());
    // It is refused for what is in it, so it was read.
    let wrong = ROWS.replace(",1\n", ",one\n");
    app.put_observations("force_analyst", &release, &wrong).await.problem(422);
    app.put_observations("force_analyst", &release, ROWS).await.problem(503);
    drop(all);
    app.put_observations("force_analyst", &release, ROWS).await.expect(200);
    // Both places of files are free again, whatever became of the requests.
    let holder = |name: &str| Holder::Credential(name.to_owned());
    let _first = app.state.files.take(&holder("a"), HANG).await.unwrap();
    let _second = app.state.files.take(&holder("b"), HANG).await.unwrap();
    assert_eq!(app.state.arriving.bytes(), 0);
}

/// With limits by address, and so with shares.
async fn shared() -> TestApp {
    TestApp::with_limits(Limits { rates: Rates { address: 50_000, ..Rates::OFF }, ..Limits::default() }).await
}

#[actix_web::test]
async fn reads_that_take_long_leave_half_of_the_places_to_the_others() {
    let app = shared().await;
    let holder = |name: &str| Holder::Credential(name.to_owned());
    let many = "/v1/observations?indicator=recorded-crime-rolling-year&c[AREA]=E23000018";
    let series = "/v1/series/recorded-crime-quarterly.E23000018.robbery.P3M/observations";
    let long = [
        "/v1/search?q=police".to_owned(),
        "/v1/objectives?q=police".to_owned(),
        "/v1/clocks?state=overdue".to_owned(),
        "/panel/derbyshire-pcc:PLAN-2021".to_owned(),
        "/v1/objectives?format=xlsx".to_owned(),
        many.to_owned(),
        format!("{many}&limit=201"),
        format!("{series}?format=jsonstat"),
        "/v1/spc?indicator=recorded-crime-quarterly".to_owned(),
        "/v1/comparisons?indicator=recorded-crime-quarterly&method=yoy".to_owned(),
    ];
    let short =
        ["/v1/plans".to_owned(), "/v1/clocks".to_owned(), format!("{many}&limit=200"), series.to_owned()];
    let statuses = async |paths: &[String]| {
        let answers = join_all(paths.iter().map(|path| app.get(None, path))).await;
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
    };
    let places =
        [app.state.long.take(&holder("a"), HANG).await, app.state.long.take(&holder("b"), HANG).await];
    assert!(places.iter().all(Result::is_ok));
    assert_eq!(statuses(&short).await, [200; 4]);
    assert!(statuses(&long).await.iter().all(|status| [429, 503].contains(status)));
    let as_table = app.request("GET", series).header("accept", "application/jsonstat+json");
    as_table.send().await.problem(503);
    drop(places);
    for path in long {
        app.get(None, &path).await.expect(200);
    }
}

#[actix_web::test]
async fn a_page_of_many_series_takes_long_however_short_it_is() {
    let app = shared().await;
    let codes = |count: usize, letter: &str| -> Vec<Value> {
        (0..count).map(|n| json!({"code": format!("{letter}{n}"), "name": format!("{letter} {n}")})).collect()
    };
    let body = json!({
        "reference": "IND-WIDE", "slug": "t-wide", "title": "Wide", "definition": "Much.", "unit": "COUNT", "decimals": 0,
        "measure_type": "count", "polarity": "lower_is_better", "frequency": "P1M", "disclosure_profile": "none",
        "licence": "OGL-UK-3.0", "definition_version": 1,
        "dimensions": [
            {"code": "AREA", "name": "Area", "codes": codes(60, "a")},
            {"code": "OFFENCE", "name": "Offence", "codes": codes(40, "o")},
        ],
    });
    let made = app.post("editor", "/v1/indicators", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let rows: String = (0..2_400).map(|n| format!("a{},o{},2025-01,{n}\n", n / 40, n % 40)).collect();
    let more = json!({"indicator": "derbyshire-pcc:IND-WIDE"});
    published(&app, "REL-WIDE", &format!("AREA,OFFENCE,TIME_PERIOD,value\n{rows}"), more).await;
    let holder = |name: &str| Holder::Credential(name.to_owned());
    for path in ["/v1/observations?indicator=t-wide&limit=1", "/v1/series?indicator=t-wide&limit=1"] {
        app.get(None, path).await.expect(200);
        let places =
            [app.state.long.take(&holder("a"), HANG).await, app.state.long.take(&holder("b"), HANG).await];
        // Another page, which no cache has.
        app.get(None, &path.replace("limit=1", "limit=2")).await.problem(503);
        drop(places);
    }
}
