//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, ThreatContent};
use crate::access::rule;
use crate::record::kind::{Column, Definition, Include, Kind, Linked, Reference, Ty};
use crate::resources::shared::YEARS;

pub struct Threat;

impl Kind for Threat {
    type Content = ThreatContent;

    const DEFINITION: Definition = Definition {
        about: "A threat: how the office assessed a theme at a time, for which areas. A partner agency also reads those about its own area once they are shared.",
        rules: rule::OFFICE_WITH_AREA,
        areas: &["areas/*"],
        columns: &[
            Column::new("theme", Ty::Ref("theme")).equal(),
            Column::new("title", Ty::Text).sorted(),
            // The day was required once: the state of a record has its column, and lists the others.
            Column::new("assessed_on", Ty::Date)
                .stored_as("assessed_day")
                .range()
                .sorted_nulls_last("assessed_on_asc", "assessed_on_desc")
                .added(),
            Column::new("assessed_on", Ty::Date),
            Column::new("financial_year", Ty::Text).equal().forms(YEARS),
            Column::new("rank", Ty::Int).sorted_nulls_last("rank_asc", "rank_desc"),
            Column::new("level", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("theme", "theme", "instance_of").in_thread(),
            Reference::new("areas/*", "area", "about"),
            Reference::new("objectives/*", "objective", "concerns").in_thread(),
            Reference::new("priorities/*", "priority", "concerns").in_thread(),
        ],
        linked: &[
            Linked::new("area", &["areas/*"]),
            Linked::OF_OBJECTIVES_AND_PRIORITIES[0],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[1],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[2],
        ],
        includes: &[
            Include::Named { name: "theme", path: "theme" },
            Include::Named { name: "areas", path: "areas/*" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
        ],
        demo: include_str!("../../../demo/threats.jsonl"),
        ..Definition::office("threat", "threats")
    };

    fn example() -> Value {
        dto::example()
    }
}
