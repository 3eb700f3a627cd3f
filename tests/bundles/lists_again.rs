//! A list as it was downloaded, with some of its values changed, comes in again as drafts.

use super::*;

use onrecord::sheet::{ODS, XLSX};

use crate::support::samples::{SampleSheet, ods, text, xlsx};

/// A list as CSV: its titles, and its rows.
pub struct Table {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub async fn of(app: &TestApp, who: Option<&str>, path: &str) -> Table {
        let answer = app.get(who, path).await.expect(200);
        let mut reader = csv::Reader::from_reader(answer.body.as_slice());
        let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
        let titles = cells(reader.headers().unwrap());
        Table { titles, rows: reader.records().map(|row| cells(&row.unwrap())).collect() }
    }

    pub fn at(&self, title: &str) -> usize {
        self.titles.iter().position(|one| one == title).unwrap_or_else(|| panic!("no column {title}"))
    }

    pub fn get(&self, row: usize, title: &str) -> &str {
        &self.rows[row][self.at(title)]
    }

    pub fn set(&mut self, row: usize, title: &str, text: &str) {
        let at = self.at(title);
        self.rows[row][at] = text.to_owned();
    }

    pub fn row_of(&self, reference: &str) -> usize {
        let at = self.at("reference");
        self.rows.iter().position(|row| row[at] == reference).unwrap()
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(vec![]);
        writer.write_record(&self.titles).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    }
}

pub async fn send(app: &TestApp, who: &str, content_type: &str, bytes: Vec<u8>, query: &str) -> Answer {
    let path = format!("/v1/imports{query}");
    app.request("POST", &path).as_role(who).body(content_type, bytes).send().await
}

pub const ACTIONS: &str = "/v1/actions?format=csv&limit=200";

#[actix_web::test]
async fn a_list_with_one_column_changed_becomes_drafts_in_one_request() {
    let app = TestApp::new().await;
    for who in [None, Some("editor")] {
        let mut list = Table::of(&app, who, ACTIONS).await;
        let count = list.rows.len();
        assert!(count > 20, "{count}");
        // As it came, nothing changes.
        let before = records(&app);
        let answer = send(&app, "editor", "text/csv", list.bytes(), "").await.expect(200).json();
        assert_eq!(answer["unchanged"], json!({"actions": count}));
        assert_eq!((&answer["versions"], &answer["changed"]), (&json!(0), &json!([])));
        assert_eq!(records(&app), before);

        let new = if who.is_none() { "in_progress" } else { "not_started" };
        let changed: Vec<usize> = (0..count).filter(|row| list.get(*row, "status") != new).collect();
        (0..count).for_each(|row| list.set(row, "status", new));
        // Tried in an archive, nothing is stored.
        let archive = zipped([("actions.csv", list.bytes().as_slice())]);
        let tried = app.post_archive(Some("editor"), "?dry_run=true", archive).await.expect(200).json();
        assert_eq!(tried["records"], json!({"actions": changed.len()}));
        assert_eq!(records(&app), before);

        let done = send(&app, "editor", "text/csv", list.bytes(), "").await.expect(200).json();
        assert_eq!(done["records"], json!({"actions": changed.len()}));
        let unchanged = count - changed.len();
        let unchanged = if unchanged == 0 { json!({}) } else { json!({"actions": unchanged}) };
        assert_eq!(done["unchanged"], unchanged);
        assert_eq!(done["changed"][0]["fields"], json!(["status"]));
        assert_eq!(done["changed"][0]["line"], json!(changed[0] + 2));
        app.seal_and_catch_up();
        for row in changed {
            let address = format!("/v1/actions/derbyshire-pcc:{}", list.get(row, "reference"));
            let draft = app.get(Some("editor"), &address).await.expect(200).json();
            assert_eq!((&draft["status"], &draft["state"]), (&json!(new), &json!("draft")));
            let public = app.get(None, &address).await.expect(200).json();
            assert_eq!(public["state"], "published");
        }
        // Once more: all is as the file says.
        let again = send(&app, "editor", "text/csv", list.bytes(), "").await.expect(200).json();
        assert_eq!(again["unchanged"], json!({"actions": count}));
    }
}

#[actix_web::test]
async fn a_line_whose_record_has_changed_since_is_refused_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let mut list = Table::of(&app, Some("editor"), ACTIONS).await;
    let (first, second) = (list.get(0, "reference").to_owned(), list.get(1, "reference").to_owned());
    let address = format!("/v1/actions/derbyshire-pcc:{second}");
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let patch = json!({"lead": "Somebody else"});
    app.request("PATCH", &address).as_role("editor").if_match(&tag).json(&patch).send().await.expect(200);
    app.seal_and_catch_up();
    let before = records(&app);
    list.set(0, "wording", "Another wording.");
    list.set(1, "wording", "Another wording, too.");
    let refused = send(&app, "editor", "text/csv", list.bytes(), "").await;
    assert_eq!(
        faults_in(&refused, 422),
        [("actions.csv".to_owned(), 3, "/edit".to_owned(), "changed".to_owned())]
    );
    assert_eq!(records(&app), before);
    // The same from the public's list, which has no edits.
    let mut public = Table::of(&app, None, ACTIONS).await;
    public.set(public.row_of(&second), "wording", "A third wording.");
    let refused = send(&app, "editor", "text/csv", public.bytes(), "").await;
    let faults = faults_in(&refused, 422);
    assert_eq!((faults[0].2.as_str(), faults[0].3.as_str()), ("/version", "changed"));
    // Downloaded again, it goes in.
    let mut fresh = Table::of(&app, Some("editor"), ACTIONS).await;
    for reference in [&first, &second] {
        fresh.set(fresh.row_of(reference), "wording", "Another wording.");
    }
    let done = send(&app, "editor", "text/csv", fresh.bytes(), "").await.expect(200).json();
    assert_eq!(done["records"], json!({"actions": 2}));

    // Without a version no line says what it was made from; with another state it says what a list cannot do.
    let short = format!("kind,reference,status\naction,{first},in_progress\n").into_bytes();
    let refused = faults_in(&send(&app, "editor", "text/csv", short, "").await, 422);
    assert!(refused.iter().any(|fault| fault.2 == "/reference" && fault.3 == "taken"), "{refused:?}");
    let mut other = Table::of(&app, Some("editor"), ACTIONS).await;
    other.set(0, "state", "withdrawn");
    other.set(1, "body", "elsewhere-pcc");
    let refused = faults_in(&send(&app, "editor", "text/csv", other.bytes(), "").await, 422);
    assert_eq!(refused[0].2, "/state");
    assert!(refused.iter().any(|fault| fault.1 == 3), "{refused:?}");
    // What nobody can change, in another way of writing it and with another meaning.
    let mut envelope = Table::of(&app, Some("editor"), ACTIONS).await;
    let count = envelope.rows.len();
    let published = |row: usize| envelope.get(row, "published_at").to_owned();
    let moments: Vec<String> = (0..count).map(published).collect();
    let row = moments.iter().position(|at| !at.is_empty()).unwrap();
    envelope.set(row, "published_at", &moments[row].replace('T', " ").replace('Z', ""));
    let answer = send(&app, "editor", "text/csv", envelope.bytes(), "").await.expect(200).json();
    assert_eq!(answer["unchanged"], json!({"actions": count}));
    for (title, text) in [
        ("published_at", "1999-01-01T00:00:00Z"),
        ("version", "77"),
        ("self", "https://example.org/v1/actions/1"),
    ] {
        let mut envelope = Table::of(&app, Some("editor"), ACTIONS).await;
        envelope.set(row, title, text);
        let refused = faults_in(&send(&app, "editor", "text/csv", envelope.bytes(), "").await, 422);
        let fault = ("actions.csv".to_owned(), row as u64 + 2, format!("/{title}"), "read_only".to_owned());
        assert_eq!(refused, [fault]);
    }
    // One line for each record.
    let mut twice = Table::of(&app, Some("editor"), ACTIONS).await;
    twice.rows.push(twice.rows[0].clone());
    let refused = faults_in(&send(&app, "editor", "text/csv", twice.bytes(), "").await, 422);
    assert_eq!((refused[0].1, refused[0].3.as_str()), (twice.rows.len() as u64 + 1, "duplicate"));
}

#[actix_web::test]
async fn each_line_is_checked_like_a_patch_and_a_partner_changes_what_is_left_to_it() {
    let app = TestApp::new().await;
    let wrong = {
        let mut list = Table::of(&app, Some("editor"), ACTIONS).await;
        list.set(0, "status", "done");
        list.set(1, "objective", "derbyshire-pcc:OBJ-99999");
        list.set(2, "wording", "");
        faults_in(&send(&app, "editor", "text/csv", list.bytes(), "").await, 422)
    };
    let places: Vec<(u64, &str)> = wrong.iter().map(|fault| (fault.1, fault.2.as_str())).collect();
    assert_eq!(places, [(2, "/status"), (3, "/objective"), (4, "/wording")]);

    let mine = app.published("action").await;
    let reference = app.get(None, &mine).await.json()["reference"].as_str().unwrap().to_owned();
    let mut list = Table::of(&app, Some("partner"), ACTIONS).await;
    let row = list.row_of(&reference);
    let before = list.get(row, "status").to_owned();
    let new = if before == "in_progress" { "not_started" } else { "in_progress" };
    list.set(row, "status", new);
    let done = send(&app, "partner", "text/csv", list.bytes(), "").await.expect(200).json();
    assert_eq!(done["records"], json!({"actions": 1}));
    assert_eq!(done["changed"][0]["reference"], json!(reference));
    app.seal_and_catch_up();
    assert_eq!(app.get(Some("partner"), &mine).await.json()["status"], json!(new));
    // Not the wording of its own, nor anything of what is not assigned to it.
    let mut list = Table::of(&app, Some("partner"), ACTIONS).await;
    let row = list.row_of(&reference);
    list.set(row, "wording", "An easier promise.");
    let other =
        (0..list.rows.len()).find(|n| list.get(*n, "assigned_organisation") != "victim-support").unwrap();
    list.set(other, "status", "cancelled");
    let mut refused = faults_in(&send(&app, "partner", "text/csv", list.bytes(), "").await, 422);
    refused.sort_by_key(|fault| fault.1);
    let mut expected = [(row as u64 + 2, "not_yours"), (other as u64 + 2, "forbidden")];
    expected.sort_unstable();
    let found: Vec<(u64, &str)> = refused.iter().map(|fault| (fault.1, fault.3.as_str())).collect();
    assert_eq!(found, expected);
    // It adds no records, and others send nothing.
    let new = own_line(&app, "release", "I-1", json!({})).to_string();
    app.post_archive(Some("partner"), "", zipped([("releases.jsonl", new.as_bytes())])).await.problem(422);
    for who in ["panel_member", "auditor", "publisher", "commissioner"] {
        send(&app, who, "text/csv", list.bytes(), "").await.problem(403);
    }
    send(&app, "panel_officer", "text/csv", list.bytes(), "").await.problem(403);
}

#[actix_web::test]
async fn lists_of_every_kind_come_in_again_in_every_form() {
    let app = TestApp::new().await;
    for kind in app.state.kinds.clone() {
        app.published(kind.def.name).await;
        let who = writer(kind);
        let path = format!("/v1/{}?limit=200", kind.def.path);
        let table = Table::of(&app, Some(who), &format!("{path}&format=csv")).await;
        let answer = send(&app, who, "text/csv", table.bytes(), "").await.expect(200).json();
        assert_eq!(answer["unchanged"][kind.def.path], json!(table.rows.len()), "{} as CSV", kind.def.path);
        for (query, content_type) in [("for=spreadsheet", "text/csv"), ("format=xlsx", XLSX)] {
            let file = app.get(Some(who), &format!("{path}&{query}")).await.expect(200).body;
            let answer = send(&app, who, content_type, file, "").await.expect(200).json();
            assert_eq!(
                answer["unchanged"][kind.def.path],
                json!(table.rows.len()),
                "{}, {query}",
                kind.def.path
            );
        }
        let mut list = app.get(Some(who), &path).await.expect(200).json();
        let rows = list["data"].as_array().unwrap().len();
        let answer = send(&app, who, "application/json", list.to_string().into_bytes(), "").await.expect(200);
        assert_eq!(answer.json()["unchanged"][kind.def.path], json!(rows), "{} as JSON", kind.def.path);
        // Another title of the last one.
        let last = rows - 1;
        let title = format!("{} (again)", list["data"][last][kind.def.title].as_str().unwrap());
        list["data"][last][kind.def.title] = json!(title);
        let answer =
            send(&app, who, "application/json", list.to_string().into_bytes(), "").await.expect(200).json();
        assert_eq!(answer["changed"].as_array().unwrap().len(), 1, "{}: {answer}", kind.def.path);
        let address = format!("/v1/{}/{}", kind.def.path, list["data"][last]["id"].as_str().unwrap());
        assert_eq!(app.get(Some(who), &address).await.expect(200).json()[kind.def.title], json!(title));
    }
    app.seal_and_catch_up();
}

#[actix_web::test]
async fn a_file_alone_must_say_what_it_is() {
    let app = TestApp::new().await;
    for (content_type, body, code) in [
        ("text/csv", "kind;reference\naction;y\n", "separator"),
        ("text/csv", "kind\treference\naction\ty\n", "separator"),
        ("text/csv", "sep=;\nkind;reference\naction;y\n", "separator"),
        ("text/csv", "k\0i\0n\0d\0,\0r\0e\0f\0\n\0a\0c\0t\0i\0o\0n\0", "encoding"),
        ("application/json", "{\0\"\0d\0a\0t\0a\0\"\0:\0[\0]\0}\0", "encoding"),
        ("application/json", "\u{feff}{\"data\":[]}", "unknown_kind"),
        ("text/csv", "reference,title\nx,y\n", "unknown_kind"),
        ("text/csv", "kind,reference\nwizard,y\n", "unknown_kind"),
        ("application/json", "{\"page\":{}}", "unknown_document"),
        ("application/json", "{\"data\":[]}", "unknown_kind"),
        ("application/json", "{\"data\":[{\"kind\":\"plan\"},{\"kind\":\"pledge\"}]}", "other"),
    ] {
        let answer = send(&app, "editor", content_type, body.as_bytes().to_vec(), "").await;
        let status = if content_type == "application/json" && code == "encoding" { 400 } else { 422 };
        assert_eq!(answer.problem(status), [code], "{body}");
    }
    send(&app, "editor", "application/json", b"{".to_vec(), "").await.problem(400);
    send(&app, "editor", "text/plain", b"x".to_vec(), "").await.problem(415);
    let gone =
        json!({"data": [{"kind": "plan", "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "version": 1}]});
    let answer = send(&app, "editor", "application/json", gone.to_string().into_bytes(), "").await;
    assert_eq!(answer.problem(422), ["not_found"]);
}

/// A sheet of one's own: which actions have which status.
fn plain_sheet(rows: &[(&str, &str)]) -> Vec<u8> {
    let lines = rows.iter().map(|(reference, status)| format!("action,{reference},{status}\n"));
    format!("kind,reference,status\n{}", lines.collect::<String>()).into_bytes()
}

#[actix_web::test]
async fn a_plain_sheet_of_references_changes_what_nobody_has_changed_since_its_day() {
    let app = TestApp::new().await;
    let list = Table::of(&app, Some("editor"), ACTIONS).await;
    let (one, two) = (list.get(0, "reference").to_owned(), list.get(1, "reference").to_owned());
    let new = |row| if list.get(row, "status") == "in_progress" { "not_started" } else { "in_progress" };
    let (first, second) = (new(0), new(1));
    let file = plain_sheet(&[(&one, first), (&two, second)]);
    // Without a word on when it was made it is refused, and the refusal says what to do.
    let refused = send(&app, "editor", "text/csv", file.clone(), "").await;
    assert_eq!(refused.problem(422), ["taken", "taken"]);
    let said = refused.json()["errors"].to_string();
    assert!(said.contains("`/v1/actions?format=csv`") && said.contains("`unchanged_since`"), "{said}");

    let before = records(&app);
    for (since, code) in [("2026-11-02", "out_of_range"), ("soon", "invalid")] {
        let refused =
            send(&app, "editor", "text/csv", file.clone(), &format!("?unchanged_since={since}")).await;
        assert_eq!(refused.problem(400), [code]);
    }
    // Somebody changes one of them on the day of the sheet.
    app.set_time("2026-11-03T09:00:00Z");
    let address = format!("/v1/actions/derbyshire-pcc:{two}");
    let tag = app.get(Some("editor"), &address).await.etag().to_owned();
    let patch = json!({"lead": "Somebody else"});
    app.request("PATCH", &address).as_role("editor").if_match(&tag).json(&patch).send().await.expect(200);
    app.seal_and_catch_up();
    app.set_time("2026-11-04T09:00:00Z");
    let changed = records(&app);
    for since in ["2026-11-02", "2026-11-03", "2026-11-03T08:59:59Z"] {
        let refused =
            send(&app, "editor", "text/csv", file.clone(), &format!("?unchanged_since={since}")).await;
        let expected = [("actions.csv".to_owned(), 3, "/reference".to_owned(), "changed".to_owned())];
        assert_eq!(faults_in(&refused, 422), expected, "{since}");
        assert_eq!(records(&app), changed);
    }
    assert!(changed > before);
    let query = "?unchanged_since=2026-11-04";
    let done = send(&app, "editor", "text/csv", file.clone(), query).await.expect(200).json();
    assert_eq!(done["records"], json!({"actions": 2}));
    assert_eq!(done["changed"][1]["fields"], json!(["status"]));
    app.seal_and_catch_up();
    let draft = app.get(Some("editor"), &address).await.expect(200).json();
    assert_eq!((&draft["status"], &draft["lead"]), (&json!(second), &json!("Somebody else")));
    // The same once more: what is on record already is no change, whenever it was made.
    let again = send(&app, "editor", "text/csv", file, query).await.expect(200).json();
    assert_eq!(again["unchanged"], json!({"actions": 2}));
    // A mistyped reference is no new action, with a day or with an edit; blanks that nobody sees are no part of one.
    let before = records(&app);
    let full = Table::of(&app, Some("editor"), ACTIONS).await;
    let mut mistyped = Table { titles: full.titles.clone(), rows: vec![full.rows[0].clone()] };
    mistyped.set(0, "reference", "A1-MISTYPED");
    mistyped.set(0, "id", "");
    for (file, query) in
        [(mistyped.bytes(), query), (mistyped.bytes(), ""), (plain_sheet(&[("A1-MISTYPED", second)]), query)]
    {
        let refused = send(&app, "editor", "text/csv", file, query).await;
        assert_eq!(refused.problem(422), ["not_found"]);
        assert!(refused.json()["errors"][0]["detail"].as_str().unwrap().contains("`A1-MISTYPED`"));
    }
    let nameless = send(&app, "editor", "text/csv", plain_sheet(&[("", second)]), query).await;
    assert_eq!(nameless.problem(422), ["required"]);
    assert_eq!(records(&app), before);
    let blanks = plain_sheet(&[(&format!(" {two}\u{a0}"), second)]);
    let same = send(&app, "editor", "text/csv", blanks, query).await.expect(200).json();
    assert_eq!(same["unchanged"], json!({"actions": 1}));
    // What spreadsheets add: rows and columns without anything in them. A value in such a column is told.
    let padded = format!("kind,reference,status,\naction,{two},{second},\n,,,\n,,,,\n").into_bytes();
    let same = send(&app, "editor", "text/csv", padded, query).await.expect(200).json();
    assert_eq!(same["unchanged"], json!({"actions": 1}));
    let beside = format!("kind,reference,status,\naction,{two},{second},x\n").into_bytes();
    assert_eq!(send(&app, "editor", "text/csv", beside, query).await.problem(422), ["untitled_column"]);
    // What a spreadsheet shows for a formula without a result is no text.
    for result in ["#REF!", "#NAME?", " #N/A", "Err:508"] {
        let file = format!("kind,reference,wording\naction,{two},{result}\n").into_bytes();
        let refused = send(&app, "editor", "text/csv", file, query).await;
        assert_eq!(refused.problem(422), ["formula", "changed"], "{result}");
    }
    // A line that names a version is held to that, whatever the request says.
    let stale = format!("kind,reference,status,edit\naction,{one},discontinued,1\n").into_bytes();
    let refused = faults_in(&send(&app, "editor", "text/csv", stale, query).await, 422);
    assert_eq!(refused[0].2, "/edit");
}

#[actix_web::test]
async fn a_partner_sends_a_plain_sheet_and_is_told_of_nothing_that_it_cannot_see() {
    let app = TestApp::new().await;
    let mine = app.published("action").await;
    let reference = app.get(None, &mine).await.json()["reference"].as_str().unwrap().to_owned();
    let before = app.get(Some("partner"), &mine).await.json()["status"].clone();
    let new = if before == "in_progress" { "not_started" } else { "in_progress" };
    app.set_time("2026-11-04T09:00:00Z");
    let done =
        send(&app, "partner", "text/csv", plain_sheet(&[(&reference, new)]), "?unchanged_since=2026-11-03")
            .await
            .expect(200);
    assert_eq!(done.json()["changed"][0]["reference"], json!(reference));
    app.seal_and_catch_up();
    // A draft of the office and a name that nobody has are the same to it.
    let mut hidden = app.fresh(app.state.kind("action").unwrap());
    hidden["reference"] = json!("HIDDEN-1");
    hidden["assigned_organisation"] = Value::Null;
    app.post("editor", "/v1/actions", hidden).await.expect(201);
    for query in ["", "?unchanged_since=2026-11-03"] {
        let answer_to = async |name: &str| {
            let refused = send(&app, "partner", "text/csv", plain_sheet(&[(name, "completed")]), query).await;
            refused.problem(422);
            refused.json()["errors"].to_string().replace(name, "X")
        };
        assert_eq!(answer_to("HIDDEN-1").await, answer_to("NOBODY-1").await, "{query}");
    }
    let refused = send(&app, "partner", "text/csv", plain_sheet(&[(&reference, "completed")]), "").await;
    assert!(refused.problem(422).iter().any(|code| code == "taken"));
}

#[actix_web::test]
async fn a_list_that_was_saved_as_a_workbook_comes_in_again() {
    let app = TestApp::new().await;
    let mut list = Table::of(&app, Some("editor"), ACTIONS).await;
    let count = list.rows.len();
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let letters = |column: usize| match column {
        0..26 => char::from(b'A' + u8::try_from(column).unwrap()).to_string(),
        _ => format!("A{}", char::from(b'A' + u8::try_from(column - 26).unwrap())),
    };
    let book = |list: &Table, second: &str| {
        let all: Vec<&Vec<String>> = [&list.titles].into_iter().chain(&list.rows).collect();
        let cells = |n: usize, row: &Vec<String>| -> String {
            let cell = |(at, value): (usize, &String)| match value.as_str() {
                "#f" => format!("<c r=\"{}{}\"><f>A1</f></c>", letters(at), n + 1),
                "" => String::new(),
                value => text(&format!("{}{}", letters(at), n + 1), &escaped(value)),
            };
            row.iter().enumerate().map(cell).collect()
        };
        let row = |(n, row): (usize, &&Vec<String>)| format!("<row r=\"{}\">{}</row>", n + 1, cells(n, row));
        let rows: String = all.iter().enumerate().map(row).collect();
        let sheet = |name, rows| SampleSheet { name, rows, ..SampleSheet::default() };
        xlsx(&[sheet("actions", rows.as_str()), sheet("notes", second)], "<sst/>", &["General"])
    };
    let as_it_was = book(&list, "");
    let answer = send(&app, "editor", XLSX, as_it_was.clone(), "").await.expect(200).json();
    assert_eq!(answer["unchanged"], json!({"actions": count}));
    let new = if list.get(4, "status") == "in_progress" { "not_started" } else { "in_progress" };
    list.set(4, "status", new);
    let archive = zipped([("actions.xlsx", book(&list, "").as_slice())]);
    let tried = app.post_archive(Some("editor"), "?dry_run=true", archive).await.expect(200).json();
    assert_eq!(
        (&tried["changed"][0]["line"], &tried["changed"][0]["fields"]),
        (&json!(6), &json!(["status"]))
    );
    let done = send(&app, "editor", XLSX, book(&list, ""), "").await.expect(200).json();
    assert_eq!(
        (&done["records"], &done["unchanged"]),
        (&json!({"actions": 1}), &json!({"actions": count - 1}))
    );
    // Two sheets with rows: which of them is meant is not guessed. And a formula is no value.
    let two =
        send(&app, "editor", XLSX, book(&list, "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"), "").await;
    assert_eq!(two.problem(422), ["sheets"]);
    list.set(5, "wording", "#f");
    let refused = faults_in(&send(&app, "editor", XLSX, book(&list, ""), "").await, 422);
    assert_eq!(refused, [("actions.xlsx".to_owned(), 7, String::new(), "formula".to_owned())]);
    // Hidden rows and columns change records as well, with a remark; merged cells are a fault.
    let mut hidden = Table { titles: list.titles.clone(), rows: list.rows.clone() };
    hidden.set(5, "wording", "Another wording than before");
    let parts = |change: &dyn Fn(&str) -> String| {
        let bytes = book(&hidden, "");
        let parts = unzipped(&bytes);
        let parts: Vec<(String, Vec<u8>)> = parts
            .into_iter()
            .map(|(name, bytes)| (name, change(&String::from_utf8(bytes).unwrap()).into_bytes()))
            .collect();
        zipped(parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
    };
    let at = hidden.at("wording") + 1;
    let columns = format!("<cols><col min=\"{at}\" max=\"{at}\" hidden=\"1\"/></cols><sheetData>");
    for (from, to) in [("<row r=\"7\">", "<row r=\"7\" hidden=\"1\">"), ("<sheetData>", columns.as_str())] {
        let book = parts(&|text| text.replace(from, to));
        let done = send(&app, "editor", XLSX, book, "?dry_run=true").await.expect(200).json();
        assert_eq!((&done["remarks"][0]["code"], &done["remarks"][0]["line"]), (&json!("hidden"), &json!(7)));
    }
    let merged = parts(&|text| {
        text.replace("</sheetData>", "</sheetData><mergeCells><mergeCell ref=\"B6:B7\"/></mergeCells>")
    });
    let refused = send(&app, "editor", XLSX, merged, "?dry_run=true").await;
    assert!(refused.problem(422).contains(&"merged_cell".to_owned()));
    // OpenDocument, with references and a status only.
    let cell = |value: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{value}</text:p></table:table-cell>")
    };
    let row = |cells: [&str; 3]| format!("<table:table-row>{}</table:table-row>", cells.map(cell).concat());
    let reference = list.get(0, "reference").to_owned();
    let rows = row(["kind", "reference", "status"]) + &row(["action", &reference, "discontinued"]);
    let plain = ods("", &format!("<table:table table:name=\"S\">{rows}</table:table>"));
    app.set_time("2026-11-04T09:00:00Z");
    let done = send(&app, "editor", ODS, plain, "?unchanged_since=2026-11-04").await.expect(200).json();
    assert_eq!(done["changed"][0]["reference"], json!(reference));
}
