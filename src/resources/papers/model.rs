//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, PaperContent};
use crate::access::rule;
use crate::record::kind::{Column, Definition, Include, Kind, Linked, Reference, Ty};

pub struct Paper;

impl Kind for Paper {
    type Content = PaperContent;

    const DEFINITION: Definition = Definition {
        about: "A paper: what was put before a meeting. The file stays on its publisher's site; its digest shows whether it was replaced. Exempt text is not stored.",
        rules: rule::OWNERS_WITH_ASSIGNED,
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("paper_kind", Ty::Text).equal(),
            Column::new("made_by", Ty::Ref("organisation")).equal(),
        ],
        references: &[
            Reference::new("made_by", "organisation", "made_by"),
            Reference::new("drafted_by", "organisation", "assigned_to"),
            Reference::new("objectives/*", "objective", "concerns").in_thread(),
            Reference::new("priorities/*", "priority", "concerns").in_thread(),
        ],
        linked: &Linked::OF_OBJECTIVES_AND_PRIORITIES,
        includes: &[
            Include::Named { name: "made_by", path: "made_by" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
            Include::Naming { name: "meetings", kind: "meeting", path: "agenda/*/papers/*" },
            Include::Naming { name: "decisions", kind: "decision", path: "papers/*" },
        ],
        assigned: Some("drafted_by"),
        assigned_fields: &["title", "doc"],
        demo: include_str!("../../../demo/papers.jsonl"),
        ..Definition::office("paper", "papers")
    };

    fn example() -> Value {
        dto::example()
    }
}
