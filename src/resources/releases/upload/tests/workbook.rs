use serde_json::{Value, json};

use super::{mapping, places, row_text, run, shape};
use crate::resources::releases::upload::{Form, Mapping};
use crate::sheet::samples::{SampleSheet, xlsx};

/// A workbook of these sheets, each with the XML of its rows, and these shared texts. Cells of style 1 are days.
pub fn workbook(sheets: &[(&str, &str)], texts: &str) -> Vec<u8> {
    let sheets: Vec<SampleSheet<'_>> =
        sheets.iter().map(|(name, rows)| SampleSheet { name, rows, ..SampleSheet::default() }).collect();
    xlsx(&sheets, texts, &["General", "dd/mm/yyyy"])
}

/// A header of two rows, a row with the unit, footnotes, and numbers written as binary floating point.
pub const ROWS: &str = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>\
    <row r=\"3\"><c r=\"C3\" t=\"inlineStr\"><is><t>Total recorded crime (excluding fraud3)</t></is></c></row>\
    <row r=\"4\"><c r=\"A4\" t=\"s\"><v>1</v></c><c r=\"B4\" t=\"s\"><v>2</v></c><c r=\"D4\" t=\"s\"><v>3</v></c></row>\
    <row r=\"5\"><c r=\"C5\" t=\"str\"><v>Numbers</v></c></row>\
    <row r=\"6\"><c r=\"A6\" t=\"str\"><v>E23000018</v></c><c r=\"C6\"><v>69197</v></c><c r=\"D6\"><v>1.0E1</v></c></row>\
    <row r=\"7\"><c r=\"B7\" t=\"str\"><v>Greater Manchester7,8</v></c><c r=\"C7\" t=\"str\"><v>..</v></c>\
    <c r=\"D7\"><v>0.30000000000000004</v></c></row>\
    <row r=\"8\"><c r=\"A8\" t=\"str\"><v>Source: a ministry</v></c></row>";

pub const TEXTS: &str = "<sst uniqueCount=\"4\"><si><t>Table P1</t></si><si><t>Area\nCode</t></si>\
    <si><r><t>Area Name</t></r></si><si><t>Homicide 5</t></si></sst>";

pub fn declared() -> Value {
    json!({
        "sheet": "Table P1",
        "header_row": 3,
        "header_rows": 2,
        "first_row": 6,
        "last_row": 7,
        "dimensions": [
            {"dimension": "AREA", "columns": ["Area Code", "Area Name"], "strip_footnotes": true,
             "codes": {"Greater Manchester": "E23000005"}},
            {"dimension": "OFFENCE", "strip_footnotes": true,
             "titles": {"Total recorded crime (excluding fraud)": "all", "Homicide": "homicide"}},
        ],
        "period": {"constant": "2019-01-01/P1Y"},
        "value": {"marks": {"..": {"OBS_STATUS": "O"}}},
    })
}

#[test]
fn a_sheet_with_a_header_of_two_rows_is_read_as_published() {
    let book = workbook(&[("Notes", ""), ("Table P1", ROWS)], TEXTS);
    let (rows, report) = run(&book, Form::Workbook, Some(&mapping(declared())), &shape());
    // More than six decimals are a fault unless the mapping rounds the values.
    assert_eq!(places(&report.errors), [json!([7, "Homicide 5", "too_precise"])]);
    let mut rounded = declared();
    rounded["value"]["round_to"] = json!(1);
    let (rounded, report) = run(&book, Form::Workbook, Some(&mapping(rounded)), &shape());
    assert_eq!(report.errors, []);
    assert_eq!(rows.len(), 3);
    let texts: Vec<String> = rounded.iter().map(row_text).collect();
    assert_eq!(
        texts,
        [
            "E23000018.all 2019-01-01/P1Y 69197 A",
            "E23000018.homicide 2019-01-01/P1Y 10 A",
            "E23000005.all 2019-01-01/P1Y - O",
            "E23000005.homicide 2019-01-01/P1Y 0.3 A",
        ]
    );
}

#[test]
fn the_canonical_form_may_be_a_sheet_and_days_stay_days() {
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"str\"><v>{text}</v></c>");
    let rows = format!(
        "<row r=\"1\">{}{}{}{}</row><row r=\"2\">{}{}<c r=\"C2\" s=\"1\"><v>43101</v></c><c r=\"D2\"><v>12</v></c></row>",
        cell("A1", "AREA"),
        cell("B1", "OFFENCE"),
        cell("C1", "TIME_PERIOD"),
        cell("D1", "value"),
        cell("A2", "E23000018"),
        cell("B2", "all"),
    );
    let mut shape = shape();
    shape.frequency = crate::stats::period::Frequency::Irregular;
    let (rows, report) = run(workbook(&[("Sheet1", &rows)], TEXTS), Form::Workbook, None, &shape);
    assert_eq!(report.errors, []);
    assert_eq!(rows[0].period.text(rows[0].frequency), "2018-01-01");
}

#[test]
fn a_workbook_with_several_sheets_needs_the_name_of_one() {
    let book = workbook(&[("Notes", ""), ("Table P1", ROWS)], TEXTS);
    let (_, report) = run(&book, Form::Workbook, None, &shape());
    assert_eq!(places(&report.errors), [json!([null, "/mapping/sheet", "required"])]);
    let mut other = declared();
    other["sheet"] = json!("Table P2");
    let (_, report) = run(&book, Form::Workbook, Some(&mapping(other)), &shape());
    assert_eq!(places(&report.errors), [json!([null, "/mapping/sheet", "unknown_sheet"])]);
    assert!(report.errors[0].detail.contains("Did you mean `Table P1`?"));
}

#[test]
fn a_file_that_is_not_a_workbook_or_declares_too_much_is_refused_before_it_is_unpacked() {
    let declared: Mapping = mapping(declared());
    let refused = |book: &[u8]| {
        let (rows, report) = run(book, Form::Workbook, Some(&declared), &shape());
        assert_eq!((rows.len(), places(&report.errors)), (0, vec![json!([1, "", "not_a_workbook"])]));
        report.errors[0].detail.clone()
    };
    assert!(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").contains("Save an older workbook"));
    refused(b"AREA,OFFENCE\n");
    refused(b"PK\x03\x04");
    let broken = workbook(&[("Table P1", ROWS)], "<sst><si><t>a</t></r></sst>");
    assert!(refused(&broken).contains("not XML"));
    let too_large = |book: &[u8]| {
        let (rows, report) = run(book, Form::Workbook, Some(&declared), &shape());
        assert_eq!((rows.len(), places(&report.errors)), (0, vec![json!([1, "", "too_large"])]));
        report.errors[0].detail.clone()
    };
    // The parser would allocate this many texts at once.
    let many = TEXTS.replace("uniqueCount=\"4\"", "uniqueCount=\"99999999999999\"");
    assert!(too_large(&workbook(&[("Table P1", ROWS)], &many)).contains("64 MiB"));
    let bomb = format!("<sst>{}</sst>", format!("<si><t>{}</t></si>", " ".repeat(250_000)).repeat(1_000));
    assert!(too_large(&workbook(&[("Table P1", ROWS)], &bomb)).contains("64 MiB"));
}

/// A long text in one place to which many cells refer costs what all of them have.
#[test]
fn a_text_that_many_cells_refer_to_counts_for_each_of_them() {
    let texts = |length: usize| format!("<sst><si><t>{}</t></si></sst>", "a".repeat(length));
    let row = |n: usize| format!("<row r=\"{n}\">{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(600));
    // One cell far to the right, with the empty ones before it.
    let far = |n: usize| format!("<row r=\"{n}\"><c r=\"ALL{n}\" t=\"s\"><v>0</v></c></row>");
    let rows = |count: usize| (1..=count).map(row).collect::<String>();
    // All these rows are above the header.
    let mut late = declared();
    late["header_row"] = json!(10_000);
    late["first_row"] = json!(10_003);
    late["last_row"] = json!(10_003);
    let late = mapping(late);
    let codes = |rows: &str, texts: &str| {
        let (_, report) = run(workbook(&[("Table P1", rows)], texts), Form::Workbook, Some(&late), &shape());
        report.errors_by_code.keys().copied().collect::<Vec<_>>()
    };
    assert_eq!(codes(&rows(1), &texts(20_001)), ["cell_too_long"]);
    assert_eq!(codes(&rows(60), &texts(10_000)), ["too_large"]);
    assert_eq!(codes(&(1..=5_100).map(far).collect::<String>(), &texts(1)), ["too_large"]);
    assert_eq!(codes(&rows(10), &texts(1)), ["no_header"]);
}

#[test]
fn cells_out_of_order_and_in_too_many_columns_are_reported() {
    for (rows, code) in [
        ("<row r=\"3\"><c r=\"B3\"><v>1</v></c><c r=\"A3\"><v>1</v></c></row>", "not_a_workbook"),
        (
            "<row r=\"3\"><c r=\"A3\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>",
            "not_a_workbook",
        ),
        ("<row r=\"3\"><c r=\"XFD3\"><v>1</v></c></row>", "too_many_cells"),
        ("<row r=\"3\"><c r=\"A3\" t=\"s\"><v>77</v></c></row>", "not_a_workbook"),
    ] {
        let book = workbook(&[("Table P1", rows)], TEXTS);
        let (_, report) = run(book, Form::Workbook, Some(&mapping(declared())), &shape());
        assert_eq!(report.errors_by_code.keys().collect::<Vec<_>>(), [&code], "{rows}");
    }
}
