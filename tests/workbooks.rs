//! Answers as workbooks: the same cells as the CSV, of the right types, with a sheet that says what they are.

use std::io::Cursor;
use std::time::Duration;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use onrecord::http::csv::unguarded;
use onrecord::http::places::Holder;
use onrecord::resources;
use serde_json::json;

use crate::releases::published;
use crate::support::{Answer, TestApp, caller, writer};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The cells of a sheet.
fn sheet(body: &[u8], name: &str) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(body)).unwrap();
    assert_eq!(workbook.sheet_names(), ["Data", "About"]);
    workbook.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

/// What the sheet "About" says under a label.
fn about(body: &[u8], label: &str) -> String {
    let lines = sheet(body, "About");
    let line = lines.iter().find(|line| line[0] == Data::String(label.to_owned()));
    line.unwrap_or_else(|| panic!("no {label} in {lines:?}"))[1].to_string()
}

/// The rows of a CSV, its titles first.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let text = csv.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(|cell| unguarded(cell).to_owned()).collect()).collect()
}

/// A cell as the CSV has it.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Bool(truth) => truth.to_string(),
        Data::Float(number) => number.to_string(),
        Data::DateTime(day) => {
            let (year, month, day, hour, minute, second, _) = day.to_ymd_hms_milli();
            assert_eq!((hour, minute, second), (0, 0, 0));
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => panic!("a cell is {other:?}"),
    }
}

/// Whether a cell says what the CSV says. A number has no zeros at its end.
fn is_same(cell: &Data, text: &str) -> bool {
    match cell {
        Data::Float(number) => text.parse() == Ok(*number),
        other => text_of(other) == text,
    }
}

/// The workbook and the CSV of an address have the same cells; the number of cells.
async fn assert_same(app: &TestApp, who: Option<&str>, path: &str) -> usize {
    let and = if path.contains('?') { '&' } else { '?' };
    let csv = app.get(who, &format!("{path}{and}format=csv&for=spreadsheet")).await.expect(200);
    let answer = app.get(who, &format!("{path}{and}format=xlsx")).await.expect(200);
    assert_eq!(answer.header("content-type"), Some(XLSX), "{path}");
    let name = answer.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"") && name.ends_with(".xlsx\""), "{path}: {name}");
    let (cells, expected) = (sheet(&answer.body, "Data"), rows(&csv.text()));
    assert_eq!(cells.len(), expected.len(), "{path}");
    let mut count = 0;
    for (row, (cells, texts)) in cells.iter().zip(&expected).enumerate() {
        for (column, text) in texts.iter().enumerate() {
            let cell = cells.get(column).unwrap_or(&Data::Empty);
            assert!(
                is_same(cell, text),
                "{path}, row {row}, {}: {cell:?} is not {text}",
                expected[0][column]
            );
            count += 1;
        }
    }
    let licence = about(&answer.body, "Licence of the record");
    assert!(licence.contains("OGL-UK-3.0"), "{path}: {licence}");
    assert!(about(&answer.body, "Address").contains(path.split('?').next().unwrap()), "{path}");
    assert_eq!(about(&answer.body, "Texts that are cut"), "None.", "{path}");
    count
}

#[actix_web::test]
async fn whatever_is_csv_is_a_workbook_with_the_same_cells() {
    let app = TestApp::new().await;
    let (mut operations, mut cells) = (0, 0);
    for operation in resources::operations() {
        if !operation.answers.iter().any(|answer| answer.csv) {
            continue;
        }
        assert!(operation.answers.iter().any(|answer| answer.workbook), "{}", operation.id);
        let Some(example) = &operation.example else { continue };
        let who = caller(operation);
        cells += assert_same(&app, who, &example.path).await;
        operations += 1;
    }
    assert!(operations > 80 && cells > 3_000, "{operations} operations with {cells} cells");
}

#[actix_web::test]
async fn numbers_days_and_codes_have_their_types_and_the_titles_stay_in_view() {
    let app = TestApp::new().await;
    let body = app.get(None, "/v1/plans?format=xlsx").await.expect(200).body;
    let cells = sheet(&body, "Data");
    assert_eq!(cells[0][..2], [Data::String("reference".into()), Data::String("title".into())]);
    let at = |name: &str| cells[0].iter().position(|title| *title == Data::String(name.into())).unwrap();
    assert!(matches!(cells[1][at("version")], Data::Float(_)), "{:?}", cells[1]);
    assert!(matches!(cells[1][at("from")], Data::DateTime(_)), "{:?}", cells[1]);
    let path = "/v1/observations?indicator=recorded-crime-rolling-year&c[AREA]=E23000018&format=xlsx";
    let body = app.get(None, path).await.expect(200).body;
    let cells = sheet(&body, "Data");
    assert_eq!(cells[0][0], Data::String("STRUCTURE_ID".into()));
    assert_eq!(cells[0][1], Data::String("STRUCTURE_NAME".into()));
    let at = |name: &str| cells[0].iter().position(|title| *title == Data::String(name.into())).unwrap();
    for row in &cells[1..] {
        assert!(matches!(row[at("OBS_VALUE")], Data::Float(_) | Data::Empty), "{row:?}");
        assert!(matches!(row[at("period_start")], Data::DateTime(_)), "{row:?}");
        assert!(matches!(row[at("TIME_PERIOD")], Data::String(_)), "{row:?}");
    }
    assert!(about(&body, "Column OBS_STATUS").contains("Q suppressed"));
    let mut archive = zip::ZipArchive::new(Cursor::new(&body)).unwrap();
    let sheet = std::io::read_to_string(archive.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert!(sheet.contains("state=\"frozen\""), "{}", &sheet[..600]);
    assert!(!sheet.contains("<f>"), "nothing is a formula");
}

/// A workbook says for whom it is, so two readers of the same rows have different bodies: neither gets the other's length or tag.
#[actix_web::test]
async fn workbooks_of_two_readers_in_turn_are_whole() {
    let app = TestApp::new().await;
    for path in [
        "/v1/observations?indicator=recorded-crime-rolling-year&format=xlsx",
        "/v1/comparisons?indicator=recorded-crime-rolling-year&method=yoy&format=xlsx",
        "/v1/spc?indicator=recorded-crime-rolling-year&every=P1Y&anchor=03&format=xlsx",
    ] {
        let mut tags = vec![];
        for who in [None, Some("panel_officer"), None, Some("panel_officer")] {
            let answer = app.get(who, path).await.expect(200);
            tags.push(answer.header("etag").unwrap().to_owned());
            let length = answer.header("content-length").map(|length| length.parse::<usize>().unwrap());
            assert!(length.is_none_or(|length| length == answer.body.len()), "{path}: {length:?}");
            let public = about(&answer.body, "For whom").starts_with("Everybody");
            assert_eq!(public, who.is_none(), "{path}");
        }
        assert!(tags[0] == tags[2] && tags[1] == tags[3] && tags[0] != tags[1], "{path}: {tags:?}");
    }
}

/// An indicator whose texts are as messy as they come.
async fn messy(app: &TestApp) -> String {
    let body = json!({
        "reference": "IND-MESSY", "slug": "t-messy", "title": "=HYPERLINK(\"x\")", "definition": "+1", "unit": "GBP",
        "decimals": 2, "measure_type": "stock", "polarity": "contextual", "frequency": "P1Y", "note": "_x0041_ 007",
        "disclosure_profile": "none", "definition_version": 1,
        "dimensions": [{"code": "AREA", "name": "@Area", "codes": [{"code": "007", "name": "-Elsewhere"}]}],
    });
    let address =
        app.post("editor", "/v1/indicators", body).await.expect(201).header("location").unwrap().to_owned();
    app.step("editor", &address, "submit", json!({})).await.expect(200);
    app.step("publisher", &address, "publish", json!({})).await.expect(200);
    let rows = "AREA,TIME_PERIOD,value,OBS_STATUS,reason,note\n007,2022-04-01/P1Y,-1204.50,,-,=cmd\n007,2023-04-01/P1Y,,Q,2024-01-15,'=x\n007,2024-04-01/P1Y,1234567890.123456,,1e5,0012\n";
    published(app, "REL-MESSY", rows, json!({"indicator": "derbyshire-pcc:IND-MESSY"})).await
}

#[actix_web::test]
async fn messy_texts_stay_texts_and_nothing_changes_in_silence() {
    let app = TestApp::new().await;
    let release = messy(&app).await;
    let path = "/v1/observations?indicator=t-messy";
    for labels in ["code", "name", "both"] {
        let (csv, xlsx) = (
            format!("{path}&labels={labels}&format=csv&for=spreadsheet"),
            format!("{path}&labels={labels}&format=xlsx"),
        );
        let expected = rows(&app.get(None, &csv).await.expect(200).text());
        let cells = sheet(&app.get(None, &xlsx).await.expect(200).body, "Data");
        for (row, texts) in cells.iter().zip(&expected) {
            for (cell, text) in row.iter().zip(texts) {
                assert!(is_same(cell, text), "{labels}: {cell:?} is not {text}");
            }
        }
    }
    let body = app.get(None, &format!("{path}&format=xlsx")).await.expect(200).body;
    let cells = sheet(&body, "Data");
    let column = |name: &str| {
        let at = cells[0].iter().position(|title| *title == Data::String(name.into())).unwrap();
        cells[1..].iter().map(|row| row[at].clone()).collect::<Vec<_>>()
    };
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(column("AREA"), [text("007"), text("007"), text("007")]);
    assert_eq!(column("OBS_VALUE"), [Data::Float(-1204.5), Data::Empty, text("1234567890.123456")]);
    assert_eq!(column("OBS_STATUS")[1], text("Q"), "a value that is suppressed says so");
    assert_eq!(column("REASON"), [text("-"), text("2024-01-15"), text("1e5")]);
    assert_eq!(column("NOTE"), [text("=cmd"), text("'=x"), text("0012")]);
    assert_eq!(column("STRUCTURE_NAME")[0], text("=HYPERLINK(\"x\")"));
    let long = about(&body, "Numbers as text");
    assert!(long.contains("15 digits") && long.ends_with("4."), "{long}");
    // A withdrawn figure has no value in a workbook either.
    app.step("publisher2", &release, "withdraw", json!({"reason": "Wrong."})).await.expect(200);
    let again = sheet(&app.get(None, &format!("{path}&format=xlsx")).await.expect(200).body, "Data");
    let at = again[0].iter().position(|title| *title == text("OBS_VALUE")).unwrap();
    assert!(again[1..].iter().all(|row| row[at] == Data::Empty), "{again:?}");
}

#[actix_web::test]
async fn an_empty_list_is_a_workbook_with_titles_and_says_that_it_is_empty() {
    let app = TestApp::new().await;
    let body = app.get(None, "/v1/plans?q=zzzz&format=xlsx").await.expect(200).body;
    assert_eq!(sheet(&body, "Data").len(), 1);
    assert!(about(&body, "Rows").starts_with("None"));
}

#[actix_web::test]
async fn a_part_of_a_list_says_where_the_rest_is_and_who_may_read_it() {
    let app = TestApp::new().await;
    let body = app.get(None, "/v1/indicators?limit=2&count=true&format=xlsx").await.expect(200).body;
    assert!(about(&body, "More rows").contains("/v1/indicators?limit=2&count=true&format=xlsx&cursor="));
    assert!(about(&body, "Rows").starts_with("2 of "));
    assert!(about(&body, "For whom").starts_with("Everybody"));
    let body = app.get(Some("editor"), "/v1/indicators?limit=2&format=xlsx").await.expect(200).body;
    assert!(about(&body, "For whom").starts_with("Whoever"));
    let day = "/v1/plans?as_of=2022-01-01&format=xlsx";
    let body = app.get(None, day).await.expect(200).body;
    assert!(about(&body, "As of").starts_with("What was public at 2022-01-01"), "{}", about(&body, "As of"));
}

async fn accepting(app: &TestApp, path: &str, accept: &str) -> Answer {
    app.request("GET", path).header("accept", accept).send().await
}

#[actix_web::test]
async fn a_workbook_is_chosen_by_accept_too_and_has_a_tag_of_its_own() {
    let app = TestApp::new().await;
    let series = "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M/observations";
    for path in
        ["/v1/plans", series, "/v1/observations?indicator=recorded-crime-rolling-year&limit=5", "/v1/clocks"]
    {
        let workbook = accepting(&app, path, XLSX).await.expect(200);
        assert_eq!(workbook.header("content-type"), Some(XLSX), "{path}");
        assert!(workbook.header("content-encoding").is_none(), "{path}");
        let csv = accepting(&app, path, "text/csv").await.expect(200);
        assert_ne!(workbook.etag(), csv.etag(), "{path}");
        let again = accepting(&app, path, XLSX).await.expect(200);
        assert_eq!((workbook.etag(), &workbook.body), (again.etag(), &again.body), "{path}");
        for (tag, status) in [(workbook.etag(), 304), (csv.etag(), 200)] {
            let request = app.request("GET", path).header("accept", XLSX).header("if-none-match", tag);
            let answer = request.send().await.expect(status);
            assert_eq!(answer.body.is_empty(), status == 304, "{path}");
        }
        assert_eq!(
            accepting(&app, path, "*/*").await.header("content-type"),
            Some("application/json"),
            "{path}"
        );
    }
    // A workbook is for a spreadsheet whether or not a request says so.
    let answer = app.get(None, "/v1/plans?format=xlsx&for=spreadsheet").await.expect(200);
    assert_eq!(answer.header("content-type"), Some(XLSX));
    // What has no CSV has no workbook.
    let answer = app.get(None, "/v1/plans/derbyshire-pcc:PLAN-2021?format=xlsx").await;
    assert_eq!(answer.status, 400);
}

#[actix_web::test]
async fn a_text_that_no_cell_has_room_for_is_cut_and_says_so() {
    let app = TestApp::new().await;
    let decision = app.draft("decision").await;
    let advice = json!({"advice_kind": "other", "from": "=1", "summary": "\u{1f600}".repeat(1_900)});
    let who = writer(app.state.kind("decision").unwrap());
    app.patch(who, &decision, json!({"advice": vec![advice; 20]})).await.expect(200);
    let body = app.get(Some(who), "/v1/decisions?state=draft&format=xlsx").await.expect(200).body;
    let cells = sheet(&body, "Data");
    let at = cells[0].iter().position(|title| *title == Data::String("advice".into())).unwrap();
    let text = cells[1..].iter().map(|row| row[at].to_string()).max_by_key(String::len).unwrap();
    assert!(
        text.encode_utf16().count() <= 32_767 && text.ends_with("The CSV has all of it.]"),
        "{}",
        text.len()
    );
    assert!(about(&body, "Texts that are cut").contains("32,767"));
}

#[actix_web::test]
async fn a_workbook_of_any_length_is_asked_for_in_parts_and_by_head_like_its_csv() {
    let app = TestApp::new().await;
    let path = "/v1/observations?indicator=recorded-crime-rolling-year&includeHistory=true&format=xlsx";
    let whole = app.get(None, path).await.expect(200);
    assert!(whole.body.starts_with(b"PK"));
    let head = app.request("HEAD", path).send().await.expect(200);
    assert_eq!(head.etag(), whole.etag());
    let part = app.request("GET", path).header("range", "bytes=0-99").send().await.expect(206);
    assert_eq!(part.body, whole.body[..100]);
}

#[actix_web::test]
async fn some_workbooks_of_any_length_are_made_at_a_time_and_nobody_who_reads_slowly_keeps_others_from_theirs()
 {
    let app = TestApp::new().await;
    let mut places = vec![];
    for n in 1.. {
        let holder = Holder::Address(format!("192.0.2.{n}").parse().unwrap());
        match app.state.made_files.take(&holder, Duration::from_millis(10)).await {
            Ok(place) => places.push(place),
            Err(_) => break,
        }
    }
    assert!((2..=8).contains(&places.len()), "{} workbooks fill as many files at a time", places.len());
    let of = |format: &str| format!("/v1/observations?indicator=recorded-crime-rolling-year&format={format}");
    let (path, other) = (of("xlsx"), of("csv"));
    let mut waiting = Box::pin(app.get(None, &path));
    let first = tokio::time::timeout(Duration::from_millis(500), &mut waiting).await;
    assert!(first.is_err(), "it has no place");
    app.get(None, &other).await.expect(200);
    drop(places);
    waiting.await.expect(200);
    // Each is complete before its first byte, so its place is free again whoever reads it.
    let mut unread = vec![];
    for _ in 0..12 {
        unread.push(app.request("GET", &of("xlsx")).send().await.expect(200));
    }
}
