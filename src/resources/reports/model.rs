//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, ReportContent};
use super::{checks, counts};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, ComputedFields, CrossRecordCheck, Definition, Include, Kind, Linked, Reference, Ty,
};
use crate::store::Conn;

pub struct Report;

impl Kind for Report {
    type Content = ReportContent;

    const DEFINITION: Definition = Definition {
        about: "A report: what an inspectorate, the Police and Crime Panel, a committee or a review has found, and whether it must be answered. Its recommendations are records of their own.",
        rules: rule::OWNERS,
        columns: &[
            Column::new("title", Ty::Text).sorted(),
            Column::new("report_kind", Ty::Text).equal(),
            Column::new("made_by", Ty::Ref("organisation")).equal(),
            Column::new("national", Ty::Bool).equal(),
            Column::new("published_on", Ty::Date)
                .range()
                .sorted_nulls_last("published_on_asc", "published_on_desc"),
            Column::new("duty", Ty::Text).equal(),
            Column::new("follows", Ty::Ref("report")).equal(),
        ],
        references: &[
            Reference::new("made_by", "organisation", "made_by"),
            Reference::new("follows", "report", "follows").in_thread(),
            Reference::new("objectives/*", "objective", "concerns").in_thread(),
            Reference::new("priorities/*", "priority", "concerns").in_thread(),
        ],
        linked: &Linked::OF_OBJECTIVES_AND_PRIORITIES,
        includes: &[
            Include::Named { name: "made_by", path: "made_by" },
            Include::Named { name: "follows", path: "follows" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
            Include::Naming { name: "recommendations", kind: "recommendation", path: "report" },
            Include::Naming { name: "responses", kind: "response", path: "report" },
            Include::Naming { name: "progress", kind: "progress", path: "report" },
        ],
        demo: include_str!("../../../demo/reports.jsonl"),
        shown: "derbyshire-pcc:REP-CHILD-PROTECTION-2021",
        ..Definition::office("report", "reports")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: counts::schema, in_lists: true, read: counts::computed });

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
