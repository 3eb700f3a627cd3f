//! What a file has and is not read: hidden columns, columns without a title, labels that `keep` and rules cannot see.

use serde_json::{Value, json};

use super::field::{declared, shape, sheet, texts};
use super::{mapping, places, run};
use crate::resources::releases::upload::{Form, Report, UploadRow};
use crate::sheet::samples::{SampleSheet, archive, number, ods, text, xlsx, xlsx_parts};
use crate::stats::period::Frequency;

pub fn csv(file: &str, unit: &'static str, more: Value) -> (Vec<UploadRow>, Report) {
    run(file, Form::Csv, Some(&mapping(declared(more))), &shape(unit, Frequency::Monthly))
}

pub fn own(file: &str, unit: &'static str) -> (Vec<UploadRow>, Report) {
    run(file, Form::Csv, None, &shape(unit, Frequency::Monthly))
}

/// Cells of a row from column A on, texts or numbers; empty ones are left out.
pub fn row(n: u64, cells: &[&str]) -> String {
    let cell = |(column, cell): (usize, &&str)| {
        let at = format!("{}{n}", char::from(b'A' + u8::try_from(column).unwrap()));
        match cell.parse::<f64>() {
            _ if cell.is_empty() => String::new(),
            Ok(_) => number(&at, 0, cell),
            Err(_) => text(&at, cell),
        }
    };
    format!("<row r=\"{n}\">{}</row>", cells.iter().enumerate().map(cell).collect::<String>())
}

/// A workbook of one sheet in which a column, from 1, is hidden.
fn with_hidden(column: usize, rows: &str) -> Vec<u8> {
    let columns = format!("<cols><col min=\"{column}\" max=\"{column}\" hidden=\"1\"/></cols>");
    xlsx(
        &[SampleSheet { name: "Data", columns: &columns, rows, ..SampleSheet::default() }],
        "<sst/>",
        &["General"],
    )
}

fn with_merged(rows: &str, merged: &[&str]) -> Vec<u8> {
    let merges: String = merged.iter().map(|range| format!("<mergeCell ref=\"{range}\"/>")).collect();
    let parts =
        xlsx_parts(&[SampleSheet { name: "Data", rows, ..SampleSheet::default() }], "<sst/>", &["General"]);
    let end = format!("</sheetData><mergeCells>{merges}</mergeCells>");
    let parts: Vec<(String, String)> =
        parts.into_iter().map(|(name, text)| (name, text.replace("</sheetData>", &end))).collect();
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    archive(&parts)
}

#[test]
fn hidden_columns_that_are_skipped_are_not_there() {
    let quarters = shape("COUNT", Frequency::Quarterly);
    let of = |column: usize, rows: &str, more: Value| {
        let (rows, report) =
            run(with_hidden(column, rows), Form::Workbook, Some(&mapping(declared(more))), &quarters);
        (texts(&rows), places(&report.errors))
    };
    let wide = row(1, &["Area", "2024 Q1", "2024 Q2"]) + &row(2, &["North", "1", "777"]);
    let by_title = |more: &str| json!({"period": {"titles_form": "YYYY Qq"}, "value": {}, "hidden": more});
    assert_eq!(of(3, &wide, by_title("skip")), (vec!["NORTH 2024-Q1 1 A".to_owned()], vec![]));
    assert_eq!(of(3, &wide, by_title("read")).0.len(), 2);
    // A column between others, one without a title, and a row that has nothing else.
    let more = row(3, &["", "888", ""]) + &row(4, &["South", "777", "2"]);
    let between = row(1, &["Area", "2024 Q1", "2024 Q2"]) + &more;
    assert_eq!(of(2, &between, by_title("skip")), (vec!["SOUTH 2024-Q2 2 A".to_owned()], vec![]));
    let untitled = row(1, &["Area", "2024 Q1"]) + &row(2, &["North", "1", "777"]);
    assert_eq!(of(3, &untitled, by_title("skip")), (vec!["NORTH 2024-Q1 1 A".to_owned()], vec![]));
    // A heading above several columns is that of those which are shown.
    let joined = row(1, &["Area", "2024", ""]) + &row(2, &["", "Q1", "Q2"]) + &row(3, &["North", "777", "2"]);
    let two = json!({"header_rows": 2, "header_titles": "joined", "period": {"titles_form": "YYYY Qq"}, "value": {}, "hidden": "skip"});
    assert_eq!(of(2, &joined, two), (vec!["NORTH 2024-Q2 2 A".to_owned()], vec![]));
    // A mapping that names a hidden column contradicts itself, but for the columns that are left out on purpose.
    let long = row(1, &["Area", "Month", "N", "Old"]) + &row(2, &["North", "2024-Q1", "1", "2"]);
    for name in ["N", "[C]"] {
        let (rows, errors) = of(
            3,
            &long,
            json!({"value": {"column": name}, "hidden": "skip", "ignore": {"columns": ["Old"]}}),
        );
        assert_eq!((rows.len(), errors), (0, vec![json!([null, "/mapping/value/column", "contradiction"])]));
    }
    let (rows, errors) = of(4, &long, json!({"hidden": "skip", "ignore": {"columns": ["Old"]}}));
    assert_eq!((rows.len(), errors), (1, vec![]));
    // Of two columns of one title, the one that is shown is meant.
    let twice = row(1, &["Area", "Month", "N", "N"]) + &row(2, &["North", "2024-Q1", "777", "2"]);
    assert_eq!(of(3, &twice, json!({"hidden": "skip"})), (vec!["NORTH 2024-Q1 2 A".to_owned()], vec![]));
    // Our own form.
    let ours = row(1, &["AREA", "old", "TIME_PERIOD", "value"]) + &row(2, &["NORTH", "777", "2024-Q1", "2"]);
    let own = mapping(json!({"sheet": "Data", "hidden": "skip"}));
    let (rows, report) = run(with_hidden(2, &ours), Form::Workbook, Some(&own), &quarters);
    assert_eq!((texts(&rows), report.errors), (vec!["NORTH 2024-Q1 2 A".to_owned()], vec![]));
}

#[test]
fn a_label_in_a_hidden_row_is_that_of_the_rows_below_it() {
    let hidden = row(3, &["South", "2024-04", "777"]).replace("<row ", "<row hidden=\"1\" ");
    let rows = sheet(&(row(2, &["North", "2024-04", "1"]) + &hidden + &row(4, &["", "2024-05", "2"])));
    let more = json!({"hidden": "skip", "fill_down": ["Area"]});
    for merged in [&[][..], &["A3:A4"]] {
        let (rows, report) = run(
            with_merged(&rows, merged),
            Form::Workbook,
            Some(&mapping(declared(more.clone()))),
            &shape("COUNT", Frequency::Monthly),
        );
        assert_eq!(
            (texts(&rows), report.errors),
            (vec!["NORTH 2024-04 1 A".to_owned(), "SOUTH 2024-05 2 A".to_owned()], vec![])
        );
    }
}

#[test]
fn figures_without_a_title_are_not_passed_over() {
    let unread = |column: &str| json!([2, column, "unread_column"]);
    let (_, report) = csv("Area,Month,N,\nNorth,2024-04,1,9\nNorth,2024-05,1,9\n", "COUNT", json!({}));
    assert_eq!(places(&report.errors), [unread("[D]")]);
    let (_, report) = csv("Area,Month,N,,\nNorth,2024-04,1,9,8\n", "COUNT", json!({}));
    assert_eq!(places(&report.errors), [unread("[D]"), unread("[E]")]);
    let wide = json!({"period": {"titles_form": "YYYY-MM", "is": "start", "length": "P1M"}, "value": {}});
    let (_, report) = csv("Area,2024-04,\nNorth,1,9\n", "COUNT", wide);
    assert_eq!(places(&report.errors), [unread("[C]")]);
    let joined = json!({"header_rows": 2, "header_titles": "joined", "period": {"titles_form": "YYYY MMM", "is": "start", "length": "P1M"}, "value": {}});
    let (_, report) = csv("Area,2024,\n,Apr,\nNorth,1,9\n", "COUNT", joined);
    assert_eq!(places(&report.errors), [json!([3, "[C]", "unread_column"])]);
    let (_, report) = own("AREA,TIME_PERIOD,value,\nNORTH,2024-04,1,9\n", "COUNT");
    assert_eq!(places(&report.errors), [unread("[D]")]);
    // Symbols in the place of figures, and what is no figure.
    let marks = json!({"value": {"column": "N", "marks": {"[c]": {"OBS_STATUS": "Q"}}}});
    let (_, report) = csv("Area,Month,N,\nNorth,2024-04,1,[c]\n", "COUNT", marks);
    assert_eq!(places(&report.errors), [unread("[D]")]);
    let (rows, report) = csv("Area,Month,N,,\nNorth,2024-04,1,late,\n", "COUNT", json!({}));
    assert_eq!((rows.len(), report.error_count), (1, 0));
}

#[test]
fn a_merged_label_is_no_empty_one_to_keep_and_rules() {
    let header = row(1, &["Region", "Area", "Month", "N"]);
    let rows = header
        + &row(2, &["EM", "North", "2024-04", "1"])
        + &row(3, &["", "South", "2024-04", "2"])
        + &row(4, &["WM", "North", "2024-05", "3"])
        + &row(5, &["", "South", "2024-05", "4"]);
    let monthly = shape("COUNT", Frequency::Monthly);
    let of = |more: Value, rows: &[u8]| run(rows, Form::Workbook, Some(&mapping(declared(more))), &monthly);
    let book = with_merged(&rows, &["A2:A3", "A4:A5"]);
    let cell = |kind: &str, more: &str, text: &str| {
        format!("<table:{kind} {more} office:value-type=\"string\"><text:p>{text}</text:p></table:{kind}>")
    };
    let label = |label: &str, area: &str, month: &str, value: &str| {
        let first = match label {
            "" => "<table:covered-table-cell/>".to_owned(),
            label => cell(
                "table-cell",
                "table:number-rows-spanned=\"2\" table:number-columns-spanned=\"1\"",
                label,
            ),
        };
        let rest: String = [area, month, value].iter().map(|text| cell("table-cell", "", text)).collect();
        format!("<table:table-row>{first}{rest}</table:table-row>")
    };
    let titles: String =
        ["Region", "Area", "Month", "N"].iter().map(|text| cell("table-cell", "", text)).collect();
    let all = format!(
        "<table:table table:name=\"Data\"><table:table-row>{titles}</table:table-row>{}{}{}{}</table:table>",
        label("EM", "North", "2024-04", "1"),
        label("", "South", "2024-04", "2"),
        label("WM", "North", "2024-05", "3"),
        label("", "South", "2024-05", "4"),
    );
    let because = "Published elsewhere.";
    let merged = |n: u64| json!([n, "Region", "merged_cell"]);
    for book in [book, ods("", &all)] {
        let keep = json!({"keep": {"Region": ["EM"]}});
        let (_, report) = of(keep, &book);
        assert_eq!(places(&report.errors), [merged(3), merged(5)]);
        let (rows, report) = of(json!({"keep": {"Region": ["EM"]}, "fill_down": ["Region"]}), &book);
        assert_eq!((texts(&rows).len(), report.error_count, report.warning_count), (2, 0, 0));
        // What another column leaves out does not depend on the label.
        let (rows, report) = of(json!({"keep": {"Region": ["EM"], "Area": ["North"]}}), &book);
        assert_eq!((rows.len(), report.error_count), (1, 0));
        for then in
            [json!({"drop": true}), json!({"OBS_STATUS": "P"}), json!({"text": {"Area": {"South": "North"}}})]
        {
            let rule = json!([{"when": {"columns": {"Region": ["WM"]}}, "then": then, "because": because}]);
            let (_, report) = of(json!({"rules": rule}), &book);
            assert_eq!(places(&report.errors), [merged(3), merged(5)], "{then}");
        }
        let rule = json!([{"when": {"codes": {"AREA": ["NORTH"]}, "columns": {"Region": ["WM"]}}, "then": {"drop": true}, "because": because}]);
        let (rows, report) = of(json!({"rules": rule}), &book);
        assert_eq!((rows.len(), report.error_count), (3, 0));
        for name in ["reason", "note"] {
            let (_, report) = of(json!({name: "Region"}), &book);
            assert_eq!(places(&report.errors), [merged(3), merged(5)], "{name}");
        }
    }
    let months =
        row(1, &["Area", "Month", "N"]) + &row(2, &["North", "2024-04", "1"]) + &row(3, &["South", "", "2"]);
    let (_, report) = of(json!({}), &with_merged(&months, &["B2:B3"]));
    assert_eq!(places(&report.errors), [json!([3, "Month", "merged_cell"])]);
}

#[test]
fn rows_that_keep_leaves_out_for_an_empty_cell_or_for_its_case_are_told() {
    let file = "Region,Area,Month,N\nEM,North,2024-04,1\n,South,2024-04,2\nem,North,2024-05,3\n,South,2024-05,4\nWM,North,2024-06,5\n";
    let (rows, report) = csv(file, "COUNT", json!({"keep": {"Region": ["EM"]}}));
    assert_eq!(rows.len(), 1);
    assert_eq!(
        places(&report.warnings),
        [json!([3, "Region", "not_kept"]), json!([4, "Region", "not_kept"])]
    );
    let details: Vec<&str> = report.warnings.iter().map(|warning| warning.detail.as_ref()).collect();
    assert!(details[0].starts_with("2 rows") && details[0].contains("`fill_down`"), "{details:?}");
    assert!(details[1].contains("`EM`, and this cell `em`"), "{details:?}");
    let more = json!({"keep": {"Region": ["EM", "em", ""]}});
    assert_eq!(csv(file, "COUNT", more).1.warning_count, 0);
    let more = json!({"keep": {"Region": ["EM", "em"]}, "fill_down": ["Region"]});
    let (rows, report) = csv(file, "COUNT", more);
    assert_eq!((rows.len(), report.warning_count), (4, 0));
}

#[test]
fn two_columns_of_one_period_are_named() {
    let more = json!({"period": {"titles": {"Q1": "2024-04", "Q2": "2024-04"}}, "value": {}});
    let (rows, report) = csv("Area,Q1,Q2\nNorth,1,2\nNorth,3,4\n", "COUNT", more);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        places(&report.errors),
        [json!([2, "Q2", "duplicate_row"]), json!([3, "", "duplicate_row"]), json!([3, "", "duplicate_row"])]
    );
    assert!(report.errors[0].detail.contains("column [B]"), "{}", report.errors[0].detail);
    assert!(report.errors[1].detail.contains("Row 2"), "{}", report.errors[1].detail);
}

#[test]
fn what_is_above_the_titles_of_our_own_form_is_told_once() {
    for (file, part) in [
        ("\nAREA,TIME_PERIOD,value\nNORTH,2024-04,5\n", "above row 2"),
        ("Crime in 2024,,\nAREA,TIME_PERIOD,value\nNORTH,2024-04,5\n", "only `Crime in 2024`"),
    ] {
        let (_, report) = own(file, "COUNT");
        assert_eq!(report.error_count, 1);
        assert_eq!((report.errors[0].code, json!(report.errors[0])["row"].clone()), ("no_header", json!(1)));
        assert!(report.errors[0].detail.contains(part), "{}", report.errors[0].detail);
    }
    let (_, report) = own("TIME_PERIOD\n2024-04\n", "COUNT");
    assert!(report.errors_by_code.contains_key("missing_column"), "{:?}", report.errors);
}

/// All titles are in memory while the file is read, and may be joined: without a limit, a workbook of a few kilobytes could fill
/// gigabytes.
#[test]
fn of_a_title_no_more_is_kept_than_a_mapping_can_name() {
    let long = |length: usize| "x".repeat(length);
    // Neither a long column that nothing names nor a long text above the titles keeps a file from being read.
    let two = json!({"header_rows": 2});
    for (file, more) in [
        (format!("Area,Month,N,{}\nNorth,2024-04,1,\n", long(20_000)), json!({})),
        (format!("{},,,\nArea,Month,N,{}\nNorth,2024-04,1,\n", long(20_000), long(600)), two),
    ] {
        let (rows, report) = csv(&file, "COUNT", more);
        assert_eq!((rows.len(), report.error_count), (1, 0), "{:?}", report.errors);
    }
    let joined = json!({"header_rows": 2, "header_titles": "joined"});
    let file = format!("Area,Month,N,{0}\n,,,{0}\nNorth,2024-04,1,9\n", long(20_000));
    for (file, more, row) in
        [(file, joined, 3), (format!("Area,Month,N,{}\nNorth,2024-04,1,9\n", long(20_000)), json!({}), 2)]
    {
        let (_, report) = csv(&file, "COUNT", more);
        // The figures below it are told.
        let fault = &report.errors[0];
        assert_eq!((fault.row, fault.code, report.error_count), (Some(row), "unread_column", 1));
    }
}

#[test]
fn a_heading_spans_the_columns_to_its_right_until_the_next() {
    let joined = json!({
        "header_rows": 2, "header_titles": "joined", "value": {},
        "period": {"titles_form": "YYYY MMM", "is": "start", "length": "P1M"},
    });
    let (rows, report) = csv("Area,2023,,2024,\n,Nov,Dec,Jan,Feb\nNorth,1,2,3,4\n", "COUNT", joined);
    assert_eq!((texts(&rows).len(), report.error_count), (4, 0), "{:?}", report.errors);
}
