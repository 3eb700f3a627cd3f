//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, BodyContent};
use crate::record::kind::{Column, Definition, Include, Kind, Reference, Ty};

pub struct PolicingBody;

impl Kind for PolicingBody {
    type Content = BodyContent;

    const DEFINITION: Definition = Definition {
        one: "policing body",
        many: "policing bodies",
        title: "name",
        about: "A policing body, such as a Police and Crime Commissioner. Every membership belongs to one, and every role's access ends at it.",
        columns: &[Column::new("name", Ty::Text).sorted(), Column::new("body_kind", Ty::Text).equal()],
        references: &[
            Reference::new("area", "area", "polices"),
            Reference::new("predecessors/*", "policing_body", "succeeds").in_thread(),
        ],
        includes: &[
            Include::Named { name: "area", path: "area" },
            Include::Named { name: "predecessors", path: "predecessors/*" },
            Include::Naming { name: "successors", kind: "policing_body", path: "predecessors/*" },
        ],
        added: &["coverage"],
        demo: include_str!("../../../demo/bodies.jsonl"),
        shown: "derbyshire-pcc",
        ..Definition::reference("policing_body", "bodies")
    };

    fn example() -> Value {
        dto::example()
    }
}
