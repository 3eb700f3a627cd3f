//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::checks;
use super::dto::{self, ProgressContent};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, CrossRecordCheck, Definition, Include, Kind, Reference, Ty};
use crate::store::Conn;

pub struct Progress;

impl Kind for Progress {
    type Content = ProgressContent;

    const DEFINITION: Definition = Definition {
        one: "progress report",
        many: "progress reports",
        about: "Progress: what an organisation claims to have done about a recommendation or a report, in dated entries with evidence. The organisation itself reports; the record's owner publishes.",
        rules: rule::OWNERS_WITH_ASSIGNED,
        columns: &[
            Column::new("recommendation", Ty::Ref("recommendation")).equal(),
            Column::new("report", Ty::Ref("report")).equal(),
            Column::new("by", Ty::Ref("organisation")).stored_as("by_organisation").equal(),
            Column::new("status", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("recommendation", "recommendation", "reports_on").in_thread(),
            Reference::new("report", "report", "reports_on").in_thread(),
            Reference::new("by", "organisation", "assigned_to"),
            Reference::new("indicators/*", "indicator", "rests_on"),
        ],
        includes: &[
            Include::Named { name: "recommendation", path: "recommendation" },
            Include::Named { name: "report", path: "report" },
            Include::Named { name: "by", path: "by" },
            Include::Named { name: "indicators", path: "indicators/*" },
            Include::Naming { name: "verifications", kind: "verification", path: "progress" },
        ],
        assigned: Some("by"),
        assigned_fields: &["status", "entries"],
        words: &["entries/*/summary", "entries/*/evidence/*/summary", "note"],
        demo: include_str!("../../../demo/progress.jsonl"),
        shown: "derbyshire-pcc:PROG-CHILD-PROTECTION-2021",
        ..Definition::office("progress", "progress")
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
