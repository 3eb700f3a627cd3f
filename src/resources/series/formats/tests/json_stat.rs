//! What only JSON-stat has.

use super::*;

fn cube() -> Value {
    serde_json::from_str(&written_as(Format::JsonStat, Labels::Code)).unwrap()
}

#[test]
fn the_cube_has_its_dimensions_roles_and_unit() {
    let cube = cube();
    assert_eq!((&cube["version"], &cube["class"]), (&json!("2.0"), &json!("dataset")));
    assert_eq!(cube["id"], json!(["INDICATOR", "AREA", "OFFENCE", "FREQ", "TIME_PERIOD"]));
    assert_eq!(cube["role"], json!({"time": ["TIME_PERIOD"], "metric": ["INDICATOR"], "geo": ["AREA"]}));
    assert_eq!(
        cube["dimension"]["INDICATOR"]["category"]["unit"],
        json!({"positive-outcomes": {"label": "PERCENT", "decimals": 1}})
    );
    assert_eq!(cube["dimension"]["AREA"]["category"]["label"]["E23000037"], "Leicestershire");
    assert_eq!(cube["updated"], "2024-01-25T09:30:00Z");
    assert_eq!(cube["source"], "SRC-1; SRC-2");
}

#[test]
fn a_quarter_under_two_frequencies_occurs_once_in_each_spelling() {
    let cube = cube();
    let periods = cube["dimension"]["TIME_PERIOD"]["category"]["index"].as_array().unwrap().clone();
    let labels = cube["dimension"]["TIME_PERIOD"]["category"]["label"].as_object().unwrap().clone();
    let mut distinct: Vec<String> = periods.iter().map(Value::to_string).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!((distinct.len(), labels.len()), (periods.len(), periods.len()));
    assert!(periods.contains(&json!("2023-Q2")) && periods.contains(&json!("2022-04-01/P1Y")));
}

#[test]
fn a_cell_without_a_value_is_null_and_has_a_status() {
    let cube = cube();
    let values = cube["value"].as_object().unwrap();
    let nulls: Vec<&String> =
        values.iter().filter(|(_, value)| value.is_null()).map(|(place, _)| place).collect();
    let mut statuses: Vec<&str> =
        nulls.iter().map(|place| cube["status"][*place].as_str().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["M", "O", "Q/A", "Q/D"]);
    assert_eq!(
        cube["extension"]["status"]["label"]["Q/D"],
        "value suppressed; confidential, to protect another value"
    );
    assert_eq!(values.len(), cells().len() - 1, "what was taken away has no place");
    assert_eq!(cube["status"].as_object().unwrap().len(), 9);
}

#[test]
fn a_number_has_all_its_digits() {
    let text = written_as(Format::JsonStat, Labels::Code);
    assert!(text.contains(":999999999999.999999") && text.contains(":0.000001") && text.contains(":-3.25"));
}

#[test]
fn a_cell_of_an_unknown_series_is_an_error_and_has_no_index() {
    let (info, cells) = (response_info(), cells());
    let mut writer = writer(Format::JsonStat, &series(&cells), &periods(&cells[..1]));
    let mut out = vec![];
    writer.begin(&info, &mut out).unwrap();
    assert!(writer.cell(&info, &cells[0], &mut out).is_ok());
    assert!(writer.cell(&info, &cells[1], &mut out).is_err());
}
