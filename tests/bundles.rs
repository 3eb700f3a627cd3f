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

/// A bundle of these bytes, through the operator's door.
pub fn taken(app: &TestApp, bytes: Vec<u8>) -> Result<Summary, Problem> {
    app.take_in(Bundle::zipped(bytes, &app.state.kinds)?)
}

/// Where a fault is said to be: file, line, place, code.
pub fn told(problem: &Problem) -> Vec<(String, u64, String, &'static str)> {
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

#[actix_web::test]
async fn every_mistake_in_a_bundle_is_told_once_by_file_line_and_place_and_nothing_goes_in() {
    let app = TestApp::new().await;
    let kind = |name: &str| app.state.kind(name).unwrap();
    let of = |name: &str, reference: &str, more: Value| line(kind(name), reference, more).to_string();
    let plan = |reference: &str, more: Value| of("plan", reference, more);
    let taken_id = app.id_of("plan", "derbyshire-pcc:PLAN-2013").to_string();
    let plans = [
        plan("F-1", json!({})),
        "{\"reference\": \"F-2\", ".to_owned(),
        plan("F-3", json!({})).replacen('{', "{\"title\":\"twice\",", 1),
        plan("F-4", json!({"titel": "x"})),
        plan("F-5", json!({"title": 7})),
        plan("F-6", json!({"body": null})),
        plan("PLAN-2013", json!({})),
        plan("F-1", json!({})),
        plan("F-9", json!({"id": "nothing"})),
        plan("F-10", json!({"id": taken_id})),
        plan("F-11", json!({"published_at": "2031-01-01T00:00:00Z"})),
        "[1]".to_owned(),
        plan("F-13", json!({"body": "nowhere-pcc"})),
        plan("F-14", json!({"published_at": "2024-02-01T00:00:00Z"})),
        plan("F-14", json!({"published_at": "2024-01-01T00:00:00Z"})),
        plan("F-16", json!({"version": 2, "published_at": "2024-01-01T00:00:00Z"})),
        String::new(),
        plan("F-18", json!({"owner": "nobody", "title": null})),
        plan("not a reference", json!({})),
        plan("F-20", json!({"published_at": "yesterday"})),
        plan("F-21", json!({"from": "2025-13-01"})),
        plan("F-22", json!({"version": 1})),
        plan("F-22", json!({"version": 3})),
        plan("F-24", json!({"reference": null})),
        plan("F-25", json!({"term": "derbyshire-pcc:NOTHING", "sources": [{"source": "no-such"}]})),
    ];
    let objective = |reference: &str, more: Value| of("objective", reference, more);
    let objectives = [
        objective("F-1", json!({"published_at": "2026-01-01T00:00:00Z", "plan": "derbyshire-pcc:F-1"})),
        objective("F-2", json!({"plan": "derbyshire-pcc:NOTHING"})),
        objective("F-3", json!({"plan": "derbyshire-pcc:F-1", "themes": ["nothing", "nothing-else"]})),
        format!("{}{}", objective("F-4", json!({})), " ".repeat(1 << 20)),
        "not read any more".to_owned(),
    ];
    let services = [
        of("service", "F-1", json!({"value": {"amount": "12.345", "currency": "GBP"}})),
        of("service", "F-2", json!({"value": {"amount": 12, "currency": "EUR"}})),
    ];
    let indicators = [
        of("indicator", "F-1", json!({"slug": "one-slug"})),
        of("indicator", "F-2", json!({"slug": "one-slug"})),
        of("indicator", "F-3", json!({"slug": "all-crime"})),
    ];
    let withdrawn = [
        json!({"kind": "plna", "reference": "W-1", "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"}),
        json!({"kind": "plan", "reference": "W-2", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2031-01-01T00:00:00Z", "reason": "x"}),
        json!({"kind": "plan", "reference": "F-1", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"}),
        json!({"kind": "theme", "reference": "antisocial-behaviour", "withdrawn_at": "2026-01-01T00:00:00Z",
            "reason": "x"}),
        json!({"kind": "plan", "reference": "W-5", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2026-01-01T00:00:00Z", "reason": 7}),
        json!({"kind": "plan", "reference": "PLAN-2013", "body": "derbyshire-pcc", "owner": "opcc-derbyshire",
            "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"}),
    ]
    .map(|line| line.to_string());
    let themes = "reference,title,title,theme_kimd\nF-1,x,y,threat\n";
    let organisations =
        "reference,name,organisation_kind\nf-1,First\nf-2,Second,charity,more\nf-3,Third,chairty\n";
    let funds = "reference,title\n\"F-1,never closed\n";
    let (plans, objectives, services, indicators, withdrawn) = (
        plans.join("\n"),
        objectives.join("\n"),
        services.join("\n"),
        indicators.join("\n"),
        withdrawn.join("\n"),
    );
    let all = zipped([
        ("plans.jsonl", plans.as_bytes()),
        ("objectives.jsonl", objectives.as_bytes()),
        ("services.jsonl", services.as_bytes()),
        ("indicators.jsonl", indicators.as_bytes()),
        ("withdrawn.jsonl", withdrawn.as_bytes()),
        ("themes.csv", themes.as_bytes()),
        ("organisations.csv", organisations.as_bytes()),
        ("funds.csv", funds.as_bytes()),
        ("areas.jsonl", b"{\"reference\": \"\xff\"}\n"),
        ("README.md", b"is left alone"),
    ]);
    let before = records(&app);
    let problem = taken(&app, all).unwrap_err();
    assert_eq!(problem.kind.status, 422);
    let found = told(&problem);
    let once: BTreeSet<_> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "each is told once: {found:#?}");
    let expected = [
        ("areas.jsonl", 1, "", "encoding"),
        ("funds.csv", 2, "", "cells"),
        ("indicators.jsonl", 2, "/slug", "taken"),
        ("indicators.jsonl", 3, "/slug", "taken"),
        ("objectives.jsonl", 1, "/plan", "not_public"),
        ("objectives.jsonl", 2, "/plan", "not_found"),
        ("objectives.jsonl", 3, "/themes/0", "not_found"),
        ("objectives.jsonl", 3, "/themes/1", "not_found"),
        ("objectives.jsonl", 4, "", "too_long"),
        ("organisations.csv", 2, "", "cells"),
        ("organisations.csv", 3, "", "cells"),
        ("organisations.csv", 4, "/organisation_kind", "unknown_code"),
        ("plans.jsonl", 2, "", "syntax"),
        ("plans.jsonl", 3, "/title", "duplicate_key"),
        ("plans.jsonl", 4, "/titel", "unknown_member"),
        ("plans.jsonl", 5, "/title", "type"),
        ("plans.jsonl", 6, "/body", "required"),
        ("plans.jsonl", 7, "/reference", "taken"),
        ("plans.jsonl", 8, "/reference", "duplicate"),
        ("plans.jsonl", 9, "/id", "format"),
        ("plans.jsonl", 10, "/id", "taken"),
        ("plans.jsonl", 11, "/published_at", "out_of_range"),
        ("plans.jsonl", 12, "", "type"),
        ("plans.jsonl", 13, "/body", "not_found"),
        ("plans.jsonl", 15, "/published_at", "order"),
        ("plans.jsonl", 16, "/version", "order"),
        ("plans.jsonl", 18, "/owner", "not_found"),
        ("plans.jsonl", 18, "/title", "type"),
        ("plans.jsonl", 19, "/reference", "pattern"),
        ("plans.jsonl", 20, "/published_at", "format"),
        ("plans.jsonl", 21, "/from", "format"),
        ("plans.jsonl", 23, "/version", "order"),
        ("plans.jsonl", 24, "/reference", "required"),
        ("plans.jsonl", 25, "/sources/0/source", "not_found"),
        ("plans.jsonl", 25, "/term", "not_found"),
        ("services.jsonl", 1, "/value/amount", "pattern"),
        ("services.jsonl", 2, "/value/amount", "type"),
        ("services.jsonl", 2, "/value/currency", "unknown_code"),
        ("themes.csv", 1, "column theme_kimd", "unknown_column"),
        ("themes.csv", 1, "column title", "duplicate"),
        ("withdrawn.jsonl", 1, "/kind", "unknown_code"),
        ("withdrawn.jsonl", 2, "/withdrawn_at", "format"),
        ("withdrawn.jsonl", 3, "/reference", "duplicate"),
        ("withdrawn.jsonl", 4, "/kind", "not_taken"),
        ("withdrawn.jsonl", 5, "/reason", "required"),
        ("withdrawn.jsonl", 6, "/reference", "duplicate"),
    ];
    let mut found: Vec<_> =
        found.iter().map(|(file, line, at, code)| (file.as_str(), *line, at.as_str(), *code)).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(records(&app), before);
}

#[actix_web::test]
async fn files_that_are_none_of_a_bundle_are_told_by_name() {
    let app = TestApp::new().await;
    let before = records(&app);
    let theme = b"{\"reference\":\"f-1\",\"title\":\"x\",\"theme_kind\":\"threat\"}\n".as_slice();
    let problem = taken(
        &app,
        zipped([
            ("themes.jsonl", theme),
            ("themes.csv", b"reference\n"),
            ("planz.jsonl", b""),
            ("plans.xlsx", b""),
        ]),
    );
    let expected =
        [("plans.xlsx", "unknown_file"), ("planz.jsonl", "unknown_file"), ("themes.jsonl", "duplicate")];
    let problem = problem.unwrap_err();
    let found: Vec<(&str, &str)> =
        problem.errors.iter().map(|fault| (fault.file.as_deref().unwrap(), fault.code)).collect();
    assert_eq!(found, expected);
    assert!(problem.errors[1].detail.contains("did you mean `plans`?"), "{}", problem.errors[1].detail);
    let none = |bytes: Vec<u8>| taken(&app, bytes).unwrap_err().errors[0].code;
    assert_eq!(none(zipped([("README.md", b"x".as_slice())])), "empty");
    assert_eq!(none(b"no archive at all".to_vec()), "unreadable");
    assert_eq!(none(vec![]), "unreadable");
    let mut broken = zipped([("themes.jsonl", theme)]);
    let middle = broken.len() / 3;
    broken.truncate(middle);
    assert_eq!(none(broken), "unreadable");
    let many: Vec<String> = (0..20_001).map(|n| format!("{n}.txt")).collect();
    assert_eq!(none(zipped(many.iter().map(|name| (name.as_str(), b"".as_slice())))), "unreadable");
    // A name that climbs is a name: nothing is written anywhere.
    let summary = taken(&app, zipped([("../../etc/themes.jsonl", theme), ("/.hidden", b"x")])).unwrap();
    assert_eq!(summary.records, BTreeMap::from([("themes", 1)]));
    app.get(None, "/v1/themes/f-1").await.expect(200);
    assert!(records(&app) > before);
}

#[actix_web::test]
async fn lists_as_csv_come_in_again_as_the_same_records() {
    let app = TestApp::new().await;
    let odd = [
        "=1+1",
        "'=1+1",
        "''=1",
        "'s own",
        "+44",
        "-5",
        "@x",
        "＝1",
        "a | b",
        "[x",
        "\"quoted\", and\nbroken",
        "' ",
        "|",
    ];
    for (n, text) in odd.iter().enumerate() {
        let theme =
            json!({"reference": format!("odd-{n}"), "title": text, "note": text, "theme_kind": "threat"});
        app.post("admin", "/v1/themes", theme).await.expect(201);
    }
    // Lists of texts that hold what stands between texts.
    let (kind, member) = list_of_texts(&app);
    for text in odd {
        let mut body = app.fresh(kind);
        body[&member] = json!([text, "second"]);
        let made = app.post(writer(kind), &format!("/v1/{}", kind.def.path), body.clone()).await.expect(201);
        assert_eq!(made.json()[&member], body[&member]);
        let address = made.header("location").unwrap().to_owned();
        if kind.def.workflow {
            app.ready(kind.def.name, &address).await;
            app.step(publisher(kind), &address, "publish", json!({})).await.expect(200);
        }
    }
    let mut rows = BTreeMap::new();
    let mut files = vec![];
    for kind in app.state.kinds.clone() {
        app.published(kind.def.name).await;
    }
    for kind in app.state.kinds.clone() {
        let path = format!("/v1/{}?limit=200", kind.def.path);
        let json = app.get(None, &path).await.expect(200).json();
        assert!(json["page"]["next"].is_null(), "all of them");
        rows.insert(kind.def.path, json["data"].clone());
        files.push((
            format!("{}.csv", kind.def.path),
            app.get(None, &format!("{path}&format=csv")).await.body,
        ));
    }
    let other = TestApp::empty().await;
    let bytes = zipped(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    taken(&other, bytes).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    for (path, rows) in rows {
        let again = other.get(None, &format!("/v1/{path}?limit=200")).await.expect(200).json();
        for (one, another) in rows.as_array().unwrap().iter().zip(again["data"].as_array().unwrap()) {
            assert_eq!(one, another, "{path}");
        }
        assert_eq!(again["data"], rows, "{path}");
    }
}

/// A kind with a list of texts that name nothing.
fn list_of_texts(app: &TestApp) -> (&'static KindDef, String) {
    for kind in app.state.kinds.clone() {
        for (name, schema) in kind.schema["properties"].as_object().unwrap() {
            let names = kind.references().any(|reference| reference.path.starts_with(name.as_str()));
            if schema["items"]["type"] == "string" && schema["items"]["enum"].is_null() && !names {
                return (kind, name.clone());
            }
        }
    }
    panic!("no kind has a list of texts");
}

// ---- over HTTP --------------------------------------------------------------------------------------------

impl TestApp {
    async fn post_archive(&self, who: Option<&str>, query: &str, bytes: Vec<u8>) -> Answer {
        self.request("POST", &format!("/v1/imports{query}"))
            .as_actor(who)
            .body("application/zip", bytes)
            .send()
            .await
    }
}

/// The faults of an answer: file, line, place, code.
fn told_by(answer: &Answer, status: u16) -> Vec<(String, u64, String, String)> {
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

#[actix_web::test]
async fn an_editor_imports_drafts_of_its_own_body_whole_or_not_at_all() {
    let app = TestApp::new().await;
    let before = records(&app);
    // The objective stands before the plan that it names: names are taken first.
    let bundle = archive(&[
        ("objectives.jsonl", vec![own_line(&app, "objective", "I-1", json!({"plan": "derbyshire-pcc:I-1"}))]),
        (
            "plans.jsonl",
            vec![own_line(&app, "plan", "I-1", json!({})), own_line(&app, "plan", "I-2", json!({}))],
        ),
    ]);
    // Tried: nothing is kept, whoever looks.
    let tried = app.post_archive(Some("editor"), "?dry_run=true", bundle.clone()).await.expect(200).json();
    assert_eq!(tried["dry_run"], true);
    assert_eq!(tried["records"], json!({"objectives": 1, "plans": 2}));
    assert_eq!(records(&app), before);
    app.get(Some("editor"), "/v1/plans/derbyshire-pcc:I-1").await.problem(404);

    let done = app.post_archive(Some("editor"), "", bundle.clone()).await.expect(200);
    assert!(done.header("etag").is_none() && done.header("idempotency-replayed").is_none());
    assert_eq!(done.json()["versions"], 3);
    app.settle();
    let plan = app.get(Some("editor"), "/v1/plans/derbyshire-pcc:I-1").await.expect(200).json();
    assert_eq!((&plan["state"], &plan["body"]), (&json!("draft"), &json!("derbyshire-pcc")));
    assert_eq!(plan["owner"], "opcc-derbyshire");
    app.get(None, "/v1/plans/derbyshire-pcc:I-1").await.problem(404);
    // What it wrote, it does not publish: the two pairs of eyes hold for imports too.
    let objective = "/v1/objectives/derbyshire-pcc:I-1";
    let read = app.get(Some("editor"), objective).await.expect(200).json();
    assert_eq!(read["plan"], "derbyshire-pcc:I-1");
    app.ready("plan", "/v1/plans/derbyshire-pcc:I-1").await;
    app.step("publisher", "/v1/plans/derbyshire-pcc:I-1", "publish", json!({})).await.expect(200);

    // Again: all are there already, and each is told.
    let again = told_by(&app.post_archive(Some("editor"), "", bundle).await, 422);
    let taken = |file: &str, line| (file.to_owned(), line, "/reference".to_owned(), "taken".to_owned());
    assert_eq!(again, [taken("plans.jsonl", 1), taken("plans.jsonl", 2), taken("objectives.jsonl", 1)]);

    let all = [
        own_line(&app, "plan", "I-3", json!({})),
        own_line(&app, "plan", "I-4", json!({"published_at": "2025-01-01T00:00:00Z"})),
        own_line(&app, "plan", "I-5", json!({"id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000"})),
        own_line(&app, "plan", "I-6", json!({"version": 1})),
        own_line(&app, "plan", "I-7", json!({"body": "elsewhere-pcc"})),
        own_line(&app, "plan", "I-8", json!({"owner": "victim-support"})),
        own_line(&app, "plan", "I-9", json!({"body": "derbyshire-pcc", "owner": "opcc-derbyshire"})),
    ];
    let before = records(&app);
    let refused =
        told_by(&app.post_archive(Some("editor"), "", archive(&[("plans.jsonl", all.to_vec())])).await, 422);
    let at =
        |line, place: &str, code: &str| ("plans.jsonl".to_owned(), line, place.to_owned(), code.to_owned());
    assert_eq!(
        refused,
        [
            at(2, "/published_at", "not_taken"),
            at(3, "/id", "not_taken"),
            at(4, "/version", "not_taken"),
            at(5, "/body", "not_yours"),
            at(6, "/owner", "not_yours"),
        ]
    );
    assert_eq!(records(&app), before);
}

#[actix_web::test]
async fn who_could_not_make_the_records_one_by_one_does_not_import_them() {
    let app = TestApp::new().await;
    let before = records(&app);
    let plans = archive(&[("plans.jsonl", vec![own_line(&app, "plan", "I-1", json!({}))])]);
    let themes = archive(&[("themes.jsonl", vec![own_line(&app, "theme", "i-1", json!({}))])]);
    let both = archive(&[
        ("plans.jsonl", vec![own_line(&app, "plan", "I-1", json!({}))]),
        ("themes.jsonl", vec![own_line(&app, "theme", "i-1", json!({}))]),
    ]);
    app.post_archive(None, "", plans.clone()).await.problem(401);
    for who in ["partner", "panel_member", "panel_officer", "auditor", "publisher", "commissioner"] {
        for bytes in [&plans, &themes] {
            app.post_archive(Some(who), "", bytes.clone()).await.problem(403);
        }
    }
    for (who, bytes, file) in [
        ("admin", &plans, "plans.jsonl"),
        ("editor", &themes, "themes.jsonl"),
        ("editor", &both, "themes.jsonl"),
    ] {
        let refused = told_by(&app.post_archive(Some(who), "", bytes.clone()).await, 403);
        assert_eq!(refused, [(file.to_owned(), 0, String::new(), "forbidden".to_owned())], "{who}");
    }
    // Nobody imports a withdrawal, or what only the Panel's clerk writes.
    let gone = json!({"kind": "plan", "reference": "PLAN-2013", "withdrawn_at": "2026-01-01T00:00:00Z", "reason": "x"});
    let gone = archive(&[("withdrawn.jsonl", vec![gone])]);
    let reading = own_line(&app, "counter_assessment", "I-1", json!({}));
    let reading = archive(&[("counter-assessments.jsonl", vec![reading])]);
    for who in ["editor", "admin"] {
        app.post_archive(Some(who), "", gone.clone()).await.problem(403);
        app.post_archive(Some(who), "", reading.clone()).await.problem(403);
    }
    assert_eq!(records(&app), before);
    // What another office has in draft is nothing here, and the administrator's data is public at once.
    let hidden = app.draft("plan").await;
    let reference = app.get(Some("editor"), &hidden).await.json()["reference"].as_str().unwrap().to_owned();
    let names = own_line(&app, "objective", "I-1", json!({"plan": format!("derbyshire-pcc:{reference}")}));
    let names = archive(&[("objectives.jsonl", vec![names])]);
    let refused = app.post_archive(Some("other_editor"), "", names.clone()).await;
    assert_eq!(told_by(&refused, 422)[0].2, "/plan");
    app.post_archive(Some("editor"), "", names).await.expect(200);
    app.post_archive(Some("admin"), "", themes).await.expect(200);
    app.get(None, "/v1/themes/i-1").await.expect(200);
}

#[actix_web::test]
async fn an_import_repeated_with_its_key_is_done_once() {
    let app = TestApp::new().await;
    let bundle = archive(&[("plans.jsonl", vec![own_line(&app, "plan", "I-1", json!({}))])]);
    let send = |query: &'static str, bytes: Vec<u8>| {
        app.request("POST", &format!("/v1/imports{query}"))
            .as_role("editor")
            .header("idempotency-key", "import-1")
            .body("application/zip", bytes)
            .send()
    };
    // What was only tried has claimed nothing.
    send("?dry_run=true", bundle.clone()).await.expect(200);
    let first = send("", bundle.clone()).await.expect(200);
    assert_eq!(first.header("idempotency-replayed"), None);
    let made = records(&app);
    let again = send("", bundle).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json()["versions"], first.json()["versions"]);
    assert_eq!(records(&app), made);
    let other = archive(&[("plans.jsonl", vec![own_line(&app, "plan", "I-2", json!({}))])]);
    assert_eq!(send("", other).await.problem(422), ["reused"]);
    assert_eq!(records(&app), made);
}

#[actix_web::test]
async fn what_is_no_archive_or_too_much_of_one_is_refused_and_bounded() {
    let app = TestApp::new().await;
    let before = records(&app);
    let post = async |bytes: Vec<u8>| app.post_archive(Some("editor"), "", bytes).await;
    for bytes in [b"PK\x03\x04 and nothing more".to_vec(), b"{}".to_vec()] {
        assert_eq!(told_by(&post(bytes).await, 422)[0].3, "unreadable");
    }
    app.request("POST", "/v1/imports").as_role("editor").json(&json!({})).send().await.problem(415);
    post(vec![b'x'; 33 << 20]).await.problem(413);
    // A gigabyte of line ends in a megabyte; the same in a file that says it is small.
    let mut bomb = zip::ZipWriter::new(Cursor::new(vec![]));
    bomb.start_file("plans.jsonl", SimpleFileOptions::default()).unwrap();
    let piece = vec![b'\n'; 1 << 20];
    for _ in 0..300 {
        bomb.write_all(&piece).unwrap();
    }
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 2 << 20);
    let answer = post(bomb.clone()).await;
    assert_eq!(told_by(&answer, 422)[0].3, "unreadable");
    assert!(answer.text().contains("unfolds to 314572800 bytes"), "{}", answer.text());
    let said = (300_u32 << 20).to_le_bytes();
    let mut lying = bomb;
    let places: Vec<usize> = (0..lying.len() - 4).filter(|n| lying[*n..*n + 4] == said).collect();
    assert!(!places.is_empty());
    for n in places {
        lying[n..n + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let answer = post(lying).await;
    assert_eq!(told_by(&answer, 422)[0].3, "unreadable", "{}", answer.text());
    // One line without an end.
    let long = zipped([("plans.jsonl", vec![b'x'; 200 << 20].as_slice())]);
    let answer = told_by(&post(long).await, 422);
    assert_eq!(answer, [("plans.jsonl".to_owned(), 1, String::new(), "too_long".to_owned())]);
    assert_eq!(records(&app), before);
}

// ---- 360Giving --------------------------------------------------------------------------------------------

#[actix_web::test]
async fn a_spreadsheet_of_grants_comes_in_and_goes_out_as_it_was_and_comes_in_once() {
    let sheet = std::fs::read(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/360giving/grants.csv"),
    )
    .unwrap();
    let app = TestApp::new().await;
    let import = |bytes: Vec<u8>| {
        let mut bundle = Bundle::zipped(bytes, &app.state.kinds).unwrap();
        let who = Who::Operator {
            body: Some("derbyshire-pcc".to_owned()),
            owner: Some("opcc-derbyshire".to_owned()),
            published_at: Some(crate::support::at("2026-10-01T00:00:00Z")),
        };
        let import =
            Import { state: &app.state, who, now: app.state.now(), request: None, progress: &mut |_| {} };
        app.state.db.write(|conn| bundle::import(conn, &mut bundle, import))
    };
    let existing =
        json!({"reference": "GB-LAE-ZZZ", "name": "Ours already", "organisation_kind": "local_authority"});
    app.post("admin", "/v1/organisations", existing).await.expect(201);
    let bytes = zipped([("grants.csv", sheet.as_slice())]);

    // An editor makes no organisations, also not by the way.
    let refused = told_by(&app.post_archive(Some("editor"), "", bytes.clone()).await, 422);
    assert!(!refused.is_empty() && refused.iter().all(|fault| fault.3 == "not_yours"), "{refused:?}");
    app.get(None, "/v1/organisations/GB-CHC-1999991").await.problem(404);

    let summary = import(bytes.clone()).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    assert_eq!(summary.records["grants"], 4);
    assert_eq!(summary.records["organisations"], 3, "the fourth was there");
    app.settle();
    let left = app.get(None, "/v1/organisations/GB-LAE-ZZZ").await.expect(200).json();
    assert_eq!((&left["name"], &left["version"]), (&json!("Ours already"), &json!(1)));
    let package = app.get(None, "/v1/grants?format=360giving").await.expect(200);
    let mut package = resources_giving::assert_published(&package.body);
    // Where the sheet leaves these cells empty, the record tells them.
    for grant in package["grants"].as_array_mut().unwrap() {
        let told = grant["dataSource"].as_str().is_some_and(|text| text.starts_with(&app.state.public_url));
        if told {
            grant["dataSource"].take();
        }
        if grant["dateModified"] == "2026-10-01T00:00:00Z" {
            grant["dateModified"].take();
        }
    }
    resources_giving::assert_same(&sheet, &package);

    let before = records(&app);
    let problem = import(bytes).unwrap_err();
    let rows: Vec<_> = told(&problem).into_iter().map(|(_, row, at, code)| (row, at, code)).collect();
    assert_eq!(rows, [2, 3, 4, 5].map(|row| (row, "/reference".to_owned(), "taken")));
    assert_eq!(records(&app), before);
}

#[actix_web::test]
async fn nothing_of_a_bundle_is_lost_in_silence() {
    let app = TestApp::new().await;
    let body = |app: &TestApp, reference: &str| own_line(app, "pledge", reference, json!({})).to_string();
    // A blank that JSON does not know, at the end of a line.
    let text = format!("{}\n{}\u{c}\n", body(&app, "FF-1"), body(&app, "FF-2"));
    let bytes = zipped([("pledges.jsonl", text.as_bytes())]);
    let answer = app.post_archive(Some("editor"), "", bytes).await.expect(200).json();
    assert_eq!(answer["records"]["pledges"], 2);
    // Two entries of one name, which no honest program writes.
    let (one, two) = (body(&app, "DUP-1"), body(&app, "DUP-2"));
    let mut bytes = zipped([("pledges.jsonl", one.as_bytes()), ("pledgez.jsonl", two.as_bytes())]);
    for at in 0..bytes.len() - 13 {
        if &bytes[at..at + 13] == b"pledgez.jsonl" {
            bytes[at..at + 13].copy_from_slice(b"pledges.jsonl");
        }
    }
    app.post_archive(Some("editor"), "", bytes).await.problem(422);
    app.get(Some("editor"), "/v1/pledges/derbyshire-pcc:DUP-1").await.problem(404);
    // Titles without end, and a spreadsheet with more faults than anybody reads.
    let titles: Vec<String> = (0..50_000).map(|n| format!("t{n}")).collect();
    let bytes = zipped([("pledges.csv", titles.join(",").as_bytes())]);
    assert_eq!(app.post_archive(Some("editor"), "", bytes).await.problem(422), ["too_many"]);
    let mut rows = String::from(
        "Identifier,Title,Description,Currency,Amount Awarded,Award Date,Recipient Org:Identifier,Recipient Org:Name,Funding Org:Identifier,Funding Org:Name\n",
    );
    rows.push_str(&"x,y\n".repeat(3_000));
    let answer = app.post_archive(Some("editor"), "", zipped([("grants.csv", rows.as_bytes())])).await;
    let faults = answer.problem(422).len();
    assert!((1..=10_000).contains(&faults), "{faults}");
}
