//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, AreaContent};
use crate::record::kind::{Column, Definition, Kind, Reference, Ty};

pub struct Area;

impl Kind for Area {
    type Content = AreaContent;

    const DEFINITION: Definition = Definition {
        title: "name",
        about: "An area: a police force area, a district, a police division, a partnership and so on, with its ONS code if it has one, the areas that contain it, with dates, and its population by year.",
        columns: &[
            Column::new("name", Ty::Text).sorted(),
            Column::new("area_kind", Ty::Text).equal(),
            Column::new("ons_code", Ty::Text).equal(),
        ],
        references: &[Reference::new("parents/*/area", "area", "within")],
        demo: include_str!("../../../demo/areas.jsonl"),
        shown: "E23000018",
        ..Definition::reference("area", "areas")
    };

    fn example() -> Value {
        dto::example()
    }
}
