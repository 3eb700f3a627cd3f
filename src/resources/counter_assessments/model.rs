//! The kind: its columns, its links, its rules.

use serde_json::Value;

use super::checks;
use super::dto;
use crate::access::{Role, rule};
use crate::problem::Fault;
use crate::record::kind::{Column, Definition, Include, Kind, Reference, Ty};
use crate::resources::assessments::dto::AssessmentContent;

/// The kind.
pub struct CounterAssessment;

impl Kind for CounterAssessment {
    type Content = AssessmentContent;

    const DEFINITION: Definition = Definition {
        one: "counter-assessment",
        title: "rationale",
        about: "A counter-assessment: the Police and Crime Panel's own reading of how a pledge stands.",
        rules: rule::PANEL,
        // Nobody rates their own pledges.
        barred: &[Role::Commissioner],
        columns: &[
            Column::new("pledge", Ty::Ref("pledge")).equal(),
            Column::new("assessed_on", Ty::Date).range().sorted(),
            Column::new("rating", Ty::Text).equal(),
        ],
        references: &[
            Reference { path: "pledge", kind: "pledge", rel: "assesses", inverse: false, thread: true },
            Reference { path: "indicators/*", kind: "indicator", rel: "rests_on", inverse: false, thread: false },
        ],
        includes: &[
            Include::Named { name: "pledge", path: "pledge" },
            Include::Named { name: "indicators", path: "indicators/*" },
        ],
        demo: include_str!("../../../demo/counter-assessments.jsonl"),
        ..Definition::office("counter_assessment", "counter-assessments")
    };

    fn check(content: &Self::Content, faults: &mut Vec<Fault>) {
        checks::check(content, faults);
    }

    fn example() -> Value {
        dto::example()
    }
}
