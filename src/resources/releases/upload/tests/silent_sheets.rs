//! Cells of sheets that could be read as others, or passed over, in silence: what is above the line, merged or not shown.

use serde_json::{Value, json};

use super::field::{declared, shape, sheet, texts};
use super::{mapping, places, run};
use crate::resources::releases::upload::{Form, Report, UploadRow};
use crate::sheet::samples::{SampleSheet, archive, number, ods, text, xlsx_parts};
use crate::stats::period::Frequency;

/// A workbook of one sheet with these rows and these merged cells, and a change of its parts.
fn book(rows: &str, formats: &[&str], merged: &[&str], change: impl Fn(&str) -> String) -> Vec<u8> {
    let merges: String = merged.iter().map(|range| format!("<mergeCell ref=\"{range}\"/>")).collect();
    let parts = xlsx_parts(
        &[SampleSheet { name: "Data", rows, ..SampleSheet::default() }],
        "<sst><si><r><t>120</t></r><r><rPr><vertAlign val=\"superscript\"/></rPr><t>1</t></r></si></sst>",
        formats,
    );
    let parts: Vec<(String, String)> = parts
        .into_iter()
        .map(|(name, text)| {
            let end = format!("</sheetData><mergeCells>{merges}</mergeCells>");
            (name, change(&text.replace("</sheetData>", &end)))
        })
        .collect();
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    archive(&parts)
}

fn read(book: &[u8], unit: &'static str, more: Value) -> (Vec<UploadRow>, Report) {
    run(book, Form::Workbook, Some(&mapping(declared(more))), &shape(unit, Frequency::Monthly))
}

/// Three cells of a row.
fn row(n: u64, cells: [&str; 3]) -> String {
    format!("<row r=\"{n}\">{}</row>", cells.concat())
}

fn label(n: u64, month: &str, cell: &str) -> String {
    row(n, [&text(&format!("A{n}"), "North"), &text(&format!("B{n}"), month), cell])
}

#[test]
fn a_note_above_the_line_is_no_digit() {
    let raised = "<c r=\"C2\" t=\"s\"><v>0</v></c>";
    let inline = "<c r=\"C2\" t=\"inlineStr\"><is><r><t>120</t></r><r><rPr><vertAlign val=\"superscript\"/></rPr><t>1</t></r></is></c>";
    let span = "<text:span text:style-name=\"T1\">1</text:span>";
    let ods_cell = |inside: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{inside}</text:p></table:table-cell>")
    };
    let styles = |position: &str| {
        format!(
            "<style:style style:name=\"T1\" style:family=\"text\"><style:text-properties style:text-position=\"{position}\"/></style:style>"
        )
    };
    let ods_book = |position: &str| {
        let cells =
            |all: [&str; 3]| format!("<table:table-row>{}</table:table-row>", all.map(ods_cell).concat());
        let rows = cells(["Area", "Month", "N"]) + &cells(["North", "2024-04", &format!("120{span}")]);
        ods(&styles(position), &format!("<table:table table:name=\"Data\">{rows}</table:table>"))
    };
    let plain = |cell: &str| book(&sheet(&label(2, "2024-04", cell)), &["General"], &[], str::to_owned);
    for book in [plain(raised), plain(inline), ods_book("super 58%"), ods_book("33% 58%")] {
        let (rows, report) = read(&book, "COUNT", json!({}));
        assert_eq!((rows.len(), places(&report.errors)), (0, vec![json!([2, "N", "not_a_number"])]));
        for note in ["1", "[note]"] {
            let value = json!({"column": "N", "footnotes": {note: {"OBS_STATUS": "P"}}});
            let (rows, report) = read(&book, "COUNT", json!({"value": value}));
            assert_eq!((texts(&rows), report.errors), (vec!["NORTH 2024-04 120 P".to_owned()], vec![]));
        }
    }
    // A style of the whole cell, of a text and of a number.
    let fonts = |text: &str| {
        text.replace(
            "<cellXfs>",
            "<fonts><font/><font><vertAlign val=\"superscript\"/></font></fonts><cellXfs>",
        )
        .replace("<xf numFmtId=\"164\"/>", "<xf numFmtId=\"164\" fontId=\"1\"/>")
    };
    for (cell, code) in [
        ("<c r=\"C2\" s=\"0\" t=\"str\"><v>12</v></c>", "not_a_number"),
        ("<c r=\"C2\" s=\"0\"><v>12</v></c>", "shown_otherwise"),
    ] {
        let cells =
            label(2, "2024-04", cell).replace("\"A2\"", "\"A2\" s=\"1\"").replace("\"B2\"", "\"B2\" s=\"1\"");
        let (_, report) = read(&book(&sheet(&cells), &["General", "@"], &[], fonts), "COUNT", json!({}));
        assert_eq!(report.errors_by_code.keys().collect::<Vec<_>>(), [&code], "{cell}");
    }
}

#[test]
fn a_number_that_a_cell_does_not_show_is_no_symbol() {
    let marks = |more: Value| {
        let mut value = json!({"column": "N", "marks": {"": {"OBS_STATUS": "O"}, "-": {"OBS_STATUS": "O"}}});
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        json!({"value": value})
    };
    for (format, value, held) in [
        (";;;", "5", "5"),
        ("#,##0;-#,##0;;@", "0", "0"),
        ("#,##0;-#,##0;\"-\"", "0", "0"),
        ("0;0;\"–\"", "0", "0"),
    ] {
        let book = book(&sheet(&label(2, "2024-04", &number("C2", 0, value))), &[format], &[], str::to_owned);
        let (_, report) = read(&book, "COUNT", marks(json!({})));
        assert_eq!(places(&report.errors), [json!([2, "N", "shown_otherwise"])], "{format}");
        assert!(report.errors[0].detail.contains(&format!("holds {held}.")), "{}", report.errors[0].detail);
        let (rows, _) = read(&book, "COUNT", marks(json!({"cells": "shown"})));
        assert_eq!(texts(&rows), ["NORTH 2024-04 - O"], "{format}");
        let (rows, _) = read(&book, "COUNT", marks(json!({"cells": "held"})));
        assert_eq!(texts(&rows), [format!("NORTH 2024-04 {held} A")], "{format}");
    }
    // Without the symbol the fault says what the cell holds; in a column that is not named, it is a figure.
    let hidden = number("C2", 0, "5");
    let one = book(&sheet(&label(2, "2024-04", &hidden)), &[";;;"], &[], str::to_owned);
    let (_, report) = read(&one, "COUNT", json!({}));
    assert!(report.errors[0].detail.contains("shows nothing and holds 5"), "{}", report.errors[0].detail);
    let own = row(1, [&text("A1", "AREA"), &text("B1", "TIME_PERIOD"), &text("C1", "value")])
        + &row(2, [&text("A2", "NORTH"), &text("B2", "2024-04"), &hidden]);
    let (_, report) = run(
        book(&own, &[";;;"], &[], str::to_owned),
        Form::Workbook,
        None,
        &shape("COUNT", Frequency::Monthly),
    );
    assert_eq!(places(&report.errors), [json!([2, "value", "shown_otherwise"])]);
    let ignored = sheet(&label(2, "2024-04", &number("C2", 0, "5")))
        .replace(&text("C1", "N"), &format!("{}{}", text("C1", "Old"), text("D1", "N")));
    let ignored = ignored.replace("</row>", &format!("{}</row>", number("D2", 1, "7")));
    let ignored = ignored.replacen(&number("D2", 1, "7"), "", 1);
    let (_, report) = read(&book(&ignored, &[";;;", "0"], &[], str::to_owned), "COUNT", json!({}));
    assert_eq!(places(&report.errors), [json!([2, "Old", "unread_column"])]);
    // OpenDocument says by an empty paragraph that nothing is shown.
    let cell = |inside: &str| {
        format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"5\">{inside}</table:table-cell>"
        )
    };
    let string = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    for (inside, code) in [("<text:p/>", Some("shown_otherwise")), ("", None)] {
        let rows = format!(
            "<table:table-row>{}{}{}</table:table-row><table:table-row>{}{}{}</table:table-row>",
            string("Area"),
            string("Month"),
            string("N"),
            string("North"),
            string("2024-04"),
            cell(inside)
        );
        let book = ods("", &format!("<table:table table:name=\"Data\">{rows}</table:table>"));
        let (_, report) = read(&book, "COUNT", marks(json!({})));
        assert_eq!(report.errors.first().map(|fault| fault.code), code, "{inside}");
    }
}

#[test]
fn an_error_of_a_formula_is_no_empty_cell() {
    let error = |attributes: &str| {
        format!(
            "<table:table-cell table:formula=\"of:=1/0\" {attributes}><text:p>#DIV/0!</text:p></table:table-cell>"
        )
    };
    let string = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    for attributes in [
        "office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"",
        "office:value-type=\"float\" office:value=\"0\"",
    ] {
        let attributes = attributes.replace("calcext:", "");
        let rows = format!(
            "<table:table-row>{}{}{}</table:table-row><table:table-row>{}{}{}</table:table-row>",
            string("Area"),
            string("Month"),
            string("N"),
            string("North"),
            string("2024-04"),
            error(&attributes)
        );
        let book = ods("", &format!("<table:table table:name=\"Data\">{rows}</table:table>"));
        for cells in [json!(null), json!("held")] {
            let value = json!({"column": "N", "marks": {"": {"OBS_STATUS": "O"}}, "cells": cells});
            let (_, report) = read(&book, "COUNT", json!({"value": value}));
            assert_eq!(places(&report.errors), [json!([2, "N", "not_a_number"])], "{attributes}");
        }
    }
}

#[test]
fn what_is_under_a_merged_cell_is_neither_read_nor_empty() {
    let rows =
        |under: &str| sheet(&(label(2, "2024-04", &number("C2", 0, "5")) + &label(3, "2024-05", under)));
    let marks = json!({"column": "N", "marks": {"": {"OBS_STATUS": "O"}}});
    let of = |under: &str, more: Value| {
        let mut more = more;
        more["value"] = marks.clone();
        read(&book(&rows(under), &["General"], &["C2:C3"], str::to_owned), "COUNT", more)
    };
    let six = number("C3", 0, "6");
    let (_, report) = of(&six, json!({}));
    assert_eq!(places(&report.errors), [json!([3, "N", "covered_cell"])]);
    let (read_rows, _) = of(&six, json!({"hidden": "read"}));
    assert_eq!(texts(&read_rows), ["NORTH 2024-04 5 A", "NORTH 2024-05 6 A"]);
    for (under, more) in [("", json!({})), (six.as_str(), json!({"hidden": "skip"}))] {
        let (_, report) = of(under, more);
        assert_eq!(places(&report.errors), [json!([3, "N", "merged_cell"])], "{under}");
    }
    // A label in merged cells is meant for all of them, if the mapping says so; it is not the next column's.
    let labels = sheet(
        &(label(2, "2024-04", &number("C2", 0, "5"))
            + &row(3, ["", &text("B3", "2024-05"), &number("C3", 0, "6")])),
    );
    let merged = book(&labels, &["General"], &["A2:A3"], str::to_owned);
    let (read_rows, report) = read(&merged, "COUNT", json!({"fill_down": ["Area"]}));
    assert_eq!((texts(&read_rows).len(), report.error_count), (2, 0));
    let areas = json!([{"dimension": "AREA", "columns": ["Area", "Month"], "codes": {"North": "NORTH", "2024-05": "SOUTH"}}]);
    let (_, report) = read(&merged, "COUNT", json!({"dimensions": areas}));
    assert_eq!(places(&report.errors), [json!([3, "Area", "merged_cell"])]);
    // Cells of OpenDocument.
    let string = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let float = |name: &str, more: &str| {
        format!(
            "<table:{name} {more} office:value-type=\"float\" office:value=\"5\"><text:p>5</text:p></table:{name}>"
        )
    };
    for (under, code) in [
        (float("covered-table-cell", ""), "covered_cell"),
        ("<table:covered-table-cell/>".to_owned(), "merged_cell"),
    ] {
        let rows = [
            [string("Area"), string("Month"), string("N")],
            [string("North"), string("2024-04"), float("table-cell", "table:number-rows-spanned=\"2\"")],
            [string("North"), string("2024-05"), under],
        ];
        let rows: String = rows
            .iter()
            .map(|cells| format!("<table:table-row>{}</table:table-row>", cells.concat()))
            .collect();
        let book = ods("", &format!("<table:table table:name=\"Data\">{rows}</table:table>"));
        let (_, report) = read(&book, "COUNT", json!({"value": marks}));
        assert_eq!(places(&report.errors), [json!([3, "N", code])]);
    }
    let own = row(1, [&text("A1", "AREA"), &text("B1", "TIME_PERIOD"), &text("C1", "value")])
        + &row(2, [&text("A2", "NORTH"), &text("B2", "2024-04"), &number("C2", 0, "5")])
        + &row(3, [&text("A3", "NORTH"), &text("B3", "2024-05"), ""]);
    let own = book(&own, &["General"], &["C2:C3"], str::to_owned);
    let (_, report) = run(own, Form::Workbook, None, &shape("COUNT", Frequency::Monthly));
    assert_eq!(report.errors[0].code, "merged_cell");
}

#[test]
fn a_heading_in_a_merged_cell_ends_with_it() {
    let header = row(1, [&text("A1", "Area"), &text("B1", "2023/24"), ""])
        + &format!("<row r=\"2\">{}{}{}</row>", text("B2", "Q1"), text("C2", "Q2"), text("D2", "Q3"));
    let data = format!(
        "<row r=\"3\">{}{}{}{}</row>",
        text("A3", "North"),
        number("B3", 0, "1"),
        number("C3", 0, "2"),
        number("D3", 0, "3")
    );
    let more = json!({"header_rows": 2, "header_titles": "joined", "period": {"titles_form": "YYYY/YY Qq"}, "value": {}});
    let quarters = shape("COUNT", Frequency::Quarterly);
    let of = |merged: &[&str]| {
        let book = book(&format!("{header}{data}"), &["General"], merged, str::to_owned);
        run(&book, Form::Workbook, Some(&mapping(declared(more.clone()))), &quarters)
    };
    let (_, report) = of(&["B1:C1"]);
    assert_eq!(places(&report.errors), [json!([3, "Q3", "unread_column"])]);
    let (rows, report) = of(&["B1:D1"]);
    assert_eq!((rows.len(), report.errors), (3, vec![]));
    let (_, report) = of(&["B1:C1", "C1:D2"]);
    assert!(report.errors[0].detail.contains("overlap"), "{}", report.errors[0].detail);
}

#[test]
fn days_are_counted_from_the_day_that_the_workbook_says() {
    let period = json!({"column": "Month", "form": "serial", "is": "start", "length": "P1M"});
    let rows = sheet(&row(2, [&text("A2", "North"), &number("B2", 0, "43921"), &number("C2", 0, "5")]));
    let of_1904 = |text: &str| text.replace("<sheets>", "<workbookPr date1904=\"1\"/><sheets>");
    let (read_rows, _) = read(&book(&rows, &["General"], &[], of_1904), "COUNT", json!({"period": period}));
    assert_eq!(texts(&read_rows), ["NORTH 2024-04 5 A"]);
    let string = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let float = |value: &str| {
        format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"{value}\"><text:p>{value}</text:p></table:table-cell>"
        )
    };
    let rows = format!(
        "<table:calculation-settings><table:null-date table:date-value=\"1904-01-01\"/></table:calculation-settings>\
         <table:table table:name=\"Data\"><table:table-row>{}{}{}</table:table-row><table:table-row>{}{}{}</table:table-row></table:table>",
        string("Area"),
        string("Month"),
        string("N"),
        string("North"),
        float("43921"),
        float("5")
    );
    let (read_rows, _) = read(&ods("", &rows), "COUNT", json!({"period": period}));
    assert_eq!(texts(&read_rows), ["NORTH 2024-04 5 A"]);
}

#[test]
fn a_calculated_percentage_is_shown_as_the_cell_shows_it_and_may_be_read_so() {
    let third = "0.33333333333333331";
    let of = |format: &str, value: &str, more: Value| {
        let mut value_mapping = json!({"column": "N"});
        for (name, field) in more.as_object().unwrap() {
            value_mapping[name] = field.clone();
        }
        let book = book(&sheet(&label(2, "2024-04", &number("C2", 0, value))), &[format], &[], str::to_owned);
        read(&book, "PERCENT", json!({"value": value_mapping}))
    };
    for (format, value, shown) in [
        ("0.0%", third, "33.3"),
        ("0.0", "33.3333333333333", "33.3"),
        ("0%", "0.995", "100"),
        ("0.0%", "0.5", "50.0"),
    ] {
        if value.len() > 8 {
            let (_, report) = of(format, value, json!({}));
            assert_eq!(places(&report.errors), [json!([2, "N", "too_precise"])], "{format}");
            let detail = &report.errors[0].detail;
            assert!(detail.contains(&format!("shows `{shown}")) && detail.contains("`round_to`"), "{detail}");
        }
        let (rows, report) = of(format, value, json!({"cells": "shown"}));
        let right = shown.trim_end_matches(".0");
        assert_eq!(texts(&rows), [format!("NORTH 2024-04 {right} A")], "{format}: {:?}", report.errors);
        assert_eq!(report.warning_count, 0, "{format}");
    }
    let (rows, _) = of("0.0%", third, json!({"round_to": 2}));
    assert_eq!(texts(&rows), ["NORTH 2024-04 33.33 A"]);
}

#[test]
fn our_own_form_may_be_one_of_several_sheets() {
    let own = row(1, [&text("A1", "AREA"), &text("B1", "TIME_PERIOD"), &text("C1", "value")])
        + &row(2, [&text("A2", "NORTH"), &text("B2", "2024-04"), &number("C2", 0, "5")]);
    let of = |second: &str, rows: &str, declared: Option<Value>| {
        let sheets = [
            SampleSheet { name: "Data", rows: &own, ..SampleSheet::default() },
            SampleSheet { name: second, rows, ..SampleSheet::default() },
        ];
        let book = crate::sheet::samples::xlsx(&sheets, "<sst/>", &["General"]);
        let mapping = declared.map(mapping);
        let (rows, report) =
            run(&book, Form::Workbook, mapping.as_ref(), &shape("COUNT", Frequency::Monthly));
        (texts(&rows), report.errors.iter().map(|fault| fault.code).collect::<Vec<_>>())
    };
    let about = format!("<row r=\"1\">{}</row>", text("A1", "What this is"));
    let right = (vec!["NORTH 2024-04 5 A".to_owned()], vec![]);
    assert_eq!(of("About", &about, None), right);
    assert_eq!(of("Notes", &about, None).1, ["required"]);
    assert_eq!(of("About", "", None).1, ["required"]);
    assert_eq!(of("Notes", &about, Some(json!({"sheet": "Data"}))), right);
    assert_eq!(of("Notes", &about, Some(json!({"sheet": "Data", "hidden": "read"}))), right);
    assert_eq!(of("Notes", &about, Some(json!({"sheet": "Dat"}))).1, ["unknown_sheet"]);
}
