//! Files as people in this field have them: percentages, hidden cells, merged labels, one column more than last time.

use serde_json::{Value, json};

use super::{mapping, places, run};
use crate::resources::releases::upload::{
    CodeShape, DimensionShape, Form, IndicatorShape, Report, UploadRow,
};
use crate::sheet::samples::{SampleSheet, number, text, xlsx};
use crate::stats::period::Frequency;

/// An indicator of one dimension, in any unit, by month or quarter.
pub fn shape(unit: &'static str, frequency: Frequency) -> IndicatorShape {
    let code = |code: &str, name: &str| CodeShape {
        code: code.to_owned(),
        name: name.to_owned(),
        from: None,
        to: None,
    };
    IndicatorShape {
        slug: "calls".to_owned(),
        dimensions: vec![DimensionShape::new(
            "AREA",
            "Division",
            vec![code("NORTH", "North"), code("SOUTH", "South")],
        )],
        frequency,
        decimals: 1,
        counts: unit == "COUNT",
        ratio: false,
        unit,
        today: None,
    }
}

/// A mapping of the columns Area, Month and N, with other fields replaced.
pub fn declared(more: Value) -> Value {
    let mut all = json!({
        "dimensions": [{"dimension": "AREA", "columns": ["Area"], "codes": {"North": "NORTH", "South": "SOUTH"}}],
        "period": {"column": "Month", "form": "iso"},
        "value": {"column": "N"},
    });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

pub fn texts(rows: &[UploadRow]) -> Vec<String> {
    let text = |row: &UploadRow| {
        let value = row.value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let code = if row.codes[0] == 0 { "NORTH" } else { "SOUTH" };
        format!("{code} {} {value} {}", row.period.text(row.frequency), row.obs.code())
    };
    rows.iter().map(text).collect()
}

/// A sheet with the header Area, Month, N and these cells in the next rows.
pub fn sheet(rows: &str) -> String {
    format!("<row r=\"1\">{}{}{}</row>{rows}", text("A1", "Area"), text("B1", "Month"), text("C1", "N"))
}

pub fn book(rows: &str, formats: &[&str]) -> Vec<u8> {
    let rows = sheet(rows);
    xlsx(&[SampleSheet { name: "Data", rows: &rows, ..SampleSheet::default() }], "<sst/>", formats)
}

/// One cell of this format and number, in an indicator of this unit.
fn one(
    format: &str,
    value: &str,
    unit: &'static str,
    value_mapping: Value,
) -> Result<String, Vec<&'static str>> {
    let row = format!(
        "<row r=\"2\">{}{}{}</row>",
        text("A2", "North"),
        text("B2", "2024-04"),
        number("C2", 0, value)
    );
    let mapping = mapping(declared(json!({"value": value_mapping})));
    let (rows, report) =
        run(book(&row, &[format]), Form::Workbook, Some(&mapping), &shape(unit, Frequency::Monthly));
    match rows.as_slice() {
        [row] => Ok(row.value.unwrap().to_string()),
        _ => Err(report.errors.iter().map(|fault| fault.code).collect()),
    }
}

#[test]
fn a_cell_is_read_as_it_is_shown_or_is_refused() {
    let column = || json!({"column": "N"});
    for (format, value, unit, right) in [
        ("0.0%", "0.915", "PERCENT", Ok("91.5")),
        ("0%", "0.91500000000000004", "PERCENT", Ok("91.5")),
        ("0.0\"%\"", "91.5", "PERCENT", Ok("91.5")),
        ("General", "91.5", "PERCENT", Ok("91.5")),
        ("0.0%", "0.915", "COUNT", Err("other_unit")),
        ("0.0%", "0.915", "RATIO", Err("other_unit")),
        ("0.0\"‰\"", "5.1", "RATE_1000", Ok("5.1")),
        ("0.0\"‰\"", "5.1", "PERCENT", Err("other_unit")),
        ("#,##0,", "1204000", "COUNT", Err("shown_otherwise")),
        ("0.0,,\"m\"", "1204000", "COUNT", Err("shown_otherwise")),
        ("£#,##0.00", "-1204.5", "GBP", Ok("-1204.5")),
        ("[$€-2]0", "7", "GBP", Err("other_unit")),
        ("£0", "7", "COUNT", Err("other_unit")),
        ("#,##0;(#,##0);\"-\"", "0", "COUNT", Ok("0")),
        ("#,##0_);(#,##0)", "-7", "GBP", Ok("-7")),
        ("[<5]\"*\";0", "3", "COUNT", Err("shown_otherwise")),
        (";;;", "3", "COUNT", Err("shown_otherwise")),
        ("dd/mm/yyyy", "45383", "COUNT", Err("not_a_number")),
        ("[h]:mm", "0.0625", "SECONDS", Err("shown_otherwise")),
        ("0.00E+00", "1204", "COUNT", Ok("1204")),
    ] {
        let read = one(format, value, unit, column());
        assert_eq!(
            read,
            right.map(str::to_owned).map_err(|code| vec![code]),
            "{format} of {value} as {unit}"
        );
    }
}

#[test]
fn a_mapping_says_which_number_of_a_cell_is_read_and_what_it_is_multiplied_by() {
    for (format, value, unit, more, right) in [
        ("#,##0,", "1204000", "COUNT", json!({"cells": "shown"}), Ok("1204")),
        ("#,##0,", "1204000", "COUNT", json!({"cells": "held"}), Ok("1204000")),
        ("0%", "0.915", "RATIO", json!({"cells": "held"}), Ok("0.915")),
        ("General", "0.915", "PERCENT", json!({"factor": "100"}), Ok("91.5")),
        ("0%", "0.915", "PERCENT", json!({"factor": "100"}), Err("contradiction")),
        ("0%", "0.915", "PERCENT", json!({"factor": "100", "cells": "held"}), Ok("91.5")),
        ("General", "12.5", "GBP", json!({"factor": "1000"}), Ok("12500")),
    ] {
        let mut declared = json!({"column": "N"});
        for (name, value) in more.as_object().unwrap() {
            declared[name] = value.clone();
        }
        let read = one(format, value, unit, declared);
        assert_eq!(read, right.map(str::to_owned).map_err(|code| vec![code]), "{format} of {value}, {more}");
    }
}

#[test]
fn fractions_of_percentages_and_hidden_decimals_are_warnings() {
    let mapping = mapping(declared(json!({})));
    let file = "Area,Month,N\nNorth,2024-04,0.915\nNorth,2024-05,1\n";
    let (_, report) = run(file, Form::Csv, Some(&mapping), &shape("PERCENT", Frequency::Monthly));
    assert_eq!(places(&report.warnings), [json!([null, "/mapping/value/factor", "probably_fractions"])]);
    let row = format!(
        "<row r=\"2\">{}{}{}</row>",
        text("A2", "North"),
        text("B2", "2024-04"),
        number("C2", 0, "91.512")
    );
    let (rows, report) =
        run(book(&row, &["0.0"]), Form::Workbook, Some(&mapping), &shape("PERCENT", Frequency::Monthly));
    assert_eq!(texts(&rows), ["NORTH 2024-04 91.512 A"]);
    assert_eq!(places(&report.warnings), [json!([2, "N", "shown_rounded"])]);
}

fn read_csv(file: &str, more: Value) -> (Vec<UploadRow>, Report) {
    run(file, Form::Csv, Some(&mapping(declared(more))), &shape("COUNT", Frequency::Monthly))
}

#[test]
fn figures_that_the_mapping_does_not_read_are_refused_with_their_row_and_column() {
    let file = "Area,Month,N,May,Note\nNorth,2024-04,5,6,x\nSouth,2024-04,7,8,y\n";
    let (_, report) = read_csv(file, json!({}));
    assert_eq!(places(&report.errors), [json!([2, "May", "unread_column"])]);
    let (rows, report) = read_csv(file, json!({"ignore": {"columns": ["May"]}}));
    assert_eq!((report.error_count, rows.len()), (0, 2));
    // What a rule or `keep` leaves out is meant to be left out.
    let file = "Area,Month,N,Total\nNorth,2024-04,5,\nAll,2024-04,7,8\n";
    assert_eq!(read_csv(file, json!({"keep": {"Area": ["North"]}})).1.error_count, 0);
    let below = "Area,Month,N\nNorth,2024-04,5\n,,\nSource: x,,\nArea,Month,N\nSouth,2024-04,9\n";
    let (_, report) = read_csv(below, json!({"last_row": 2}));
    assert_eq!(places(&report.errors), [json!([6, "N", "figures_after_last_row"])]);
    let (rows, report) = read_csv(below, json!({"last_row": 2, "ignore": {"after_last_row": true}}));
    assert_eq!((report.error_count, rows.len()), (0, 1));
    let above = "Area,Month,N\n,,2024\nNorth,2024-04,5\nSouth,2024-04,9\n";
    assert_eq!(read_csv(above, json!({"first_row": 3})).1.error_count, 0, "a year below a title");
    let (_, report) = read_csv(above, json!({"first_row": 4}));
    assert_eq!(places(&report.errors), [json!([3, "N", "figures_before_first_row"])]);
    assert_eq!(
        read_csv(above, json!({"first_row": 4, "ignore": {"before_first_row": true}})).1.error_count,
        0
    );
    let gap = "Area,Month,N\nNorth,2024-04,5\n\n\nSouth,2024-04,9\n";
    let (_, report) = read_csv(gap, json!({}));
    assert_eq!(places(&report.warnings), [json!([5, "", "rows_after_gap"])]);
    let (_, report) = read_csv(&format!("Total,5,\n{file}"), json!({"header_row": 2}));
    assert_eq!(places(&report.warnings), [json!([1, "[B]", "figures_above"])]);
}

#[test]
fn periods_in_one_column_in_two_and_in_titles_are_declared_once() {
    let quarters = shape("COUNT", Frequency::Quarterly);
    let read = |file: &str, more: Value| run(file, Form::Csv, Some(&mapping(declared(more))), &quarters);
    let (rows, report) = read(
        "Area,Month,N\nNorth,2023/24 Q1,5\nNorth,Q2 extra,6\n",
        json!({"period": {"column": "Month", "form": "YYYY/YY Qq", "texts": {"Q2 extra": "2023-Q3"}}}),
    );
    assert_eq!(
        (texts(&rows), report.error_count),
        (vec!["NORTH 2023-Q2 5 A".to_owned(), "NORTH 2023-Q3 6 A".to_owned()], 0)
    );
    let two = "Year,Quarter,Area,N\n2023/24,Q1,North,5\n,Q2,,6\n2024/25,Q1,North,7\n";
    let (rows, report) = read(
        two,
        json!({"period": {"columns": ["Year", "Quarter"], "form": "YYYY/YY Qq"}, "fill_down": ["Year", "Area"]}),
    );
    assert_eq!(report.errors, []);
    assert_eq!(texts(&rows), ["NORTH 2023-Q2 5 A", "NORTH 2023-Q3 6 A", "NORTH 2024-Q2 7 A"]);
    // Years in merged cells above quarters; the next file may have one column more.
    let wide = "Area,2023/24,,2024/25\n,Q1,Q2 [note 1],Q1\nNorth,1,2,3\nSouth,4,5,6\n";
    let by_title = json!({"header_rows": 2, "header_titles": "joined", "period": {"titles_form": "YYYY/YY Qq"}, "value": {}});
    let (rows, report) = read(wide, by_title.clone());
    assert_eq!(report.errors, []);
    assert_eq!(
        texts(&rows),
        [
            "NORTH 2023-Q2 1 A",
            "NORTH 2023-Q3 2 A",
            "NORTH 2024-Q2 3 A",
            "SOUTH 2023-Q2 4 A",
            "SOUTH 2023-Q3 5 A",
            "SOUTH 2024-Q2 6 A"
        ]
    );
    let (_, report) = read("Area,x\n,y\nNorth,1\n", by_title);
    assert_eq!(report.errors[0].code, "unknown_column");
    // Another length than the declared one is another period.
    let (_, report) = read(
        "Area,Month,N\nNorth,2023/24,5\n",
        json!({"period": {"column": "Month", "form": "YYYY/YY", "length": "P3M"}}),
    );
    assert_eq!(places(&report.errors), [json!([2, "Month", "not_a_period"])]);
}

#[test]
fn symbols_are_compared_as_people_see_them_and_several_may_follow_a_number() {
    let value = json!({
        "column": "N", "thousands": ",",
        "marks": {"-": {"value": "0"}, "z": {"OBS_STATUS": "M"}, "N/A": {"OBS_STATUS": "O"}},
        "footnotes": {"p": {"OBS_STATUS": "P"}, "r": {}, "[note]": {}, "(e)": {"OBS_STATUS": "E"}},
    });
    for (cell, right) in [
        ("\u{2013}", "0 A"),
        ("Z", "- M"),
        ("n/a", "- O"),
        ("\"1,204 p r\"", "1204 P"),
        ("\"1,204 P\"", "1204 P"),
        ("5 [note 1]", "5 A"),
        ("\"5 [Notes 2, 3] p\"", "5 P"),
        ("5(e)", "5 E"),
        ("1\u{a0}204", "1204 A"),
    ] {
        let (rows, report) =
            read_csv(&format!("Area,Month,N\nNorth [note 4],2024-04,{cell}\n"), json!({"value": value}));
        assert_eq!(report.errors, [], "{cell}");
        assert_eq!(texts(&rows), [format!("NORTH 2024-04 {right}")], "{cell}");
    }
    for wrong in ["5[p]", "<5", "5 [x]", "p", "1.2m"] {
        let (_, report) =
            read_csv(&format!("Area,Month,N\nNorth,2024-04,{wrong}\n"), json!({"value": value}));
        assert_eq!(report.errors_by_code["not_a_number"], 1, "{wrong}");
    }
    let (rows, report) = read_csv("Area,Month,N\nNorth,2024-04,5 p (e)\n", json!({"value": value}));
    assert_eq!(
        (texts(&rows), places(&report.warnings)),
        (vec!["NORTH 2024-04 5 P".to_owned()], vec![json!([2, "N", "symbols_disagree"])])
    );
}

#[test]
fn a_trial_shows_what_it_understood_in_words_with_its_cell() {
    let file = "Area,Month,Extra,N\nNorth,2024-04,,91.5\nNorth,2024-05,,90\nSouth,2024-04,,[x]\nNorth,2024-06,,88\nNorth,2024-07,,87 p\n";
    let value = json!({"column": "N", "marks": {"[x]": {"OBS_STATUS": "Q", "CONF_STATUS": "A"}}, "footnotes": {"p": {"OBS_STATUS": "P"}}});
    let mapping = mapping(declared(json!({"value": value})));
    let (_, report) = run(file, Form::Csv, Some(&mapping), &shape("PERCENT", Frequency::Monthly));
    assert_eq!(
        json!(report.understood.series()),
        json!([
            {"series": "calls.NORTH.P1M", "words": "Division: North", "observations": 4, "first": [
                {"row": 2, "cell": "D2", "TIME_PERIOD": "2024-04", "period": "Apr 2024", "value": "91.5 per cent"},
                {"row": 3, "cell": "D3", "TIME_PERIOD": "2024-05", "period": "May 2024", "value": "90 per cent"},
                {"row": 5, "cell": "D5", "TIME_PERIOD": "2024-06", "period": "Jun 2024", "value": "88 per cent"},
            ]},
            {"series": "calls.SOUTH.P1M", "words": "Division: South", "observations": 1, "first": [
                {"row": 4, "cell": "D4", "TIME_PERIOD": "2024-04", "period": "Apr 2024",
                 "value": "no value (value suppressed, confidential, a small count)"},
            ]},
        ])
    );
    let json = r#"{"observations": [{"AREA": "NORTH", "TIME_PERIOD": "2024-04", "value": "5"}]}"#;
    let (_, report) = run(json, Form::Json, None, &shape("COUNT", Frequency::Monthly));
    assert_eq!(json!(report.understood.series()[0].first[0])["cell"], Value::Null);
}
