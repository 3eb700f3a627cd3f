//! Comparisons: the worked cases by hand, receipts, reasons, refusals, and what their readers may not see.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, whole_observations};

pub const DERBYSHIRE: &str = "E23000018";
pub const YEAR: &str = "2012-04-01/P1Y";
pub const YEAR_BEFORE: &str = "2011-04-01/P1Y";

/// An indicator of the test's own by area, published: a yearly count with these fields besides.
pub async fn indicator(app: &TestApp, slug: &str, more: Value) -> String {
    let area = |code: &str| json!({"code": code, "name": code});
    let mut body = json!({
        "reference": format!("IND-{slug}"), "slug": slug, "title": format!("Test of {slug}"),
        "definition": "What the test counts.", "unit": "COUNT", "decimals": 0, "measure_type": "count",
        "polarity": "lower_is_better", "frequency": "P1Y", "disclosure_profile": "none", "licence": "OGL-UK-3.0",
        "definition_version": 1,
        "dimensions": [{"code": "AREA", "name": "Area", "codes": [
            area(DERBYSHIRE), area("t-one"), area("t-two"), area("t-three")]}],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = app.post("editor", "/v1/indicators", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

/// A release of the indicator with these rows, not yet published.
pub async fn submitted(app: &TestApp, slug: &str, rows: &str, more: Value) -> String {
    let reference = format!("REL-T-{}", app.next());
    let indicator = format!("derbyshire-pcc:IND-{slug}");
    let mut body = json!({"reference": reference, "title": "A release", "indicator": indicator});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = app.post("force_analyst", "/v1/releases", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.put_observations("force_analyst", &address, rows).await.expect(200);
    app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
    address
}

/// A published release of the indicator with these rows.
pub async fn released(app: &TestApp, slug: &str, rows: &str, more: Value) -> String {
    let address = submitted(app, slug, rows, more).await;
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

/// Rows of the force's area, with a column of values.
pub fn rows(of: &[(&str, &str)]) -> String {
    let mut text = "AREA,TIME_PERIOD,value\n".to_owned();
    of.iter().for_each(|(period, value)| text.push_str(&format!("{DERBYSHIRE},{period},{value}\n")));
    text
}

pub async fn compare(app: &TestApp, key: &str, query: &str) -> Answer {
    app.get(None, &format!("/v1/series/{key}/comparisons?{query}")).await
}

/// The one result of a request.
pub async fn result(app: &TestApp, key: &str, query: &str) -> Value {
    let answer = compare(app, key, query).await.expect(200).json();
    let data = answer["data"].as_array().unwrap();
    assert_eq!(data.len(), 1, "{answer}");
    data[0].clone()
}

pub fn texts<const N: usize>(result: &Value, names: [&str; N]) -> [Value; N] {
    names.map(|name| result[name].clone())
}

/// A calendar year is none of a series of financial years: the caller is told which years it has.
#[actix_web::test]
async fn a_year_of_another_kind_is_refused_with_one_that_works() {
    let app = TestApp::new().await;
    indicator(&app, "t-kind", json!({})).await;
    released(&app, "t-kind", &rows(&[(YEAR_BEFORE, "1000"), (YEAR, "1100")]), json!({})).await;
    let key = format!("t-kind.{DERBYSHIRE}.P1Y");
    for period in ["2012", "2030"] {
        let refused = compare(&app, &key, &format!("method=yoy&period={period}")).await;
        assert!(refused.text().contains("`2022-04-01/P1Y`"), "{}", refused.text());
        assert_eq!(refused.problem(422), ["other_years"]);
    }
    // A financial year without a figure is one of its years, and not published.
    let later = result(&app, &key, "method=yoy&period=2030-04-01/P1Y").await;
    assert_eq!(later["reason"], "not_published", "{later}");
}

#[actix_web::test]
async fn two_years_are_compared_as_by_hand() {
    let app = TestApp::new().await;
    let pounds = json!({"unit": "GBP", "polarity": "contextual"});
    let percent = json!({"unit": "PERCENT", "decimals": 1, "measure_type": "ratio", "polarity": "higher_is_better",
                         "numerator": "Answered", "denominator": "Asked"});
    // Base, current, change, change in per cent, the reason where that is null, better or worse.
    let cases = [
        ("a", json!({}), "51687", "53007", json!("1320"), json!("2.6"), json!(null), json!(false)),
        ("b", json!({}), "7539", "6770", json!("-769"), json!("-10.2"), json!(null), json!(true)),
        ("c", pounds, "172400000", "171400000", json!("-1000000"), json!("-0.6"), json!(null), json!(null)),
        ("d", percent.clone(), "97.0", "98.1", json!("1.1"), json!("1.1"), json!(null), json!(true)),
        ("e", percent, "40", "44", json!("4.0"), json!("10.0"), json!(null), json!(true)),
        ("f", json!({}), "0", "5", json!("5"), json!(null), json!("zero_baseline"), json!(false)),
        ("g", json!({}), "6", "9", json!("3"), json!(null), json!("low_base"), json!(false)),
        ("h", json!({}), "100", "100", json!("0"), json!("0.0"), json!(null), json!(null)),
    ];
    for (slug, more, base, current, change, relative, reason, favourable) in cases {
        let is_percent = more["unit"] == "PERCENT";
        let slug = format!("t-{slug}");
        indicator(&app, &slug, more).await;
        released(&app, &slug, &rows(&[(YEAR_BEFORE, base), (YEAR, current)]), json!({})).await;
        let key = format!("{slug}.{DERBYSHIRE}.P1Y");
        for method in ["yoy", "previous", &format!("since&base={YEAR_BEFORE}")] {
            let result = result(&app, &key, &format!("method={method}")).await;
            let names = match is_percent {
                true => ["change_pp", "relative_change_pct", "reason", "favourable", "TIME_PERIOD"],
                false => ["change", "change_pct", "reason", "favourable", "TIME_PERIOD"],
            };
            let expected =
                [change.clone(), relative.clone(), reason.clone(), favourable.clone(), json!(YEAR)];
            assert_eq!(texts(&result, names), expected, "{result}");
            let others =
                if is_percent { ["change", "change_pct"] } else { ["change_pp", "relative_change_pct"] };
            assert_eq!(texts(&result, others), [json!(null), json!(null)], "{result}");
        }
    }
}

#[actix_web::test]
async fn a_result_has_a_receipt_that_can_be_checked_and_repeated() {
    let app = TestApp::new().await;
    indicator(&app, "t-crime", json!({"sources": [{"source": "ons-police-force-area-tables"}]})).await;
    let before = json!({"first_published": "2012-07-19T08:30:00Z"});
    released(&app, "t-crime", &rows(&[(YEAR_BEFORE, "51687")]), before).await;
    let after = json!({"first_published": "2013-07-18T08:30:00Z"});
    let text = "AREA,TIME_PERIOD,value,OBS_STATUS\nE23000018,2012-04-01/P1Y,53007,P\n";
    let release = released(&app, "t-crime", text, after).await;
    let release = app.get(None, &release).await.json()["reference"].as_str().unwrap().to_owned();
    let key = "t-crime.E23000018.P1Y";
    let answer = compare(&app, key, "method=yoy").await.expect(200);
    assert_eq!(answer.header("x-licence"), Some("OGL-UK-3.0"));
    let body = answer.json();
    let result = &body["data"][0];
    let receipt = &result["receipt"];
    assert_eq!(
        receipt["formula"],
        "Apr 2012 to Mar 2013 compared with Apr 2011 to Mar 2012: 53,007 − 51,687 = 1,320; 100 × 1,320 ÷ 51,687 = 2.6 %."
    );
    assert_eq!(
        receipt["inputs"][0],
        json!({"role": "current", "area": null, "series": key, "TIME_PERIOD": YEAR, "period": "Apr 2012 to Mar 2013",
               "value": "53007", "numerator": null, "denominator": null, "OBS_STATUS": "P", "complete": true,
               "reason": null, "release": format!("derbyshire-pcc:{release}"), "valid_from": "2013-07-18T08:30:00Z"})
    );
    assert_eq!(
        texts(&receipt["inputs"][1], ["role", "value", "valid_from"]),
        [json!("base"), json!("51687"), json!("2012-07-19T08:30:00Z")]
    );
    assert_eq!(
        texts(receipt, ["unit", "as_of", "licence"]),
        [json!("COUNT"), json!("2013-07-18T08:30:00Z"), json!("OGL-UK-3.0")]
    );
    assert_eq!(receipt["source"], json!(["ons-police-force-area-tables"]));
    assert_eq!(receipt["warnings"][0]["code"], "provisional");
    assert!(receipt["rounding"].as_str().unwrap().contains("half away from zero"), "{receipt}");
    // The address in the citation gives the same result.
    let citation = receipt["citation"].as_str().unwrap();
    let address = citation.rsplit_once("/v1/").unwrap().1;
    let again = app.get(None, &format!("/v1/{address}")).await.expect(200);
    assert_eq!(again.json()["data"][0], *result, "{address}");
    assert_eq!(again.header("x-as-of"), Some("2013-07-18T08:30:00Z"));
    // A tag that the caller has is not sent again; the past has a tag of its own.
    let known = app.request("GET", &format!("/v1/series/{key}/comparisons?method=yoy"));
    known.header("If-None-Match", answer.header("etag").unwrap()).send().await.expect(304);
    let then = self::result(&app, key, "method=yoy&asOf=2013-01-01").await;
    assert_eq!(
        texts(&then, ["TIME_PERIOD", "reason"]),
        [json!(YEAR_BEFORE), json!("not_published")],
        "{then}"
    );
    let then = self::result(&app, key, &format!("method=yoy&period={YEAR}&asOf=2013-01-01")).await;
    assert_eq!(texts(&then, ["change", "reason"]), [json!(null), json!("not_published")], "{then}");
    assert!(!then.to_string().contains("53"), "what was published later: {then}");
}

#[actix_web::test]
async fn months_are_pooled_and_cut_off_alike_and_never_averaged() {
    let app = TestApp::new().await;
    let percent = json!({"unit": "PERCENT", "decimals": 1, "measure_type": "ratio", "polarity": "higher_is_better",
                         "numerator": "Answered", "denominator": "Asked", "frequency": "P1M"});
    indicator(&app, "t-calls", percent).await;
    let mut text = "AREA,TIME_PERIOD,value,numerator,denominator\n".to_owned();
    for month in 1..=11 {
        text.push_str(&format!("{DERBYSHIRE},2024-{month:02},100,200,200\n"));
    }
    text.push_str(&format!("{DERBYSHIRE},2024-12,50,10,20\n"));
    released(&app, "t-calls", &text, json!({})).await;
    let key = "t-calls.E23000018.P1M";
    let pooled = result(&app, key, "method=rolling12").await;
    assert_eq!(texts(&pooled["current"], ["value", "reason"]), [json!("99.5"), json!(null)], "{pooled}");
    assert_eq!(texts(&pooled, ["change_pp", "reason"]), [json!(null), json!("incomplete_window")]);
    assert_eq!(pooled["receipt"]["inputs"][0]["numerator"], "200");
    // Seven months of 6,000 against 50,000, and a part month in both.
    indicator(&app, "t-month", json!({"frequency": "P1M"})).await;
    let mut text = "AREA,TIME_PERIOD,value,complete\n".to_owned();
    for (year, values) in
        [(2022, ["8000", "7000", "7000", "7000", "7000", "7000", "7000"]), (2023, ["6000"; 7])]
    {
        for (month, value) in (4..).zip(values) {
            text.push_str(&format!("{DERBYSHIRE},{year}-{month:02},{value},true\n"));
        }
        text.push_str(&format!("{DERBYSHIRE},{year}-11,{},false\n", if year == 2022 { 7000 } else { 2500 }));
    }
    released(&app, "t-month", &text, json!({})).await;
    let key = "t-month.E23000018.P1M";
    let year = result(&app, key, "method=ytd&period=2023-11").await;
    let names = ["change", "change_pct", "favourable"];
    assert_eq!(texts(&year, names), [json!("-8000"), json!("-16.0"), json!(true)], "{year}");
    assert_eq!(texts(&year["current"], ["label", "value"]), [json!("Apr to Oct 2023"), json!("42000")]);
    assert_eq!(year["receipt"]["warnings"][0]["code"], "part_period_left_out");
    // The part month itself is compared with nothing, and is not the latest.
    let month = result(&app, key, "method=previous&period=2023-11").await;
    assert_eq!(texts(&month, ["change", "reason"]), [json!(null), json!("incomplete_window")]);
    assert_eq!(result(&app, key, "method=yoy").await["TIME_PERIOD"], "2023-10");
}

#[actix_web::test]
async fn what_is_hidden_or_not_public_is_no_input() {
    let app = TestApp::new().await;
    indicator(&app, "t-small", json!({"frequency": "P1M"})).await;
    let mut text = "AREA,TIME_PERIOD,value,OBS_STATUS,CONF_STATUS\n".to_owned();
    for month in 1..=12 {
        let (value, obs, conf) = if month == 5 { ("", "Q", "A") } else { ("10", "A", "F") };
        text.push_str(&format!("{DERBYSHIRE},2024-{month:02},{value},{obs},{conf}\n"));
    }
    released(&app, "t-small", &text, json!({})).await;
    let key = "t-small.E23000018.P1M";
    for query in [
        "method=rolling12&period=2024-12",
        "method=previous&period=2024-06",
        "method=previous&period=2024-05",
        "method=ytd&period=2024-08",
    ] {
        let result = result(&app, key, query).await;
        assert_eq!(
            texts(&result, ["change", "change_pct", "reason"]),
            [json!(null), json!(null), json!("suppressed")],
            "{query}: {result}"
        );
    }
    // A draft, a release under embargo and a withdrawn one tell nothing.
    let queries = [
        "method=previous,yoy,rolling12",
        "method=previous&period=2025-01",
        "method=rate&startPeriod=2024-10&format=csv",
    ];
    let mut public = vec![];
    for query in queries {
        public.push(compare(&app, key, query).await.expect(200).comparable());
    }
    let address = submitted(&app, "t-small", &rows(&[("2024-12", "77"), ("2025-01", "78")]), json!({})).await;
    let unchanged = async |what: &str| {
        for (query, before) in queries.iter().zip(&public) {
            assert_eq!(compare(&app, key, query).await.comparable(), *before, "{what}: {query}");
        }
    };
    unchanged("a draft").await;
    app.step("publisher", &address, "publish", json!({"publish_at": "2027-01-04T09:30:00Z"}))
        .await
        .expect(200);
    unchanged("an embargo").await;
    app.set_time("2027-01-04T09:30:00Z");
    let shown = result(&app, key, "method=previous").await;
    assert_eq!(texts(&shown, ["TIME_PERIOD", "change"]), [json!("2025-01"), json!("1")]);
    app.step("publisher2", &address, "withdraw", json!({"reason": "A wrong file."})).await.expect(200);
    let gone = result(&app, key, "method=previous&period=2024-12").await;
    assert_eq!(texts(&gone, ["change", "reason"]), [json!(null), json!("not_published")], "{gone}");
    for query in queries {
        let text = compare(&app, key, query).await.expect(200).text();
        assert!(!text.contains("77") && !text.contains("78"), "{query}: {text}");
    }
    app.get(None, "/v1/series/t-small.t-one.P1M/comparisons?method=yoy").await.problem(404);
}

#[actix_web::test]
async fn a_figure_that_does_not_cover_its_period_says_so_and_is_compared_with_nothing() {
    let app = TestApp::new().await;
    // Residential burglary is counted since April 2017.
    let key = "recorded-crime-rolling-year.E23000018.burglary-residential.P1Y-P3M";
    let read = app.get(None, &format!("/v1/series/{key}/observations")).await.expect(200).json();
    let why = "The code is in use since 2017-04-01: the figure covers a part of its period.";
    let mut parts = vec![];
    for cell in whole_observations(&read).iter().filter(|cell| !cell["value"].is_null()) {
        let is_part = cell["TIME_PERIOD"].as_str().unwrap() < "2017-04-01";
        assert_eq!(cell["complete"], json!(!is_part), "{cell}");
        assert_eq!(cell.get("reason").and_then(Value::as_str), is_part.then_some(why), "{cell}");
        parts.extend(is_part.then(|| cell["value"].clone()));
    }
    assert_eq!(parts, ["1136", "2186", "3349"]);
    let csv = app.get(None, &format!("/v1/series/{key}/observations?format=csv")).await.expect(200).text();
    assert!(
        csv.lines()
            .any(|line| line.contains("2016-07-01/P1Y") && line.contains(",false,") && line.contains(why)),
        "{csv}"
    );
    let result = result(&app, key, "method=since&period=2017-04-01/P1Y&base=2016-07-01/P1Y").await;
    assert_eq!(texts(&result, ["change", "reason"]), [json!(null), json!("incomplete_window")], "{result}");
    let base = &result["receipt"]["inputs"][1];
    assert_eq!(texts(base, ["complete", "reason"]), [json!(false), json!(why)], "{result}");
    // The life of a code is a fact of the definition: when it is published, the figures on record are read by it.
    let address = indicator(&app, "t-life", json!({})).await;
    released(&app, "t-life", &rows(&[(YEAR_BEFORE, "100"), (YEAR, "110")]), json!({})).await;
    let key = "t-life.E23000018.P1Y";
    assert_eq!(self::result(&app, key, "method=yoy").await["change"], "10");
    let mut dimensions = app.get(None, &address).await.json()["dimensions"].clone();
    dimensions[0]["codes"][0]["from"] = json!("2011-10-01");
    app.patch("editor", &address, json!({"dimensions": dimensions})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let part = self::result(&app, key, "method=yoy").await;
    assert_eq!(texts(&part, ["change", "reason"]), [json!(null), json!("incomplete_window")], "{part}");
    // A figure of a year that is not over when it is published; the sum that a year is to have is no such figure.
    for (slug, more, complete) in [("t-now", json!({}), false), ("t-budget", json!({"unit": "GBP"}), true)] {
        indicator(&app, slug, more).await;
        released(&app, slug, &rows(&[("2026-04-01/P1Y", "900")]), json!({})).await;
        let path = format!("/v1/series/{slug}.E23000018.P1Y/observations");
        let read = app.get(None, &path).await.expect(200).json();
        assert_eq!(whole_observations(&read)[0]["complete"], json!(complete), "{slug}");
    }
}
