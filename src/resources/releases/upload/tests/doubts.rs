//! Numbers and periods that are read in the forms of the field, and those that are doubted.

use serde_json::{Value, json};

use super::field::{declared, shape, sheet, texts};
use super::left_out::{csv, own, row};
use super::{mapping, places, run};
use crate::resources::releases::upload::{Form, IndicatorShape};
use crate::sheet::samples::{SampleSheet, ods, xlsx};
use crate::stats::period::Frequency;

#[test]
fn percentages_of_our_own_form_are_read_and_doubted_as_those_of_a_mapping() {
    let of = |values: &[&str]| {
        let rows: String = values
            .iter()
            .enumerate()
            .map(|(n, value)| format!("NORTH,2024-{:02},{value}\n", n + 1))
            .collect();
        let (rows, report) = own(&format!("AREA,TIME_PERIOD,value\n{rows}"), "PERCENT");
        let values: Vec<String> = rows.iter().map(|row| row.value.unwrap().to_string()).collect();
        (values, places(&report.errors), places(&report.warnings))
    };
    let warned = |n: u64, code: &str| json!([n, "value", code]);
    assert_eq!(of(&["0.915", "0.8"]).2, [warned(2, "probably_fractions")]);
    assert_eq!(of(&["91.5", "0.8"]).2, Vec::<Value>::new());
    assert_eq!(of(&["91.5%", "0.8 %"]), (vec!["91.5".to_owned(), "0.8".to_owned()], vec![], vec![]));
    assert_eq!(of(&["0.4%", "0.5%"]).2, Vec::<Value>::new());
    assert_eq!(of(&["91.5%", "0.8"]).2, [warned(3, "probably_fraction")]);
    assert_eq!(of(&["9150%", "80%"]).2, [warned(2, "probably_hundredfold")]);
    assert_eq!(of(&["91.5‰"]).1, [warned(2, "other_unit")]);
    assert_eq!(of(&["%"]).1, [warned(2, "not_a_number")]);
    let json =
        json!({"observations": [{"AREA": "NORTH", "TIME_PERIOD": "2024-04", "value": "0.915"}]}).to_string();
    let (_, report) = run(json, Form::Json, None, &shape("PERCENT", Frequency::Monthly));
    assert_eq!(report.warnings[0].code, "probably_fractions");
    // With a mapping: signs are no fractions, and a factor would contradict them.
    let file = "Area,Month,N\nNorth,2024-04,0.4%\nNorth,2024-05,0.5%\n";
    assert_eq!(csv(file, "PERCENT", json!({})).1.warning_count, 0);
    // A cell of a workbook with the format of percentages, and what the percentage is made from.
    let ours = row(1, &["AREA", "TIME_PERIOD", "value", "numerator", "denominator"])
        + &row(2, &["NORTH", "2024-04", "91.5", "183", "200"]);
    let styled = ours.replace("r=\"C2\" s=\"0\"", "r=\"C2\" s=\"1\"");
    let book = |rows: &str| {
        xlsx(&[SampleSheet { name: "Data", rows, ..SampleSheet::default() }], "<sst/>", &["General", "0%"])
    };
    let percent = IndicatorShape { ratio: true, ..shape("PERCENT", Frequency::Monthly) };
    let (_, report) = run(book(&styled), Form::Workbook, None, &percent);
    assert!(report.warnings_by_code.contains_key("probably_hundredfold"), "{:?}", report.warnings);
    let parts = ours.replace("r=\"D2\" s=\"0\"", "r=\"D2\" s=\"1\"");
    let (_, report) = run(book(&parts), Form::Workbook, None, &percent);
    assert_eq!(places(&report.errors), [json!([2, "numerator", "other_unit"])]);
}

#[test]
fn a_sum_of_another_currency_is_none_of_pounds_whether_or_not_its_sign_is_written() {
    let of = |unit: &'static str, cell: &str| {
        let string = |text: &str| {
            format!(
                "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
            )
        };
        let line = |cells: [String; 3]| format!("<table:table-row>{}</table:table-row>", cells.concat());
        let rows = line([string("Area"), string("Month"), string("N")])
            + &line([string("North"), string("2024-04"), cell.to_owned()]);
        let book = ods("", &format!("<table:table table:name=\"Data\">{rows}</table:table>"));
        let (rows, report) =
            run(&book, Form::Workbook, Some(&mapping(declared(json!({})))), &shape(unit, Frequency::Monthly));
        match texts(&rows).as_slice() {
            [row] => row.trim_start_matches("NORTH 2024-04 ").to_owned(),
            _ => report.errors[0].code.to_owned(),
        }
    };
    let cell = |currency: &str, value: &str, inside: &str| {
        format!(
            "<table:table-cell office:value-type=\"currency\" {currency} office:value=\"{value}\">{inside}</table:table-cell>"
        )
    };
    let (pounds, euros, francs) =
        ("office:currency=\"GBP\"", "office:currency=\"EUR\"", "office:currency=\"CHF\"");
    for (unit, currency, value, inside, right) in [
        ("GBP", euros, "5", "", "other_unit"),
        ("GBP", euros, "5", "<text:p>€5</text:p>", "other_unit"),
        ("GBP", euros, "5", "<text:p>5.00</text:p>", "other_unit"),
        ("GBP", francs, "5", "", "shown_otherwise"),
        ("GBP", pounds, "-5", "", "-5 A"),
        ("GBP", pounds, "5", "<text:p>5.00</text:p>", "5 A"),
        ("GBP", "", "5", "", "5 A"),
        ("COUNT", pounds, "5", "", "other_unit"),
        ("COUNT", pounds, "5", "<text:p>£5</text:p>", "other_unit"),
    ] {
        assert_eq!(of(unit, &cell(currency, value, inside)), right, "{unit} {currency} {inside}");
    }
}

#[test]
fn a_period_that_ends_on_the_last_day_of_a_month_is_doubted() {
    let irregular = shape("COUNT", Frequency::Irregular);
    let ours = |period: &str| format!("AREA,TIME_PERIOD,value\nNORTH,{period},5\n");
    let mapped = |period: &str| format!("Area,Month,N\nNorth,{period},5\n");
    for (period, count) in [
        ("2023-04-01/2024-03-31", 1),
        ("2023-04-01/2024-04-01", 0),
        ("2023-04-01/P365D", 0),
        ("2023-04-01/2023-04-15", 0),
    ] {
        let (_, report) = run(ours(period), Form::Csv, None, &irregular);
        assert_eq!((report.warning_count, report.error_count), (count, 0), "{period}");
        let (_, report) = run(mapped(period), Form::Csv, Some(&mapping(declared(json!({})))), &irregular);
        assert_eq!((report.warning_count, report.error_count), (count, 0), "{period}");
        if count == 1 {
            let detail = &report.warnings[0].detail;
            assert!(
                detail.contains("ends with 2024-03-30") && detail.contains("`2023-04-01/2024-04-01`"),
                "{detail}"
            );
        }
    }
}

#[test]
fn notes_follow_marks_as_they_follow_numbers() {
    let value = json!({
        "column": "N",
        "thousands": ",",
        "marks": {"..": {"OBS_STATUS": "O"}, "[x]": {"OBS_STATUS": "M"}, "": {"OBS_STATUS": "Q"}, "0": {"value": "0"}},
        "footnotes": {"[note]": {}, "1": {}, "[r]": {"OBS_STATUS": "P"}, "[p]": {"CONF_STATUS": "N"}, "p": {"OBS_STATUS": "P"}},
    });
    let of = |cell: &str, value: &Value, unit: &'static str| {
        let file = format!("Area,Month,N\nNorth,2024-04,\"{cell}\"\n");
        let (rows, report) = csv(&file, unit, json!({"value": value}));
        match rows.as_slice() {
            [row] => format!("{} {}", texts(&rows)[0].trim_start_matches("NORTH 2024-04 "), row.conf.code()),
            _ => report.errors[0].code.to_owned(),
        }
    };
    for (cell, right) in [
        (".. [note 1]", "- O F"),
        ("..¹", "- O F"),
        ("[x] [note 3]", "- M F"),
        ("[x][2]", "- M F"),
        (".. [p]", "- O N"),
        ("1,204[2]", "1204 A F"),
        ("1,204 [1, 2]", "1204 A F"),
        ("5 [r, p]", "5 P N"),
        ("5 [p,r]", "5 P N"),
        ("0 p", "0 P F"),
        ("5 [r, q]", "not_a_number"),
        ("5 [,]", "not_a_number"),
        ("p", "not_a_number"),
        ("[note 1]", "not_a_number"),
        ("... [note 1]", "not_a_number"),
    ] {
        assert_eq!(of(cell, &value, "COUNT"), right, "{cell}");
    }
    for (cell, right) in
        [("5.1p%", "5.1 P F"), ("5.1%p", "5.1 P F"), ("5.1 p %", "5.1 P F"), ("p%", "not_a_number")]
    {
        assert_eq!(of(cell, &value, "PERCENT"), right, "{cell}");
    }
    let none = json!({"column": "N", "marks": {"..": {"OBS_STATUS": "O"}}});
    assert_eq!(of(".. [note 1]", &none, "COUNT"), "not_a_number");
}

#[test]
fn a_zero_of_pounds_may_be_shown_as_their_sign_and_a_dash() {
    let of = |format: &str, unit: &'static str| {
        let rows = sheet(&row(2, &["North", "2024-04", "0"]));
        let book =
            xlsx(&[SampleSheet { name: "Data", rows: &rows, ..SampleSheet::default() }], "<sst/>", &[format]);
        let (rows, report) =
            run(book, Form::Workbook, Some(&mapping(declared(json!({})))), &shape(unit, Frequency::Monthly));
        (texts(&rows), report.errors.iter().map(|fault| fault.code).collect::<Vec<_>>())
    };
    let accounting = "_-£* #,##0.00_-;-£* #,##0.00_-;_-£* \"-\"??_-;_-@_-";
    assert_eq!(of(accounting, "GBP"), (vec!["NORTH 2024-04 0 A".to_owned()], vec![]));
    assert_eq!(of(accounting, "COUNT").1, ["other_unit"]);
}

#[test]
fn a_note_after_a_heading_is_no_part_of_the_titles_below_it() {
    let quarters = shape("COUNT", Frequency::Quarterly);
    let file = "Area,2023/24 [note 1],,Old [note 2]\n,Q1,Q2,Q1\nNorth,1,2,3\n";
    let more = json!({
        "header_rows": 2, "header_titles": "joined", "period": {"titles_form": "YYYY/YY Qq"}, "value": {},
        "ignore": {"columns": ["Old Q1"]},
    });
    let (rows, report) = run(file, Form::Csv, Some(&mapping(declared(more))), &quarters);
    assert_eq!((rows.len(), report.errors), (2, vec![]));
}
