//! Figures of text files that could be read as others, or passed over, in silence.

use serde_json::{Value, json};

use super::field::{declared, shape, texts};
use super::{mapping, places, run};
use crate::resources::releases::upload::{Form, Mapping, Report, UploadRow};
use crate::stats::period::Frequency;

fn read(file: &str, unit: &'static str, more: Value) -> (Vec<UploadRow>, Report) {
    run(file, Form::Csv, Some(&mapping(declared(more))), &shape(unit, Frequency::Monthly))
}

#[test]
fn a_note_of_digits_is_no_part_of_the_number_before_it() {
    let value = json!({"column": "N", "thousands": ",", "footnotes": {"3": {}, "12": {"OBS_STATUS": "P"}}});
    let of = |cell: &str| {
        let file = format!("Area,Month,N\nNorth,2024-04,\"{cell}\"\n");
        let (rows, report) = read(&file, "COUNT", json!({"value": value}));
        match texts(&rows).as_slice() {
            [row] => row.trim_start_matches("NORTH 2024-04 ").to_owned(),
            _ => report.errors[0].code.to_owned(),
        }
    };
    for (cell, right) in [
        ("123", "123 A"),
        ("123 3", "123 A"),
        ("12 3", "12 A"),
        ("120³", "120 A"),
        ("120¹²", "120 P"),
        ("1,204³,¹²", "1204 P"),
        ("120⁴", "not_a_number"),
        ("1,203", "1203 A"),
    ] {
        assert_eq!(of(cell), right, "{cell}");
    }
    let wrong: Mapping =
        serde_json::from_value(declared(json!({"value": {"column": "N", "footnotes": {"204": {}}}})))
            .unwrap();
    let mut faults = vec![];
    wrong.check(&mut faults, "/mapping");
    assert_eq!(json!(faults)[0]["pointer"], "/mapping/value/footnotes/204");
}

#[test]
fn a_fraction_among_percentages_is_a_warning_for_each() {
    let rows: String = ["91.5%", "0.887", "88%", "1.02", "90.1%", "60", "45", "87.2%"]
        .iter()
        .enumerate()
        .map(|(n, value)| format!("North,2024-{:02},{value}\n", n + 1))
        .collect();
    let (read_rows, report) = read(&format!("Area,Month,N\n{rows}"), "PERCENT", json!({}));
    assert_eq!((read_rows.len(), report.error_count), (8, 0));
    assert_eq!(
        places(&report.warnings),
        [json!([3, "N", "probably_fraction"]), json!([5, "N", "probably_fraction"])]
    );
    assert!(report.warnings[0].detail.contains("88.7 %"), "{}", report.warnings[0].detail);
    // Where none has a sign, small ones are as small as they are.
    let (_, report) = read("Area,Month,N\nNorth,2024-04,0.887\nNorth,2024-05,91\n", "PERCENT", json!({}));
    assert_eq!(report.warning_count, 0);
}

#[test]
fn a_column_of_symbols_that_the_form_of_titles_does_not_take_is_told() {
    let form = |more: Value| {
        let mut value = json!({"marks": {"[c]": {"OBS_STATUS": "Q"}, "-": {"value": "0"}}});
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        json!({"period": {"titles_form": "YYYY/YY"}, "value": value})
    };
    let yearly = shape("COUNT", Frequency::Yearly);
    let read = |file: &str, more: Value| run(file, Form::Csv, Some(&mapping(declared(more))), &yearly);
    let file = |title: &str| format!("Area,2018/19,{title},Comments\nNorth,5,[c],-\nSouth,6,[c],late\n");
    let (_, report) = read(&file("2019-20 prov"), form(json!({})));
    assert_eq!(places(&report.errors), [json!([2, "2019-20 prov", "unread_column"])]);
    // A note behind a title is passed over with a warning, or is the status that the mapping gives it.
    for title in ["2019/20 [p]", "2019/20 (note 2)", "2019/20 (r)", "2019/20 (provisional)"] {
        let (rows, report) = read(&file(title), form(json!({})));
        assert_eq!((report.error_count, rows.len()), (0, 4), "{title}");
        assert_eq!(places(&report.warnings), [json!([null, "/mapping/period/titles_form", "title_note"])]);
    }
    let (rows, report) = read(
        &file("2019/20 [p]").replace("[c]", "7"),
        form(json!({"footnotes": {"[p]": {"OBS_STATUS": "P"}}})),
    );
    assert_eq!((report.error_count, report.warning_count), (0, 0));
    assert_eq!(rows.iter().filter(|row| row.obs.code() == "P").count(), 2);
}

#[test]
fn the_month_of_a_split_year_may_be_in_a_column_of_its_own() {
    let file = "Year,Month,Area,N\n2019/20,April,North,5\n2019/20,January,North,6\n";
    let (rows, report) = read(
        file,
        "COUNT",
        json!({"period": {"columns": ["Year", "Month"], "form": "YYYY/YY MMMM", "is": "start", "length": "P1M"}}),
    );
    assert_eq!(report.errors, []);
    assert_eq!(texts(&rows), ["NORTH 2019-04 5 A", "NORTH 2020-01 6 A"]);
}

#[test]
fn a_year_named_by_its_end_is_that_year() {
    let annual = shape("COUNT", Frequency::Yearly);
    let starts = |is: &str| {
        let period =
            json!({"column": "Month", "form": "FYYYYY", "year_begins": 4, "is": is, "length": "P1Y"});
        let (rows, _) = run(
            "Area,Month,N\nNorth,FY2020,5\n",
            Form::Csv,
            Some(&mapping(declared(json!({"period": period})))),
            &annual,
        );
        rows.iter().map(|row| row.period.start.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        (starts("start"), starts("end")),
        (vec!["2020-04-01".to_owned()], vec!["2019-04-01".to_owned()])
    );
}

#[test]
fn a_formula_without_a_result_is_no_reason_and_no_note() {
    let file = "Area,Month,N,Why\nNorth,2024-04,5,#REF!\n";
    let (_, report) = read(file, "COUNT", json!({"reason": "Why"}));
    assert_eq!(places(&report.errors), [json!([2, "Why", "formula"])]);
    let own = "AREA,TIME_PERIOD,value,note\nNORTH,2024-04,5,#N/A\n";
    let (_, report) = run(own, Form::Csv, None, &shape("COUNT", Frequency::Monthly));
    assert_eq!(places(&report.errors), [json!([2, "note", "formula"])]);
}

#[test]
fn another_encoding_is_named_once() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let monthly = shape("COUNT", Frequency::Monthly);
    let of = |body: &[u8]| {
        let (_, report) = run(body, Form::Csv, Some(&mapping(declared(json!({})))), &monthly);
        (places(&report.errors), report.errors[0].detail.clone())
    };
    let (faults, detail) = of(&utf16("Area,Month,N\nNorth,2024-04,5\n"));
    assert_eq!(faults, [json!([1, "", "encoding"])]);
    assert!(detail.contains("UTF-16"), "{detail}");
    // One line of titles in Windows-1252: nothing is said of the rows below it.
    let (faults, _) = of(b"Area,Month,N \xa3\nNorth,2024-04,5\n");
    assert_eq!(faults, [json!([1, "", "encoding"])]);
    let json =
        "\u{feff}{\"observations\": [{\"AREA\": \"NORTH\", \"TIME_PERIOD\": \"2024-04\", \"value\": 5}]}";
    let (rows, _) = run(json, Form::Json, None, &monthly);
    assert_eq!(texts(&rows), ["NORTH 2024-04 5 A"]);
}

#[test]
fn every_word_of_a_mapping_is_the_one_that_the_document_names() {
    fn agree<T: utoipa::PartialSchema + serde::de::DeserializeOwned + serde::Serialize>() {
        let schema = json!(T::schema());
        let words = schema["enum"].as_array().unwrap();
        assert!(!words.is_empty());
        for word in words {
            let read: T =
                serde_json::from_value(word.clone()).unwrap_or_else(|error| panic!("{word}: {error}"));
            assert_eq!(json!(read), *word);
        }
    }
    use crate::resources::releases::upload::{draft, mapping, value_mapping};
    agree::<mapping::Delimiter>();
    agree::<mapping::HeaderTitles>();
    agree::<mapping::HiddenCells>();
    agree::<mapping::PeriodEnd>();
    agree::<mapping::CellNumbers>();
    agree::<value_mapping::ThousandsSeparator>();
    agree::<value_mapping::Brackets>();
    agree::<draft::AcceptableFault>();
    let file = "Area\tMonth\tN\nNorth\t2024-04\t5\n";
    let (rows, _) = read(file, "COUNT", json!({"delimiter": "\t"}));
    assert_eq!(texts(&rows), ["NORTH 2024-04 5 A"]);
}

#[test]
fn a_note_behind_a_period_in_a_cell_is_told_or_is_the_status_that_the_mapping_says() {
    let yearly = shape("COUNT", Frequency::Yearly);
    let file =
        |cell: &str, status: &str| format!("Area,Year,N,Status\nNorth,2018/19,5,\nNorth,{cell},7,{status}\n");
    let period = json!({"column": "Year", "form": "YYYY/YY"});
    let read = |cell: &str, status: &str, more: Value| {
        let mut all = json!({"period": period, "value": {"column": "N"}, "status": "Status"});
        for (name, field) in more.as_object().unwrap() {
            all[name] = field.clone();
        }
        run(file(cell, status), Form::Csv, Some(&mapping(declared(all))), &yearly)
    };
    for cell in ["2019/20 [p]", "2019/20 (r)", "2019/20 (provisional)"] {
        let (rows, report) = read(cell, "", json!({}));
        assert_eq!((report.error_count, rows.len()), (0, 2), "{cell}");
        assert_eq!(places(&report.warnings), [json!([3, "Year", "period_note"])], "{cell}");
    }
    let value = json!({"column": "N", "footnotes": {"[p]": {"OBS_STATUS": "P"}}});
    for (status, right) in [("", "P"), ("E", "E")] {
        let (rows, report) = read("2019/20 [p]", status, json!({"value": value}));
        assert_eq!((report.error_count, report.warning_count), (0, 0));
        assert_eq!((rows[0].obs.code(), rows[1].obs.code()), ("A", right));
    }
    // What is no period without its note is none with it.
    let (_, report) = read("2019-20 [p]", "", json!({"value": value}));
    assert_eq!(report.error_count, 1);
}
