//! Sheets as people in this field have them: hidden rows, columns and sheets, and OpenDocument.

use serde_json::{Value, json};

use super::field::{book, declared, shape, sheet, texts};
use super::{mapping, places, run};
use crate::resources::releases::upload::Form;
use crate::sheet::samples::{SampleSheet, number, ods, text, xlsx};
use crate::stats::period::Frequency;

#[test]
fn hidden_rows_columns_and_sheets_with_figures_are_refused_unless_the_mapping_says_what_is_meant() {
    let row = |n: u64, hidden: &str, value: &str| {
        format!(
            "<row r=\"{n}\"{hidden}>{}{}{}</row>",
            text(&format!("A{n}"), "North"),
            text(&format!("B{n}"), &format!("2024-{n:02}")),
            number(&format!("C{n}"), 0, value)
        )
    };
    let rows = sheet(&format!("{}{}", row(2, "", "5"), row(3, " hidden=\"1\"", "6")));
    let book = |columns: &str, with_hidden_sheet: bool| {
        let data = SampleSheet { name: "Data", columns, rows: &rows, ..SampleSheet::default() };
        let old = row(2, "", "9");
        let hidden = SampleSheet { name: "Old", is_hidden: true, rows: &old, ..SampleSheet::default() };
        let sheets = if with_hidden_sheet { vec![data, hidden] } else { vec![data] };
        xlsx(&sheets, "<sst/>", &["General"])
    };
    let read = |book: &[u8], more: Value| {
        let mut more = more;
        more["sheet"] = json!("Data");
        run(book, Form::Workbook, Some(&mapping(declared(more))), &shape("COUNT", Frequency::Monthly))
    };
    let (_, report) = read(&book("", false), json!({}));
    assert_eq!(places(&report.errors), [json!([3, "N", "hidden_row"])]);
    let hide = "<cols><col min=\"3\" max=\"3\" hidden=\"1\"/></cols>";
    let (_, report) = read(&book(hide, true), json!({}));
    assert_eq!(
        places(&report.errors),
        [json!([2, "[C]", "hidden_sheet"]), json!([2, "N", "hidden_column"]), json!([3, "N", "hidden_row"])]
    );
    let (rows, report) = read(&book(hide, true), json!({"hidden": "read"}));
    assert_eq!(
        (texts(&rows), report.error_count),
        (vec!["NORTH 2024-02 5 A".to_owned(), "NORTH 2024-03 6 A".to_owned()], 0)
    );
    let (rows, report) = read(&book("", true), json!({"hidden": "skip"}));
    assert_eq!((texts(&rows), report.error_count), (vec!["NORTH 2024-02 5 A".to_owned()], 0));
    assert_eq!(report.rows_left_out, 1);
    // In the canonical form too.
    let own = format!(
        "<row r=\"1\">{}{}{}</row><row r=\"2\" hidden=\"true\">{}{}{}{}</row>",
        text("A1", "AREA"),
        text("B1", "TIME_PERIOD"),
        text("C1", "value"),
        text("A2", "NORTH"),
        text("B2", "2024-04"),
        number("C2", 0, "5"),
        number("D2", 0, "6")
    );
    let own =
        xlsx(&[SampleSheet { name: "S", rows: &own, ..SampleSheet::default() }], "<sst/>", &["General"]);
    let (_, report) = run(&own, Form::Workbook, None, &shape("COUNT", Frequency::Monthly));
    assert_eq!(places(&report.errors), [json!([2, "value", "hidden_row"])]);
}

#[test]
fn a_column_of_a_sheet_without_a_title_that_has_figures_is_refused() {
    let row = format!(
        "<row r=\"2\">{}{}{}{}</row>",
        text("A2", "North"),
        text("B2", "2024-04"),
        number("C2", 0, "5"),
        number("E2", 0, "6")
    );
    let (_, report) = run(
        book(&row, &["General"]),
        Form::Workbook,
        Some(&mapping(declared(json!({})))),
        &shape("COUNT", Frequency::Monthly),
    );
    assert_eq!(places(&report.errors), [json!([2, "[E]", "unread_column"])]);
}

#[test]
fn an_open_document_sheet_is_read_like_a_workbook() {
    let cell = |kind: &str, value: &str, shown: &str| {
        format!(
            "<table:table-cell office:value-type=\"{kind}\" office:value=\"{value}\"><text:p>{shown}</text:p></table:table-cell>"
        )
    };
    let text = |text: &str| cell("string", "", text);
    let empty = "<table:covered-table-cell/>";
    let tables = format!(
        "<table:table table:name=\"Data\"><table:table-row>{}{}{}</table:table-row><table:table-row>{}{}{}</table:table-row>\
         <table:table-row>{empty}{}{}</table:table-row>\
         <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row></table:table>",
        text("Area"),
        text("Month"),
        text("N"),
        text("North"),
        text("2024-04"),
        cell("percentage", "0.915", "92%"),
        text("2024-05"),
        cell("float", "90.2", "90.2"),
    );
    let mapping = mapping(declared(json!({"fill_down": ["Area"]})));
    let (rows, report) =
        run(ods("", &tables), Form::Workbook, Some(&mapping), &shape("PERCENT", Frequency::Monthly));
    assert_eq!(report.errors, []);
    assert_eq!(texts(&rows), ["NORTH 2024-04 91.5 A", "NORTH 2024-05 90.2 A"]);
    // A row that repeats a figure is the same observation twice; a sheet that repeats it a million times is bounded.
    let repeated = tables.replace(
        "<table:table-row><table:covered",
        "<table:table-row table:number-rows-repeated=\"1048000\"><table:covered",
    );
    let (_, report) =
        run(ods("", &repeated), Form::Workbook, Some(&mapping), &shape("PERCENT", Frequency::Monthly));
    assert!(report.errors_by_code.contains_key("too_large"), "{:?}", report.errors_by_code);
}
