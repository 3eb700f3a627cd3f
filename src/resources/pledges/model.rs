//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, PledgeContent};
use super::ratings;
use crate::access::rule;
use crate::record::kind::{Column, ComputedFields, Definition, Include, Kind, Reference, Ty};

pub struct Pledge;

impl Kind for Pledge {
    type Content = PledgeContent;

    const DEFINITION: Definition = Definition {
        title: "wording",
        about: "A pledge: what an office-holder promised for a term of office, and whether it is specific enough to be judged.",
        rules: rule::OFFICE,
        columns: &[
            Column::new("term", Ty::Ref("office_term")).equal(),
            Column::new("made_on", Ty::Date).range().sorted_nulls_last("made_on_asc", "made_on_desc"),
            Column::new("testable", Ty::Bool).equal(),
        ],
        references: &[
            Reference::new("term", "office_term", "made_by"),
            Reference::new("objectives/*", "objective", "fulfilled_by").in_thread(),
            Reference::new("priorities/*", "priority", "fulfilled_by").in_thread(),
        ],
        includes: &[
            Include::Named { name: "term", path: "term" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
            Include::Naming { name: "assessments", kind: "assessment", path: "pledge" },
            Include::Naming { name: "counter_assessments", kind: "counter_assessment", path: "pledge" },
        ],
        demo: include_str!("../../../demo/pledges.jsonl"),
        shown: "derbyshire-pcc:PLEDGE-1",
        ..Definition::office("pledge", "pledges")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: ratings::schema, in_lists: true, read: ratings::computed });

    fn example() -> Value {
        dto::example()
    }
}
