//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, RecommendationContent};
use super::{checks, stage};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, ComputedFields, CrossRecordCheck, Definition, Include, Kind, Linked, Reference, Ty,
};
use crate::store::Conn;

pub struct Recommendation;

impl Kind for Recommendation {
    type Content = RecommendationContent;

    const DEFINITION: Definition = Definition {
        title: "wording",
        about: "A recommendation: what a report asks of whom and by when. Only its owner closes it, and where another organisation made it, only by naming that organisation's own document.",
        rules: rule::OWNERS,
        columns: &[
            Column::new("report", Ty::Ref("report")).equal(),
            Column::new("made_by", Ty::Ref("organisation")).equal(),
            Column::new("rec_kind", Ty::Text).equal(),
            Column::new("made_on", Ty::Date),
            Column::new("respond_by", Ty::Date).range(),
            Column::new("act_by", Ty::Date).range().sorted_nulls_last("act_by_asc", "act_by_desc"),
            Column::new("closing", Ty::Text).equal(),
            Column::new("closed_on", Ty::Date).range(),
        ],
        references: &[
            Reference::new("report", "report", "part_of").in_thread(),
            Reference::new("made_by", "organisation", "made_by"),
            Reference::new("under", "recommendation", "part_of"),
            Reference::new("addressed_to/*", "organisation", "addressed_to"),
            Reference::new("closed_source", "source", "closed_by"),
            Reference::new("objectives/*", "objective", "concerns").in_thread(),
            Reference::new("priorities/*", "priority", "concerns").in_thread(),
        ],
        linked: &[
            Linked::OF_OBJECTIVES_AND_PRIORITIES[0],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[1],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[2],
            Linked::new("addressed_to", &["addressed_to/*"]),
        ],
        includes: &[
            Include::Named { name: "report", path: "report" },
            Include::Named { name: "made_by", path: "made_by" },
            Include::Named { name: "addressed_to", path: "addressed_to/*" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
            Include::Naming { name: "responses", kind: "response", path: "answers/*/recommendation" },
            Include::Naming { name: "progress", kind: "progress", path: "recommendation" },
        ],
        words: &["closed_why", "note"],
        demo: include_str!("../../../demo/recommendations.jsonl"),
        shown: "derbyshire-pcc:REC-CHILD-PROTECTION-2021-1",
        ..Definition::office("recommendation", "recommendations")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: stage::schema, in_lists: true, read: stage::computed });

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
