//! Lists as spreadsheets and people leave them: guards, numbers, titles, blanks, dates, times, names of files.

use super::lists_again::{ACTIONS, Table, send};
use super::*;

use onrecord::sheet::{ODS, XLSX};

use crate::support::samples::{SampleSheet, ods, text, xlsx};

const MARK: &[u8] = "\u{feff}".as_bytes();

fn marked(bytes: &[u8]) -> Vec<u8> {
    [MARK, bytes].concat()
}

/// Sends a list that says what is on record.
async fn unchanged(app: &TestApp, who: &str, content_type: &str, bytes: Vec<u8>, count: usize, what: &str) {
    let answer = send(app, who, content_type, bytes, "").await;
    assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    let answer = answer.json();
    let all: usize = answer["unchanged"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| usize::try_from(n.as_u64().unwrap()).unwrap())
        .sum();
    assert_eq!((all, &answer["versions"]), (count, &json!(0)), "{what}: {answer}");
}

fn only_fault(answer: &Answer) -> (String, String) {
    let codes = answer.problem(422);
    let body = answer.json();
    assert_eq!(codes.len(), 1, "{body}");
    (codes[0].clone(), body["errors"][0]["detail"].as_str().unwrap().to_owned())
}

#[actix_web::test]
async fn guards_ends_of_lines_and_marks_change_no_record() {
    let app = TestApp::new().await;
    let odd = ["=Lead", "-5% on last year", "+44 of them", "'=Lead", "''=Lead", "one\ntwo", "#N/A", "@x"];
    for (n, text) in odd.iter().enumerate() {
        let theme =
            json!({"reference": format!("odd-{n}"), "title": text, "note": text, "theme_kind": "threat"});
        app.post("admin", "/v1/themes", theme).await.expect(201);
    }
    let who = writer(app.state.kind("theme").unwrap());
    let list = Table::of(&app, Some(who), "/v1/themes?format=csv&limit=200").await;
    let count = list.rows.len();
    let guarded = app.get(Some(who), "/v1/themes?for=spreadsheet&limit=200").await.expect(200).body;
    let bare = guarded.strip_prefix(MARK).unwrap();
    assert!(String::from_utf8_lossy(bare).contains("'=Lead"));
    for (what, file) in [
        ("as it came", guarded.clone()),
        ("saved without a mark", bare.to_vec()),
        ("for a program, with a mark", marked(&list.bytes())),
        ("for a program", list.bytes()),
    ] {
        unchanged(&app, who, "text/csv", file, count, what).await;
    }
    for end in ["\r\n", "\r"] {
        let mut ended = Table { titles: list.titles.clone(), rows: list.rows.clone() };
        ended.rows.iter_mut().flatten().for_each(|cell| *cell = cell.replace('\n', end));
        unchanged(&app, who, "text/csv", ended.bytes(), count, end).await;
    }
    // A changed text that begins with a guard is told, whatever becomes of it.
    for (row, is_marked, stored) in [(0, true, "=Other"), (1, false, "'=Other")] {
        let reference = format!("odd-{row}");
        let mut changed = Table::of(&app, Some(who), "/v1/themes?format=csv&limit=200").await;
        changed.set(changed.row_of(&reference), "note", "'=Other");
        let bytes = if is_marked { marked(&changed.bytes()) } else { changed.bytes() };
        let done = send(&app, who, "text/csv", bytes, "").await.expect(200).json();
        assert_eq!(done["changed"].as_array().unwrap().len(), 1, "{done}");
        assert_eq!(done["changed"][0]["fields"], json!(["note"]));
        let codes: Vec<&str> =
            done["remarks"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect();
        assert_eq!(codes, ["guarded"]);
        assert_eq!(app.get(None, &format!("/v1/themes/{reference}")).await.json()["note"], json!(stored));
    }
    // What a formula without a result shows is no new value; a changed text has the ends of lines of all others.
    let mut changed = Table::of(&app, Some(who), "/v1/themes?format=csv&limit=200").await;
    changed.set(changed.row_of("odd-2"), "note", "#N/A");
    let refused = send(&app, who, "text/csv", changed.bytes(), "").await;
    assert_eq!(refused.problem(422), ["formula"]);
    changed.set(changed.row_of("odd-2"), "note", "three\r\nfour\rfive");
    send(&app, who, "text/csv", changed.bytes(), "").await.expect(200);
    assert_eq!(app.get(None, "/v1/themes/odd-2").await.json()["note"], "three\nfour\nfive");
}

#[actix_web::test]
async fn whole_numbers_titles_and_blanks_are_read_as_programs_and_people_write_them() {
    let app = TestApp::new().await;
    let list = Table::of(&app, Some("editor"), ACTIONS).await;
    let count = list.rows.len();
    let copy = || Table { titles: list.titles.clone(), rows: list.rows.clone() };
    let mut decimals = copy();
    for row in 0..count {
        for title in ["number", "version", "edit"] {
            let text = decimals.get(row, title).to_owned();
            decimals.set(row, title, &if text.is_empty() { text } else { format!("{text}.0") });
        }
    }
    unchanged(&app, "editor", "text/csv", decimals.bytes(), count, "decimals").await;
    // Such an edit names the version from which a line was made.
    decimals.set(0, "id", "");
    let new = if list.get(0, "status") == "in_progress" { "not_started" } else { "in_progress" };
    decimals.set(0, "status", new);
    let tried = send(&app, "editor", "text/csv", decimals.bytes(), "?dry_run=true").await.expect(200).json();
    assert_eq!(tried["changed"][0]["fields"], json!(["status"]));
    let half = list.get(0, "number").to_owned() + ".5";
    decimals.set(0, "number", &half);
    assert_eq!(send(&app, "editor", "text/csv", decimals.bytes(), "").await.problem(422), ["type"]);

    let written: [fn(&str) -> String; 6] = [
        |title| title.to_uppercase(),
        |title| title.replace('_', " "),
        |title| title.replace('_', "\u{a0}"),
        |title| format!(" {title}\t"),
        |title| format!("{title}\u{200b}"),
        |title| title.replace('_', "\n"),
    ];
    for write in written {
        let mut other = copy();
        other.titles.iter_mut().for_each(|title| *title = write(title));
        let what = other.titles[0].clone();
        unchanged(&app, "editor", "text/csv", other.bytes(), count, &what).await;
    }
    let mut twice = copy();
    twice.titles.push("Status".to_owned());
    twice.rows.iter_mut().for_each(|row| row.push(String::new()));
    assert_eq!(send(&app, "editor", "text/csv", twice.bytes(), "").await.problem(422), ["duplicate"]);

    // Blanks around what is no composed text.
    let mut padded = copy();
    for title in ["kind", "id", "reference", "body", "edit", "number", "status", "due", "objective", "verb"] {
        for row in 0..count {
            let text = padded.get(row, title).to_owned();
            padded.set(row, title, &if text.is_empty() { text } else { format!(" {text}\u{a0}") });
        }
    }
    unchanged(&app, "editor", "text/csv", padded.bytes(), count, "padded").await;
    padded.set(0, "status", &format!("  {new} "));
    let tried = send(&app, "editor", "text/csv", padded.bytes(), "?dry_run=true").await.expect(200).json();
    assert_eq!(tried["changed"].as_array().unwrap().len(), 1, "{tried}");
    assert_eq!((&tried["remarks"][0]["code"], &tried["remarks"][0]["line"]), (&json!("blanks"), &json!(2)));
}

#[actix_web::test]
async fn a_date_in_another_form_is_told_once_and_with_what_to_write() {
    let app = TestApp::new().await;
    for (text, right) in [
        ("31/03/2027", "`2027-03-31`"),
        ("31-Mar-27", "`2027-03-31`"),
        ("2027-03-31T00:00:00", "`2027-03-31`"),
        ("March 2027", "`2027-03-01`"),
        ("soon", "2013-03-31"),
    ] {
        let mut list = Table::of(&app, Some("editor"), ACTIONS).await;
        list.set(3, "due", text);
        let (code, detail) = only_fault(&send(&app, "editor", "text/csv", list.bytes(), "").await);
        assert_eq!(code, "format", "{text}");
        assert!(detail.contains(right), "{text}: {detail}");
        let address = format!("/v1/actions/derbyshire-pcc:{}", list.get(3, "reference"));
        let tag = app.get(Some("editor"), &address).await.etag().to_owned();
        let patch = json!({"due": text});
        let one = app.request("PATCH", &address).as_role("editor").if_match(&tag).json(&patch).send().await;
        assert_eq!(only_fault(&one), (code, detail));
    }
    for path in ["/v1/actions?due=31/03/2027", "/v1/actions?as_of=31/03/2027", "/v1/changes?since=31-Mar-27"]
    {
        let refused = app.get(None, path).await;
        assert_eq!(refused.status, 400, "{path}");
        if path.contains("since") && refused.json().to_string().contains("unknown_parameter") {
            continue;
        }
        assert!(refused.json().to_string().contains("`2027-03-31`"), "{path}: {}", refused.json());
    }
    let refused =
        send(&app, "editor", "text/csv", b"kind,reference\n".to_vec(), "?unchanged_since=31/03/2025").await;
    assert!(refused.json().to_string().contains("`2025-03-31`"), "{}", refused.json());
}

#[actix_web::test]
async fn what_is_above_the_titles_and_between_the_columns_is_told() {
    let app = TestApp::new().await;
    let list = Table::of(&app, Some("editor"), ACTIONS).await;
    let plain = String::from_utf8(list.bytes()).unwrap();
    let wide = ",".repeat(list.titles.len() - 1);
    for (above, code) in [
        ("Our actions\n".to_owned(), "titles_below"),
        (format!("Our actions{wide}\n{wide}\nNovember{wide}\n"), "titles_below"),
        ("sep=,\n".to_owned(), "separator"),
        (format!("sep=,{wide}\n"), "separator"),
    ] {
        let file = format!("{above}{plain}").into_bytes();
        let (alone, detail) = only_fault(&send(&app, "editor", "text/csv", file.clone(), "").await);
        assert_eq!(alone, code, "{above}");
        let row = above.lines().count() + 1;
        assert!(code == "separator" || detail.contains(&format!("row {row}.")), "{detail}");
        let archive = zipped([("actions.csv", file.as_slice())]);
        let (zipped, _) = only_fault(&app.post_archive(Some("editor"), "", archive).await);
        assert_eq!(zipped, code, "{above}");
    }
    let cells = |row: usize, values: [&str; 3]| -> String {
        let cell = |(n, value): (usize, &&str)| text(&format!("{}{row}", ["A", "B", "C"][n]), value);
        format!("<row r=\"{row}\">{}</row>", values.iter().enumerate().map(cell).collect::<String>())
    };
    let rows = cells(1, ["Our actions", "", ""]) + &cells(3, ["kind", "reference", "status"]);
    let book =
        xlsx(&[SampleSheet { name: "S", rows: &rows, ..SampleSheet::default() }], "<sst/>", &["General"]);
    let (code, detail) = only_fault(&send(&app, "editor", XLSX, book, "").await);
    assert!(code == "titles_below" && detail.contains("row 3."), "{code} {detail}");

    // The door for grants says as much.
    let grants = String::from_utf8(crate::giving_forms::with(&[])).unwrap();
    let two = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (file, code) in [
        (grants.replace(',', ";").into_bytes(), "separator"),
        (grants.replace(',', "\t").into_bytes(), "separator"),
        (format!("sep=;\n{}", grants.replace(',', ";")).into_bytes(), "separator"),
        (format!("sep=,\n{grants}").into_bytes(), "separator"),
        (two(&grants), "encoding"),
        (two(&format!("\u{feff}{grants}")), "encoding"),
        (format!("Grants of the year\n{grants}").into_bytes(), "titles_below"),
        (b"Name,Sum\na,1\n".to_vec(), "unknown_titles"),
    ] {
        let post = app.request("POST", "/v1/grants/imports").as_role("editor");
        let refused = post.body("text/csv", file).send().await;
        assert_eq!(only_fault(&refused).0, code);
    }
    // In an archive, as CSV and as a workbook.
    let cells = |n: usize, line: &str| -> String {
        let cell = |(at, value): (usize, &str)| text(&format!("{}{n}", char::from(b'A' + at as u8)), value);
        format!("<row r=\"{n}\">{}</row>", line.split(',').take(20).enumerate().map(cell).collect::<String>())
    };
    let rows = cells(1, "My grants") + &cells(2, grants.lines().next().unwrap());
    let book =
        xlsx(&[SampleSheet { name: "S", rows: &rows, ..SampleSheet::default() }], "<sst/>", &["General"]);
    for (name, file) in [("grants.csv", format!("My grants\n{grants}").into_bytes()), ("grants.xlsx", book)] {
        let archive = zipped([(name, file.as_slice())]);
        let (code, detail) = only_fault(&app.post_archive(Some("editor"), "", archive).await);
        assert!(code == "titles_below" && detail.contains("row 2."), "{name}: {code} {detail}");
    }
}

#[actix_web::test]
async fn a_file_of_an_archive_may_have_the_name_of_its_download() {
    let app = TestApp::new().await;
    let answer = app.get(Some("editor"), ACTIONS).await.expect(200);
    let count = Table::of(&app, Some("editor"), ACTIONS).await.rows.len();
    let name = answer.header("content-disposition").unwrap().split('"').nth(1).unwrap().to_owned();
    assert!(name.starts_with("derbyshire-pcc-actions-20"), "{name}");
    let second = name.replace(".csv", " (1).csv");
    for name in [name.as_str(), &second, "Actions.CSV", "ACTIONS.csv", "actions-2026-11-30.csv"] {
        let archive = zipped([(name, answer.body.as_slice())]);
        let done = app.post_archive(Some("editor"), "", archive).await.expect(200).json();
        assert_eq!(done["unchanged"], json!({"actions": count}), "{name}");
    }
    for name in
        ["derbyshire-pcc-wizards-2026-11-30.csv", "actions-2026-13-30.csv", "myactions-2026-11-30.csv"]
    {
        let archive = zipped([(name, answer.body.as_slice()), ("plans.jsonl", b"")]);
        app.post_archive(Some("editor"), "", archive).await.problem(422);
    }
}

/// A workbook of a list, with the cells that a function gives instead of its texts.
fn book(list: &Table, cell: &dyn Fn(usize, &str, &str) -> Option<String>) -> Vec<u8> {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let letters = |column: usize| match column {
        0..26 => char::from(b'A' + u8::try_from(column).unwrap()).to_string(),
        _ => format!("A{}", char::from(b'A' + u8::try_from(column - 26).unwrap())),
    };
    let row = |(n, row): (usize, &Vec<String>)| -> String {
        let one = |(column, value): (usize, &String)| {
            let at = format!("{}{}", letters(column), n + 1);
            let own = n.checked_sub(1).and_then(|n| cell(n, &list.titles[column], &at));
            own.unwrap_or_else(|| if value.is_empty() { String::new() } else { text(&at, &escaped(value)) })
        };
        let cells: String = row.iter().enumerate().map(one).collect();
        format!("<row r=\"{}\">{cells}</row>", n + 1)
    };
    let all: Vec<Vec<String>> = [&list.titles].into_iter().chain(&list.rows).cloned().collect();
    let rows: String = all.iter().enumerate().map(row).collect();
    let sheet = SampleSheet { name: "meetings", rows: &rows, ..SampleSheet::default() };
    xlsx(&[sheet], "<sst/>", &["General", "h:mm", "hh:mm", "hh:mm:ss"])
}

#[actix_web::test]
async fn a_time_of_day_in_a_workbook_is_the_time_that_it_shows() {
    let app = TestApp::new().await;
    app.published("meeting").await;
    let list = Table::of(&app, Some("panel_officer"), "/v1/meetings?format=csv&limit=200").await;
    for style in 1..4 {
        let typed = book(&list, &|row, title, at| {
            (row == 0 && title == "time")
                .then(|| format!("<c r=\"{at}\" s=\"{style}\"><v>0.79513888888888884</v></c>"))
        });
        let done = send(&app, "panel_officer", XLSX, typed, "?dry_run=true").await.expect(200).json();
        assert_eq!(done["changed"][0]["fields"], json!(["time"]), "{done}");
    }
    let typed = book(&list, &|row, title, at| {
        (row == 0 && title == "time").then(|| format!("<c r=\"{at}\" s=\"1\"><v>0.79513888888888884</v></c>"))
    });
    send(&app, "panel_officer", XLSX, typed, "").await.expect(200);
    app.seal_and_catch_up();
    let address = format!("/v1/meetings/{}", list.get(0, "id"));
    assert_eq!(app.get(Some("panel_officer"), &address).await.json()["time"], "19:05");
    let fresh = Table::of(&app, Some("panel_officer"), "/v1/meetings?format=csv&limit=200").await;
    let plain = |value: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{value}</text:p></table:table-cell>")
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let titles = ["kind", "id", "edit", "time"].map(plain);
    let time = "<table:table-cell office:value-type=\"time\" office:time-value=\"PT20H15M00S\"><text:p>08:15 PM</text:p></table:table-cell>";
    let at = fresh.row_of(list.get(0, "reference"));
    let cells = [plain("meeting"), plain(fresh.get(at, "id")), plain(fresh.get(at, "edit")), time.to_owned()];
    let rows = row(&titles) + &row(&cells);
    let file = ods("", &format!("<table:table table:name=\"S\">{rows}</table:table>"));
    send(&app, "panel_officer", ODS, file, "").await.expect(200);
    app.seal_and_catch_up();
    assert_eq!(app.get(Some("panel_officer"), &address).await.json()["time"], "20:15");
}

#[actix_web::test]
async fn our_own_workbook_may_have_its_sheets_in_another_order_and_more_of_them() {
    let app = TestApp::new().await;
    let count = Table::of(&app, Some("editor"), ACTIONS).await.rows.len();
    let file = app.get(Some("editor"), "/v1/actions?format=xlsx&limit=200").await.expect(200).body;
    unchanged(&app, "editor", XLSX, file.clone(), count, "as it came").await;
    let with = |change: &dyn Fn(&str) -> String| {
        let parts = unzipped(&file);
        let parts: Vec<(String, Vec<u8>)> = parts
            .into_iter()
            .map(|(name, bytes)| match name.as_str() {
                "xl/workbook.xml" => (name, change(&String::from_utf8(bytes).unwrap()).into_bytes()),
                _ => (name, bytes),
            })
            .collect();
        zipped(parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
    };
    let swapped = with(&|book| {
        let start = book.find("<sheets>").unwrap() + "<sheets>".len();
        let end = book.find("</sheets>").unwrap();
        let sheets: Vec<&str> = book[start..end].split_inclusive("/>").collect();
        assert_eq!(sheets.len(), 2, "{book}");
        format!("{}{}{}{}", &book[..start], sheets[1], sheets[0], &book[end..])
    });
    unchanged(&app, "editor", XLSX, swapped, count, "swapped").await;
}
