use serde_json::{Value, json};

use super::{mapping, places, row_text, run, shape};
use crate::resources::releases::upload::Form;

/// Lines with the faults of a published file: a day that does not end a quarter, a negative count, a code that has ended.
const FILE: &str = "12 months ending,PFA,Offence,Offences\n\
    31-03-2017,Derbyshire,Domestic burglary,2800\n\
    30-12-2017,Derbyshire,Domestic burglary,768\n\
    31-03-2018,Derbyshire,Domestic burglary,0\n\
    31-03-2017,Derbyshire,Residential burglary,0\n\
    31-03-2018,Derbyshire,Residential burglary,4524\n\
    31-12-2013,Derbyshire,Fraud,-21\n\
    31-12-2013,Nowhere,Fraud,x\n";

fn with_rules(rules: Value) -> Value {
    json!({
        "dimensions": [
            {"dimension": "AREA", "columns": ["PFA"], "codes": {"Derbyshire": "E23000018"}},
            {"dimension": "OFFENCE", "columns": ["Offence"], "codes": {
                "Domestic burglary": "burglary-domestic",
                "Residential burglary": "burglary-residential",
                "Fraud": "fraud",
            }},
        ],
        "period": {"column": "12 months ending", "form": "DD-MM-YYYY", "is": "end", "length": "P1Y"},
        "value": {"column": "Offences"},
        "rules": rules,
    })
}

#[test]
fn without_rules_the_faults_of_a_file_are_reported_by_row() {
    let (rows, report) = run(FILE, Form::Csv, Some(&mapping(with_rules(json!([])))), &shape());
    assert_eq!(
        places(&report.errors),
        [
            json!([3, "12 months ending", "not_a_month_end"]),
            json!([4, "Offence", "outside_life"]),
            json!([5, "Offence", "outside_life"]),
            json!([7, "Offences", "negative_count"]),
            json!([8, "PFA", "unknown_code"]),
            json!([8, "Offences", "not_a_number"]),
        ]
    );
    assert!(report.errors[0].detail.contains("2017-12-31"), "{}", report.errors[0].detail);
    assert_eq!(rows.len(), 2);
}

#[test]
fn rules_correct_what_is_declared_and_give_the_reason() {
    let rules = json!([
        {"then": {"text": {"12 months ending": {"30-12-2017": "31-12-2017"}}}, "because": "The year ended on the 31st."},
        {"when": {"columns": {"PFA": ["Nowhere", "Elsewhere"]}}, "then": {"drop": true}, "because": "No force."},
        {"when": {"codes": {"OFFENCE": ["burglary-domestic"]}, "from": "2017-04-01", "value_is": "0"},
         "then": {"OBS_STATUS": "M"}, "because": "The code ended."},
        {"when": {"codes": {"OFFENCE": ["burglary-residential"]}, "until": "2017-03-31", "value_is": "0"},
         "then": {"OBS_STATUS": "M"}, "because": "The code began later."},
        {"when": {"value_below": "0"}, "then": {"accept": ["negative_count"]}, "because": "Cancelled crimes."},
        {"when": {"value_is": "12345"}, "then": {"value": "1"}, "because": "Never."},
    ]);
    let (rows, report) = run(FILE, Form::Csv, Some(&mapping(with_rules(rules))), &shape());
    assert_eq!(report.errors, []);
    let texts: Vec<String> = rows.iter().map(row_text).collect();
    assert_eq!(
        texts,
        [
            "E23000018.burglary-domestic 2016-04-01/P1Y 2800 A",
            "E23000018.burglary-domestic 2017-01-01/P1Y 768 A",
            "E23000018.burglary-domestic 2017-04-01/P1Y - M",
            "E23000018.burglary-residential 2016-04-01/P1Y - M",
            "E23000018.burglary-residential 2017-04-01/P1Y 4524 A",
            "E23000018.fraud 2013-01-01/P1Y -21 A",
        ]
    );
    let reasons: Vec<Option<&str>> = rows.iter().map(|row| row.reason.as_deref()).collect();
    assert_eq!(
        reasons,
        [
            None,
            Some("The year ended on the 31st."),
            Some("The code ended."),
            Some("The code began later."),
            None,
            None,
        ]
    );
    assert_eq!(report.rules_applied, [1, 1, 1, 1, 1, 0]);
    assert_eq!((report.rows_read, report.rows_left_out), (7, 1));
    assert_eq!(
        places(&report.warnings),
        [
            json!([3, "Offence", "partly_outside_life"]),
            json!([null, "/mapping/rules/5", "rule_without_effect"]),
        ]
    );
}

#[test]
fn a_rule_may_set_a_code_a_status_or_a_value_and_skip_rows_by_what_was_read() {
    let rules = json!([
        {"when": {"columns": {"PFA": ["Nowhere"]}}, "then": {"drop": true}, "because": "No force."},
        {"then": {"text": {"12 months ending": {"30-12-2017": "31-12-2017"}}}, "because": "A slip."},
        {"when": {"codes": {"OFFENCE": ["burglary-domestic"]}, "from": "2017-01-01"},
         "then": {"drop": true}, "because": "Not needed."},
        {"when": {"codes": {"OFFENCE": ["burglary-residential"]}},
         "then": {"codes": {"OFFENCE": "homicide"}, "OBS_STATUS": "E", "CONF_STATUS": "N"}, "because": "A test."},
        {"when": {"value_below": "0"}, "then": {"value": "0"}, "because": "Never below nought."},
    ]);
    let (rows, report) = run(FILE, Form::Csv, Some(&mapping(with_rules(rules))), &shape());
    assert_eq!(report.errors, []);
    let texts: Vec<String> = rows.iter().map(row_text).collect();
    assert_eq!(
        texts,
        [
            "E23000018.burglary-domestic 2016-04-01/P1Y 2800 A",
            "E23000018.homicide 2016-04-01/P1Y 0 E",
            "E23000018.homicide 2017-04-01/P1Y 4524 E",
            "E23000018.fraud 2013-01-01/P1Y 0 A",
        ]
    );
    assert_eq!((rows[1].conf.code(), report.rows_left_out), ("N", 3));
}
