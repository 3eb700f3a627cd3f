//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, ServiceContent};
use crate::access::rule;
use crate::record::kind::{Column, Definition, Include, Kind, Linked, Reference, Ty};

pub struct Service;

impl Kind for Service {
    type Content = ServiceContent;

    const DEFINITION: Definition = Definition {
        about: "A service that a policing body commissions: who provides it, what it costs and how it is measured.",
        rules: rule::OFFICE_WITH_OWN,
        own: &["providers/*"],
        areas: &["areas/*"],
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("delivery_status", Ty::Text).equal(),
            Column::new("count_unit", Ty::Text).equal(),
            Column::new("from", Ty::Date)
                .stored_as("from_date")
                .range()
                .sorted_nulls_last("from_asc", "from_desc"),
            Column::new("value", Ty::Money).range().sorted_nulls_last("value_asc", "value_desc"),
            Column::new("value_stage", Ty::Text).equal(),
            Column::new("fund", Ty::Ref("fund")).equal(),
        ],
        references: &[
            Reference::new("providers/*", "organisation", "provided_by"),
            Reference::new("areas/*", "area", "serves_area"),
            Reference::new("fund", "fund", "paid_from").in_thread(),
            Reference::new("procurement/contracts/*/supplier", "organisation", "supplied_by"),
            Reference::new("kpis/*/indicator", "indicator", "measures").inverse().in_thread(),
            Reference::new("objectives/*", "objective", "delivers").in_thread(),
            Reference::new("priorities/*", "priority", "delivers").in_thread(),
        ],
        linked: &[
            Linked::new("provider", &["providers/*"]),
            Linked::new("area", &["areas/*"]),
            Linked::OF_OBJECTIVES_AND_PRIORITIES[0],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[1],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[2],
        ],
        includes: &[
            Include::Named { name: "providers", path: "providers/*" },
            Include::Named { name: "areas", path: "areas/*" },
            Include::Named { name: "fund", path: "fund" },
            Include::Named { name: "indicators", path: "kpis/*/indicator" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
        ],
        demo: include_str!("../../../demo/services.jsonl"),
        shown: "derbyshire-pcc:SVC-PCSO",
        ..Definition::office("service", "services")
    };

    fn example() -> Value {
        dto::example()
    }
}
