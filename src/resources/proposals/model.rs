//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, ProposalContent};
use super::{checks, computed};
use crate::access::{Role, rule};
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, ComputedFields, CrossRecordCheck, Definition, Include, Kind, Reference, Ty,
};
use crate::store::Conn;

pub struct Proposal;

impl Kind for Proposal {
    type Content = ProposalContent;

    const DEFINITION: Definition = Definition {
        about: "A proposal: the precept or the appointment of which the policing body notifies the Police and Crime Panel. It is shared with the Panel before it is public.",
        rules: rule::OFFICE,
        approvals: &[Role::Commissioner],
        columns: &[
            Column::new("proposal_kind", Ty::Text).equal(),
            Column::new("title", Ty::Text).sorted(),
            Column::new("notified_on", Ty::Date).range().sorted(),
            Column::new("revises", Ty::Ref("proposal")).equal(),
        ],
        references: &[Reference::new("revises", "proposal", "revises").in_thread()],
        includes: &[
            Include::Named { name: "revises", path: "revises" },
            Include::Naming { name: "revisions", kind: "proposal", path: "revises" },
            Include::Naming { name: "panel_decisions", kind: "panel_decision", path: "on_proposal" },
        ],
        words: &[
            "reasons",
            "appointment/office",
            "appointment/criteria",
            "appointment/why",
            "appointment/terms",
            "note",
        ],
        demo: include_str!("../../../demo/proposals.jsonl"),
        ..Definition::office("proposal", "proposals")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: computed::schema, in_lists: true, read: computed::computed });

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
