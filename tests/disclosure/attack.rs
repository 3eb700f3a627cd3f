//! An outsider reads everything that is public, in every format, and works out what can be worked out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::solver::{Line, bounds};
use super::{indicator, published};
use crate::support::{TestApp, whole_observations};

/// Months and their quarter, of three areas and their total. The hidden numbers of 5 and more occur nowhere else.
const FIRST: &[(&str, &str, &str)] = &[
    ("A", "2025-01", "3"),
    ("B", "2025-01", "7919"),
    ("C", "2025-01", "8081"),
    ("ALL", "2025-01", "16003"),
    ("A", "2025-02", "5003"),
    ("B", "2025-02", "6007"),
    ("C", "2025-02", "7001"),
    ("ALL", "2025-02", "18011"),
    ("A", "2025-03", "4007"),
    ("B", "2025-03", "0"),
    ("C", "2025-03", "2"),
    ("ALL", "2025-03", "4009"),
    ("A", "2025-Q1", "9013"),
    ("B", "2025-Q1", "13926"),
    ("C", "2025-Q1", "15084"),
    ("ALL", "2025-Q1", "38023"),
];

/// A correction: Crich in February, and what follows from it.
const SECOND: &[(&str, &str, &str)] = &[
    ("C", "2025-02", "7013"),
    ("ALL", "2025-02", "18023"),
    ("C", "2025-Q1", "15096"),
    ("ALL", "2025-Q1", "38035"),
];

/// Every address at which the public reads something of these figures.
fn addresses(releases: &[String]) -> Vec<String> {
    let mut all: Vec<String> = vec![
        "/v1/series?indicator=t-victims".into(),
        "/v1/series?indicator=t-victims&format=csv".into(),
        "/v1/indicators/derbyshire-pcc:IND-V".into(),
        "/v1/indicators/derbyshire-pcc:IND-V/template.csv".into(),
        "/v1/indicators/derbyshire-pcc:IND-V/thread".into(),
        "/v1/changes?limit=1000".into(),
        "/v1/search?q=victims".into(),
        "/v1/releases?limit=200".into(),
        "/v1/comparisons?indicator=t-victims&method=previous,since&base=2025-01".into(),
        "/v1/spc?indicator=t-victims".into(),
    ];
    let queries = [
        "",
        "includeHistory=true",
        "updatedAfter=2020-01-01T00:00:00Z",
        "asOf=2026-11-01T11:30:30Z",
        "lastNObservations=1",
    ];
    let formats = ["json", "csv", "sdmx-csv", "jsonstat", "json-stat", "csvw"];
    for query in queries {
        for format in formats {
            all.push(format!("/v1/observations?indicator=t-victims&{query}&format={format}"));
            for area in ["ALL", "A", "B", "C"] {
                all.push(format!(
                    "/v1/series/t-victims.{area}.irregular/observations?{query}&format={format}"
                ));
            }
        }
    }
    for area in ["ALL", "A", "B", "C"] {
        let series = format!("/v1/series/t-victims.{area}.irregular");
        all.push(series.clone());
        all.push(format!("{series}/vintages"));
        all.push(format!("{series}/spc"));
        for method in
            ["previous", "yoy", "ytd", "rolling12", "since&base=2025-01", "peer_rank&peers=A,B,C&self=true"]
        {
            all.push(format!("{series}/comparisons?method={method}"));
        }
    }
    for release in releases {
        for end in [
            "",
            "/observations",
            "/observations?format=csv",
            "/versions",
            "/versions/1",
            "/thread",
            "/disclosure",
        ] {
            all.push(format!("{release}{end}"));
        }
    }
    all.retain(|address| !address.contains("&&"));
    all
}

/// What the public knows of each cell: area, period and publication.
type Known = BTreeMap<(String, String, usize), (Option<i64>, String)>;

async fn read(app: &TestApp, releases: &[String]) -> Known {
    let mut known = Known::new();
    for (n, release) in releases.iter().enumerate() {
        let answer = app.get(None, &format!("{release}/observations")).await.expect(200).json();
        for one in answer["data"].as_array().unwrap() {
            let area = one["series"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
            let value = one["value"].as_str().map(|value| value.parse().unwrap());
            let period = one["TIME_PERIOD"].as_str().unwrap().replace("2025-01-01/P3M", "2025-Q1");
            let key = (area, period, n);
            known.insert(key, (value, one["CONF_STATUS"].as_str().unwrap().to_owned()));
        }
    }
    known
}

const AREAS: [&str; 4] = ["A", "B", "C", "ALL"];
const PERIODS: [&str; 4] = ["2025-01", "2025-02", "2025-03", "2025-Q1"];

/// Asserts that no hidden cell has an interval narrower than 1 to 4, and that each is possible.
fn attack(known: &Known, publications: usize, truth: &dyn Fn(&str, &str, usize) -> i64) -> usize {
    let mut unknown: Vec<(String, String, usize)> = vec![];
    let (mut equal, mut at_least) = (vec![], vec![]);
    // The latest publication that has the cell.
    let latest = |area: &str, period: &str, n: usize| {
        (0..=n).rev().map(|n| (area.to_owned(), period.to_owned(), n)).find(|key| known.contains_key(key))
    };
    for (key, (value, _)) in known {
        if value.is_none() {
            unknown.push(key.clone());
        }
    }
    let index = |key: &(String, String, usize)| unknown.iter().position(|other| other == key);
    let line = |terms: &[(i128, (String, String, usize))]| {
        let mut line = Line { coefficients: vec![0; unknown.len()], constant: 0 };
        for (sign, key) in terms {
            match index(key) {
                Some(n) => line.coefficients[n] += sign,
                None => line.constant += sign * i128::from(known[key].0.unwrap()),
            }
        }
        line
    };
    for n in 0..publications {
        for period in PERIODS {
            let keys: Option<Vec<_>> = AREAS.iter().map(|area| latest(area, period, n)).collect();
            let Some(keys) = keys else { continue };
            let terms: Vec<_> = keys.into_iter().zip([1, 1, 1, -1]).map(|(key, sign)| (sign, key)).collect();
            equal.push(line(&terms));
        }
        for area in AREAS {
            let keys: Option<Vec<_>> = PERIODS.iter().map(|period| latest(area, period, n)).collect();
            let Some(keys) = keys else { continue };
            let terms: Vec<_> = keys.into_iter().zip([1, 1, 1, -1]).map(|(key, sign)| (sign, key)).collect();
            equal.push(line(&terms));
        }
    }
    for (n, key) in unknown.iter().enumerate() {
        let mut bound = |coefficient: i128, constant: i128| {
            let mut line = Line { coefficients: vec![0; unknown.len()], constant };
            line.coefficients[n] = coefficient;
            at_least.push(line);
        };
        match known[key].1.as_str() {
            "A" => {
                bound(1, -1);
                bound(-1, 4);
            }
            // A small total is published like a secondary cell.
            _ => bound(1, if truth(&key.0, &key.1, key.2) < 5 { -1 } else { -5 }),
        }
    }
    for (n, key) in unknown.iter().enumerate() {
        let (least, most) = bounds(&equal, &at_least, n);
        let people = i128::from(truth(&key.0, &key.1, key.2));
        assert!(
            least.is_none_or(|least| least <= people) && most.is_none_or(|most| people <= most),
            "{key:?}"
        );
        if let (Some(least), Some(most)) = (least, most) {
            assert!(most - least >= 3, "{key:?} is {least} to {most}");
        }
    }
    unknown.len()
}

#[actix_web::test]
async fn nobody_finds_or_works_out_a_hidden_figure_over_any_route() {
    let app = TestApp::new().await;
    indicator(&app, "t5", json!({})).await;
    let first = published(&app, "REL-V1", FIRST).await;
    app.set_time("2026-11-02T11:30:00Z");
    let second = published(&app, "REL-V2", SECOND).await;
    app.seal_and_catch_up();
    let mut releases = vec![first, second];
    let known = read(&app, &releases).await;
    let truth = |area: &str, period: &str, n: usize| {
        let of = |cells: &[(&str, &str, &str)]| {
            cells
                .iter()
                .find(|cell| (cell.0, cell.1) == (area, period))
                .map(|cell| cell.2.parse::<i64>().unwrap())
        };
        let second = if n == 1 { of(SECOND) } else { None };
        second.or_else(|| of(FIRST)).unwrap()
    };
    let hidden = attack(&known, 2, &truth);
    assert!(hidden >= 4, "{known:?}");
    search(&app, &releases, &known, &truth).await;
    // Withdrawn, it is read no more, and what it said gives nothing away either.
    app.step("publisher2", &releases[1], "withdraw", json!({"reason": "A mistake."})).await.expect(200);
    app.set_time("2026-11-03T11:30:00Z");
    let third = published(&app, "REL-V3", SECOND).await;
    app.seal_and_catch_up();
    releases[1] = third;
    let again = read(&app, &releases).await;
    attack(&again, 2, &truth);
    search(&app, &releases, &again, &truth).await;
    let found =
        onrecord::resources::audit_disclosure(&app.state.db, onrecord::clock::Clock::system().now()).unwrap();
    assert_eq!((found.indicators, found.findings.len(), found.not_audited.len()), (1, 0, 0));
    assert!(found.hidden >= 4);
}

/// Looks for hidden numbers and their notes in all that is public.
async fn search(app: &TestApp, releases: &[String], known: &Known, truth: &dyn Fn(&str, &str, usize) -> i64) {
    let (mut read, mut bytes) = (0, 0);
    for address in addresses(releases) {
        let answer = app.get(None, &address).await;
        if answer.status != 200 {
            assert!([400, 404, 406, 410, 422].contains(&answer.status), "{address}: {}", answer.status);
            continue;
        }
        read += 1;
        let text = answer.text();
        bytes += text.len();
        for ((area, period, n), (value, _)) in known {
            let people = truth(area, period, *n);
            if value.is_none() {
                assert!(!text.contains(&format!("note of {area} {period}")), "{address}");
                assert!(people < 1000 || !text.contains(&people.to_string()), "{address} has {people}");
            }
        }
        if address.contains("/observations?") && text.starts_with('{') {
            check_cells(&serde_json::from_str(&text).unwrap(), &address);
        }
    }
    println!("{read} answers, {bytes} bytes");
    assert!(read > 80, "{read}");
}

/// No cell with a hidden status has a value.
fn check_cells(answer: &Value, address: &str) {
    if !answer["data"].is_array()
        || answer["data"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one.get("observations").is_none()))
    {
        return;
    }
    for cell in whole_observations(answer) {
        if cell["OBS_STATUS"] == "Q" {
            assert!(
                cell["value"].is_null() && cell["note"].is_null() && cell["reason"].is_null(),
                "{address}: {cell}"
            );
        }
    }
}
