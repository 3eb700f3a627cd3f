//! The record as files: what goes out comes in again elsewhere and is the same, what is hidden stays behind, what
//! is wrong is told by file, line and place, and nothing goes in by halves.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};

use diesel::RunQueryDsl;
use onrecord::bundle::{self, Bundle, Import, Sink, Summary, Who};
use onrecord::problem::{At, Problem};
use onrecord::record::kind::KindDef;
use onrecord::store::{Count, Sql};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::resources_giving;
use crate::support::{Answer, TestApp, publisher, withdrawer, writer};

mod faults;
mod lists_again;
mod lists_as_people_send_them;
mod other_forms;
mod over_http;
mod round_trip;

type Files = BTreeMap<String, Vec<u8>>;

/// The files of an archive.
pub fn unzipped(bytes: &[u8]) -> Files {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = Files::new();
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).unwrap();
        let mut bytes = vec![];
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.name().unwrap().into_owned(), bytes);
    }
    files
}

pub fn zipped<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in files {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An archive of JSON Lines.
pub fn archive(files: &[(&str, Vec<Value>)]) -> Vec<u8> {
    let texts: Vec<(&str, String)> = files
        .iter()
        .map(|(name, records)| (*name, records.iter().map(|record| format!("{record}\n")).collect()))
        .collect();
    zipped(texts.iter().map(|(name, text)| (*name, text.as_bytes())))
}

/// A bundle of these bytes, imported as the operator does.
pub fn imported(app: &TestApp, bytes: Vec<u8>) -> Result<Summary, Problem> {
    app.import(Bundle::zipped(bytes, &app.state.kinds)?)
}

/// Where a fault is said to be: file, line, place, code.
pub fn faults_of(problem: &Problem) -> Vec<(String, u64, String, &'static str)> {
    let of = |fault: &onrecord::problem::Fault| {
        let place = match &fault.at {
            At::Pointer(place) => place.clone(),
            At::Column(name) => format!("column {name}"),
            other => panic!("{other:?} in a bundle"),
        };
        (fault.file.clone().unwrap_or_default(), fault.line.unwrap_or_default(), place, fault.code)
    };
    problem.errors.iter().map(of).collect()
}

fn records(app: &TestApp) -> i64 {
    let count = |text: &'static str| -> i64 {
        app.state.db.read(|conn| Ok(Sql::new(text).get_result::<Count>(conn)?.n)).unwrap()
    };
    count("SELECT count(*) AS n FROM record") + count("SELECT count(*) AS n FROM change")
}

pub async fn exported(app: &TestApp) -> Vec<u8> {
    let answer = app.get(None, "/v1/export.zip").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    answer.body
}

/// The lines of the exported files: the path of the kind, and what stands there.
fn lines(files: &Files) -> Vec<(String, Value)> {
    files
        .iter()
        .filter_map(|(name, bytes)| Some((name.strip_suffix(".jsonl")?, bytes)))
        .flat_map(|(path, bytes)| {
            let text = std::str::from_utf8(bytes).unwrap();
            text.lines().map(move |line| (path.to_owned(), serde_json::from_str(line).unwrap()))
        })
        .collect()
}

/// What became of the records of a test.
#[derive(Default)]
struct Lived {
    /// Published, and published again.
    twice: Vec<String>,
    /// Published, and edited since.
    edited: Vec<String>,
    /// Withdrawn.
    gone: Vec<String>,
    /// References of what was never public.
    hidden: BTreeSet<String>,
}

/// Gives every kind records at every station of their life. It ends at 11:34.
async fn lived(app: &TestApp) -> Lived {
    let mut lived = Lived::default();
    let kinds = app.state.kinds.clone();
    let reference = async |kind: &KindDef, address: &str| {
        let row = app.get(Some(writer(kind)), address).await.expect(200).json();
        row["reference"].as_str().unwrap().to_owned()
    };
    for kind in &kinds {
        lived.twice.push(app.published(kind.def.name).await);
        if kind.def.workflow {
            lived.edited.push(app.published(kind.def.name).await);
            lived.gone.push(app.published(kind.def.name).await);
        }
    }
    // An action that names what is withdrawn later.
    let objective = app.published("objective").await;
    let mut body = app.fresh(app.state.kind("action").unwrap());
    body["objective"] = json!(objective.rsplit('/').next().unwrap());
    let action = app.post("editor", "/v1/actions", body).await.expect(201);
    let action = action.header("location").unwrap().to_owned();
    app.ready("action", &action).await;
    app.step("publisher", &action, "publish", json!({})).await.expect(200);
    lived.edited.push(action);
    lived.gone.push(objective);

    app.set_time("2026-11-01T11:31:00Z");
    let mut edited = lived.edited.iter();
    let mut gone = lived.gone.iter();
    for (kind, twice) in kinds.iter().zip(&lived.twice) {
        app.patch(writer(kind), twice, json!({"note": "Said again."})).await.expect(200);
        if !kind.def.workflow {
            continue;
        }
        app.ready(kind.def.name, twice).await;
        app.step(publisher(kind), twice, "publish", json!({})).await.expect(200);
        app.patch(writer(kind), edited.next().unwrap(), json!({"note": "SECRET"})).await.expect(200);
        let why = json!({"reason": "made in error"});
        app.step(withdrawer(kind), gone.next().unwrap(), "withdraw", why).await.expect(200);
        for state in ["draft", "submitted", "scheduled"] {
            let address = app.draft(kind.def.name).await;
            lived.hidden.insert(reference(kind, &address).await);
            if state != "draft" {
                app.ready(kind.def.name, &address).await;
            }
            if state == "scheduled" {
                let at = json!({"publish_at": "2026-11-01T12:00:00Z"});
                app.step(publisher(kind), &address, "publish", at).await.expect(200);
            }
        }
    }
    app.patch("editor", lived.edited.last().unwrap(), json!({"note": "SECRET"})).await.expect(200);
    let why = json!({"reason": "made in error"});
    app.step("publisher2", lived.gone.last().unwrap(), "withdraw", why).await.expect(200);
    app.set_time("2026-11-01T11:34:00Z");
    app.seal_and_catch_up();
    lived
}

impl TestApp {
    pub async fn post_archive(&self, who: Option<&str>, query: &str, bytes: Vec<u8>) -> Answer {
        self.request("POST", &format!("/v1/imports{query}"))
            .as_actor(who)
            .body("application/zip", bytes)
            .send()
            .await
    }
}

/// The faults of an answer: file, line, place, code.
fn faults_in(answer: &Answer, status: u16) -> Vec<(String, u64, String, String)> {
    answer.problem(status);
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    errors
        .iter()
        .map(|error| {
            let line = error["line"].as_u64().unwrap_or_default();
            (text(&error["file"]), line, text(&error["pointer"]), text(&error["code"]))
        })
        .collect()
}

/// The kind's example as the line of a caller.
fn own_line(app: &TestApp, kind: &str, reference: &str, more: Value) -> Value {
    let mut line = app.state.kind(kind).unwrap().example.clone();
    line["reference"] = json!(reference);
    for (member, value) in more.as_object().unwrap() {
        line[member] = value.clone();
    }
    line
}

/// A record of the office as a line of the operator's has it: draft unless it says when it was published.
fn line(kind: &KindDef, reference: &str, more: Value) -> Value {
    let mut line = kind.example.clone();
    line["reference"] = json!(reference);
    if kind.def.workflow {
        line["body"] = json!("derbyshire-pcc");
        line["owner"] = json!("opcc-derbyshire");
    }
    for (member, value) in more.as_object().unwrap() {
        line[member] = value.clone();
    }
    line
}
