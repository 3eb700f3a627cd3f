//! Arbitrary input is read or reported, and nothing panics.

use proptest::prelude::*;
use serde_json::json;

use super::workbook::{ROWS, TEXTS, declared, workbook};
use super::{mapping, shape};
use crate::allowance::Allowance;
use crate::resources::releases::upload::{Form, Mapping, read};

fn read_in_all_forms(body: &[u8], mapping: &Mapping) {
    for form in [Form::Csv, Form::Json, Form::Workbook] {
        for mapping in [None, Some(mapping)] {
            let _ = read(body, form, mapping, &shape(), &Allowance::of_file(), &mut |_| Ok(()));
        }
    }
}

fn sample_mapping() -> Mapping {
    mapping(json!({
        "dimensions": [
            {"dimension": "AREA", "columns": ["a", "b"], "strip_footnotes": true, "codes": {"x": "E23000018"}},
            {"dimension": "OFFENCE", "constant": "all"},
        ],
        "period": {"column": "p", "form": "DD MMM YYYY", "is": "end", "length": "P1Y"},
        "value": {"column": "v", "thousands": ",", "round_to": 1, "marks": {"-": {"value": "0"}},
                  "footnotes": {"r": {"OBS_STATUS": "E"}}},
        "rules": [{"when": {"value_below": "0"}, "then": {"drop": true}, "because": "x"}],
    }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes_are_read_or_reported(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_in_all_forms(&body, &sample_mapping());
    }

    #[test]
    fn any_cells_are_read_or_reported(cells in proptest::collection::vec("\\PC{0,12}|[-0-9,.]{0,9}|31 Dec 20[01][0-9]", 0..40)) {
        let mut body = "a,b,p,v\n".to_owned();
        for row in cells.chunks(4) {
            body.push_str(&row.join(","));
            body.push('\n');
        }
        read_in_all_forms(body.as_bytes(), &sample_mapping());
        let mut own = "AREA,OFFENCE,TIME_PERIOD,value\n".to_owned();
        own.push_str(&body);
        read_in_all_forms(own.as_bytes(), &sample_mapping());
        let names = ["series", "AREA", "TIME_PERIOD", "value"];
        let members = cells.iter().zip(names.iter().cycle());
        let element: serde_json::Map<_, _> = members.map(|(cell, name)| ((*name).to_owned(), json!(cell))).collect();
        read_in_all_forms(json!({"observations": [element]}).to_string().as_bytes(), &sample_mapping());
    }

    #[test]
    fn any_damage_to_a_workbook_is_reported(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut book = workbook(&[("Table P1", ROWS)], TEXTS);
        let place = at.index(book.len());
        book[place] = byte;
        read_in_all_forms(&book, &mapping(declared()));
        book.truncate(cut.index(book.len()));
        read_in_all_forms(&book, &mapping(declared()));
    }

    #[test]
    fn any_sheet_is_read_or_reported(cell in "[A-Za-z]{0,6}[0-9]{0,9}", ty in "(n|s|b|e|d|str|inlineStr)?", text in "[-0-9.eE]{0,9}|\\PC{0,6}") {
        let text = text.replace(['<', '&'], "");
        let rows = format!("<row><c r=\"{cell}\" t=\"{ty}\"><v>{text}</v></c></row>");
        read_in_all_forms(&workbook(&[("Table P1", &rows)], TEXTS), &mapping(declared()));
    }
}
