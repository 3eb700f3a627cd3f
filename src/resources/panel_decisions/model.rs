//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::checks;
use super::dto::{self, PanelDecisionContent};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, CrossRecordCheck, Definition, Include, Kind, Reference, Ty};
use crate::store::Conn;

pub struct PanelDecision;

impl Kind for PanelDecision {
    type Content = PanelDecisionContent;

    const DEFINITION: Definition = Definition {
        one: "decision of the Panel",
        many: "decisions of the Panel",
        title: "text",
        about: "A decision of the Police and Crime Panel on a proposal, a plan, a report or a decision, with the vote by count. The Panel itself keeps it.",
        rules: rule::PANEL,
        columns: &[
            Column::new("on_proposal", Ty::Ref("proposal")).equal(),
            Column::new("on_plan", Ty::Ref("plan")).equal(),
            Column::new("on_report", Ty::Ref("report")).equal(),
            Column::new("on_decision", Ty::Ref("decision")).equal(),
            Column::new("decided_on", Ty::Date).range().sorted(),
            Column::new("reported_on", Ty::Date),
            Column::new("meeting", Ty::Ref("meeting")).equal(),
            Column::new("outcome", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("on_proposal", "proposal", "decides_on").in_thread(),
            Reference::new("on_plan", "plan", "decides_on").in_thread(),
            Reference::new("on_report", "report", "decides_on").in_thread(),
            Reference::new("on_decision", "decision", "decides_on").in_thread(),
            Reference::new("meeting", "meeting", "taken_at").in_thread(),
            Reference::new("vote/seats/*/appointed_by", "organisation", "appointed_by"),
        ],
        includes: &[
            Include::Named { name: "on_proposal", path: "on_proposal" },
            Include::Named { name: "on_plan", path: "on_plan" },
            Include::Named { name: "on_report", path: "on_report" },
            Include::Named { name: "on_decision", path: "on_decision" },
            Include::Named { name: "meeting", path: "meeting" },
            Include::Naming { name: "responses", kind: "response", path: "panel_decision" },
        ],
        demo: include_str!("../../../demo/panel-decisions.jsonl"),
        ..Definition::office("panel_decision", "panel-decisions")
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
