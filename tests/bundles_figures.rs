//! Figures in bundles: what a release published goes out as a file and comes in again elsewhere as it was.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types as st;
use onrecord::bundle::Bundle;
use onrecord::store::Sql;
use serde_json::{Value, json};

use crate::bundles::{archive, exported, faults_of, imported, unzipped, zipped};
use crate::support::{TestApp, on_postgres, whole_observations};

const KEY: &str = "t-crime.E23000018.burglary.P1M";

/// An indicator of the test's own.
fn indicator() -> Value {
    json!({
        "reference": "IND-T", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
        "published_at": "2018-01-01T00:00:00Z", "slug": "t-crime", "title": "Crime of the test",
        "definition": "Offences.", "unit": "COUNT", "decimals": 0, "measure_type": "count",
        "polarity": "lower_is_better", "frequency": "P1M", "disclosure_profile": "none", "licence": "OGL-UK-3.0",
        "definition_version": 1, "dimensions": [
            {"code": "AREA", "name": "Area", "codes": [{"code": "E23000018", "name": "Derbyshire"}]},
            {"code": "OFFENCE", "name": "Offence", "codes": [
                {"code": "burglary", "name": "Burglary"}, {"code": "robbery", "name": "Robbery"}]},
        ],
    })
}

fn release(reference: &str, more: Value) -> Value {
    let mut line = json!({
        "reference": reference, "body": "derbyshire-pcc", "owner": "opcc-derbyshire", "title": reference,
        "indicator": "derbyshire-pcc:IND-T", "published_at": "2020-01-01T00:00:00Z",
    });
    for (member, value) in more.as_object().unwrap() {
        line[member] = value.clone();
    }
    line
}

/// A bundle of the indicator, these releases and these files.
fn bundle(releases: &[Value], files: &[(&str, &str)]) -> Vec<u8> {
    let lines = archive(&[("indicators.jsonl", vec![indicator()]), ("releases.jsonl", releases.to_vec())]);
    let lines = unzipped(&lines);
    let lines = lines.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    zipped(lines.chain(files.iter().map(|(name, text)| (*name, text.as_bytes()))))
}

const FIRST: &str = "AREA,OFFENCE,TIME_PERIOD,value,reason\n\
    E23000018,robbery,2018-01,3,\n\
    E23000018,burglary,2018-02,20,\n\
    E23000018,burglary,2018-01,10,\"a comma, a \"\"quote\"\" and\na line\"\n";
const SECOND: &str = "AREA,OFFENCE,TIME_PERIOD,value,OBS_STATUS,CONF_STATUS,complete,note,ACTION\n\
    E23000018,burglary,2018-01,10.5,E,,,=1+1,\n\
    E23000018,burglary,2018-02,,O,,,,\n\
    E23000018,burglary,2018-03,7,A,N,false,,\n\
    E23000018,robbery,2018-01,,,,,,D\n";

/// Two releases, the earlier one last in every order but that of publication; and a draft.
fn lived() -> Vec<u8> {
    let first = json!({"first_published": "2018-07-19T08:30:00Z"});
    let second = json!({"first_published": "2019-04-25T08:31:00Z"});
    let mut draft = release("REL-D", json!({}));
    draft["published_at"] = Value::Null;
    bundle(
        &[release("REL-A", second), draft, release("REL-B", first)],
        &[
            ("observations/REL-A.csv", SECOND),
            ("some/where/observations/derbyshire-pcc/REL-B.csv", FIRST),
            ("observations/REL-D.csv", "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,robbery,2018-01,4\n"),
        ],
    )
}

/// What everyone reads of the test's figures.
async fn answers(app: &TestApp) -> Vec<Value> {
    let mut answers = vec![];
    for path in [
        format!("/v1/series/{KEY}/observations?includeHistory=true"),
        format!("/v1/series/{KEY}/observations?asOf=2019-01-01T00:00:00Z"),
        format!("/v1/series/{KEY}/vintages"),
        "/v1/series/t-crime.E23000018.robbery.P1M/observations?includeHistory=true".to_owned(),
    ] {
        let answer = app.get(None, &path).await.expect(200).json();
        answers.push(match path.ends_with("/vintages") {
            true => answer["data"].clone(),
            false => json!(whole_observations(&answer)),
        });
    }
    answers
}

#[actix_web::test]
async fn figures_go_out_as_they_were_published_and_are_the_same_elsewhere() {
    let app = TestApp::new().await;
    let summary = imported(&app, lived()).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    assert_eq!((summary.records["observations"], summary.records["releases"]), (8, 3));
    assert_eq!(summary.remarks, []);
    let before = answers(&app).await;
    let cells = before[0].as_array().unwrap();
    let found: Vec<(&str, Option<&str>)> =
        cells.iter().map(|cell| (cell["TIME_PERIOD"].as_str().unwrap(), cell["value"].as_str())).collect();
    assert_eq!(
        found,
        [
            ("2018-01", Some("10")),
            ("2018-01", Some("10.5")),
            ("2018-02", Some("20")),
            ("2018-02", None),
            ("2018-03", Some("7")),
        ],
        "{cells:#?}"
    );
    // The draft has its figures, and goes on from there.
    let address = "/v1/releases/derbyshire-pcc:REL-D";
    let submitted = app.get(Some("editor"), &format!("{address}/observations")).await.expect(200).json();
    assert_eq!(submitted["data"].as_array().unwrap().len(), 1, "{submitted}");

    let first = exported(&app).await;
    let files = unzipped(&first);
    let file = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    assert_eq!(
        file("observations/derbyshire-pcc/REL-B.csv"),
        "AREA,OFFENCE,TIME_PERIOD,value,numerator,denominator,OBS_STATUS,CONF_STATUS,complete,reason,note,ACTION\n\
         E23000018,burglary,2018-01,10,,,A,F,true,\"a comma, a \"\"quote\"\" and\na line\",,\n\
         E23000018,burglary,2018-02,20,,,A,F,true,,,\n\
         E23000018,robbery,2018-01,3,,,A,F,true,,,\n"
    );
    assert!(
        file("observations/derbyshire-pcc/REL-A.csv")
            .ends_with("E23000018,robbery,2018-01,,,,A,F,true,,,D\n")
    );
    assert!(!files.contains_key("observations/derbyshire-pcc/REL-D.csv"));
    let catalogue: Value = serde_json::from_slice(&files["catalogue.jsonld"]).unwrap();
    let datasets = catalogue["dcat:dataset"].as_array().unwrap();
    let crime =
        datasets.iter().find(|one| one["@id"] == "observations/derbyshire-pcc/REL-RECORDED-CRIME-P1-2018-03");
    let crime = crime.unwrap();
    assert_eq!(crime["dct:license"]["dct:identifier"], "OGL-UK-3.0");
    assert_eq!(crime["dct:source"][0]["dct:identifier"], "ons-police-force-area-tables");
    assert_eq!(crime["dcat:distribution"][0]["dcat:mediaType"], "text/csv");

    for other in [TestApp::empty().await, TestApp::empty_on_sqlite().await] {
        imported(&other, first.clone()).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
        assert_eq!(answers(&other).await, before);
        let second = exported(&other).await;
        for (name, bytes) in &files {
            let again = unzipped(&second).remove(name).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(bytes), "{name}");
        }
        assert!(first == second, "the archive is another");
    }

    // From a folder the same.
    // Not named by the injected clock: the suite of the other database makes the same ids at the same time.
    let scratch = crate::process::Scratch::new();
    let folder = scratch.0.join("bundle");
    for (name, bytes) in &files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let other = TestApp::empty().await;
    let read = other.import(Bundle::open(&folder, &other.state.kinds).unwrap());
    read.unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    assert!(exported(&other).await == first);

    // What is withdrawn leaves no figures behind.
    let why = json!({"reason": "made in error"});
    app.step("publisher", "/v1/releases/derbyshire-pcc:REL-A", "withdraw", why).await.expect(200);
    let files = unzipped(&exported(&app).await);
    assert!(!files.contains_key("observations/derbyshire-pcc/REL-A.csv"));
    assert!(files.contains_key("observations/derbyshire-pcc/REL-B.csv"));

    app.step("editor", address, "submit", json!({})).await.expect(200);
    app.step("publisher", address, "publish", json!({})).await.expect(200);
    let robberies =
        app.get(None, "/v1/series/t-crime.E23000018.robbery.P1M/observations").await.expect(200).json();
    assert_eq!(whole_observations(&robberies)[0]["value"], "4");
}

#[actix_web::test]
async fn every_fault_of_every_file_of_observations_is_reported_and_nothing_is_imported() {
    let app = TestApp::new().await;
    let mut elsewhere = release("REL-A", json!({}));
    elsewhere["body"] = json!("elsewhere-pcc");
    let wrong = imported(
        &app,
        bundle(
            &[
                release("REL-A", json!({})),
                elsewhere,
                release("REL-B", json!({})),
                release("REL-C", json!({})),
            ],
            &[
                ("observations/REL-A.csv", FIRST),
                ("observations/REL-B.csv", FIRST),
                ("observations/derbyshire-pcc/REL-B.csv", FIRST),
                ("observations/REL-X.csv", FIRST),
                (
                    "observations/REL-C.csv",
                    "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,robbery,2018-13,1\nE23000018,theft,2018-01,x\n",
                ),
                (
                    "observations/elsewhere-pcc/REL-A.csv",
                    "AREA,OFFENCE,TIME_PERIOD,value\nE23000018,robbery,2018-01,\n",
                ),
            ],
        ),
    );
    let at = |file: &str, line, place: &str, code| {
        (format!("observations/{file}.csv"), line, place.to_owned(), code)
    };
    let wrong = faults_of(&wrong.unwrap_err());
    for expected in [
        at("REL-A", 0, "", "ambiguous"),
        at("REL-X", 0, "", "not_found"),
        at("REL-C", 2, "column TIME_PERIOD", "out_of_range"),
        at("REL-C", 3, "column OFFENCE", "unknown_code"),
        at("elsewhere-pcc/REL-A", 2, "column value", "no_value"),
    ] {
        let same = |one: &&(String, u64, String, &str)| {
            (&one.0, one.1, &one.2) == (&expected.0, expected.1, &expected.2)
        };
        assert!(wrong.iter().any(|one| same(&one)), "{expected:?} in {wrong:#?}");
    }
    assert!(wrong.iter().any(|one| one.0.ends_with("REL-B.csv") && one.3 == "duplicate"), "{wrong:#?}");
    app.get(None, "/v1/indicators/derbyshire-pcc:IND-T").await.problem(404);
    let nameless = imported(&app, bundle(&[release("REL-A", json!({}))], &[("observations/REL-A.txt", "")]));
    assert_eq!(
        faults_of(&nameless.unwrap_err()),
        [("observations/REL-A.txt".to_owned(), 0, String::new(), "unknown_file")]
    );
}

#[actix_web::test]
async fn what_was_published_stays_as_it_was_and_what_is_new_is_measured() {
    let app = TestApp::new().await;
    let rows = "AREA,OFFENCE,TIME_PERIOD,value,reason\nE23000018,robbery,2018-01,-1,as the source has it\n";
    let public = release("REL-A", json!({}));
    let mut draft = public.clone();
    draft["published_at"] = Value::Null;
    let file = ("observations/REL-A.csv", rows);
    let refused = faults_of(&imported(&app, bundle(&[draft], &[file])).unwrap_err());
    assert_eq!(
        refused,
        [("observations/REL-A.csv".to_owned(), 2, "column value".to_owned(), "negative_count")]
    );
    let summary = imported(&app, bundle(&[public], &[file])).unwrap();
    let remarks: Vec<_> =
        summary.remarks.iter().map(|one| (one.file.as_deref(), one.line, one.code)).collect();
    assert_eq!(remarks, [(Some("observations/REL-A.csv"), Some(2), "negative_count")]);
    let robberies = "/v1/series/t-crime.E23000018.robbery.P1M/observations";
    let robberies = app.get(None, robberies).await.expect(200).json();
    assert_eq!(whole_observations(&robberies)[0]["value"], "-1");
}

#[actix_web::test]
async fn an_editor_imports_observations_with_a_bundle() {
    let app = TestApp::new().await;
    imported(&app, archive(&[("indicators.jsonl", vec![indicator()])])).unwrap();
    let mut line = release("REL-A", json!({}));
    for member in ["body", "owner", "published_at"] {
        line[member] = Value::Null;
    }
    let lines = unzipped(&archive(&[("releases.jsonl", vec![line])]));
    let bytes = zipped([
        ("releases.jsonl", lines["releases.jsonl"].as_slice()),
        ("observations/REL-A.csv", FIRST.as_bytes()),
    ]);
    let answer =
        app.request("POST", "/v1/imports").as_role("editor").body("application/zip", bytes).send().await;
    assert_eq!(answer.expect(200).json()["records"], json!({"observations": 3, "releases": 1}));
    app.get(None, &format!("/v1/series/{KEY}")).await.problem(404);
    let address = "/v1/releases/derbyshire-pcc:REL-A";
    app.step("editor", address, "submit", json!({})).await.expect(200);
    app.step("publisher", address, "publish", json!({})).await.expect(200);
    app.get(None, &format!("/v1/series/{KEY}")).await.expect(200);
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = st::Text)]
    detail: String,
}

/// Otherwise a release would take as long as its indicator has figures, and an import the square of it.
#[actix_web::test]
async fn an_import_looks_up_each_figure_by_its_whole_key() {
    if on_postgres() {
        // Its plans change with its statistics; benches/import measures it.
        return;
    }
    let app = TestApp::new().await;
    let texts = Arc::new(Mutex::new(vec![]));
    let noted = texts.clone();
    let note = move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            noted.lock().unwrap().push(query.to_string());
        }
    };
    app.state.db.on_writer(|conn| conn.set_instrumentation(note)).unwrap();
    imported(&app, lived()).unwrap();
    let mut texts = std::mem::take(&mut *texts.lock().unwrap());
    texts.retain(|text| text.contains(" staged ") && text.contains(" observation "));
    texts.sort();
    texts.dedup_by_key(|text| text.split(" -- binds").next().unwrap().to_owned());
    assert!(texts.len() >= 4, "{texts:#?}");
    let mut searches = 0;
    for text in texts {
        let statement = text.split(" -- binds").next().unwrap();
        let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {statement}").into_boxed_str());
        let steps: Vec<Step> = app.state.db.read(|conn| Ok(Sql::new(explain).one_off().load(conn)?)).unwrap();
        for step in steps.iter().filter(|step| step.detail.contains(" o ")) {
            searches += 1;
            assert!(
                step.detail.contains("(measure=? AND series=? AND starts=? AND ends=?"),
                "{}\n{statement}",
                step.detail
            );
        }
    }
    assert!(searches >= 4, "{searches}");
}
