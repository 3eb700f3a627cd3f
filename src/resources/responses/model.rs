//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::checks;
use super::dto::{self, ResponseContent};
use crate::access::{Role, rule};
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, CrossRecordCheck, Definition, Include, Kind, Linked, Reference, Ty};
use crate::store::Conn;

pub struct Response;

impl Kind for Response {
    type Content = ResponseContent;

    const DEFINITION: Definition = Definition {
        about: "A response: the comments of the policing body on a report, the chief officer's among them, and its position on each recommendation, with the action or the reasons.",
        rules: rule::OFFICE_WITH_ASSIGNED,
        approvals: &[Role::Commissioner],
        columns: &[
            Column::new("report", Ty::Ref("report")).equal(),
            Column::new("panel_decision", Ty::Ref("panel_decision")).equal().added(),
            Column::new("responded_on", Ty::Date).range().sorted(),
        ],
        references: &[
            Reference::new("report", "report", "answers").in_thread(),
            Reference::new("panel_decision", "panel_decision", "answers").in_thread(),
            Reference::new("drafted_with", "organisation", "drafted_with"),
            Reference::new("sent_to/*", "organisation", "sent_to"),
            Reference::new("answers/*/recommendation", "recommendation", "answers")
                .dated("action_by")
                .in_thread(),
        ],
        linked: &[
            Linked::new("recommendation", &["answers/*/recommendation"]),
            Linked::new("drafted_with", &["drafted_with"]),
        ],
        includes: &[
            Include::Named { name: "report", path: "report" },
            Include::Named { name: "panel_decision", path: "panel_decision" },
            Include::Named { name: "recommendations", path: "answers/*/recommendation" },
        ],
        assigned: Some("drafted_with"),
        assigned_fields: &["chief_officer_comments"],
        added: &["panel_decision"],
        words: &[
            "comments",
            "chief_officer_comments",
            "reply_to_chief_officer",
            "answers/*/accepted_part",
            "answers/*/action",
            "answers/*/reasons",
            "note",
        ],
        demo: include_str!("../../../demo/responses.jsonl"),
        ..Definition::office("response", "responses")
    };

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
