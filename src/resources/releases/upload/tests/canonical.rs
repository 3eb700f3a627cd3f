use serde_json::json;

use super::{csv, places, row_text, run, shape};
use crate::resources::releases::upload::Form;
use crate::resources::releases::upload::shape::IndicatorShape;
use crate::sheet::samples::{SampleSheet, xlsx};
use crate::stats::period::Frequency;
use crate::stats::status::ConfStatus;

#[test]
fn a_row_is_named_by_its_key_or_by_its_codes() {
    for body in [
        "series,TIME_PERIOD,value\nrecorded-crime.E23000018.all.P1Y-P3M,2017-04-01/P1Y,76921\n",
        "AREA,OFFENCE,TIME_PERIOD,OBS_VALUE\nE23000018,all,2017-04-01/P1Y,76921\n",
        "offence,area,freq,time_period,VALUE\nall,E23000018,P1Y-P3M,2017-04-01/P1Y,76921\n",
    ] {
        let (rows, report) = csv(body);
        assert_eq!(report.errors, []);
        assert_eq!(row_text(&rows[0]), "E23000018.all 2017-04-01/P1Y 76921 A");
    }
}

#[test]
fn every_fault_of_every_row_is_reported_at_once_with_its_place() {
    let body = "AREA,OFFENCE,TIME_PERIOD,value,OBS_STATUS,complete,ACTION\r\n\
        E23000018,all,2017-18,76921,,,\r\n\
        E2300018,hommicide,2017-04-01/P1Y,-4,,maybe,\r\n\
        Derbyshire,all,2018,1,X,,Z\r\n\
        E23000018,homicide,2017-04-01/P1Y,,,,\r\n\
        \r\n\
        E23000018,all,2017-04-01/P1Y,5,M,,\r\n\
        E23000018,all,2017-04-01/P1Y,\"1,000\",,,\r\n\
        E23000018,fraud,2017-05-01/P1Y,,A,,\r\n";
    let (rows, report) = csv(body);
    assert_eq!(rows, []);
    assert_eq!(
        places(&report.errors),
        [
            json!([2, "TIME_PERIOD", "form_of_period"]),
            json!([3, "AREA", "unknown_code"]),
            json!([3, "OFFENCE", "unknown_code"]),
            json!([3, "complete", "not_true_or_false"]),
            json!([3, "value", "negative_count"]),
            json!([4, "AREA", "unknown_code"]),
            json!([4, "ACTION", "unknown_action"]),
            json!([4, "OBS_STATUS", "unknown_status"]),
            json!([5, "value", "no_value"]),
            json!([7, "value", "value_not_allowed"]),
            json!([8, "value", "not_a_number"]),
            json!([8, "", "duplicate_row"]),
            json!([9, "value", "no_value"]),
            json!([9, "TIME_PERIOD", "wrong_frequency"]),
        ]
    );
    assert_eq!((report.error_count, report.errors_by_code["unknown_code"], report.rows_read), (14, 3, 7));
    let detail = |n: usize| report.errors[n].detail.as_str();
    assert!(detail(0).contains("2017-04-01/P1Y"), "{}", detail(0));
    assert!(detail(1).ends_with("Did you mean `E23000018`?"), "{}", detail(1));
    assert!(detail(5).contains("This is the name of `E23000018`"), "{}", detail(5));
    assert!(detail(11).starts_with("Row 7 has the same"), "{}", detail(11));
}

/// A download says of which indicator and in which unit it is. One of another is no correction of this.
#[test]
fn rows_of_another_indicator_or_unit_are_refused() {
    let row = |structure: &str, unit: &str| {
        let header = "STRUCTURE_ID,UNIT_MEASURE,AREA,OFFENCE,TIME_PERIOD,value";
        let (rows, report) = csv(&format!("{header}\n{structure},{unit},E23000018,all,2017-04-01/P1Y,5\n"));
        assert_eq!(rows.is_empty(), report.error_count > 0);
        report.errors_by_code.into_keys().collect::<Vec<_>>()
    };
    for structure in [
        "",
        "ONRECORD:recorded-crime(1.0.0)",
        "ONRECORD:recorded-crime",
        "ONRECORD:recorded-crime(2.0.0): Crime",
    ] {
        for unit in ["", "COUNT", "COUNT: Count"] {
            assert_eq!(row(structure, unit), [""; 0], "{structure} {unit}");
        }
    }
    for structure in
        ["ONRECORD:recorded-crime-rate(1.0.0)", "OTHER:recorded-crime(1.0.0)", "recorded-crime", "???"]
    {
        assert_eq!(row(structure, "COUNT"), ["other_indicator"], "{structure}");
    }
    assert_eq!(row("ONRECORD:recorded-crime(1.0.0)", "PERCENT"), ["other_unit"]);
    assert_eq!(row("ONRECORD:other(1.0.0)", "GBP"), ["other_indicator", "other_unit"]);
    let json = r#"{"observations": [{"AREA": "E23000018", "OFFENCE": "all", "TIME_PERIOD": "2017-04-01/P1Y", "value": 5, "UNIT_MEASURE": "GBP"}]}"#;
    assert_eq!(
        places(&run(json, Form::Json, None, &shape()).1.errors),
        [json!([1, "UNIT_MEASURE", "other_unit"])]
    );
}

/// What somebody types as a month, a spreadsheet makes the first day of it and shows as the month.
#[test]
fn a_day_of_which_a_sheet_shows_the_month_or_the_year_is_that() {
    let monthly = IndicatorShape { frequency: Frequency::Irregular, ..shape() };
    let period = |format: &str, day: u32| {
        let text = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"str\"><v>{text}</v></c>");
        let rows = format!(
            "<row r=\"1\">{}{}{}{}</row><row r=\"2\">{}{}<c r=\"C2\" s=\"0\"><v>{day}</v></c><c r=\"D2\" s=\"1\"><v>5</v></c></row>",
            text("A1", "AREA"),
            text("B1", "OFFENCE"),
            text("C1", "TIME_PERIOD"),
            text("D1", "value"),
            text("A2", "E23000018"),
            text("B2", "all"),
        );
        let book = xlsx(
            &[SampleSheet { name: "a", rows: &rows, ..SampleSheet::default() }],
            "<sst/>",
            &[format, "0"],
        );
        let (rows, report) = run(book, Form::Workbook, None, &monthly);
        let warned = report.warnings_by_code.contains_key("shown_in_part");
        (rows.first().map(|row| row_text(row).split(' ').nth(1).unwrap().to_owned()), warned)
    };
    // 1 November 2025 and 1 January 2025.
    assert_eq!(period("mmm-yy", 45_962), (Some("2025-11".to_owned()), false));
    assert_eq!(period("yyyy", 45_658), (Some("2025".to_owned()), false));
    assert_eq!(period("dd/mm/yyyy", 45_962), (Some("2025-11-01".to_owned()), false));
    // The fifteenth is no month: it stays a day, and that is said.
    assert_eq!(period("mmm-yy", 45_976), (Some("2025-11-15".to_owned()), true));
}

#[test]
fn a_response_can_be_corrected_and_submitted() {
    let body = "\u{feff}STRUCTURE,STRUCTURE_ID,ACTION,AREA,OFFENCE,FREQ,TIME_PERIOD,OBS_VALUE,NUMERATOR,DENOMINATOR,\
        UNIT_MEASURE,DECIMALS,OBS_STATUS,CONF_STATUS,SHORTHAND,COMPLETE,PERIOD_WORDS,LABEL,REVISED,REVISION,RELEASE,\
        WITHDRAWN,VALID_FROM,VALID_TO,REASON,NOTE\r\n\
        dataflow,ONRECORD:recorded-crime(1.0),I,E23000018,homicide,P1Y-P3M,2018-01-01/P1Y,11,,,COUNT,0,P,F,[p],false,\
        Year to Dec 2018,,false,1,REL-1,,2019-04-25T08:30:00Z,,\"Late, by post\",'=1+1\r\n\
        dataflow,ONRECORD:recorded-crime(1.0),D,E23000018,fraud,P1Y-P3M,2018-01-01/P1Y,,,,COUNT,0,,,,,,,,,,,,,,\r\n\
        dataflow,ONRECORD:recorded-crime(1.0),I,E23000005,homicide,P1Y-P3M,2018-01-01/P1Y,,,,COUNT,0,Q,A,[c],true,,,,,,,,,,\r\n";
    let (rows, report) = csv(body);
    assert_eq!(report.errors, []);
    assert_eq!(row_text(&rows[0]), "E23000018.homicide 2018-01-01/P1Y 11 P");
    assert_eq!((rows[0].row, rows[0].complete), (2, false));
    assert_eq!((rows[0].reason.as_deref(), rows[0].note.as_deref()), (Some("Late, by post"), Some("=1+1")));
    assert!(rows[1].delete && !rows[0].delete);
    assert_eq!((rows[2].value, rows[2].conf), (None, ConfStatus::Primary));
}

#[test]
fn names_next_to_codes_are_ignored() {
    for body in [
        "AREA: Area,OFFENCE: Offence group,TIME_PERIOD: Time period,OBS_VALUE: Observation value,\
         OBS_STATUS: Observation status\nE23000018: Derbyshire,all: Total,2018-01-01/P1Y,1,P: Provisional value\n",
        "STRUCTURE_NAME,AREA,AREA_NAME,OFFENCE,TIME_PERIOD,TIME_PERIOD_NAME,value,OBS_STATUS,OBS_STATUS_NAME\n\
         Crime,E23000018,Derbyshire,all,2018-01-01/P1Y,Year to Dec 2018,1,P,provisional\n",
    ] {
        let (rows, report) = csv(body);
        assert_eq!(report.errors, []);
        assert_eq!(row_text(&rows[0]), "E23000018.all 2018-01-01/P1Y 1 P");
    }
}

#[test]
fn an_unknown_column_is_a_fault_that_names_the_nearest() {
    let (_, report) = csv("AREA,OFENCE,TIME_PERIOD,value\nE23000018,all,2018-01-01/P1Y,1\n");
    assert_eq!(
        places(&report.errors),
        [json!([1, "OFENCE", "unknown_column"]), json!([1, "OFFENCE", "missing_column"])]
    );
    assert!(report.errors[0].detail.contains("did you mean `OFFENCE`?"));
    for header in ["AREA;OFFENCE;TIME_PERIOD;value\n", "AREA\tOFFENCE\tTIME_PERIOD\tvalue\n"] {
        let (_, report) = csv(header);
        assert_eq!(report.errors_by_code["missing_column"], 1);
        let about = |fault: &crate::problem::Fault| fault.detail.contains("separated by commas");
        assert!(report.errors.iter().any(about), "{header}");
    }
    let (_, report) = csv("");
    assert_eq!(places(&report.errors), [json!([1, "", "no_header"])]);
}

#[test]
fn a_quote_that_is_never_closed_is_reported() {
    let row = |note: &str| {
        csv(&format!(
            "AREA,OFFENCE,TIME_PERIOD,value,note\nE23000018,all,2018-01-01/P1Y,1,{note}\nE22000040,all,2018-01-01/P1Y,2,\n"
        ))
        .1
    };
    assert_eq!(places(&row("\"oops").errors), [json!([2, "", "quote_not_closed"])]);
    assert_eq!(places(&row("\"\"\"oops").errors), [json!([2, "", "quote_not_closed"])]);
    for fine in ["\"oops\"", "5\" wide", "\"a \"\"b\"\"\"", "\"\""] {
        assert_eq!(row(fine).error_count, 0, "{fine}");
    }
}

#[test]
fn rows_of_the_wrong_width_and_bytes_that_are_not_utf_8_are_reported_by_their_lines() {
    let mut body =
        b"AREA,OFFENCE,TIME_PERIOD,value\nE23000018,all\nE23000018,all,2018-01-01/P1Y,1,234\nE23000018,"
            .to_vec();
    body.extend(b"\xe9,2018-01-01/P1Y,1\nE23000018,all,2018-01-01/P1Y,1,\n");
    let (rows, report) = run(&body, Form::Csv, None, &shape());
    assert_eq!(
        places(&report.errors),
        [json!([2, "", "too_few_cells"]), json!([3, "", "too_many_cells"]), json!([4, "", "encoding"]),]
    );
    assert_eq!((rows.len(), rows[0].row), (1, 5));
    let (_, report) = run(b"\xff\xfeA\0", Form::Csv, None, &shape());
    assert_eq!(report.errors_by_code["encoding"], 1);
    let (_, report) = csv(&format!("AREA,\"{}\n", "x,\n".repeat(10_000)));
    assert_eq!(report.errors_by_code["quote_not_closed"], 1);
    let (_, report) = csv(&format!("AREA,\"{}\"\n", "x,\n".repeat(10_000)));
    assert_eq!(report.errors_by_code["cell_too_long"], 1);
}

#[test]
fn symbols_are_not_numbers_unless_they_are_declared() {
    let (_, report) = csv("AREA,OFFENCE,TIME_PERIOD,value\nE23000018,all,2018-01-01/P1Y,[c]\n");
    let detail = &report.errors[0].detail;
    assert!(detail.contains("OBS_STATUS `Q`") && detail.contains("mapping"), "{detail}");
}

#[test]
fn a_code_is_used_between_its_days_and_a_fall_to_zero_causes_a_warning() {
    let body = "AREA,OFFENCE,TIME_PERIOD,value,OBS_STATUS\n\
        E23000018,burglary-domestic,2016-04-01/P1Y,2800,\n\
        E23000018,burglary-domestic,2016-07-01/P1Y,2240,\n\
        E23000018,burglary-domestic,2017-04-01/P1Y,0,\n\
        E23000018,burglary-domestic,2017-07-01/P1Y,,M\n\
        E23000018,burglary-domestic,2017-10-01/P1Y,,O\n\
        E23000018,fraud,2014-01-01/P1Y,50,\n\
        E23000018,fraud,2014-04-01/P1Y,0,\n\
        E23000018,homicide,2014-04-01/P1Y,0,\n\
        E23000018,homicide,2014-01-01/P1Y,51,\n";
    let (rows, report) = csv(body);
    assert_eq!(
        places(&report.errors),
        [json!([4, "OFFENCE", "outside_life"]), json!([6, "OFFENCE", "outside_life"])]
    );
    assert!(report.errors[0].detail.contains("until 2017-03-31"));
    assert_eq!(
        places(&report.warnings),
        [
            json!([3, "OFFENCE", "partly_outside_life"]),
            json!([8, "value", "falls_to_zero"]),
            json!([9, "value", "falls_to_zero"]),
        ]
    );
    assert_eq!(rows.len(), 7);
}

#[test]
fn a_count_with_decimals_or_of_a_future_period_causes_a_warning() {
    let body = "AREA,OFFENCE,TIME_PERIOD,value,complete\n\
        E23000018,all,2018-01-01/P1Y,76921.5,\n\
        E23000018,homicide,2018-04-01/P1Y,4,\n\
        E23000018,fraud,2018-04-01/P1Y,4,false\n\
        E23000018,all,2017-10-01/P1Y,76921,\n";
    let mut shape = shape();
    shape.today = chrono::NaiveDate::from_ymd_opt(2019, 1, 1);
    let (rows, report) = run(body, Form::Csv, None, &shape);
    assert_eq!((report.errors.len(), rows.len()), (0, 4));
    assert_eq!(
        places(&report.warnings),
        [json!([2, "value", "more_decimals"]), json!([3, "TIME_PERIOD", "not_over"])]
    );
    assert!(
        report.warnings[1].detail.starts_with("Year to Mar 2019 is not over"),
        "{}",
        report.warnings[1].detail
    );
}

#[test]
fn a_ratio_has_both_parts_and_agrees_with_them() {
    let mut shape = shape();
    (shape.counts, shape.ratio, shape.unit, shape.decimals) = (false, true, "PERCENT", 1);
    let body = "AREA,OFFENCE,TIME_PERIOD,value,numerator,denominator\n\
        E23000018,all,2018-01-01/P1Y,97.1,1942,2000\n\
        E23000018,homicide,2018-01-01/P1Y,97.1,,\n\
        E23000018,fraud,2018-01-01/P1Y,0,0,0\n\
        E22000040,fraud,2018-01-01/P1Y,97.3,1942,2000\n\
        E22000040,homicide,2018-01-01/P1Y,97.1,1942,\n\
        E22000040,all,2018-01-01/P1Y,97.1,,2000\n";
    let (rows, report) = run(body, Form::Csv, None, &shape);
    assert_eq!(
        places(&report.errors),
        [
            json!([4, "denominator", "denominator_zero"]),
            json!([6, "denominator", "denominator_missing"]),
            json!([7, "numerator", "numerator_missing"]),
        ]
    );
    assert_eq!(
        places(&report.warnings),
        [json!([3, "value", "parts_missing"]), json!([5, "value", "ratio_disagrees"])]
    );
    assert_eq!(rows[0].numerator.unwrap().to_string(), "1942");
    shape.ratio = false;
    let (_, report) = run(body, Form::Csv, None, &shape);
    assert_eq!(report.errors_by_code["not_a_ratio"], 8);
}

#[test]
fn json_has_the_same_names_and_no_binary_floating_point() {
    let body = json!({"observations": [
        {"AREA": "E23000018", "OFFENCE": "all", "TIME_PERIOD": "2018-01-01/P1Y", "value": "0.100000"},
        {"series": "recorded-crime.E23000018.fraud.P1Y-P3M", "TIME_PERIOD": "2018-01-01/P1Y", "value": 7, "complete": false,
         "note": "a \"word\"", "OBS_STATUS": null},
        {"AREA": "E23000018", "OFFENCE": "all", "TIME_PERIOD": "2017-01-01/P1Y", "value": 0.1},
        {"AREA": "E23000018", "OFFENCE": "all", "TIME_PERIOD": "2017-01-01/P1Y", "valeu": "1"},
        [],
    ]});
    let (rows, report) = run(body.to_string(), Form::Json, None, &shape());
    assert_eq!(row_text(&rows[0]), "E23000018.all 2018-01-01/P1Y 0.1 A");
    assert_eq!(row_text(&rows[1]), "E23000018.fraud 2018-01-01/P1Y 7 A");
    assert_eq!((rows[1].row, rows[1].complete, rows[1].note.as_deref()), (2, false, Some("a \"word\"")));
    assert_eq!(
        places(&report.errors),
        [
            json!([3, "value", "not_a_text"]),
            json!([4, "valeu", "unknown_member"]),
            json!([5, "", "not_an_object"]),
        ]
    );
}

#[test]
fn malformed_json_is_a_problem_of_its_own() {
    let shape = shape();
    for wrong in ["", "{", "[]", "{\"observations\": {}}", "{\"observations\": [1,]}", "{} {}"] {
        let allowance = crate::allowance::Allowance::of_file();
        let read = super::read(wrong.as_bytes(), Form::Json, None, &shape, &allowance, &mut |_| Ok(()));
        assert_eq!(read.unwrap_err().kind.status, 400, "{wrong}");
    }
    let (_, report) = run("{\"rows\": []}", Form::Json, None, &shape);
    assert_eq!(
        places(&report.errors),
        [json!([1, "rows", "unknown_member"]), json!([1, "observations", "required"])]
    );
}

#[test]
fn a_thousand_faults_are_listed_and_all_are_counted() {
    let row = "E2300001,all,2018-01-01/P1Y,1\n".repeat(5000);
    let (_, report) = csv(&format!("AREA,OFFENCE,TIME_PERIOD,value\n{row}"));
    assert_eq!((report.errors.len(), report.error_count), (1000, 5000));
    assert_eq!(report.errors_by_code["unknown_code"], 5000);
}
