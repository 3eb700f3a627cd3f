//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, QuestionContent};
use crate::access::rule;
use crate::record::kind::{Column, Definition, Include, Kind, LifecycleHook, Reference, Ty};
use crate::resources::received;

pub struct Question;

impl Kind for Question {
    type Content = QuestionContent;

    const DEFINITION: Definition = Definition {
        title: "text",
        about: "A question that was put to a meeting, with its answers. Who asked is recorded by kind, never by name.",
        rules: rule::OWNERS_WITH_ASSIGNED,
        columns: &[
            Column::new("meeting", Ty::Ref("meeting")).equal(),
            Column::new("asked_by", Ty::Text).equal(),
            Column::new("taken", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("meeting", "meeting", "asked_at").in_thread(),
            Reference::new("area", "area", "about"),
            Reference::new("assigned_organisation", "organisation", "assigned_to"),
            Reference::new("answers/*/by", "organisation", "answered_by"),
        ],
        includes: &[
            Include::Named { name: "meeting", path: "meeting" },
            Include::Named { name: "area", path: "area" },
            Include::Named { name: "assigned_organisation", path: "assigned_organisation" },
        ],
        assigned: Some("assigned_organisation"),
        assigned_fields: &["answers"],
        // A question can come from a resident: what was put goes with the record.
        scrubbed: received::TABLES,
        ..Definition::office("question", "questions")
    };

    const LIFECYCLE_HOOK: Option<LifecycleHook> = Some(received::lifecycle_hook);

    fn example() -> Value {
        dto::example()
    }
}
