//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, PriorityContent};
use crate::access::{Role, rule};
use crate::record::kind::{Column, Definition, Include, Kind, Reference, Ty};

pub struct Priority;

impl Kind for Priority {
    type Content = PriorityContent;

    const DEFINITION: Definition = Definition {
        about: "A priority: what a plan puts first.",
        rules: rule::OFFICE,
        approvals: &[Role::Commissioner],
        columns: &[
            Column::new("plan", Ty::Ref("plan")).equal(),
            Column::new("rank", Ty::Int).sorted(),
            Column::new("title", Ty::Text).sorted(),
        ],
        references: &[
            Reference::new("plan", "plan", "part_of").in_thread(),
            Reference::new("areas/*", "area", "covers"),
            Reference::new("themes/*", "theme", "addressed_by").inverse().in_thread(),
        ],
        includes: &[
            Include::Named { name: "plan", path: "plan" },
            Include::Named { name: "areas", path: "areas/*" },
            Include::Named { name: "themes", path: "themes/*" },
            Include::Naming { name: "objectives", kind: "objective", path: "priority" },
        ],
        demo: include_str!("../../../demo/priorities.jsonl"),
        shown: "derbyshire-pcc:PRI-3",
        ..Definition::office("priority", "priorities")
    };

    fn example() -> Value {
        dto::example()
    }
}
