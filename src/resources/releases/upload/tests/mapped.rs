use serde_json::{Value, json};

use super::{mapping, places, row_text, run, shape};
use crate::resources::releases::upload::{Form, Mapping};

/// A few lines of Table C2 as the Office for National Statistics writes it.
const WIDE: &str = "\"Table C2: Number of offences, year ending June 2025 [note 1]\",,,,\r\n\
    Source: Police recorded crime,,,,\r\n\
    \"Police Force\nArea code\",\"Partnership\r\ncode\",Partnership name,\"Total recorded crime\n (excluding fraud)\",Homicide\r\n\
    E23000018,,,\"84,038 \",11 \r\n\
    E23000018,E22000037,Amber Valley,\"8,419 \",1 \r\n\
    E23000018,E22000040,\"Derby\",\"71,216 \",[x]\r\n\
    E23000018,,Unassigned Derbyshire,\"4,403 \",\r\n";

fn wide() -> Value {
    json!({
        "header_row": 3,
        "dimensions": [
            {"dimension": "AREA", "columns": ["Partnership code", "Partnership name", "Police Force Area code"],
             "codes": {"Unassigned Derbyshire": "E23000018-unassigned"}},
            {"dimension": "OFFENCE", "titles": {"Total recorded crime (excluding fraud)": "all", "Homicide": "homicide"}},
        ],
        "period": {"constant": "2024-07-01/P1Y"},
        "value": {"thousands": ",", "marks": {"[x]": {"OBS_STATUS": "O"}, "": {"OBS_STATUS": "O"}}},
    })
}

#[test]
fn a_wide_table_with_titles_thousands_and_symbols_is_read_as_published() {
    let (rows, report) = run(WIDE, Form::Csv, Some(&mapping(wide())), &shape());
    assert_eq!(report.errors, []);
    let texts: Vec<String> = rows.iter().map(row_text).collect();
    assert_eq!(texts[0], "E23000018.all 2024-07-01/P1Y 84038 A");
    assert_eq!(texts[5], "E22000040.homicide 2024-07-01/P1Y - O");
    assert_eq!(texts[7], "E23000018-unassigned.homicide 2024-07-01/P1Y - O");
    let values = rows.iter().filter(|row| row.codes[1] == 0).map(|row| row.value.unwrap().raw() / 1_000_000);
    let (force, parts): (Vec<i64>, Vec<i64>) = values.partition(|value| *value == 84_038);
    assert_eq!((force.len(), parts.iter().sum::<i64>()), (1, 84_038));
    // A cell with line breaks is in one row, as a spreadsheet shows it.
    assert_eq!(rows[0].row, 4);
}

#[test]
fn in_a_wide_table_a_fault_of_the_row_is_reported_once_and_a_fault_of_a_cell_by_its_column() {
    let mut without = wide();
    without["dimensions"][0]["codes"] = json!({});
    without["value"] = json!({});
    let (_, report) = run(WIDE, Form::Csv, Some(&mapping(without)), &shape());
    let row_7: Vec<Value> = places(&report.errors).into_iter().filter(|place| place[0] == json!(7)).collect();
    assert_eq!(
        row_7,
        [
            json!([7, "Partnership name", "unknown_code"]),
            json!([7, "Total recorded crime (excluding fraud)", "not_a_number"]),
            json!([7, "Homicide", "no_value"]),
        ]
    );
    let symbol = report.errors.iter().find(|fault| fault.detail.starts_with("`[x]`")).unwrap();
    assert!(symbol.detail.contains("value.marks"), "{}", symbol.detail);
}

#[test]
fn periods_may_be_in_the_header_and_columns_with_the_same_title_are_named_by_their_letters() {
    let body = "Area,Number,%,Number\n,2018,,2019\nDerbyshire,5,1.5,6\n";
    let mapping = mapping(json!({
        "header_row": 1,
        "first_row": 3,
        "dimensions": [
            {"dimension": "AREA", "columns": ["Area"], "codes": {"Derbyshire": "E23000018"}},
            {"dimension": "OFFENCE", "constant": "homicide"},
        ],
        "period": {"titles": {"[B]": "2018", "[D]": "2019"}},
        "ignore": {"columns": ["%"]},
    }));
    let (rows, report) = run(body, Form::Csv, Some(&mapping), &shape());
    assert_eq!(report.errors, []);
    assert_eq!(row_text(&rows[0]), "E23000018.homicide 2018-01-01/P1Y 5 A");
    assert_eq!(row_text(&rows[1]), "E23000018.homicide 2019-01-01/P1Y 6 A");
}

#[test]
fn footnote_numbers_are_removed_if_declared_and_only_matching_rows_are_read() {
    let body = "release,area_name,column,value\n\
        2018-03,Derbyshire8,Total recorded crime (excluding fraud4),76921\n\
        2018-03,Greater Manchester 7,Homicide,..\n\
        2018-06,Derbyshire,Homicide,9\n";
    let mapping = mapping(json!({
        "dimensions": [
            {"dimension": "AREA", "columns": ["area_name"], "strip_footnotes": true,
             "codes": {"Derbyshire": "E23000018", "Greater Manchester": "E23000005"}},
            {"dimension": "OFFENCE", "columns": ["column"], "strip_footnotes": true,
             "codes": {"Total recorded crime (excluding fraud)": "all", "Homicide": "homicide"}},
        ],
        "period": {"column": "release", "form": "YYYY-MM", "is": "end", "length": "P1Y"},
        "value": {"column": "value", "marks": {"..": {"OBS_STATUS": "O"}}},
        "keep": {"release": ["2018-03"]},
    }));
    let (rows, report) = run(body, Form::Csv, Some(&mapping), &shape());
    assert_eq!((report.errors.len(), report.rows_read, report.rows_left_out), (0, 3, 1));
    assert_eq!(row_text(&rows[0]), "E23000018.all 2017-04-01/P1Y 76921 A");
    assert_eq!(row_text(&rows[1]), "E23000005.homicide 2017-04-01/P1Y - O");
}

#[test]
fn symbols_mean_a_number_or_none_and_footnotes_after_numbers_mean_a_status() {
    let body =
        "Area|Quarter|Count\nDerbyshire|Q1|-\nDerbyshire|Dec 2018|1,204 [p]\nDerbyshire|Mar 2019|[c]\n";
    let mapping = mapping(json!({
        "delimiter": "|",
        "dimensions": [
            {"dimension": "AREA", "columns": ["Area"], "codes": {"Derbyshire": "E23000018"}},
            {"dimension": "OFFENCE", "constant": "homicide"},
        ],
        "period": {"column": "Quarter", "form": "MMM YYYY", "is": "end", "length": "P1Y",
                   "texts": {"Q1": "2017-10-01/P1Y"}},
        "value": {
            "column": "Count",
            "thousands": ",",
            "marks": {"-": {"value": "0"}, "[c]": {"OBS_STATUS": "Q", "CONF_STATUS": "A"}},
            "footnotes": {"[p]": {"OBS_STATUS": "P"}},
        },
    }));
    let (rows, report) = run(body, Form::Csv, Some(&mapping), &shape());
    assert_eq!(report.errors, []);
    let texts: Vec<String> = rows.iter().map(row_text).collect();
    assert_eq!(
        texts,
        [
            "E23000018.homicide 2017-10-01/P1Y 0 A",
            "E23000018.homicide 2018-01-01/P1Y 1204 P",
            "E23000018.homicide 2018-04-01/P1Y - Q",
        ]
    );
    assert_eq!(rows[2].conf.code(), "A");
}

#[test]
fn what_does_not_fit_the_file_or_the_indicator_is_reported_by_its_pointer_in_the_mapping() {
    let mut wrong = wide();
    wrong["dimensions"][0]["columns"] = json!(["Partnership cod"]);
    wrong["dimensions"][0]["codes"] = json!({"A/B": "E2300018"});
    wrong["dimensions"][1]["dimension"] = json!("OFENCE");
    wrong["keep"] = json!({"Force": ["x"]});
    wrong["rules"] = json!([
        {"when": {"codes": {"AREA": ["nowhere"]}}, "then": {"drop": true}, "because": "Why not."},
    ]);
    let (rows, report) = run(WIDE, Form::Csv, Some(&mapping(wrong)), &shape());
    assert_eq!(rows, []);
    let pointers: Vec<Value> = places(&report.errors).into_iter().map(|place| place[1].clone()).collect();
    assert_eq!(
        pointers,
        [
            "/mapping/dimensions/1/dimension",
            "/mapping/dimensions/0/columns/0",
            "/mapping/dimensions/0/codes/A~1B",
            "/mapping/dimensions",
            "/mapping/keep/Force",
            "/mapping/rules/0/when/codes/AREA",
        ]
    );
    assert!(
        report.errors[1].detail.contains("Did you mean `Partnership code`?"),
        "{}",
        report.errors[1].detail
    );
}

#[test]
fn a_header_that_is_not_in_its_declared_row_is_reported() {
    let mut wrong = wide();
    wrong["header_row"] = json!(2);
    let blank = WIDE.replacen("Source: Police recorded crime,,,,", "", 1);
    let (_, report) = run(blank, Form::Csv, Some(&mapping(wrong.clone())), &shape());
    assert_eq!(places(&report.errors), [json!([null, "/mapping/header_row", "no_header"])]);
    wrong["header_row"] = json!(40);
    let (_, report) = run(WIDE, Form::Csv, Some(&mapping(wrong)), &shape());
    assert_eq!(report.errors_by_code["no_header"], 1);
    let mut by_letter = wide();
    by_letter["header_row"] = json!(1);
    by_letter["dimensions"][0]["columns"] = json!(["[A]"]);
    let (_, report) = run(",,\n1,2,3\n", Form::Csv, Some(&mapping(by_letter)), &shape());
    assert_eq!(places(&report.errors), [json!([1, "", "no_header"])]);
    let (_, report) = run("{}", Form::Json, Some(&mapping(wide())), &shape());
    assert_eq!(report.errors_by_code["not_for_json"], 1);
}

#[test]
fn a_mapping_is_checked_before_there_is_a_file() {
    let wrong: Mapping = serde_json::from_value(json!({
        "first_row": 9,
        "last_row": 3,
        "dimensions": [
            {"dimension": "AREA"},
            {"dimension": "AREA", "columns": ["a"], "constant": "b"},
            {"dimension": "OFFENCE", "constant": "b", "codes": {"x": "y"}},
        ],
        "period": {"column": "Year", "form": "MM"},
        "value": {"marks": {"..": {}, "-": {"value": "none"}}, "footnotes": {"r": {"OBS_STATUS": "M"}}},
        "rules": [
            {"then": {"drop": true}, "because": "x"},
            {"when": {"value_is": "0"}, "then": {}, "because": "x"},
            {"when": {"value_is": "0"}, "then": {"text": {"a": {"b": "c"}}}, "because": "x"},
            {"when": {"value_below": "nought"}, "then": {"OBS_STATUS": "M", "value": "1"}, "because": "x"},
        ],
    }))
    .unwrap();
    let mut faults = vec![];
    wrong.check(&mut faults, "/mapping");
    let texts: Vec<Value> = faults.iter().map(|fault| json!(fault)["pointer"].clone()).collect();
    assert_eq!(
        texts,
        [
            "/mapping/dimensions/0",
            "/mapping/dimensions/1",
            "/mapping/dimensions/1/dimension",
            "/mapping/dimensions/2/codes",
            "/mapping/period/form",
            "/mapping/period/is",
            "/mapping/period/length",
            "/mapping/value/column",
            "/mapping/value/marks/-/value",
            "/mapping/value/marks/..",
            "/mapping/value/footnotes/r",
            "/mapping/rules/0/when",
            "/mapping/rules/1/then",
            "/mapping/rules/2/then/text",
            "/mapping/rules/3/when/value_below",
            "/mapping/rules/3/then/value",
            "/mapping/last_row",
        ]
    );
    assert!(serde_json::from_value::<Mapping>(json!({"columns": []})).is_err());
}

#[test]
fn the_schema_accepts_and_bounds_what_can_be_read() {
    let schema = crate::record::kind::object_schema::<Mapping>();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    assert!(validator.is_valid(&wide()));
    for (pointer, wrong) in [
        ("/header_row", json!(0)),
        ("/delimiter", json!(":")),
        ("/value/marks", json!({"-": {"means": "0"}})),
        ("/keep", json!({"a": []})),
        ("/rules", json!([{"then": {"accept": ["unknown_code"]}, "because": "x"}])),
        ("/rules", json!([{"then": {"drop": true}}])),
        ("/dimensions/0/codes/x", json!("y".repeat(301))),
    ] {
        let mut mapping = wide();
        mapping["keep"] = json!({});
        mapping["rules"] = json!([]);
        mapping["delimiter"] = json!(",");
        mapping["dimensions"][0]["codes"]["x"] = json!("y");
        assert!(validator.is_valid(&mapping));
        *mapping.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&mapping), "{pointer}");
    }
}

/// Each condition of a rule goes through its cell, so what a row costs grows with the product.
#[test]
fn conditions_on_long_cells_count_what_they_go_through() {
    let titles: Vec<String> = (0..20).map(|n| format!("C{n}")).collect();
    let columns: serde_json::Map<String, Value> =
        titles.iter().map(|title| (title.clone(), json!(["x"]))).collect();
    let rule = json!({"when": {"columns": columns}, "then": {"drop": true}, "because": "x"});
    let mut declared = super::field::declared(json!({}));
    declared["rules"] = json!(vec![rule; 100]);
    let of = |length: usize| {
        let row = format!("North,2024-04,1{}\n", format!(",x{}", " ".repeat(length) + "x").repeat(20));
        let file = format!("Area,Month,N,{}\n{}", titles.join(","), row.repeat(40));
        let (shape, allowance) = (
            super::field::shape("COUNT", crate::stats::period::Frequency::Monthly),
            crate::allowance::Allowance::of_file(),
        );
        let mapping = mapping(declared.clone());
        let read =
            super::read(file.as_bytes(), Form::Csv, Some(&mapping), &shape, &allowance, &mut |_| Ok(()));
        read.err().map(|problem| problem.kind.status)
    };
    assert_eq!(of(100), None);
    assert_eq!(of(19_000), Some(413));
}
