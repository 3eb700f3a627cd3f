//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::checks;
use super::dto::{self, QuestionContent};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, CrossRecordCheck, Definition, Include, Kind, LifecycleHook, Linked, Reference, Ty,
};
use crate::resources::received;
use crate::store::Conn;

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
            Reference::new("objectives/*", "objective", "concerns").in_thread(),
            Reference::new("priorities/*", "priority", "concerns").in_thread(),
        ],
        linked: &Linked::OF_OBJECTIVES_AND_PRIORITIES,
        includes: &[
            Include::Named { name: "meeting", path: "meeting" },
            Include::Named { name: "area", path: "area" },
            Include::Named { name: "assigned_organisation", path: "assigned_organisation" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
        ],
        added: &["objectives", "priorities"],
        assigned: Some("assigned_organisation"),
        assigned_fields: &["answers"],
        assigned_by: &[("answers", "by")],
        // A question can come from a resident: what was put goes with the record.
        scrubbed: received::TABLES,
        words: &["answers/*/text", "note"],
        ..Definition::office("question", "questions")
    };

    const LIFECYCLE_HOOK: Option<LifecycleHook> = Some(received::lifecycle_hook);

    const CHECKS_OTHER_RECORDS: bool = true;

    fn cross_check(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        checks::cross_check(conn, this, faults)
    }

    fn example() -> Value {
        dto::example()
    }
}
