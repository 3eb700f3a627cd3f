//! The definition of the kind: its columns, references and rules.

use serde::Deserialize;
use serde_json::Value;

use super::counts;
use super::dto::{self, MeetingContent, MeetingStatus};
use crate::access::rule;
use crate::problem::{Fault, Problem};
use crate::record::kind::{
    Column, ComputedFields, CrossRecordCheck, Definition, Include, Kind, Linked, Reference, Ty,
};
use crate::store::Conn;

pub struct Meeting;

impl Kind for Meeting {
    type Content = MeetingContent;

    const DEFINITION: Definition = Definition {
        about: "A meeting: its agenda with the papers, who attended by role, and the minutes. Nobody is named.",
        rules: rule::OWNERS,
        columns: &[
            Column::new("series", Ty::Text).equal(),
            Column::new("title", Ty::Text).sorted(),
            Column::new("held_on", Ty::Date).range().sorted_nulls_last("held_on_asc", "held_on_desc"),
            Column::new("status", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("area", "area", "held_in"),
            Reference::new("postponed_to", "meeting", "postponed_to"),
            Reference::new("agenda/*/papers/*", "paper", "tables").in_thread(),
            Reference::new("agenda/*/reports/*", "report", "discusses").in_thread(),
            Reference::new("attendance/*/organisation", "organisation", "attended_by"),
            Reference::new("minutes/confirmed_at", "meeting", "confirmed_at"),
            Reference::new("objectives/*", "objective", "concerns").in_thread(),
            Reference::new("priorities/*", "priority", "concerns").in_thread(),
        ],
        linked: &[
            Linked::OF_OBJECTIVES_AND_PRIORITIES[0],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[1],
            Linked::OF_OBJECTIVES_AND_PRIORITIES[2],
            Linked::new("paper", &["agenda/*/papers/*"]),
            Linked::new("report", &["agenda/*/reports/*"]),
        ],
        includes: &[
            Include::Named { name: "area", path: "area" },
            Include::Named { name: "papers", path: "agenda/*/papers/*" },
            Include::Named { name: "reports", path: "agenda/*/reports/*" },
            Include::Named { name: "objectives", path: "objectives/*" },
            Include::Named { name: "priorities", path: "priorities/*" },
            Include::Naming { name: "questions", kind: "question", path: "meeting" },
            Include::Naming { name: "decisions", kind: "decision", path: "meeting" },
            Include::Naming { name: "statements", kind: "statement", path: "meeting" },
        ],
        words: &["agenda/*/title", "venue", "note"],
        demo: include_str!("../../../demo/meetings.jsonl"),
        ..Definition::office("meeting", "meetings")
    };

    const COMPUTED: Option<ComputedFields> =
        Some(ComputedFields { schema: counts::schema, in_lists: true, read: counts::computed });

    const CHECKS_OTHER_RECORDS: bool = true;

    fn cross_check(
        _: &mut Conn,
        this: &CrossRecordCheck<'_>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        let content = MeetingContent::deserialize(this.content).map_err(Problem::internal)?;
        let today = this.now.day();
        if let Some(day) = content.held_on.filter(|day| *day > today && content.status == MeetingStatus::Held)
        {
            let detail = format!(
                "{day} is to come, and a meeting that will take place is `scheduled`. Correct the day or the status."
            );
            faults.push(Fault::pointer("/status", "out_of_range", detail));
        }
        Ok(())
    }

    fn example() -> Value {
        dto::example()
    }
}
