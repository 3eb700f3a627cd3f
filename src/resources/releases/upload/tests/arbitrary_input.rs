//! Whatever is sent, it is read or told of, and nothing panics.

use proptest::prelude::*;
use serde_json::json;

use super::workbook::{ROWS, TEXTS, declared, workbook};
use super::{mapping, shape};
use crate::resources::releases::upload::{Form, Mapping, read};

fn reads(body: &[u8], mapping: &Mapping) {
    for form in [Form::Csv, Form::Json, Form::Xlsx] {
        for mapping in [None, Some(mapping)] {
            let _ = read(body, form, mapping, &shape(), &mut |_| Ok(()));
        }
    }
}

fn plain() -> Mapping {
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
        reads(&body, &plain());
    }

    #[test]
    fn any_cells_are_read_or_reported(cells in proptest::collection::vec("\\PC{0,12}|[-0-9,.]{0,9}|31 Dec 20[01][0-9]", 0..40)) {
        let mut body = "a,b,p,v\n".to_owned();
        for row in cells.chunks(4) {
            body.push_str(&row.join(","));
            body.push('\n');
        }
        reads(body.as_bytes(), &plain());
        let mut own = "AREA,OFFENCE,TIME_PERIOD,value\n".to_owned();
        own.push_str(&body);
        reads(own.as_bytes(), &plain());
        let names = ["series", "AREA", "TIME_PERIOD", "value"];
        let members = cells.iter().zip(names.iter().cycle());
        let element: serde_json::Map<_, _> = members.map(|(cell, name)| ((*name).to_owned(), json!(cell))).collect();
        reads(json!({"observations": [element]}).to_string().as_bytes(), &plain());
    }

    #[test]
    fn any_hurt_to_a_workbook_is_reported(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut book = workbook(&[("Table P1", ROWS)], TEXTS);
        let place = at.index(book.len());
        book[place] = byte;
        reads(&book, &mapping(declared()));
        book.truncate(cut.index(book.len()));
        reads(&book, &mapping(declared()));
    }

    #[test]
    fn any_sheet_are_read_or_reported(cell in "[A-Za-z]{0,6}[0-9]{0,9}", ty in "(n|s|b|e|d|str|inlineStr)?", text in "[-0-9.eE]{0,9}|\\PC{0,6}") {
        let text = text.replace(['<', '&'], "");
        let rows = format!("<row><c r=\"{cell}\" t=\"{ty}\"><v>{text}</v></c></row>");
        reads(&workbook(&[("Table P1", &rows)], TEXTS), &mapping(declared()));
    }
}
