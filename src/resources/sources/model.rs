//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, SourceContent};
use crate::record::kind::{Column, Definition, Kind, Ty};

pub struct Source;

impl Kind for Source {
    type Content = SourceContent;

    const DEFINITION: Definition = Definition {
        about: "A source: the document that a record is based on, with the licence of that document.",
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("publisher", Ty::Text).equal(),
            Column::new("published", Ty::Date).range(),
        ],
        demo: include_str!("../../../demo/sources.jsonl"),
        shown: "police-and-crime-plan-2013",
        ..Definition::reference("source", "sources")
    };

    fn example() -> Value {
        dto::example()
    }
}
