//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::check::StatementVerdict;
use super::checks;
use super::dto::{self, StatementContent};
use super::verdicts;
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, ComputedFields, ComputedFilter, CrossRecordCheck, Definition, FilterValues, Include, Kind,
    Linked, Reference, Ty,
};
use crate::resources::codes::codes_of;
use crate::store::Conn;

pub struct Statement;

impl Kind for Statement {
    type Content = StatementContent;

    const DEFINITION: Definition = Definition {
        title: "claim",
        about: "A statement: a public claim about what an indicator measures, with who made it, when and where, what it compares and what it states.",
        rules: rule::OFFICE,
        columns: &[
            Column::new("said_on", Ty::Date).range().sorted_nulls_last("said_on_asc", "said_on_desc"),
            Column::new("indicator", Ty::Ref("indicator")).equal(),
            Column::new("term", Ty::Ref("office_term")).equal(),
        ],
        references: &[
            Reference::new("indicator", "indicator", "claims"),
            Reference::new("term", "office_term", "made_by"),
            Reference::new("meeting", "meeting", "said_at"),
            Reference::new("pledges/*", "pledge", "about"),
            Reference::new("objectives/*", "objective", "about").in_thread(),
            Reference::new("priorities/*", "priority", "about").in_thread(),
        ],
        linked: &[
            Linked::OF_OBJECTIVES_AND_PRIORITIES[0],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[1],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[2],
            Linked::new("pledge", &["pledges/*"]),
            Linked::new("meeting", &["meeting"]),
        ],
        includes: &[
            Include::Named { name: "indicator", path: "indicator" },
            Include::Named { name: "term", path: "term" },
            Include::Named { name: "meeting", path: "meeting" },
            Include::Named { name: "pledges", path: "pledges/*" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
        ],
        added: &["meeting"],
        demo: include_str!("../../../demo/statements.jsonl"),
        shown: "derbyshire-pcc:ST-002-005",
        ..Definition::office("statement", "statements")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: verdicts::schema, in_lists: true, read: verdicts::computed });

    const FILTERS: &'static [ComputedFilter] = &[ComputedFilter {
        name: "verdict",
        about: "Only statements whose `verdict` is one of these, separated by commas, as the response shows it.",
        values: FilterValues::Codes(codes_of::<StatementVerdict>),
        condition: verdicts::judged,
    }];

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
