//! Releases: observations uploaded, published, revised, held back, withdrawn; and what everyone reads of them.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, whole_observations};

/// An indicator of the test's own, published: a count by area and offence, each month.
pub async fn indicator(app: &TestApp) -> String {
    let body = json!({
        "reference": "IND-T", "slug": "t-crime", "title": "Crime of the test", "definition": "Offences.",
        "unit": "COUNT", "decimals": 0, "measure_type": "count", "polarity": "lower_is_better", "frequency": "P1M",
        "disclosure_profile": "none", "licence": "OGL-UK-3.0", "definition_version": 1,
        "dimensions": [
            {"code": "AREA", "name": "Area", "codes": [
                {"code": "E23000018", "name": "Derbyshire"}, {"code": "E23000022", "name": "Nottinghamshire"}]},
            {"code": "OFFENCE", "name": "Offence", "codes": [
                {"code": "burglary", "name": "Burglary"}, {"code": "robbery", "name": "Robbery"},
                {"code": "old", "name": "An old code", "to": "2024-12-31"}]},
        ],
    });
    let made = app.post("editor", "/v1/indicators", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

pub async fn draft(app: &TestApp, who: &str, reference: &str, more: Value) -> String {
    let mut body = json!({"reference": reference, "title": reference, "indicator": "derbyshire-pcc:IND-T"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.post(who, "/v1/releases", body).await.expect(201).header("location").unwrap().to_owned()
}

/// A release with these rows, uploaded by the force's analyst and published by the office.
pub async fn published(app: &TestApp, reference: &str, rows: &str, more: Value) -> String {
    let address = draft(app, "force_analyst", reference, more).await;
    app.put_observations("force_analyst", &address, rows).await.expect(200);
    app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    address
}

pub const KEY: &str = "t-crime.E23000018.burglary.P1M";

pub async fn read(app: &TestApp, query: &str) -> Answer {
    app.get(None, &format!("/v1/series/{KEY}/observations?{query}")).await
}

/// The periods and values of an answer.
pub fn cells(answer: &Answer) -> Vec<(String, Option<String>)> {
    let data = whole_observations(&answer.json());
    let text = |value: &Value| value.as_str().map(str::to_owned);
    data.iter().map(|cell| (text(&cell["TIME_PERIOD"]).unwrap(), text(&cell["value"]))).collect()
}

pub fn cell(period: &str, value: &str) -> (String, Option<String>) {
    (period.to_owned(), Some(value.to_owned()))
}

#[actix_web::test]
async fn observations_are_uploaded_by_one_and_published_by_another() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let address = draft(&app, "force_analyst", "REL-1", json!({})).await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value,note\nE23000018,burglary,2025-01,100,\nE23000018,burglary,2025-02,90,snow\n";
    let outcome = app.put_observations("force_analyst", &address, rows).await.expect(200).json();
    assert_eq!((outcome["cells"].clone(), outcome["inserted"].clone()), (json!(2), json!(2)), "{outcome}");
    // Nobody sees a series before its first publication.
    read(&app, "").await.expect(404);
    let submit = app.request("POST", &format!("{address}/submit")).as_role("force_analyst");
    submit.if_match(outcome["etag"].as_str().unwrap()).json(&json!({})).send().await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let answer = read(&app, "").await.expect(200);
    assert_eq!(cells(&answer), [cell("2025-01", "100"), cell("2025-02", "90")]);
    let first = &whole_observations(&answer.json())[1];
    assert_eq!(first["period"], "Feb 2025");
    assert_eq!(first["note"], "snow");
    assert_eq!(first["revised"], false);
    app.put_observations("editor", &address, rows).await.problem(409);
}

#[actix_web::test]
async fn what_was_public_is_asked_for_by_the_time_of_publication() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let rows = |value: &str| format!("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2018-03,{value}\n");
    // Loaded in the wrong order.
    let at = |moment: &str| json!({"first_published": moment});
    published(&app, "REL-2", &rows("4345"), at("2019-04-25T08:31:00Z")).await;
    published(&app, "REL-1", &rows("4313"), at("2018-07-19T08:30:00Z")).await;
    assert_eq!(cells(&read(&app, "").await), [cell("2018-03", "4345")]);
    assert_eq!(cells(&read(&app, "asOf=2019-04-25T08:30:59Z").await), [cell("2018-03", "4313")]);
    assert_eq!(cells(&read(&app, "asOf=2019-04-25T08:31:00Z").await), [cell("2018-03", "4345")]);
    assert_eq!(cells(&read(&app, "asOf=2018-07-19T08:29:59Z").await), []);
    let history = read(&app, "includeHistory=true").await;
    assert_eq!(cells(&history), [cell("2018-03", "4313"), cell("2018-03", "4345")]);
    assert_eq!(whole_observations(&history.json())[1]["revised"], true);
    assert_eq!(cells(&read(&app, "updatedAfter=2019-01-01T00:00:00Z").await), [cell("2018-03", "4345")]);
    read(&app, "updatedAfter=2019-01-01T00:00:00Z&asOf=2018-12-01T00:00:00Z").await.problem(400);
    let vintages = app.get(None, &format!("/v1/series/{KEY}/vintages")).await.expect(200).json();
    let outcome: Vec<&str> =
        vintages["data"].as_array().unwrap().iter().map(|one| one["reference"].as_str().unwrap()).collect();
    assert_eq!(outcome, ["derbyshire-pcc:REL-2", "derbyshire-pcc:REL-1"]);
}

#[actix_web::test]
async fn a_withdrawn_release_leaves_its_cells_unpublished_whatever_the_moment() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let rows = |value: &str| format!("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2018-03,{value}\n");
    published(&app, "REL-1", &rows("10"), json!({"first_published": "2018-07-19T08:30:00Z"})).await;
    let second =
        published(&app, "REL-2", &rows("20"), json!({"first_published": "2019-04-25T08:30:00Z"})).await;
    app.step("publisher2", &second, "withdraw", json!({"reason": "A wrong file."})).await.expect(200);
    for query in ["", "asOf=2020-01-01T00:00:00Z"] {
        let answer = read(&app, query).await.expect(200);
        assert_eq!(cells(&answer), [("2018-03".to_owned(), None)], "{query}");
        let cell = &whole_observations(&answer.json())[0];
        assert_eq!(cell["OBS_STATUS"], "O");
        assert_eq!(cell["not_published"]["release"], "derbyshire-pcc:REL-2", "{cell}");
    }
    assert_eq!(cells(&read(&app, "asOf=2019-01-01T00:00:00Z").await), [cell("2018-03", "10")]);
    assert!(!read(&app, "includeHistory=true").await.text().contains("\"20\""));
    // What comes after it is a new figure.
    published(&app, "REL-3", &rows("21"), json!({})).await;
    assert_eq!(cells(&read(&app, "").await), [cell("2018-03", "21")]);
}

#[actix_web::test]
async fn an_embargo_ends_by_the_clock_and_can_be_called_off() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let rows = |value: &str| format!("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-03,{value}\n");
    published(&app, "REL-1", &rows("10"), json!({})).await;
    let mut reading = vec![];
    for query in ["", "includeHistory=true", "format=csv"] {
        reading.push((query, read(&app, query).await.comparable()));
    }
    let second = draft(&app, "force_analyst", "REL-2", json!({})).await;
    let both = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-03,11\nE23000022,robbery,2025-03,5\n";
    app.put_observations("force_analyst", &second, both).await.expect(200);
    app.step("force_analyst", &second, "submit", json!({})).await.expect(200);
    let later = json!({"publish_at": "2027-01-04T09:30:00Z"});
    app.step("publisher", &second, "publish", later.clone()).await.expect(200);
    // Nothing tells of it: no value, no end of an interval, no series.
    for (query, before) in &reading {
        assert_eq!(read(&app, query).await.comparable(), *before, "{query}");
    }
    app.get(None, "/v1/series/t-crime.E23000022.robbery.P1M/observations").await.expect(404);
    app.get(None, &second).await.expect(404);
    app.step("publisher", &second, "return", json!({"reason": "Not yet."})).await.expect(200);
    for (query, before) in &reading {
        assert_eq!(read(&app, query).await.comparable(), *before, "{query}");
    }
    app.step("force_analyst", &second, "submit", json!({})).await.expect(200);
    app.step("publisher", &second, "publish", later).await.expect(200);
    app.set_time("2027-01-04T09:30:00Z");
    assert_eq!(cells(&read(&app, "").await), [cell("2025-03", "11")]);
    app.get(None, "/v1/series/t-crime.E23000022.robbery.P1M/observations").await.expect(200);
}

#[actix_web::test]
async fn every_fault_of_every_row_is_reported_at_once_and_nothing_is_stored() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let address = draft(&app, "force_analyst", "REL-1", json!({})).await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglarly,2025-01,1\nE23000018,burglary,2025-13,1\nE23000018,burglary,2025-02,-1\nE23000018,robbery,2025-02,many\nE23000018,old,2025-02,4\nE23000018,burglary,2025-04,\n";
    let answer = app.put_observations("force_analyst", &address, rows).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let outcome = answer.json();
    let errors = outcome["errors"].as_array().unwrap();
    let codes: Vec<(u64, &str)> =
        errors.iter().map(|one| (one["row"].as_u64().unwrap(), one["code"].as_str().unwrap())).collect();
    assert_eq!(codes.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7], "{outcome}");
    assert!(errors[0]["detail"].as_str().unwrap().contains("burglary"), "{outcome}");
    assert_eq!(outcome["error_count"], 6);
    let read = app.get(Some("force_analyst"), &address).await.expect(200).json();
    assert_eq!(read["version"].as_i64().unwrap_or(1), 1, "{read}");
}

#[actix_web::test]
async fn a_dry_run_says_what_the_upload_would_say_and_stores_nothing() {
    let app = TestApp::new().await;
    indicator(&app).await;
    published(&app, "REL-1", "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,100\nE23000018,burglary,2025-02,50\nE23000018,robbery,2025-01,3\n", json!({})).await;
    let address = draft(&app, "force_analyst", "REL-2", json!({})).await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value,ACTION\nE23000018,burglary,2025-01,120,\nE23000018,burglary,2025-02,50,\nE23000018,burglary,2025-03,60,\nE23000018,robbery,2025-01,,D\n";
    let etag = app.get(Some("force_analyst"), &address).await.etag().to_owned();
    let path = format!("{address}/observations?validate_only=true");
    let dry = || app.request("PUT", &path).as_role("force_analyst").if_match(&etag).body("text/csv", rows);
    let dry_told = dry().send().await.expect(200).json();
    assert_eq!(dry_told["validate_only"], true);
    assert_eq!(dry_told["etag"], etag, "the tag of what is still there");
    assert_eq!(app.get(Some("force_analyst"), &address).await.etag(), etag);
    let outcome = app.put_observations("force_analyst", &address, rows).await.expect(200).json();
    for member in ["cells", "inserted", "revised", "unchanged", "deleted", "largest_revisions"] {
        assert_eq!(outcome[member], dry_told[member], "{member}");
    }
    let counts = ["inserted", "revised", "unchanged", "deleted"].map(|name| outcome[name].as_i64().unwrap());
    assert_eq!(counts, [1, 1, 1, 1], "{outcome}");
    assert_eq!(outcome["largest_revisions"][0]["change"], "20");
    app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.problem(409);
    app.set_time("2026-11-23T10:00:00Z");
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_eq!(
        cells(&read(&app, "").await),
        [cell("2025-01", "120"), cell("2025-02", "50"), cell("2025-03", "60")]
    );
    let robbery = "/v1/series/t-crime.E23000018.robbery.P1M/observations";
    assert_eq!(cells(&app.get(None, robbery).await.expect(200)), []);
}

#[actix_web::test]
async fn the_same_request_twice_is_carried_out_once() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let address = draft(&app, "force_analyst", "REL-1", json!({})).await;
    let etag = app.get(Some("force_analyst"), &address).await.etag().to_owned();
    let path = format!("{address}/observations");
    let send = |rows: &'static str| {
        app.request("PUT", &path)
            .as_role("force_analyst")
            .if_match(&etag)
            .header("Idempotency-Key", "one")
            .body("text/csv", rows)
            .send()
    };
    let rows = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,100\n";
    let first = send(rows).await.expect(200);
    let again = send(rows).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.json(), again.json());
    send("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,101\n").await.problem(422);
}

#[actix_web::test]
async fn what_figures_are_called_by_is_frozen() {
    let app = TestApp::new().await;
    let indicator = indicator(&app).await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,100\n";
    published(&app, "REL-1", rows, json!({})).await;
    let content = app.get(Some("editor"), &indicator).await.json();
    let mut dimensions = content["dimensions"].clone();
    app.patch("editor", &indicator, json!({"slug": "t-other"})).await.problem(422);
    dimensions.as_array_mut().unwrap().reverse();
    app.patch("editor", &indicator, json!({"dimensions": dimensions})).await.problem(422);
    let mut fewer = content["dimensions"].clone();
    fewer[1]["codes"].as_array_mut().unwrap().remove(0);
    app.patch("editor", &indicator, json!({"dimensions": fewer})).await.problem(422);
    let mut more = content["dimensions"].clone();
    more[1]["codes"].as_array_mut().unwrap().push(json!({"code": "new", "name": "New"}));
    app.patch("editor", &indicator, json!({"dimensions": more})).await.expect(200);
}

#[actix_web::test]
async fn many_series_are_read_by_their_codes_and_in_pages() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let mut rows = "AREA,OFFENCE,TIME_PERIOD,value\n".to_owned();
    for area in ["E23000018", "E23000022"] {
        for offence in ["burglary", "robbery"] {
            for month in 1..=12 {
                rows.push_str(&format!("{area},{offence},2025-{month:02},{month}\n"));
            }
        }
    }
    published(&app, "REL-1", &rows, json!({})).await;
    let base = "/v1/observations?indicator=t-crime";
    let all = app.get(None, base).await.expect(200);
    assert_eq!(cells(&all).len(), 48);
    let some = app
        .get(
            None,
            &format!(
                "{base}&c[AREA]=E23000018&c[OFFENCE]=robbery,burglary&startPeriod=2025-Q2&endPeriod=2025-06"
            ),
        )
        .await
        .expect(200);
    assert_eq!(cells(&some).len(), 6);
    let last = app.get(None, &format!("{base}&lastNObservations=2")).await.expect(200);
    assert_eq!(cells(&last).len(), 8);
    assert!(cells(&last).iter().all(|(period, _)| period >= &"2025-11".to_owned()));
    let mut pages = vec![];
    let mut next = String::new();
    loop {
        let answer = app.get(None, &format!("{base}&limit=7{next}")).await.expect(200);
        pages.extend(cells(&answer));
        match answer.json()["page"]["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(pages, cells(&all));
    app.get(None, &format!("{base}&c[AREA]=E23000019")).await.problem(400);
    app.get(None, &format!("{base}&c[PLACE]=x")).await.problem(400);
    app.get(None, "/v1/observations?indicator=nothing").await.problem(400);
    app.get(None, "/v1/observations").await.problem(400);
    let csv = app.get(None, &format!("{base}&format=csv")).await.expect(200);
    assert_eq!(csv.text().lines().count(), 49);
    let stat = app.get(None, &format!("{base}&format=jsonstat")).await.expect(200).json();
    assert_eq!(stat["class"], "dataset");
    let tag = csv.etag().to_owned();
    let not_modified =
        app.request("GET", &format!("{base}&format=csv")).header("If-None-Match", &tag).send().await;
    assert_eq!(not_modified.status, 304);
    let series = app.get(None, "/v1/series?indicator=t-crime&c[AREA]=E23000022").await.expect(200).json();
    assert_eq!(series["data"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn who_submits_a_release_does_not_publish_it() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let body = app.id_of("policing_body", "derbyshire-pcc");
    app.make_actor(
        "both",
        &[onrecord::access::Role::Editor, onrecord::access::Role::Publisher],
        body,
        "opcc-derbyshire",
    );
    let address = draft(&app, "editor", "REL-1", json!({})).await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,100\n";
    app.put_observations("editor", &address, rows).await.expect(200);
    app.step("both", &address, "submit", json!({})).await.expect(200);
    app.step("both", &address, "publish", json!({})).await.problem(403);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
}

#[actix_web::test]
async fn a_release_without_figures_is_not_published() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let address = draft(&app, "editor", "REL-1", json!({})).await;
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.problem(409);
}

#[actix_web::test]
async fn the_second_pair_of_eyes_reads_what_changes_and_the_feed_tells_it() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let rows = |value: &str| format!("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2018-03,{value}\n");
    published(&app, "REL-1", &rows("10"), json!({"first_published": "2018-07-19T08:30:00Z"})).await;
    let address = draft(&app, "force_analyst", "REL-2", json!({})).await;
    app.put_observations("force_analyst", &address, &rows("12")).await.expect(200);
    app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
    let path = format!("{address}/observations");
    app.get(None, &path).await.expect(404);
    app.get(Some("partner_reader"), &path).await.expect(404);
    let before = app.get(Some("publisher"), &path).await.expect(200).json();
    let outcome = |list: &Value| {
        let cell = &list["data"][0];
        ["change", "value_before", "value"].map(|name| cell[name].as_str().unwrap().to_owned())
    };
    assert_eq!(outcome(&before), ["revised", "10", "12"]);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    assert_eq!(outcome(&app.get(None, &path).await.expect(200).json()), ["revised", "10", "12"]);
    let (mut feed, mut cursor) = (vec![], String::new());
    loop {
        let page = app.get(None, &format!("/v1/changes?limit=200{cursor}")).await.expect(200).json();
        cursor = format!("&cursor={}", page["page"]["next"].as_str().unwrap());
        let more = page["data"].as_array().unwrap().clone();
        if more.is_empty() {
            break;
        }
        feed.extend(more);
    }
    let of_it = |reference: &str| {
        let one = feed.iter().find(|one| one["reference"] == reference && one["kind"] == "release");
        one.unwrap()["figures"].clone()
    };
    assert_eq!(of_it("REL-2")["revised"], 1);
    assert_eq!(of_it("REL-1")["inserted"], 1);
}

#[actix_web::test]
async fn the_form_to_fill_is_taken_back_when_it_is_filled() {
    let app = TestApp::new().await;
    let indicator = indicator(&app).await;
    let rows =
        "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2025-01,100\nE23000022,robbery,2025-03,4\n";
    published(&app, "REL-1", rows, json!({})).await;
    let form = app.get(Some("force_analyst"), &format!("{indicator}/template.csv")).await.expect(200).text();
    assert!(form.contains("E23000018,Derbyshire,burglary,Burglary,2025-02,Feb 2025,,"), "{form}");
    assert!(form.contains("E23000022,Nottinghamshire,robbery,Robbery,2025-04,Apr 2025,,"), "{form}");
    let address = draft(&app, "force_analyst", "REL-2", json!({})).await;
    let outcome = app.put_observations("force_analyst", &address, &form).await;
    assert_eq!(outcome.status, 422);
    let filled = form.replace("Feb 2025,,", "Feb 2025,90,").replace("Apr 2025,,", "Apr 2025,,O");
    let outcome = app.put_observations("force_analyst", &address, &filled).await.expect(200).json();
    assert_eq!(outcome["cells"], 2);
}

#[actix_web::test]
async fn an_indicator_has_so_many_series_as_its_readers_can_hold() {
    const CODES: usize = 224;
    let app = TestApp::new().await;
    let codes = |letter: &str| -> Vec<Value> {
        (0..CODES).map(|n| json!({"code": format!("{letter}{n}"), "name": format!("{letter} {n}")})).collect()
    };
    let mut body = app.fresh(app.state.kind("indicator").unwrap());
    let fields = json!({
        "slug": "t-many", "unit": "COUNT", "decimals": 0, "measure_type": "count", "frequency": "P1Y", "headline": null,
        "dimensions": [
            {"code": "AREA", "name": "Area", "codes": codes("a")},
            {"code": "OFFENCE", "name": "Offence", "codes": codes("o")},
        ],
    });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let made = app.post("editor", "/v1/indicators", body).await.expect(201);
    let address = made.header("location").unwrap().to_owned();
    let name = format!("derbyshire-pcc:{}", made.json()["reference"].as_str().unwrap());
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let release = draft(&app, "force_analyst", "REL-MANY", json!({"indicator": name})).await;
    let mut rows = String::from("AREA,OFFENCE,TIME_PERIOD,value\n");
    for (area, offence) in (0..CODES).flat_map(|area| (0..CODES).map(move |offence| (area, offence))) {
        rows.push_str(&format!("a{area},o{offence},2025-04-01/P1Y,1\n"));
    }
    let refused = app.put_observations("force_analyst", &release, &rows).await;
    assert_eq!(refused.problem(422), ["too_many"]);
    assert!(
        refused.text().contains("50000 series, and with these it would have 50176"),
        "{}",
        refused.text()
    );
    // The most series that are allowed can be submitted at once. On PostgreSQL the statement that deletes unused series read all
    // staged cells again for each new series, and reached its time limit.
    let most: Vec<&str> = rows.lines().take(1 + 50_000).collect();
    app.put_observations("force_analyst", &release, &most.join("\n")).await.expect(200);
}

#[actix_web::test]
async fn a_redaction_of_an_edit_leaves_the_figures() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,burglary,2018-03,10\n";
    let address = published(&app, "REL-1", rows, json!({})).await;
    app.patch("force_analyst", &address, json!({"title": "Another title."})).await.expect(200);
    app.step("force_analyst", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let body = json!({"reason": "A name.", "versions": ["e1"]});
    app.post("data_protection", &format!("{address}/redact"), body).await.expect(200);
    assert_eq!(cells(&read(&app, "").await.expect(200)), [cell("2018-03", "10")]);
    app.post("data_protection", &format!("{address}/redact"), json!({"reason": "A name."})).await.expect(200);
    assert_eq!(cells(&read(&app, "").await.expect(200)), [("2018-03".to_owned(), None)]);
}

#[actix_web::test]
async fn a_mapping_may_name_a_blank_that_separates() {
    let app = TestApp::new().await;
    indicator(&app).await;
    let mapping = |thousands: &str, delimiter: &str| {
        json!({"mapping": {
            "delimiter": delimiter,
            "dimensions": [
                {"dimension": "AREA", "constant": "E23000018"}, {"dimension": "OFFENCE", "constant": "burglary"}],
            "period": {"column": "Month", "form": "iso"},
            "value": {"column": "N", "thousands": thousands},
        }})
    };
    let address = draft(&app, "force_analyst", "REL-BLANK", mapping(" ", "\t")).await;
    let report =
        app.put_observations("force_analyst", &address, "Month\tN\n2024-04\t1 204\n").await.expect(200);
    assert_eq!(report.json()["inserted"], 1, "{}", report.text());
    let mut body = mapping(".", ",");
    body["reference"] = json!("REL-POINT");
    body["title"] = json!("Point");
    body["indicator"] = json!("derbyshire-pcc:IND-T");
    let refused = app.post("force_analyst", "/v1/releases", body).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text().contains("did you mean"), "{}", refused.text());
}
