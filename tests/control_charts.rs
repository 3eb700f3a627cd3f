//! Control charts: the worked cases by hand, those of the R package NHSRplotthedots, refusals, and many series at once.

use serde_json::{Value, json};

use crate::comparisons::{DERBYSHIRE, indicator, released, rows, submitted, texts};
use crate::support::{Answer, TestApp};

const VALUES: &str = include_str!("fixtures/spc/values.csv");
const EXPECTED: &str = include_str!("fixtures/spc/expected.csv");

/// Months from a first one, as many as requested.
fn months(from: (i32, u32), count: usize) -> Vec<String> {
    let months = (0..u32::try_from(count).unwrap()).map(|n| from.1 - 1 + n);
    months.map(|n| format!("{}-{:02}", from.0 + i32::try_from(n / 12).unwrap(), n % 12 + 1)).collect()
}

/// A published monthly series with these values, from January 2020; its key.
async fn series(app: &TestApp, slug: &str, values: &[i64], more: Value) -> String {
    let mut fields = json!({"frequency": "P1M"});
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    indicator(app, slug, fields).await;
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    let months = months((2020, 1), values.len());
    let of: Vec<(&str, &str)> =
        months.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
    released(app, slug, &rows(&of), json!({})).await;
    format!("{slug}.{DERBYSHIRE}.P1M")
}

async fn read(app: &TestApp, key: &str, query: &str) -> Answer {
    app.get(None, &format!("/v1/series/{key}/spc?{query}")).await
}

async fn chart(app: &TestApp, key: &str, query: &str) -> Value {
    read(app, key, query).await.expect(200).json()
}

fn lines(chart: &Value, phase: usize) -> [Value; 3] {
    texts(&chart["phases"][phase]["limits"], ["centre", "upper_limit", "lower_limit"])
}

/// The numbers of the points with a signal, from 1.
fn points_with(chart: &Value, signal: &str) -> Vec<usize> {
    let points = chart["points"].as_array().unwrap().iter().enumerate();
    let has = |point: &Value| point["signals"].as_array().unwrap().iter().any(|one| one == signal);
    points.filter(|(_, point)| has(point)).map(|(n, _)| n + 1).collect()
}

fn strings<const N: usize>(texts: [&str; N]) -> [Value; N] {
    texts.map(Value::from)
}

#[actix_web::test]
async fn charts_are_those_computed_by_hand() {
    let app = TestApp::new().await;
    let mut outlier = vec![1, 2, 1, 2, 10];
    outlier.extend([1, 2].repeat(6));
    outlier.push(1);
    let key = series(&app, "t-outlier", &outlier, json!({})).await;
    let plain = chart(&app, &key, "").await;
    assert_eq!(lines(&plain, 0), strings(["1.94", "6.95", "-3.06"]), "{plain}");
    assert_eq!(points_with(&plain, "outside_limits"), [5]);
    assert_eq!(lines(&chart(&app, &key, "screen_outliers=true").await, 0)[1..], strings(["4.60", "-0.72"]));

    let twelve = [100, 110].repeat(6);
    let key = series(&app, "t-twelve", &twelve, json!({})).await;
    let few = chart(&app, &key, "").await;
    assert_eq!(texts(&few, ["variation", "assurance_reason"]), strings(["insufficient_data", "no_target"]));
    assert!(few["phases"][0]["limits"]["upper_limit"].is_string(), "{few}");

    let mut thirteen = twelve.clone();
    thirteen.push(100);
    for (n, (target, assurance)) in
        [("140", "consistent_pass"), ("100", "hit_or_miss"), ("70", "consistent_fail")]
            .into_iter()
            .enumerate()
    {
        let targets = json!({"targets": [{"value": target, "operator": "le"}]});
        let key = series(&app, &format!("t-thirteen-{n}"), &thirteen, targets).await;
        let chart = chart(&app, &key, "").await;
        assert_eq!(lines(&chart, 0), strings(["104.62", "131.22", "78.02"]));
        let near = texts(
            &chart["phases"][0]["limits"],
            ["upper_near_limit", "lower_near_limit", "mean_moving_range"],
        );
        assert_eq!(near, strings(["122.35", "86.88", "10.00"]));
        assert_eq!(texts(&chart, ["variation", "assurance"]), strings(["common_cause", assurance]));
        assert_eq!(chart["target"], json!({"value": target, "operator": "le"}));
    }
    let mut frozen = thirteen.clone();
    frozen.extend([135, 125, 110]);
    let key = series(&app, "t-frozen", &frozen, json!({})).await;
    let fixed = chart(&app, &key, "fix=13").await;
    assert_eq!(lines(&fixed, 0), strings(["104.62", "131.22", "78.02"]));
    assert_eq!(
        (points_with(&fixed, "outside_limits"), points_with(&fixed, "two_of_three")),
        (vec![14], vec![14, 15])
    );
    assert_eq!(fixed["variation"], "common_cause");

    let shift = [110, 100, 112, 98, 111, 101, 109, 99, 97, 98, 96, 97, 95, 98];
    let shift = chart(&app, &series(&app, "t-shift", &shift, json!({})).await, "").await;
    assert_eq!(
        (lines(&shift, 0)[0].clone(), points_with(&shift, "shift")),
        (json!("101.50"), (8..=14).collect())
    );
    assert_eq!(shift["variation"], "improvement");
    let trend = [100, 104, 98, 103, 99, 102, 97, 100, 99, 98, 97, 96, 95, 94];
    let trend = chart(&app, &series(&app, "t-trend", &trend, json!({})).await, "").await;
    assert_eq!(points_with(&trend, "trend"), (8..=14).collect::<Vec<_>>());
    let tie = [100, 104, 98, 103, 99, 102, 97, 100, 99, 98, 98, 97, 96, 95];
    let tie = chart(&app, &series(&app, "t-tie", &tie, json!({})).await, "").await;
    assert!(tie["points"].as_array().unwrap().iter().all(|point| point["signals"] == json!([])), "{tie}");
}

#[actix_web::test]
async fn a_phase_begins_at_a_break_on_record_and_nowhere_else() {
    let app = TestApp::new().await;
    let first = [120, 126, 119, 125, 121, 127, 120, 124, 122, 126, 119, 125, 121];
    let values: Vec<i64> = first.iter().copied().chain(first.iter().map(|value| value - 30)).collect();
    let breaks = json!({"breaks": [{"date": "2021-02-01", "reason": "recording_change"}]});
    let broken = chart(&app, &series(&app, "t-phases", &values, breaks).await, "").await;
    assert_eq!(lines(&broken, 0), strings(["122.69", "136.66", "108.73"]), "{broken}");
    assert_eq!(lines(&broken, 1), strings(["92.69", "106.66", "78.73"]));
    assert_eq!(broken["phases"][1]["break_on"], "2021-02-01");
    assert_eq!(texts(&broken["phases"][1], ["first_period", "last_period"]), strings(["2021-02", "2022-02"]));
    assert!(broken["points"].as_array().unwrap().iter().all(|point| point["signals"] == json!([])));
    assert!(broken["points"][13]["moving_range"].is_null(), "none across a phase");
    let whole = chart(&app, &series(&app, "t-whole", &values, json!({})).await, "").await;
    assert_eq!(points_with(&whole, "shift").len(), 26);
}

#[actix_web::test]
async fn a_chart_has_its_receipt_and_hides_what_its_reader_may_not_see() {
    let app = TestApp::new().await;
    let key = series(&app, "t-gap", &[100, 110].repeat(7), json!({})).await;
    app.set_time("2026-11-02T10:00:00Z");
    let more = "AREA,TIME_PERIOD,value,OBS_STATUS,CONF_STATUS,complete\n\
                E23000018,2020-05,,Q,A,true\nE23000018,2020-08,999,A,F,false\nE23000018,2021-04,105,P,F,true\n";
    released(&app, "t-gap", more, json!({})).await;
    let answer = read(&app, &key, "").await.expect(200);
    let shown = answer.json();
    let [hidden, part] = [&shown["points"][4], &shown["points"][7]];
    assert_eq!(
        texts(hidden, ["value", "reason", "OBS_STATUS"]),
        [json!(null), json!("suppressed"), json!("Q")]
    );
    assert_eq!(texts(part, ["value", "reason"]), [json!(null), json!("incomplete_window")]);
    assert!(!answer.text().contains("999"), "{shown}");
    assert!(shown["points"][5]["moving_range"].is_null(), "none across a gap");
    let receipt = &shown["receipt"];
    let formula = receipt["formula"].as_str().unwrap();
    assert!(formula.contains("Jan 2020 to Apr 2021: centre = mean of 13 values = 105"), "{formula}");
    assert!(formula.contains("± 2.66 × "), "{formula}");
    let codes: Vec<&Value> = receipt["warnings"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["gaps", "uncertain_values"]);
    assert_eq!(texts(receipt, ["licence", "as_of"]), strings(["OGL-UK-3.0", "2026-11-02T10:00:00Z"]));
    assert!(shown["points"][14]["release"].as_str().unwrap().starts_with("derbyshire-pcc:REL-T-"), "{shown}");
    // The address in the citation gives the same chart, after a draft too; the past has another one.
    let address = receipt["citation"].as_str().unwrap().rsplit_once("/v1/").unwrap().1.to_owned();
    submitted(&app, "t-gap", &rows(&[("2021-04", "500")]), json!({})).await;
    assert_eq!(app.get(None, &format!("/v1/{address}")).await.expect(200).json(), shown, "{address}");
    assert_eq!(read(&app, &key, "").await.etag(), answer.etag());
    let past = chart(&app, &key, "asOf=2026-11-01T12:00:00Z").await;
    assert_eq!(past["points"].as_array().unwrap().len(), 14, "{past}");
    assert_eq!(past["points"][4]["value"], "100");
    let csv = read(&app, &key, "format=csv").await.expect(200);
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let columns = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cell =
        |row: usize, name: &str| &records[row][columns.iter().position(|column| column == name).unwrap()];
    assert_eq!((records.len(), cell(4, "reason"), cell(4, "value")), (15, "suppressed", ""));
    assert_eq!(cell(0, "centre"), shown["phases"][0]["limits"]["centre"].as_str().unwrap());
    assert_eq!((cell(0, "licence"), cell(0, "warnings")), ("OGL-UK-3.0", "gaps | uncertain_values"));
}

#[actix_web::test]
async fn overlapping_years_are_refused_unless_one_in_each_year_is_chosen() {
    let app = TestApp::new().await;
    let key = "recorded-crime-rolling-year.E23000018.criminal-damage-arson.P1Y-P3M";
    for (query, status, codes) in [
        ("", 422, vec!["overlapping_periods"]),
        ("every=P1Y", 400, vec!["required"]),
        ("anchor=03", 400, vec!["not_applicable"]),
        ("every=P1Y&anchor=04", 400, vec!["wrong_month"]),
        ("every=P3M&anchor=3", 400, vec!["unknown", "unknown"]),
        ("every=P1Y&anchor=03&fix=17", 400, vec!["out_of_range"]),
        ("every=P1Y&anchor=03&fix=1", 400, vec!["out_of_range"]),
        ("every=P1Y&anchor=03&width=900", 400, vec!["unknown"]),
    ] {
        assert_eq!(read(&app, key, query).await.problem(status), codes, "{query}");
    }
    let yearly = chart(&app, key, "every=P1Y&anchor=03").await;
    let points = yearly["points"].as_array().unwrap();
    assert_eq!(points.len(), 16, "years to March 2003 to 2018");
    assert!(points.iter().all(|point| point["period"].as_str().unwrap().starts_with("Year to Mar ")));
    let monthly = series(&app, "t-monthly", &[1, 2, 3], json!({})).await;
    assert_eq!(read(&app, &monthly, "every=P1Y&anchor=03").await.problem(422), ["not_for_this_frequency"]);
    read(&app, "t-monthly.t-one.P1M", "").await.problem(404);
    let list = "/v1/spc?indicator=recorded-crime-rolling-year";
    assert_eq!(app.get(None, list).await.problem(422), ["overlapping_periods"]);
    let lines =
        app.get(None, &format!("{list}&c[AREA]={DERBYSHIRE}&every=P1Y&anchor=03")).await.expect(200).json();
    let line = lines["data"].as_array().unwrap().iter().find(|line| line["series"] == key).unwrap();
    assert_eq!(texts(line, ["variation", "assurance"]), texts(&yearly, ["variation", "assurance"]));
    assert_eq!(line["limits"], yearly["phases"][0]["limits"]);
    assert_eq!(line["value"], points[15]["value"]);
    assert_eq!(line["receipt"]["inputs"][0]["value"], line["value"]);
    let csv = app
        .get(None, &format!("{list}&c[OFFENCE]=homicide&every=P1Y&anchor=03&format=csv"))
        .await
        .expect(200);
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    assert_eq!(reader.records().count(), 5);
    app.get(None, "/v1/spc").await.problem(400);
}

/// The charts of nine trusts in five variants, point by point, as in the unit test, through the API.
#[actix_web::test]
async fn charts_of_the_package_are_the_same_through_the_api() {
    let app = TestApp::new().await;
    let table = |text: &'static str| text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let codes = |column: usize| {
        let mut codes: Vec<&str> = table(VALUES).map(|row| row[column]).collect();
        codes.sort_unstable();
        codes.dedup();
        json!(codes.iter().map(|code| json!({"code": code, "name": code})).collect::<Vec<_>>())
    };
    let dimensions = json!([{"code": "TRUST", "name": "Trust", "codes": codes(0)}, {"code": "METRIC", "name": "Metric", "codes": codes(1)}]);
    let mut text = "TRUST,METRIC,TIME_PERIOD,value\n".to_owned();
    for row in table(VALUES) {
        let values: Vec<&str> = row[2].split(' ').collect();
        for (month, value) in months((2016, 4), values.len()).iter().zip(values) {
            text.push_str(&format!("{},{},{month},{value}\n", row[0], row[1]));
        }
    }
    let breaks = json!([{"date": "2017-10-01", "reason": "other"}]);
    for (slug, polarity, breaks) in [
        ("t-nhs", "lower_is_better", json!([])),
        ("t-nhs-rebase", "lower_is_better", breaks),
        ("t-nhs-increase", "higher_is_better", json!([])),
    ] {
        let more =
            json!({"frequency": "P1M", "dimensions": dimensions, "breaks": breaks, "polarity": polarity});
        indicator(&app, slug, more).await;
        released(&app, slug, &text, json!({})).await;
    }
    let (mut compared, mut differ) = (0, 0);
    for row in table(EXPECTED) {
        let [org, metric, variant, phases, letters] = row[..] else { unreachable!() };
        let (slug, query) = match variant {
            "unscreened" => ("t-nhs", ""),
            "screened" => ("t-nhs", "screen_outliers=true"),
            "fix12" => ("t-nhs", "screen_outliers=true&fix=12"),
            "rebase2017-10" => ("t-nhs-rebase", "screen_outliers=true"),
            _ => ("t-nhs-increase", "screen_outliers=true"),
        };
        let chart = chart(&app, &format!("{slug}.{org}.{metric}.P1M"), query).await;
        let phases: Vec<&str> = phases.split(' ').collect();
        assert_eq!(chart["phases"].as_array().unwrap().len(), phases.len(), "{row:?}");
        for (n, theirs) in phases.iter().enumerate() {
            let theirs: Vec<&str> = theirs.split(':').skip(1).collect();
            let ours = texts(&chart["phases"][n]["limits"], ["centre", "lower_limit", "upper_limit"]);
            for (ours, theirs) in ours.iter().zip(theirs) {
                let ours: rust_decimal::Decimal = ours.as_str().unwrap().parse().unwrap();
                let theirs: rust_decimal::Decimal = theirs.parse().unwrap();
                // Theirs has 15 digits, ours two decimals.
                let most = rust_decimal::Decimal::new(5_001, 6);
                assert!((ours - theirs).abs() <= most, "{row:?}: {ours} is not {theirs}");
            }
        }
        for (point, letter) in chart["points"].as_array().unwrap().iter().zip(letters.chars()) {
            compared += 1;
            let signal = match letter {
                'U' | 'L' => "outside_limits",
                'A' | 'B' => "shift",
                'R' | 'F' => "trend",
                't' | 'b' => "two_of_three",
                _ => {
                    // The package leaves values outside the limits out when it counts two of three.
                    differ += usize::from(point["signals"] == json!(["two_of_three"]));
                    assert!(
                        [json!([]), json!(["two_of_three"])].contains(&point["signals"]),
                        "{row:?}: {point}"
                    );
                    continue;
                }
            };
            assert!(point["signals"].as_array().unwrap().contains(&json!(signal)), "{row:?}: {point}");
        }
    }
    assert_eq!((compared, differ), (2_268, 11));
}
