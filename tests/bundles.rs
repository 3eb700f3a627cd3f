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

use crate::support::{TestApp, publisher, withdrawer, writer};

type Files = BTreeMap<String, Vec<u8>>;

/// The files of an archive.
fn unzipped(bytes: &[u8]) -> Files {
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

fn zipped<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in files {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An archive of JSON Lines.
fn archive(files: &[(&str, Vec<Value>)]) -> Vec<u8> {
    let texts: Vec<(&str, String)> = files
        .iter()
        .map(|(name, records)| (*name, records.iter().map(|record| format!("{record}\n")).collect()))
        .collect();
    zipped(texts.iter().map(|(name, text)| (*name, text.as_bytes())))
}

/// A bundle of these bytes, through the operator's door.
fn taken(app: &TestApp, bytes: Vec<u8>) -> Result<Summary, Problem> {
    app.take_in(Bundle::zipped(bytes, &app.state.kinds)?)
}

/// Where a fault is said to be: file, line, place, code.
fn told(problem: &Problem) -> Vec<(String, u64, String, &'static str)> {
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

async fn exported(app: &TestApp) -> Vec<u8> {
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
    app.settle();
    lived
}

/// What the public can ask about these records.
async fn answers(app: &TestApp, addresses: &[String]) -> Vec<(String, (u16, Vec<(String, String)>, String))> {
    let mut answers = vec![];
    for address in addresses {
        for of in [
            "",
            "?as_of=2026-11-01T11:30:30Z",
            "?as_of=2026-11-01T11:29:00Z",
            "/versions",
            "/versions/1",
            "/versions/2",
            "/versions/3",
            "/thread?depth=6",
        ] {
            let path = format!("{address}{of}");
            answers.push((path.clone(), app.get(None, &path).await.comparable()));
        }
    }
    for kind in &app.state.kinds {
        for query in ["limit=200", "limit=200&as_of=2026-11-01T11:30:30Z", "q=t*&count=true&limit=200"] {
            let path = format!("/v1/{}?{query}", kind.def.path);
            let answer = app.get(None, &path).await.expect(200).json();
            answers.push((path, (200, vec![], answer["data"].to_string())));
        }
    }
    answers
}

#[actix_web::test]
async fn what_is_exported_and_imported_elsewhere_is_the_same_and_goes_out_the_same() {
    let app = TestApp::new().await;
    let lived = lived(&app).await;
    let first = exported(&app).await;
    let mut addresses: Vec<String> =
        [&lived.twice, &lived.edited, &lived.gone].into_iter().flatten().cloned().collect();
    addresses.extend(
        ["/v1/plans/derbyshire-pcc:PLAN-2013", "/v1/objectives/derbyshire-pcc:OBJ-2"].map(str::to_owned),
    );
    let before = answers(&app, &addresses).await;
    // As a folder, the same.
    let mut memory = Memory::default();
    bundle::export(&app.state.db, &app.state.kinds, app.state.now(), &mut memory).unwrap();
    assert_eq!(memory.files, unzipped(&first));

    for other in [TestApp::empty().await, TestApp::empty_on_sqlite().await] {
        other.set_time("2026-11-01T11:34:00Z");
        let summary = taken(&other, first.clone()).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
        assert_eq!(summary.remarks, []);
        let second = exported(&other).await;
        for (name, bytes) in unzipped(&first) {
            let again = unzipped(&second).remove(&name).unwrap_or_default();
            assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(bytes).unwrap(), "{name}");
        }
        assert!(first == second, "the archive is another");
        for (one, another) in before.iter().zip(answers(&other, &addresses).await) {
            assert_eq!(*one, another);
        }
        // It goes on from there: the next publication of what has two is the third.
        other.let_actors_in();
        for (kind, address) in other.state.kinds.clone().iter().zip(&lived.twice) {
            other.patch(writer(kind), address, json!({"note": "Said once more."})).await.expect(200);
            if kind.def.workflow {
                other.ready(kind.def.name, address).await;
                other.step(publisher(kind), address, "publish", json!({})).await.expect(200);
            }
            let now = other.get(None, address).await.expect(200).json();
            assert_eq!((&now["version"], &now["note"]), (&json!(3), &json!("Said once more.")), "{kind:?}");
        }
        for address in &lived.gone {
            let kind = kind_at(&other, address);
            let gone = other.get(Some(writer(kind)), address).await;
            assert_eq!(gone.status, 410, "{}", gone.text());
        }
    }
}

fn kind_at<'a>(app: &'a TestApp, address: &str) -> &'a KindDef {
    let path = address.split('/').nth(2).unwrap();
    app.state.kinds.iter().find(|kind| kind.def.path == path).unwrap()
}

/// Files in memory.
#[derive(Default)]
struct Memory {
    files: Files,
    name: String,
}

impl Sink for Memory {
    fn start(&mut self, name: &str) -> std::io::Result<()> {
        assert!(self.name.is_empty(), "{} has not ended", self.name);
        name.clone_into(&mut self.name);
        self.files.insert(name.to_owned(), vec![]);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.files.get_mut(&self.name).unwrap().extend_from_slice(bytes);
        Ok(())
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.name.clear();
        Ok(())
    }
}

#[actix_web::test]
async fn an_export_holds_what_is_public_with_every_publication_and_nothing_else() {
    let app = TestApp::new().await;
    let lived = lived(&app).await;
    let bytes = exported(&app).await;
    let files = unzipped(&bytes);
    let lines = lines(&files);
    let all: String = files.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert!(!all.contains("SECRET"));
    for reference in &lived.hidden {
        assert!(!all.contains(&format!("{reference}\"")), "{reference} is hidden");
    }
    let of = |address: &str| -> Vec<(&str, &Value)> {
        let id = address.rsplit('/').next().unwrap();
        lines.iter().filter(|(_, line)| line["id"] == id).map(|(path, line)| (path.as_str(), line)).collect()
    };
    for address in &lived.twice {
        let found = of(address);
        let versions: Vec<&Value> = found.iter().map(|(_, line)| &line["version"]).collect();
        assert_eq!(versions, [&json!(1), &json!(2)], "{address}");
        assert_eq!(found[1].1["note"], "Said again.");
        assert_eq!(found[1].1["published_at"], "2026-11-01T11:31:00Z");
    }
    for address in &lived.edited {
        assert_eq!(of(address).len(), 1, "{address}");
    }
    for address in &lived.gone {
        let found = of(address);
        let [(path, line)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(*path, "withdrawn");
        let members: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["id", "kind", "reference", "body", "owner", "withdrawn_at", "reason"]);
        assert_eq!(line["reason"], "made in error");
    }
    // The same for everyone.
    for who in ["editor", "auditor", "admin", "other_editor"] {
        assert!(app.get(Some(who), "/v1/export.zip").await.expect(200).body == bytes, "{who}");
    }
    // What is said of the files is true of them.
    let catalogue: Value = serde_json::from_slice(&files["catalogue.jsonld"]).unwrap();
    let mut described = 0;
    for dataset in catalogue["dcat:dataset"].as_array().unwrap() {
        let file = &dataset["dcat:distribution"][0];
        let bytes = &files[file["dct:title"].as_str().unwrap()];
        assert_eq!(file["dcat:byteSize"], bytes.len());
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(file["spdx:checksum"]["spdx:checksumValue"], digest);
        described += 1;
    }
    assert_eq!(described, files.len() - 2, "all but the description and the licences");
}
