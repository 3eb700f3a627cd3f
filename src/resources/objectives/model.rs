//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, ObjectiveContent};
use crate::access::{Role, rule};
use crate::record::kind::{Column, Definition, Include, Kind, Reference, Ty};

pub struct Objective;

impl Kind for Objective {
    type Content = ObjectiveContent;

    const DEFINITION: Definition = Definition {
        about: "An objective: what a plan aims to achieve and how success is judged.",
        rules: rule::OFFICE,
        approvals: &[Role::Commissioner],
        columns: &[
            Column::new("plan", Ty::Ref("plan")).equal(),
            Column::new("priority", Ty::Ref("priority")).equal(),
            Column::new("number", Ty::Int).sorted(),
            Column::new("title", Ty::Text).sorted(),
        ],
        references: &[
            Reference::new("plan", "plan", "part_of").in_thread(),
            Reference::new("priority", "priority", "serves").in_thread(),
            Reference::new("themes/*", "theme", "addressed_by").inverse().in_thread(),
        ],
        includes: &[
            Include::Named { name: "plan", path: "plan" },
            Include::Named { name: "priority", path: "priority" },
            Include::Named { name: "themes", path: "themes/*" },
            Include::Naming { name: "actions", kind: "action", path: "objective" },
        ],
        demo: include_str!("../../../demo/objectives.jsonl"),
        shown: "derbyshire-pcc:OBJ-5",
        ..Definition::office("objective", "objectives")
    };

    fn example() -> Value {
        dto::example()
    }
}
