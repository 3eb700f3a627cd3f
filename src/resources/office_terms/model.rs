//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, OfficeTermContent};
use crate::access::rule;
use crate::record::kind::{Column, Definition, Include, Kind, Reference, Ty};

pub struct OfficeTerm;

impl Kind for OfficeTerm {
    type Content = OfficeTermContent;

    const DEFINITION: Definition = Definition {
        one: "office term",
        many: "office terms",
        title: "holder",
        about: "A term of office: who holds a policing office, and from when to when.",
        rules: rule::OFFICE,
        columns: &[
            Column::new("holder", Ty::Text).sorted(),
            Column::new("office", Ty::Text).equal(),
            Column::new("from", Ty::Date)
                .stored_as("from_date")
                .range()
                .sorted_nulls_last("from_asc", "from_desc"),
        ],
        references: &[Reference::new("predecessor", "office_term", "succeeds")],
        includes: &[Include::Named { name: "predecessor", path: "predecessor" }],
        demo: include_str!("../../../demo/office-terms.jsonl"),
        shown: "derbyshire-pcc:TERM-PCC-2012",
        ..Definition::office("office_term", "office-terms")
    };

    fn example() -> Value {
        dto::example()
    }
}
