//! Lists as CSV and 360Giving spreadsheets as files of a bundle.

use super::round_trip::without_verdicts;
use super::*;

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
        let mut data = json["data"].clone();
        without_verdicts(&mut data);
        rows.insert(kind.def.path, data);
        files.push((
            format!("{}.csv", kind.def.path),
            app.get(None, &format!("{path}&format=csv")).await.body,
        ));
    }
    let other = TestApp::empty().await;
    let bytes = zipped(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    imported(&other, bytes).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    for (path, rows) in rows {
        let mut again = other.get(None, &format!("/v1/{path}?limit=200")).await.expect(200).json();
        without_verdicts(&mut again["data"]);
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
    let refused = faults_in(&app.post_archive(Some("editor"), "", bytes.clone()).await, 422);
    assert!(!refused.is_empty() && refused.iter().all(|fault| fault.3 == "not_yours"), "{refused:?}");
    app.get(None, "/v1/organisations/GB-CHC-1999991").await.problem(404);

    let summary = import(bytes.clone()).unwrap_or_else(|problem| panic!("{:#?}", problem.errors));
    assert_eq!(summary.records["grants"], 4);
    assert_eq!(summary.records["organisations"], 3, "the fourth was there");
    app.seal_and_catch_up();
    let left = app.get(None, "/v1/organisations/GB-LAE-ZZZ").await.expect(200).json();
    assert_eq!((&left["name"], &left["version"]), (&json!("Ours already"), &json!(1)));
    let package = app.get(None, "/v1/grants?format=360giving").await.expect(200);
    let mut package = resources_giving::assert_published(&package.body);
    // Where the sheet leaves these cells empty, the record tells them.
    for grant in package["grants"].as_array_mut().unwrap() {
        let ours = grant["dataSource"].as_str().is_some_and(|text| text.starts_with(&app.state.public_url));
        if ours {
            grant["dataSource"].take();
        }
        if grant["dateModified"] == "2026-10-01T00:00:00Z" {
            grant["dateModified"].take();
        }
    }
    resources_giving::assert_same(&sheet, &package);

    let before = records(&app);
    let again = import(bytes).unwrap();
    assert_eq!((again.versions, again.unchanged["grants"]), (0, 4));
    assert_eq!(records(&app), before);
    // The same grant with another amount is no new grant, and changes none.
    let text = String::from_utf8(sheet).unwrap();
    let other = text.replacen("99999999999.99", "88888888888.88", 1);
    assert_ne!(other, text);
    let problem = import(zipped([("grants.csv", other.as_bytes())])).unwrap_err();
    let faults: Vec<_> = faults_of(&problem).into_iter().map(|(_, row, at, code)| (row, at, code)).collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((faults[0].1.as_str(), faults[0].2), ("column Identifier", "taken"));
    assert!(problem.errors[0].detail.contains("amountAwarded."), "{}", problem.errors[0].detail);
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
