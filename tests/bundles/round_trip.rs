//! What is exported is imported elsewhere as the same record.

use onrecord::config::Licence;
use onrecord::store::Target;

use super::*;

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
            let mut answer = app.get(None, &path).await.comparable();
            // When it became public here is of this service.
            answer.1.retain(|(name, _)| name != "last-modified");
            answers.push((path, answer));
        }
    }
    for kind in &app.state.kinds {
        for query in ["limit=200", "limit=200&as_of=2026-11-01T11:30:30Z", "q=t*&count=true&limit=200"] {
            let path = format!("/v1/{}?{query}", kind.def.path);
            let mut answer = app.get(None, &path).await.expect(200).json();
            without_verdicts(&mut answer["data"]);
            answers.push((path, (200, vec![], answer["data"].to_string())));
        }
    }
    answers
}

/// Leaves out the verdicts on statements: each service judges them itself, after it has imported the figures.
pub fn without_verdicts(rows: &mut Value) {
    for row in rows.as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("verdict");
    }
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
    bundle::export(&app.state.db, &app.state.kinds, app.state.now(), &Licence::default(), &mut memory)
        .unwrap();
    assert_eq!(memory.files, unzipped(&first));

    for other in [TestApp::empty().await, TestApp::empty_on_sqlite().await] {
        other.set_time("2026-11-01T11:34:00Z");
        let summary =
            imported(&other, first.clone()).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
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
        other.make_actors();
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

#[actix_web::test]
async fn after_a_large_import_postgres_knows_how_many_records_there_are() {
    let app = TestApp::new().await;
    let line = |n: usize| {
        json!({"reference": format!("SRC-MANY-{n}"), "publisher": "The publisher", "title": format!("Source {n}"), "licence": "OGL-UK-3.0",
            "published_at": "2023-01-10T00:00:00Z"})
    };
    let lines: Vec<Value> = (0..1_000).map(line).collect();
    let summary = imported(&app, archive(&[("sources.jsonl", lines)])).unwrap();
    assert_eq!(summary.records["sources"], 1_000);
    if let Target::Pg(_) = app.state.db.location() {
        let of_table = "SELECT reltuples::bigint AS n FROM pg_class WHERE oid = 'record'::regclass";
        let expected = app.state.db.read(|conn| Ok(Sql::new(of_table).get_result::<Count>(conn)?.n)).unwrap();
        assert!(expected >= 1_000, "the planner expects {expected} records");
    }
}
