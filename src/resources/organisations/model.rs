//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, OrganisationContent};
use crate::record::kind::{Column, Definition, Kind, Reference, Ty};

pub struct Organisation;

impl Kind for Organisation {
    type Content = OrganisationContent;

    const DEFINITION: Definition = Definition {
        title: "name",
        about: "An organisation, with its identifiers in public registers where they are known.",
        columns: &[
            Column::new("name", Ty::Text).sorted(),
            Column::new("organisation_kind", Ty::Text).equal(),
        ],
        references: &[Reference::new("area", "area", "located_in")],
        demo: include_str!("../../../demo/organisations.jsonl"),
        shown: "derbyshire-constabulary",
        ..Definition::reference("organisation", "organisations")
    };

    fn example() -> Value {
        dto::example()
    }
}
