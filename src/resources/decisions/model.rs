//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, DecisionContent};
use super::publication;
use crate::access::{Role, rule};
use crate::record::kind::{Column, ComputedFields, Definition, Include, Kind, Linked, Reference, Ty};

pub struct Decision;

impl Kind for Decision {
    type Content = DecisionContent;

    const DEFINITION: Definition = Definition {
        about: "A decision: what was decided, by whom, why, on which advice, and what it affects. Three people see to it: one writes, one approves, one publishes.",
        rules: rule::OFFICE,
        approvals: &[Role::Commissioner],
        separate: true,
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("decided_on", Ty::Date)
                .range()
                .sorted_nulls_last("decided_on_asc", "decided_on_desc"),
            Column::new("delegated", Ty::Bool).equal(),
            Column::new("significant", Ty::Bool).equal(),
            Column::new("value", Ty::Money).range().sorted_nulls_last("value_asc", "value_desc"),
        ],
        references: &[
            Reference::new("meeting", "meeting", "taken_at").in_thread(),
            Reference::new("papers/*", "paper", "rests_on").in_thread(),
            Reference::new("plan", "plan", "affects").in_thread(),
            Reference::new("funds/*", "fund", "affects").in_thread(),
            Reference::new("services/*", "service", "affects").in_thread(),
            Reference::new("grants/*", "grant", "affects").in_thread(),
            Reference::new("recommendations/*", "recommendation", "affects").in_thread(),
            Reference::new("objectives/*", "objective", "concerns").in_thread(),
            Reference::new("priorities/*", "priority", "concerns").in_thread(),
        ],
        linked: &[
            Linked::OF_OBJECTIVES_AND_PRIORITIES[0],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[1],
            Linked::new("plan", &["plan"]),
            Linked::new("meeting", &["meeting"]),
            Linked::new("fund", &["funds/*"]),
            Linked::new("service", &["services/*"]),
            Linked::new("grant", &["grants/*"]),
            Linked::new("recommendation", &["recommendations/*"]),
        ],
        includes: &[
            Include::Named { name: "meeting", path: "meeting" },
            Include::Named { name: "papers", path: "papers/*" },
            Include::Named { name: "plan", path: "plan" },
            Include::Named { name: "funds", path: "funds/*" },
            Include::Named { name: "services", path: "services/*" },
            Include::Named { name: "grants", path: "grants/*" },
            Include::Named { name: "recommendations", path: "recommendations/*" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
        ],
        words: &["text", "reasons", "options/*/title", "options/*/why", "advice/*/summary", "regard", "note"],
        demo: include_str!("../../../demo/decisions.jsonl"),
        ..Definition::office("decision", "decisions")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: publication::schema, in_lists: true, read: publication::computed });

    fn example() -> Value {
        dto::example()
    }
}
