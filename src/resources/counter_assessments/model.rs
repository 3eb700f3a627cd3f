//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, CounterAssessmentContent};
use crate::access::rule;
use crate::record::kind::{Definition, Kind};
use crate::resources::assessments::Assessment;

pub struct CounterAssessment;

impl Kind for CounterAssessment {
    type Content = CounterAssessmentContent;

    const DEFINITION: Definition = Definition {
        name: "counter_assessment",
        table: "counter_assessment",
        path: "counter-assessments",
        one: "counter-assessment",
        many: "counter-assessments",
        about: "A counter-assessment: the Police and Crime Panel's own assessment of a pledge.",
        rules: rule::PANEL,
        demo: include_str!("../../../demo/counter-assessments.jsonl"),
        ..Assessment::SHARED
    };

    fn example() -> Value {
        dto::example()
    }
}
