//! Compares the formats: a strict reader for each reads it back, and all must have the same cells.

mod csvw;
mod json_stat;
mod readers;
mod sample;
mod sdmx_csv;

use serde_json::{Value, json};

use super::*;
use crate::resources::series::cell::{Cell, End, Labels, SeriesHead};
use readers::{ReadCell, csv_rows, expected_cell, read_csv, read_json, read_json_stat, whole_observations};
use sample::{cells, periods, response_info, series};

/// A response in a format.
fn written(format: Format, info: &ResponseInfo, cells: &[Cell], end: &End) -> String {
    let mut out = vec![];
    let mut writer = writer(format, &series(cells), &periods(cells));
    writer.begin(info, &mut out).unwrap();
    let mut last = None;
    for cell in cells {
        if last != Some(cell.series.number) {
            let (series, release) = (cell.series.clone(), cell.release.clone());
            writer.series(info, &SeriesHead { series, release, valid_from: cell.valid_from }, &mut out);
        }
        last = Some(cell.series.number);
        writer.cell(info, cell, &mut out).unwrap();
    }
    writer.end(info, end, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn written_as(format: Format, labels: Labels) -> String {
    written(format, &ResponseInfo { labels, ..response_info() }, &cells(), &End::default())
}

fn as_json(info: &ResponseInfo, cells: &[Cell]) -> Value {
    serde_json::from_str(&written(Format::Json, info, cells, &End::default())).unwrap()
}

#[test]
fn all_formats_have_the_same_cells() {
    let (info, cells) = (response_info(), cells());
    let expected: Vec<ReadCell> = cells.iter().map(|cell| expected_cell(&info, cell)).collect();
    assert_eq!(read_json(&info, &written_as(Format::Json, Labels::Code)), expected);
    for labels in [Labels::Code, Labels::Name, Labels::Both] {
        assert_eq!(read_csv(&info, &written_as(Format::Csv, labels), labels), expected, "{labels:?}");
    }
    let mut expected: Vec<ReadCell> = expected.into_iter().filter(|cell| !cell.deleted).collect();
    let mut read = read_json_stat(&info, &written_as(Format::JsonStat, Labels::Code));
    expected.sort();
    read.sort();
    assert_eq!(read, expected);
}

#[test]
fn a_response_without_cells_is_complete_in_every_format() {
    let info = ResponseInfo { updated: None, ..response_info() };
    let answer = as_json(&info, &[]);
    assert_eq!((&answer["data"], &answer["page"]), (&json!([]), &json!({"limit": null, "next": null})));
    let csv = written(Format::Csv, &info, &[], &End::default());
    assert_eq!(csv.matches('\n').count(), 1);
    let cube: Value = serde_json::from_str(&written(Format::JsonStat, &info, &[], &End::default())).unwrap();
    assert_eq!((&cube["value"], &cube["status"], &cube["size"][4]), (&json!({}), &json!({}), &json!(0)));
}

fn names(value: &Value) -> String {
    value.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn in_json_a_series_says_once_what_its_observations_share() {
    let answer = as_json(&response_info(), &cells());
    assert_eq!(names(&answer), "indicator licence as_of usual data page");
    let series = &answer["data"][0];
    assert_eq!(names(series), "series AREA OFFENCE FREQ release observations");
    assert_eq!(
        series["observations"],
        json!([
            {"TIME_PERIOD": "2022-04-01/P1Y", "period": "Apr 2022 to Mar 2023", "label": "2022/23", "value": "51687"},
            {"TIME_PERIOD": "2023-04-01/P1Y", "period": "Apr 2023 to Mar 2024", "label": "2023/24", "value": "-3.25",
             "OBS_STATUS": "P", "revised": true, "release": "derbyshire-pcc:REL-2",
             "reason": "=SUM(A1), said \"twice\"\nand no more"},
        ])
    );
    let sizes = answer["data"].as_array().unwrap().iter();
    let sizes: Vec<usize> = sizes.map(|one| one["observations"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [2, 5, 3, 2]);
    let history = ResponseInfo { history: true, ..response_info() };
    assert_eq!(
        names(&whole_observations(&as_json(&history, &cells()))[0]),
        "label numerator denominator OBS_STATUS CONF_STATUS complete revised deleted not_published reason note revision valid_to series AREA OFFENCE FREQ release valid_from TIME_PERIOD period value"
    );
}

#[test]
fn withdrawn_and_deleted_cells_are_marked_in_json() {
    let answer = as_json(&response_info(), &cells());
    let of = |member: &str| -> Vec<&Value> {
        let observations =
            answer["data"].as_array().unwrap().iter().flat_map(|one| one["observations"].as_array().unwrap());
        observations.filter_map(|cell| cell.get(member)).collect()
    };
    let withdrawn = json!({"release": "derbyshire-pcc:REL-3", "withdrawn_at": "2024-03-01T09:30:00.500Z"});
    assert_eq!(of("not_published"), [&withdrawn]);
    assert_eq!(of("deleted"), [&json!(true)]);
    assert_eq!(of("reason"), [&json!("=SUM(A1), said \"twice\"\nand no more")]);
    assert!(of("valid_from").is_empty() && of("revision").is_empty() && of("valid_to").is_empty());
}

#[test]
fn a_response_about_the_past_has_moments() {
    let past = ResponseInfo { as_of: Some(sample::moment("2024-02-01T00:00:00Z")), ..response_info() };
    let cell = whole_observations(&as_json(&past, &cells()))[0].clone();
    assert_eq!(cell["valid_from"], "2023-07-20T08:30:00Z");
    assert!(
        cell.get("valid_to").is_none(),
        "otherwise a later revision would change responses about the past"
    );
    let history = whole_observations(&as_json(&ResponseInfo { history: true, ..response_info() }, &cells()));
    let cell = &history[1];
    assert_eq!(
        (&cell["revision"], &cell["valid_from"], &cell["valid_to"]),
        (&json!(2), &json!("2024-01-25T09:30:00Z"), &json!("2024-03-01T09:30:00.500Z"))
    );
    assert_eq!(history[0]["valid_to"], Value::Null);
}

#[test]
fn labels_in_json_are_codes_names_or_both() {
    let cell = |labels| as_json(&ResponseInfo { labels, ..response_info() }, &cells())["data"][0].clone();
    assert_eq!(cell(Labels::Code)["AREA"], "E23000018");
    assert_eq!(cell(Labels::Name)["AREA"], "Derbyshire, \"the\" county");
    let both = cell(Labels::Both);
    assert_eq!(
        (&both["AREA"], &both["AREA_NAME"]),
        (&json!("E23000018"), &json!("Derbyshire, \"the\" county"))
    );
    assert!(cell(Labels::Name).get("AREA_NAME").is_none());
}

#[test]
fn the_preferred_format_wins_and_json_wins_among_equals() {
    for (accept, format) in [
        ("*/*", Some(Format::Json)),
        ("application/json", Some(Format::Json)),
        ("text/csv", Some(Format::Csv)),
        ("application/vnd.sdmx.data+csv; version=2.0.0", Some(Format::Csv)),
        ("application/json-stat+json", Some(Format::JsonStat)),
        ("application/json;q=0.5, text/csv;q=0.9, */*;q=0.1", Some(Format::Csv)),
        ("text/csv, application/json", Some(Format::Json)),
        ("text/csv, application/json-stat+json", Some(Format::Csv)),
        ("text/html", None),
        ("application/json;q=0", None),
    ] {
        let accepted = accepted(Some(accept)).map(|(format, _, _)| format);
        assert_eq!(accepted, format, "{accept}");
    }
    for format in Format::ALL {
        assert_eq!(Format::parse(format.name()), Some(*format));
    }
    assert_eq!(Format::parse("xml"), None);
}

#[test]
fn json_stat_is_refused_before_it_begins_if_it_cannot_be_written() {
    let code = |format, info: &ResponseInfo, periods: &[Period]| {
        check(format, info, &series(&cells()), periods).err().map(|problem| problem.errors[0].code)
    };
    let history = ResponseInfo { history: true, ..response_info() };
    assert_eq!(code(Format::JsonStat, &history, &periods(&cells())), Some("no_history"));
    assert_eq!(code(Format::Csv, &history, &periods(&cells())), None);
    assert_eq!(code(Format::JsonStat, &response_info(), &periods(&cells())), None);
    let mut wide = response_info();
    for dimension in &mut wide.dimensions {
        let one = dimension.codes[0].clone();
        dimension.codes = vec![one; 2_000];
    }
    assert_eq!(code(Format::JsonStat, &wide, &periods(&cells())), Some("too_large"));
    assert_eq!(code(Format::Json, &wide, &periods(&cells())), None);
}

#[test]
fn names_of_columns_are_reserved() {
    for in_use in
        ["FREQ", "TIME_PERIOD", "OBS_VALUE", "RELEASE", "NOTE", "INDICATOR", "STRUCTURE", "AREA_NAME"]
    {
        assert!(reserved(in_use), "{in_use}");
    }
    assert!(!reserved("AREA") && !reserved("OFFENCE"));
}
