//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::counts;
use super::dto::{self, PlanContent};
use crate::access::{Role, rule};
use crate::record::kind::{Column, ComputedFields, Definition, Include, Kind, Reference, Ty};

pub struct Plan;

impl Kind for Plan {
    type Content = PlanContent;

    const DEFINITION: Definition = Definition {
        about: "A Police and Crime Plan: what a policing body aims to achieve in a term of office.",
        rules: rule::OFFICE,
        approvals: &[Role::Commissioner],
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("from", Ty::Date).stored_as("from_date").range().sorted(),
            Column::new("to", Ty::Date).stored_as("to_date").range(),
            Column::new("term", Ty::Ref("office_term")).equal(),
        ],
        references: &[
            Reference::new("predecessor", "plan", "succeeds").in_thread(),
            Reference::new("term", "office_term", "made_in"),
        ],
        includes: &[
            Include::Named { name: "predecessor", path: "predecessor" },
            Include::Named { name: "term", path: "term" },
            Include::Naming { name: "priorities", kind: "priority", path: "plan" },
            Include::Naming { name: "objectives", kind: "objective", path: "plan" },
        ],
        added: &["term"],
        demo: include_str!("../../../demo/plans.jsonl"),
        shown: "derbyshire-pcc:PLAN-2013",
        ..Definition::office("plan", "plans")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: counts::schema, in_lists: false, read: counts::computed });

    fn example() -> Value {
        dto::example()
    }
}
