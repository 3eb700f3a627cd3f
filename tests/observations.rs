//! Observations in JSON say nothing twice: what was left out of them is found again, and they stay small.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::releases::{KEY, indicator, published};
use crate::support::{TestApp, whole_observations};

/// The rows of a CSV, by the names of its columns.
fn rows(text: &str) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let pairs = |row: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect::<Vec<_>>()
    };
    reader.records().map(|row| pairs(row.unwrap())).collect()
}

/// The observation that a row of the CSV is, with all its fields, and the indicator's unit and decimals.
fn expected(row: &[(String, String)], query: &str) -> (Value, Value) {
    let text = |name: &str| row.iter().find(|(own, _)| own == name).unwrap().1.as_str();
    let nullable = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let flag = |name: &str| text(name) == "true";
    let deleted = text("ACTION") == "D";
    let after_colon = text("STRUCTURE_ID").split(':').nth(1).unwrap();
    let slug = after_colon.split('(').next().unwrap();
    let dimensions: Vec<&(String, String)> = row
        .iter()
        .skip_while(|(name, _)| name != "ACTION")
        .skip(1)
        .take_while(|(name, _)| name != "FREQ")
        .collect();
    let codes: Vec<&str> = dimensions.iter().map(|(_, code)| code.as_str()).collect();
    let mut cell = json!({
        "series": format!("{slug}.{}.{}", codes.join("."), text("FREQ")),
        "FREQ": text("FREQ"),
        "TIME_PERIOD": text("TIME_PERIOD"),
        "period": text("PERIOD_WORDS"),
        "label": nullable("LABEL"),
        "value": nullable("OBS_VALUE"),
        "numerator": nullable("NUMERATOR"),
        "denominator": nullable("DENOMINATOR"),
        // SDMX-CSV would delete the attributes that a row of a deleted cell has.
        "OBS_STATUS": if deleted { "O" } else { text("OBS_STATUS") },
        "CONF_STATUS": if deleted { "F" } else { text("CONF_STATUS") },
        "complete": deleted || flag("COMPLETE"),
        "revised": flag("REVISED"),
        "deleted": deleted,
        "release": text("RELEASE"),
        "not_published": nullable("WITHDRAWN")
            .map(|moment| json!({"release": text("RELEASE"), "withdrawn_at": moment})),
        "reason": nullable("REASON"),
        "note": nullable("NOTE"),
    });
    for (name, code) in dimensions {
        cell[name] = json!(code);
    }
    let history = query.contains("includeHistory=true");
    if history || query.contains("asOf=") {
        cell["valid_from"] = json!(text("VALID_FROM"));
    }
    if history {
        cell["revision"] = json!(text("REVISION").parse::<i64>().unwrap());
        cell["valid_to"] = json!(nullable("VALID_TO"));
    }
    let indicator = match deleted {
        true => Value::Null,
        false => json!([text("UNIT_MEASURE"), text("DECIMALS").parse::<i64>().unwrap()]),
    };
    (cell, indicator)
}

/// What a query finds: compared in JSON and in CSV, in one answer and in pages. The number of observations.
async fn same_in_both(app: &TestApp, path: &str, query: &str) -> usize {
    let address = format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' });
    let csv = app.get(None, &format!("{address}&format=csv")).await.expect(200).text();
    let expected: Vec<(Value, Value)> = rows(&csv).iter().map(|row| expected(row, query)).collect();
    let whole = app.get(None, &address).await.expect(200).json();
    let found = whole_observations(&whole);
    assert_eq!(found.len(), expected.len(), "{address}");
    for (found, (cell, indicator)) in found.iter().zip(&expected) {
        assert_eq!(found, cell, "{address}");
        let shared = &whole["indicator"];
        assert!(
            indicator.is_null() || *indicator == json!([shared["unit"], shared["decimals"]]),
            "{address}"
        );
    }
    // A series is not divided within an answer.
    let keys: Vec<&str> =
        whole["data"].as_array().unwrap().iter().map(|one| one["series"].as_str().unwrap()).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{address}");
    // Pages end within series and begin within series.
    let limit = expected.len() / 3 + 1;
    let (mut paged, mut cursor) = (vec![], String::new());
    loop {
        let page = app.get(None, &format!("{address}&limit={limit}{cursor}")).await.expect(200).json();
        let part = whole_observations(&page);
        assert!(part.len() <= limit, "{address}");
        paged.extend(part);
        let Some(next) = page["page"]["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, found, "{address}");
    expected.len()
}

/// A field of all records of a list.
async fn all(app: &TestApp, path: &str, field: &str) -> Vec<String> {
    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let page = app.get(None, &format!("{path}&limit=200{cursor}")).await.expect(200).json();
        found.extend(
            page["data"].as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["page"]["next"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

#[actix_web::test]
async fn every_series_of_the_demo_is_the_same_in_json_and_in_csv() {
    let app = TestApp::new().await;
    let mut keys = vec![];
    for slug in all(&app, "/v1/indicators?fields=slug", "slug").await {
        keys.extend(all(&app, &format!("/v1/series?indicator={slug}"), "key").await);
    }
    let mut observations = [0; 3];
    for key in &keys {
        let queries = ["", "includeHistory=true", "asOf=2018-12-01T00:00:00Z"];
        for (number, query) in queries.into_iter().enumerate() {
            observations[number] +=
                same_in_both(&app, &format!("/v1/series/{key}/observations"), query).await;
        }
    }
    println!("{} series: {observations:?} observations now, ever, then", keys.len());
    let [now, ever, then] = observations;
    assert!(keys.len() > 100 && ever > now && now > then && then > 0, "{observations:?}");
    let indicators: BTreeSet<&str> = keys.iter().map(|key| key.split('.').next().unwrap()).collect();
    let mut of_indicators = 0;
    for slug in indicators {
        let path = format!("/v1/observations?indicator={slug}");
        of_indicators += same_in_both(&app, &path, "").await;
        same_in_both(&app, &path, "includeHistory=true").await;
    }
    assert_eq!(of_indicators, now);
}

/// Releases with every status, with revisions, a deletion and a withdrawal.
async fn eventful(app: &TestApp) {
    indicator(app).await;
    let head = "AREA,OFFENCE,TIME_PERIOD,value,OBS_STATUS,CONF_STATUS,complete,reason,note,ACTION\n";
    let at = |moment: &str| json!({"first_published": moment});
    let first = [
        "E23000018,burglary,2018-01,10,,,,,,",
        "E23000018,burglary,2018-02,,Q,A,,,,",
        "E23000018,burglary,2018-03,,Q,D,,,,",
        "E23000018,burglary,2018-04,7.25,E,,,,,",
        "E23000018,burglary,2018-05,7,U,,,,\"=1+1, said \"\"they\"\"\",",
        "E23000018,burglary,2018-06,3,B,N,,,,",
        "E23000018,burglary,2018-07,,M,,,,,",
        "E23000018,burglary,2018-08,,O,,,,,",
        "E23000018,burglary,2018-09,12,P,,false,,,",
        "E23000022,robbery,2018-01,3,,,,,,",
        "E23000022,robbery,2018-02,4,,,,,,",
        "E23000022,burglary,2018-01,5,,,,,,",
    ];
    published(app, "REL-1", &format!("{head}{}\n", first.join("\n")), at("2018-10-01T08:30:00Z")).await;
    let second = [
        "E23000018,burglary,2018-01,11,,,,Late records,,",
        "E23000018,burglary,2018-09,13,,,,,Now complete,",
        "E23000018,burglary,2018-10,14,P,,false,,,",
        "E23000022,robbery,2018-02,,,,,,,D",
    ];
    published(app, "REL-2", &format!("{head}{}\n", second.join("\n")), at("2018-11-01T08:30:00Z")).await;
    let third = "E23000018,burglary,2018-10,15,,,,,,\nE23000022,burglary,2018-01,6,,,,,,\n";
    let third = published(app, "REL-3", &format!("{head}{third}"), at("2018-12-01T08:30:00Z")).await;
    app.step("publisher2", &third, "withdraw", json!({"reason": "A wrong file."})).await.expect(200);
}

#[actix_web::test]
async fn whatever_an_observation_says_is_the_same_in_json_and_in_csv() {
    let app = TestApp::new().await;
    eventful(&app).await;
    for query in [
        "",
        "includeHistory=true",
        "asOf=2018-10-15T00:00:00Z",
        "asOf=2018-11-15T00:00:00Z",
        "asOf=2018-12-15T00:00:00Z&includeHistory=true",
        "updatedAfter=2018-10-15T00:00:00Z",
        "updatedAfter=2018-10-15T00:00:00Z&includeHistory=true",
        "lastNObservations=2",
        "firstNObservations=1&includeHistory=true",
        "startPeriod=2018-03&endPeriod=2018-08",
        "startPeriod=2030-01",
    ] {
        let found = same_in_both(&app, "/v1/observations?indicator=t-crime", query).await;
        assert_eq!(found == 0, query == "startPeriod=2030-01", "{query}");
        for key in [KEY, "t-crime.E23000022.robbery.P1M", "t-crime.E23000022.burglary.P1M"] {
            same_in_both(&app, &format!("/v1/series/{key}/observations"), query).await;
        }
    }
}

#[actix_web::test]
async fn an_observation_has_only_what_is_not_as_usual() {
    let app = TestApp::new().await;
    eventful(&app).await;
    let answer =
        app.get(None, &format!("/v1/series/{KEY}/observations?asOf=2018-11-15T00:00:00Z")).await.expect(200);
    let series = answer.json()["data"][0].clone();
    assert_eq!(
        (&series["release"], &series["valid_from"]),
        (&json!("derbyshire-pcc:REL-1"), &json!("2018-10-01T08:30:00Z")),
        "those of most observations"
    );
    assert_eq!(
        series["observations"][0],
        json!({"TIME_PERIOD": "2018-01", "period": "Jan 2018", "value": "11", "revised": true, "reason": "Late records",
               "release": "derbyshire-pcc:REL-2", "valid_from": "2018-11-01T08:30:00Z"})
    );
    assert_eq!(
        series["observations"][1],
        json!({"TIME_PERIOD": "2018-02", "period": "Feb 2018", "value": null, "OBS_STATUS": "Q", "CONF_STATUS": "A"})
    );
    // The document has the usual values too.
    let document = crate::support::document::value();
    let properties = &document["components"]["schemas"]["Observation"]["properties"];
    for (name, usual) in answer.json()["usual"].as_object().unwrap() {
        assert!(properties[name].is_object(), "{name}");
        assert_eq!(properties[name]["default"], *usual, "{name}: null has no default");
    }
}

/// The months of fifteen years, with values as large as a force's.
fn months(value: impl Fn(usize) -> usize) -> String {
    let month = |n: usize| format!("E23000018,burglary,{}-{:02},{}\n", 2010 + n / 12, n % 12 + 1, value(n));
    format!("AREA,OFFENCE,TIME_PERIOD,value\n{}", (0..180).map(month).collect::<String>())
}

#[actix_web::test]
async fn a_series_of_180_points_has_at_most_15_kilobytes() {
    let app = TestApp::new().await;
    indicator(&app).await;
    published(&app, "REL-1", &months(|n| 51_000 + n * 7), json!({"first_published": "2025-01-20T09:30:00Z"}))
        .await;
    let size = async |query: &str| {
        let answer = app.get(None, &format!("/v1/series/{KEY}/observations{query}")).await.expect(200);
        assert_eq!(whole_observations(&answer.json()).len(), 180);
        answer.body.len()
    };
    let (now, then) = (size("").await, size("?asOf=2025-06-01T00:00:00Z").await);
    // Then a tenth is revised, and says so.
    published(&app, "REL-2", &months(|n| 51_000 + n * 7 + usize::from(n % 10 == 3)), json!({})).await;
    let revised = size("").await;
    println!("180 points: {now} bytes now, {then} as of a day, {revised} with revisions");
    assert!(now.max(then).max(revised) <= 15_000, "{now}, {then}, {revised}");
}

#[actix_web::test]
async fn a_series_of_which_every_point_has_another_release_says_each_once() {
    let app = TestApp::new().await;
    indicator(&app).await;
    for n in 0..12 {
        let row =
            format!("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2018-{:02},{}\n", n + 1, 900 + n);
        let moment = format!("2019-01-{:02}T09:30:00Z", n + 1);
        published(&app, &format!("REL-{n}"), &row, json!({"first_published": moment})).await;
    }
    let answer = app.get(None, &format!("/v1/series/{KEY}/observations")).await.expect(200);
    let whole = whole_observations(&answer.json());
    let releases: BTreeSet<&str> = whole.iter().map(|one| one["release"].as_str().unwrap()).collect();
    assert_eq!((whole.len(), releases.len()), (12, 12));
    assert_eq!(answer.text().matches("\"release\"").count(), 12, "one of them is that of the series");
}

#[actix_web::test]
async fn figures_show_their_indicator_as_it_is_at_the_moment_of_the_request() {
    let app = TestApp::new().await;
    let address = indicator(&app).await;
    published(&app, "REL-1", &months(|n| n), json!({})).await;
    app.patch("editor", &address, json!({"title": "Crime, by another name"})).await.expect(200);
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({"publish_at": "2026-11-01T12:00:00Z"}))
        .await
        .expect(200);
    let title = async || {
        let answer =
            app.get(None, &format!("/v1/series/{KEY}/observations?lastNObservations=1")).await.expect(200);
        (answer.json()["indicator"]["title"].as_str().unwrap().to_owned(), answer.etag().to_owned())
    };
    let before = title().await;
    assert_eq!((before.0.as_str(), title().await), ("Crime of the test", before.clone()));
    // Nothing is committed at that moment.
    app.set_time("2026-11-01T12:00:00Z");
    let after = title().await;
    assert_eq!(after.0, "Crime, by another name");
    assert_ne!(after.1, before.1);
    app.step("publisher2", &address, "withdraw", json!({"reason": "Wrong."})).await.expect(200);
    app.get(None, &format!("/v1/series/{KEY}/observations?lastNObservations=1")).await.expect(410);
}

#[actix_web::test]
async fn fifty_grants_do_not_grow_and_their_usual_columns_have_at_most_40_kilobytes() {
    let app = TestApp::new().await;
    for _ in 0..50 {
        app.published("grant").await;
    }
    let size = async |query: &str| {
        let answer = app.get(None, &format!("/v1/grants?limit=50{query}")).await.expect(200);
        assert_eq!(answer.json()["data"].as_array().unwrap().len(), 50);
        answer.body.len()
    };
    let whole = size("").await;
    let columns = size("&fields=id,reference,identifier,title,description,status,amount_awarded,award_date,planned_dates,recipient,fund").await;
    println!("50 grants: {whole} bytes, {columns} of the columns of a table");
    // A third of a whole grant is fields that are null, which the document requires.
    assert!(whole <= 88_000 && columns <= 40_000, "{whole}, {columns}");
}
