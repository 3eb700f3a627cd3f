//! What is read and what is reported, for each form.

mod arbitrary_input;
mod canonical;
mod docs;
mod doubts;
mod field;
mod field_sheets;
mod left_out;
mod mapped;
mod period_forms;
mod rules;
mod silent;
mod silent_sheets;
mod workbook;

use serde_json::{Value, json};

use super::{CodeShape, DimensionShape, Form, IndicatorShape, Mapping, Report, UploadRow, read};
use crate::allowance::Allowance;
use crate::stats::period::Frequency;

/// An indicator of crimes by area and offence, rolling years by quarter.
fn shape() -> IndicatorShape {
    let code = |code: &str, name: &str, from: Option<&str>, to: Option<&str>| CodeShape {
        code: code.to_owned(),
        name: name.to_owned(),
        from: from.map(|day| day.parse().unwrap()),
        to: to.map(|day| day.parse().unwrap()),
    };
    let areas = vec![
        code("E23000018", "Derbyshire", None, None),
        code("E22000037", "Amber Valley", None, None),
        code("E22000040", "Derby", None, None),
        code("E23000018-unassigned", "Unassigned Derbyshire", None, None),
        code("E23000005", "Greater Manchester", None, None),
    ];
    let offences = vec![
        code("all", "Total recorded crime", None, None),
        code("homicide", "Homicide", None, None),
        code("burglary-domestic", "Domestic burglary", None, Some("2017-03-31")),
        code("burglary-residential", "Residential burglary", Some("2017-04-01"), None),
        code("fraud", "Fraud offences", None, None),
    ];
    IndicatorShape {
        slug: "recorded-crime".to_owned(),
        dimensions: vec![
            DimensionShape::new("AREA", "Area", areas),
            DimensionShape::new("OFFENCE", "Offence group", offences),
        ],
        frequency: Frequency::YearByQuarter,
        decimals: 0,
        counts: true,
        ratio: false,
        unit: "COUNT",
        today: None,
    }
}

fn run(
    body: impl AsRef<[u8]>,
    form: Form,
    mapping: Option<&Mapping>,
    shape: &IndicatorShape,
) -> (Vec<UploadRow>, Report) {
    let mut rows = vec![];
    let report = read(body.as_ref(), form, mapping, shape, &Allowance::of_file(), &mut |row| {
        rows.push(row);
        Ok(())
    })
    .unwrap();
    assert_eq!(report.observations, rows.len() as u64);
    (rows, report)
}

fn csv(body: &str) -> (Vec<UploadRow>, Report) {
    run(body, Form::Csv, None, &shape())
}

fn mapping(json: Value) -> Mapping {
    let mapping: Mapping = serde_json::from_value(json).unwrap();
    let mut faults = vec![];
    mapping.check(&mut faults, "/mapping");
    assert_eq!(faults, []);
    mapping
}

/// Row, column and code of each fault.
fn places(faults: &[crate::problem::Fault]) -> Vec<Value> {
    let place = |fault: &crate::problem::Fault| {
        let fault = json!(fault);
        json!([fault["row"], fault.get("column").or(fault.get("pointer")), fault["code"]])
    };
    faults.iter().map(place).collect()
}

/// Codes, period and value of a row, as texts.
fn row_text(row: &UploadRow) -> String {
    let shape = shape();
    let codes: Vec<&str> = row
        .codes
        .iter()
        .zip(&shape.dimensions)
        .map(|(code, dimension)| dimension.at(*code).unwrap().code.as_str())
        .collect();
    let value = row.value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    format!("{} {} {value} {}", codes.join("."), row.period.text(row.frequency), row.obs.code())
}
