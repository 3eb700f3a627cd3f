//! 360Giving spreadsheets as workbooks (`.xlsx`, `.ods`): the same grants and remarks as from CSV, by row and column.

use onrecord::allowance::Allowance;
use onrecord::bundle::{self, Bundle, Import, Who};
use onrecord::record::kind::ForeignFile;
use onrecord::resources::threesixty_giving::{Imported, Options, read};
use onrecord::sheet::{ODS, XLSX, tables};
use serde_json::{Value, json};

use crate::bundles::zipped;
use crate::giving_forms::{
    GRANT, TITLES, codes, csv, csv_of, detail, import_grants, need_organisations, publish_grants, with,
};
use crate::process::Scratch;
use crate::support::TestApp;
use crate::support::samples::{SampleSheet, number, ods, text, xlsx};

/// The formats of cells: styles 0, 1, 2 and so on.
const FORMATS: [&str; 8] =
    ["General", "dd/mm/yyyy", "[$£-809]#,##0.00", "mmm yyyy", "0%", "#,##0", "0\" months\"", "#,##0,"];

/// The letters of a column, by its number from 0.
fn letters(column: usize) -> String {
    let last = char::from(b'A' + u8::try_from(column % 26).unwrap());
    if column < 26 { last.to_string() } else { format!("{}{last}", letters(column / 26 - 1)) }
}

/// A text cell; with `#STYLE:NUMBER` a number of this style, with `#f:FORMULA` a formula without a result.
fn cell(at: &str, value: &str) -> String {
    match value.strip_prefix('#').and_then(|rest| rest.split_once(':')) {
        Some(("f", formula)) => format!("<c r=\"{at}\"><f>{formula}</f></c>"),
        Some((style, digits)) => number(at, style.parse().unwrap(), digits),
        None if value.is_empty() => String::new(),
        None => text(at, &value.replace('&', "&amp;").replace('<', "&lt;")),
    }
}

/// The rows of a sheet of an `.xlsx`, from row 1.
fn rows(table: &[Vec<&str>]) -> String {
    let row = |(n, row): (usize, &Vec<&str>)| {
        let cells: String = row
            .iter()
            .enumerate()
            .map(|(at, value)| cell(&format!("{}{}", letters(at), n + 1), value))
            .collect();
        format!("<row r=\"{}\">{cells}</row>", n + 1)
    };
    table.iter().enumerate().map(row).collect()
}

/// An `.xlsx` with these sheets: name and rows.
fn book(sheets: &[(&str, &[Vec<&str>])]) -> Vec<u8> {
    let texts: Vec<(&str, String)> = sheets.iter().map(|(name, table)| (*name, rows(table))).collect();
    let sheets: Vec<SampleSheet<'_>> =
        texts.iter().map(|(name, rows)| SampleSheet { name, rows, ..SampleSheet::default() }).collect();
    xlsx(&sheets, "<sst/>", &FORMATS)
}

/// An `.ods` with these sheets, all cells texts.
fn open_document(sheets: &[(&str, &[Vec<&str>])]) -> Vec<u8> {
    let cell = |value: &&str| {
        let value = value.replace('&', "&amp;").replace('<', "&lt;");
        format!("<table:table-cell office:value-type=\"string\"><text:p>{value}</text:p></table:table-cell>")
    };
    let row = |row: &Vec<&str>| {
        format!("<table:table-row>{}</table:table-row>", row.iter().map(cell).collect::<String>())
    };
    let table = |(name, table): &(&str, &[Vec<&str>])| {
        format!(
            "<table:table table:name=\"{name}\">{}</table:table>",
            table.iter().map(row).collect::<String>()
        )
    };
    ods("", &sheets.iter().map(table).collect::<String>())
}

fn read_book(bytes: &[u8]) -> Imported {
    let tables = tables::read(bytes, 50_000, &Allowance::of_file()).unwrap();
    read(ForeignFile::Workbook(&tables), &Options::default())
}

/// The titles and a grant, with further columns.
fn table<'t>(more: &[(&'t str, &'t str)]) -> Vec<Vec<&'t str>> {
    let titles = TITLES.iter().copied().chain(more.iter().map(|(title, _)| *title));
    let cells = GRANT.iter().copied().chain(more.iter().map(|(_, cell)| *cell));
    vec![titles.collect(), cells.collect()]
}

/// The same with other values in some of the required columns.
fn changed<'t>(changes: &[(&str, &'t str)]) -> Vec<Vec<&'t str>> {
    let mut table = table(&[]);
    for (title, value) in changes {
        let at = TITLES.iter().position(|one| one == title).unwrap();
        table[1][at] = value;
    }
    table
}

#[test]
fn a_workbook_is_read_like_its_csv_with_cells_as_they_are_shown() {
    let more = [("Planned Dates:Start Date", "2026-10"), ("Planned Dates:Duration (months)", "12")];
    let plain = csv(&with(&more));
    assert!(plain.remarks.is_empty(), "{:?}", plain.remarks);
    let as_text = table(&more);
    let mut with_formats = table(&[(more[0].0, "#3:46296"), (more[1].0, "#6:12")]);
    (with_formats[1][4], with_formats[1][5]) = ("#2:1200.5", "#1:46146");
    for (bytes, remarks) in [
        (book(&[("grants", &as_text)]), vec![]),
        (open_document(&[("grants", &as_text)]), vec![]),
        (book(&[("Sheet1", &with_formats)]), vec![(2, more[0].0, "shown_in_part", false)]),
    ] {
        let imported = read_book(&bytes);
        assert_eq!(codes(&imported), remarks);
        assert_eq!(imported.grants[0].value, plain.grants[0].value);
        assert_eq!(imported.grants[0].row, 2);
    }
}

/// A workbook whose XML is changed in a part.
fn with_xml(book: &[u8], from: &str, to: &str) -> Vec<u8> {
    let parts: Vec<(String, String)> = crate::bundles::unzipped(book)
        .into_iter()
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap().replace(from, to)))
        .collect();
    zipped(parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())))
}

#[test]
fn merged_cells_hidden_numbers_and_days_since_1904_are_told() {
    let plain = book(&[("grants", &table(&[]))]);
    let merged =
        with_xml(&plain, "</sheetData>", "</sheetData><mergeCells><mergeCell ref=\"B2:C2\"/></mergeCells>");
    let merged = read_book(&merged);
    let found = codes(&merged);
    assert!(found.iter().any(|one| (one.0, one.2, one.3) == (2, "merged_cell", true)), "{found:?}");
    let days = book(&[("grants", &changed(&[("Award Date", "#0:41292")]))]);
    for (book, day) in [
        (days.clone(), "2013-01-18"),
        (with_xml(&days, "<sheets>", "<workbookPr date1904=\"1\"/><sheets>"), "2017-01-19"),
    ] {
        assert!(detail(&read_book(&book), "date").contains(day), "{day}");
    }
}

#[test]
fn an_open_document_shows_days_months_and_amounts() {
    let mut table = table(&[("Planned Dates:Start Date", "S"), ("Planned Dates:End Date", "E")]);
    (table[1][4], table[1][5]) = ("A", "D");
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let typed = |attributes: &str, shown: &str| {
        format!("<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>")
    };
    let row = |row: &Vec<&str>| -> String {
        row.iter()
            .map(|text| match *text {
                "A" => typed(
                    "office:value-type=\"currency\" office:currency=\"GBP\" office:value=\"1200.5\"",
                    "£1,200.50",
                ),
                "D" => typed("office:value-type=\"date\" office:date-value=\"2026-05-04\"", "04/05/26"),
                "S" => typed("office:value-type=\"date\" office:date-value=\"2026-10-01\"", "Oct 26"),
                "E" => typed(
                    "office:value-type=\"date\" office:date-value=\"2027-10-20T00:00:00\"",
                    "20 October 2027",
                ),
                text => cell(text),
            })
            .collect()
    };
    let rows: String =
        table.iter().map(|cells| format!("<table:table-row>{}</table:table-row>", row(cells))).collect();
    let imported = read_book(&ods("", &format!("<table:table table:name=\"g\">{rows}</table:table>")));
    assert_eq!(codes(&imported), [(2, "Planned Dates:Start Date", "shown_in_part", false)]);
    let grant = &imported.grants[0].value;
    assert_eq!(grant["amount_awarded"]["amount"], "1200.50");
    assert_eq!(grant["award_date"], "2026-05-04");
    assert_eq!(grant["planned_dates"], json!({"from": "2026-10", "to": "2027-10-20"}));
}

#[test]
fn sheets_beside_the_grants_add_to_them_by_their_identifier() {
    const NAME: &str = "Beneficiary Location:Name";
    const CODE: &str = "Beneficiary Location:0:Geographic Code";
    let places = [
        vec!["Identifier", NAME, CODE],
        vec![GRANT[0], "Upper Weir", "E05000011"],
        vec![GRANT[0], "Lower Weir", "E05000012"],
    ];
    let meta = [vec!["Title", "Somewhere grants"], vec!["Licence", "https://example.org/"]];
    let grants = table(&[]);
    // Whatever the order of the sheets.
    let imported =
        read_book(&book(&[("Meta", &meta), ("places", &places), ("grants", &grants), ("Sheet3", &[])]));
    assert!(imported.remarks.is_empty(), "{:?}", imported.remarks);
    assert_eq!(
        imported.grants[0].value["beneficiary_locations"],
        json!([{"name": "Upper Weir", "geo_code": "E05000011"}, {"name": "Lower Weir", "geo_code": "E05000012"}])
    );
    assert_eq!(imported.tables, ["grants", "places"]);
    // Other parts of a grant, and a second sheet of grants.
    let mut later = table(&[]);
    (later[1][0], later[1][4]) = ("360G-somewhere-8", "900");
    let dates = [vec!["Identifier", "Planned Dates:Start Date"], vec!["360G-somewhere-8", "#1:46296"]];
    let notes = [vec!["What", "Who"], vec!["a", "b"]];
    let imported =
        read_book(&book(&[("2025", &grants), ("2026", &later), ("dates", &dates), ("notes", &notes)]));
    assert_eq!(codes(&imported), [(0, "", "sheet_not_read", false)]);
    assert!(detail(&imported, "sheet_not_read").contains("`notes`"));
    assert_eq!(imported.grants[1].value["planned_dates"], json!({"from": "2026-10-01"}));
    // What belongs to no grant, and what contradicts, is told at its row.
    let wrong = [vec!["Identifier", NAME], vec!["360G-somewhere-9", "Nowhere"]];
    let mut again = table(&[]);
    again[1][4] = "7";
    let imported = read_book(&book(&[("2025", &grants), ("2026", &again), ("places", &wrong)]));
    let found: Vec<(usize, u64, &str)> =
        imported.remarks.iter().map(|one| (one.table, one.row, one.code)).collect();
    assert_eq!(found, [(1, 2, "contradiction"), (2, 2, "unknown_grant")]);
    assert!(detail(&imported, "contradiction").contains("Row 2 of the sheet `2025`"));
}

#[test]
fn cells_that_show_something_else_than_they_hold_are_told() {
    const AMOUNT: &str = "Amount Awarded";
    for (value, code, fatal) in [
        ("#4:0.25", "shown_otherwise", true),
        ("#7:1204000", "shown_otherwise", true),
        ("#0:2500.005", "amount", true),
        ("#5:2500.5", "shown_rounded", false),
        ("#0:1133.3300000000002", "shown_rounded", false),
        ("#0:-3", "amount", true),
        ("£1,200", "amount", true),
        ("#f:SUM(A1)", "formula", true),
        ("#REF!", "formula", true),
        ("=SUM(A1)", "amount", true),
        ("#1:46146", "amount", true),
    ] {
        let imported = read_book(&book(&[("grants", &changed(&[(AMOUNT, value)]))]));
        assert_eq!(codes(&imported), [(2, AMOUNT, code, fatal)], "{value}");
    }
    // An award has a day: a month that the cell shows is the day that it holds, and a number is none.
    let month = read_book(&book(&[("grants", &changed(&[("Award Date", "#3:46143")]))]));
    assert_eq!(codes(&month), [(2, "Award Date", "shown_in_part", false)]);
    assert_eq!(month.grants[0].value["award_date"], "2026-05-01");
    for (value, code, fatal) in
        [("#0:46146", "date", true), ("#1:46146.5", "time_left_out", false), ("soon", "date", true)]
    {
        let imported = read_book(&book(&[("grants", &changed(&[("Award Date", value)]))]));
        assert_eq!(codes(&imported), [(2, "Award Date", code, fatal)], "{value}");
    }
    // A number in the place of a text is the text that it shows.
    let imported =
        read_book(&book(&[("grants", &changed(&[("Title", "#0:2026"), ("Description", "#4:0.25")]))]));
    assert_eq!(codes(&imported), []);
    let grant = &imported.grants[0].value;
    assert_eq!((&grant["title"], &grant["description"]), (&json!("2026"), &json!("25%")));
}

#[test]
fn titles_and_foreign_columns_are_those_of_the_csv() {
    let written = [("Parish", "St Mary"), ("", "a note to the right"), ("From An Open Call?", "TRUE")];
    let mut odd = table(&written);
    for title in &mut odd[0] {
        *title = match *title {
            "Recipient Org:Name" => "recipient\u{a0}org : NAME ",
            "Award Date" => "Award\nDate",
            title => title,
        };
    }
    // Far below, after empty rows, a value in a column without a title.
    odd.push(vec![]);
    odd.push(vec!["360G-somewhere-8"; 1]);
    let imported = read_book(&book(&[("grants", &odd)]));
    let found = codes(&imported);
    assert!(found.contains(&(1, "", "unknown_column", false)), "{found:?}");
    assert!(found.contains(&(1, "Parish", "unknown_column", false)), "{found:?}");
    assert_eq!(found.iter().filter(|one| one.2 == "required").map(|one| one.0).collect::<Vec<_>>(), [4; 9]);
    assert_eq!(imported.grants[0].value["from_open_call"], json!(true));
    // A workbook without the standard's titles, and one that lacks some.
    let none = read_book(&book(&[("a", &[vec!["What", "Who"], vec!["x", "y"]])]));
    assert!(codes(&none).contains(&(0, "", "unknown_titles", true)));
    let some = read_book(&book(&[("a", &[vec!["Identifier", "Titel"], vec!["x", "y"]])]));
    assert_eq!(codes(&some).iter().filter(|one| one.2 == "missing_column").count(), 9);
}

#[test]
fn hidden_rows_columns_and_sheets_with_values_are_told() {
    let mut two = table(&[("Grant Programme:Title", "Sport"), ("Ours", "x")]);
    let mut second = two[1].clone();
    (second[0], second[4]) = ("360G-somewhere-8", "900");
    two.push(second);
    let rows = rows(&two).replace("<row r=\"3\">", "<row r=\"3\" hidden=\"1\">");
    let columns = "<cols><col min=\"11\" max=\"12\" hidden=\"1\"/></cols>";
    let of = |sheet: SampleSheet<'_>| codes_of(&read_book(&xlsx(&[sheet], "<sst/>", &FORMATS)));
    let found = of(SampleSheet { name: "g", rows: &rows, columns, ..SampleSheet::default() });
    assert_eq!(
        found,
        ["1 Grant Programme:Title hidden_column true", "1 Ours unknown_column false", "3  hidden_row true"]
    );
    let found = of(SampleSheet { name: "g", rows: &rows, is_hidden: true, ..SampleSheet::default() });
    assert!(found.contains(&"1  hidden_sheet true".to_owned()), "{found:?}");
}

fn codes_of(imported: &Imported) -> Vec<String> {
    codes(imported)
        .iter()
        .map(|(row, column, code, fatal)| format!("{row} {column} {code} {fatal}"))
        .collect()
}

#[actix_web::test]
async fn workbooks_go_in_by_both_addresses_and_in_archives_with_the_remarks_of_the_csv() {
    let app = TestApp::new().await;
    need_organisations(&app).await;
    let grants = table(&[]);
    let sheets: [(&str, &[Vec<&str>]); 1] = [("grants", &grants)];
    let forms = [(XLSX, book(&sheets), "grants.xlsx"), (ODS, open_document(&sheets), "grants.ods")];
    let send = async |path: &str, media_type: &str, bytes: Vec<u8>| {
        app.request("POST", path).as_role("editor").body(media_type, bytes).send().await
    };
    for (media_type, bytes, name) in forms.clone() {
        let tried =
            import_grants(&app, "editor", media_type, bytes.clone(), "?validate_only=true").await.expect(200);
        assert_eq!((&tried.json()["records"], &tried.json()["remarks"]), (&json!({"grants": 1}), &json!([])));
        let tried = send("/v1/imports?dry_run=true", media_type, bytes.clone()).await.expect(200);
        assert_eq!(tried.json()["records"], json!({"grants": 1}));
        let archive = zipped([(name, bytes.as_slice())]);
        let tried = app.post_archive(Some("editor"), "?dry_run=true", archive).await.expect(200);
        assert_eq!(tried.json()["records"], json!({"grants": 1}));
        for who in ["partner", "publisher", "panel_officer"] {
            import_grants(&app, who, media_type, bytes.clone(), "").await.problem(403);
        }
    }
    let (media_type, bytes, _) = forms[0].clone();
    import_grants(&app, "editor", media_type, bytes, "").await.expect(200);
    app.seal_and_catch_up();
    let (media_type, bytes, _) = forms[1].clone();
    let again = import_grants(&app, "editor", media_type, bytes, "").await.expect(200).json();
    assert_eq!(again["unchanged"], json!({"grants": 1}));
    // Faults have the file, the row and the column; on a further sheet they name it.
    let wrong = changed(&[
        ("Identifier", "360G-b"),
        ("Amount Awarded", "#4:0.25"),
        ("Recipient Org:Identifier", "GB-CHC- 9"),
    ]);
    let places = [vec!["Identifier", "Beneficiary Location:Name"], vec!["360G-c", "x"]];
    let refused = import_grants(&app, "editor", XLSX, book(&[("g", &wrong), ("places", &places)]), "").await;
    refused.problem(422);
    let errors = refused.json()["errors"].as_array().unwrap().clone();
    let found: Vec<(&Value, &Value, &Value, &Value)> =
        errors.iter().map(|one| (&one["file"], &one["line"], &one["column"], &one["code"])).collect();
    let at = |column: &str, code: &str| (json!("grants.xlsx"), json!(2), json!(column), json!(code));
    let expected = [
        at("Amount Awarded", "shown_otherwise"),
        at("Identifier", "unknown_grant"),
        at("Recipient Org:Identifier", "not_yours"),
    ];
    let expected: Vec<(&Value, &Value, &Value, &Value)> =
        expected.iter().map(|one| (&one.0, &one.1, &one.2, &one.3)).collect();
    assert_eq!(found, expected, "{errors:#?}");
    assert!(errors[1]["detail"].as_str().unwrap().starts_with("On the sheet `places`:"), "{errors:#?}");
    // What is no workbook, or no workbook of grants, or too long.
    let csv = csv_of(&[TITLES.to_vec(), GRANT.to_vec()]);
    for path in ["/v1/grants/imports", "/v1/imports"] {
        assert_eq!(send(path, XLSX, csv.clone()).await.problem(422), ["not_a_workbook"]);
        let other = book(&[("a", &[vec!["What", "Who"], vec!["x", "y"]])]);
        let code = if path == "/v1/imports" { "unknown_kind" } else { "unknown_titles" };
        assert_eq!(send(path, XLSX, other).await.problem(422), [code]);
        let row = "<table:table-cell><text:p>a</text:p></table:table-cell>";
        let long = format!(
            "<table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"50001\">{row}</table:table-row></table:table>"
        );
        send(path, ODS, ods("", &long)).await.problem(413);
    }
    // A file in an archive says what it is by its name.
    let archive = zipped([("plans.xlsx", b"a,b\n".as_slice())]);
    assert_eq!(app.post_archive(Some("editor"), "", archive).await.problem(422), ["not_a_workbook"]);
}

#[actix_web::test]
async fn what_we_give_out_comes_in_again_when_it_was_saved_as_a_workbook_and_the_operator_can_import_it() {
    let app = TestApp::new().await;
    need_organisations(&app).await;
    let file = with(&[
        ("Beneficiary Location:0:Name", "=Upper Weir"),
        ("Beneficiary Location:1:Name", "Lower & Weir"),
    ]);
    import_grants(&app, "editor", "text/csv", file, "").await.expect(200);
    publish_grants(&app).await;
    let out = app.get(None, "/v1/grants?format=360giving-csv&for=spreadsheet").await.expect(200).body;
    let rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(out.as_slice())
        .records()
        .map(|row| row.unwrap().iter().map(|cell| cell.trim_start_matches('\u{feff}').to_owned()).collect())
        .collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    for (media_type, bytes) in
        [(XLSX, book(&[("Sheet1", &rows)])), (ODS, open_document(&[("Sheet1", &rows)]))]
    {
        let again = import_grants(&app, "editor", media_type, bytes, "").await.expect(200).json();
        assert_eq!((&again["unchanged"], &again["versions"]), (&json!({"grants": 1}), &json!(0)));
    }
    // On the command line a file that is alone may have any name.
    let scratch = Scratch::new();
    let path = scratch.0.join("awards of 2026.xlsx");
    std::fs::write(&path, book(&[("Sheet1", &rows)])).unwrap();
    let other = TestApp::new().await;
    let mut bundle = Bundle::open(&path, &other.state.kinds).unwrap();
    let who = Who::Operator {
        body: Some("derbyshire-pcc".to_owned()),
        owner: Some("opcc-derbyshire".to_owned()),
        published_at: None,
    };
    let import =
        Import { state: &other.state, who, now: other.state.now(), request: None, progress: &mut |_| {} };
    let summary = other.state.db.write(|conn| bundle::import(conn, &mut bundle, import)).unwrap();
    assert_eq!((summary.records["grants"], summary.records["organisations"]), (1, 2));
}
