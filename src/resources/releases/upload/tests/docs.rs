//! The examples of docs/mapping.md are right.

use super::{mapping, run};
use crate::resources::releases::upload::{CodeShape, DimensionShape, Form, IndicatorShape};
use crate::stats::period::Frequency;

const PAGE: &str = include_str!("../../../../../docs/mapping.md");

fn blocks(of: &str) -> Vec<&'static str> {
    let fence = format!("```{of}\n");
    PAGE.split(&fence).skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn the_example_of_the_page_has_the_result_that_the_page_shows() {
    let codes = |codes: &[&str]| {
        let code =
            |code: &&str| CodeShape { code: (*code).to_owned(), name: String::new(), from: None, to: None };
        codes.iter().map(code).collect::<Vec<_>>()
    };
    let shape = IndicatorShape {
        slug: "crime".to_owned(),
        dimensions: vec![
            DimensionShape::new("AREA", "Area", codes(&["D-NORTH", "D-SOUTH"])),
            DimensionShape::new("OFFENCE", "Offence", codes(&["burglary", "vehicle"])),
        ],
        frequency: Frequency::Quarterly,
        decimals: 0,
        counts: true,
        ratio: false,
        unit: "COUNT",
        today: None,
    };
    let [file, own] = blocks("csv")[..] else { panic!("two tables") };
    let mapping = mapping(serde_json::from_str(blocks("json")[0]).unwrap());
    let (rows, report) = run(file, Form::Csv, Some(&mapping), &shape);
    assert_eq!((report.errors, report.warnings), (vec![], vec![]));
    let (expected, report) = run(own, Form::Csv, None, &shape);
    assert_eq!(report.errors, []);
    // They are the same apart from the numbers of their rows.
    let without_row = |rows: Vec<super::UploadRow>| {
        rows.into_iter().map(|row| super::UploadRow { row: 0, ..row }).collect::<Vec<_>>()
    };
    assert_eq!(without_row(rows), without_row(expected));
}

#[test]
fn the_page_names_every_field() {
    let schema = crate::record::kind::object_schema::<super::Mapping>();
    let fields = schema["properties"].as_object().unwrap().keys();
    let missing: Vec<&String> = fields.filter(|field| !PAGE.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
