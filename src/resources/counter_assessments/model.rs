//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::checks;
use super::dto;
use crate::access::rule;
use crate::problem::Fault;
use crate::record::kind::{Definition, Kind};
use crate::resources::assessments::Assessment;
use crate::resources::assessments::dto::AssessmentContent;

pub struct CounterAssessment;

impl Kind for CounterAssessment {
    type Content = AssessmentContent;

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

    fn check(content: &Self::Content, faults: &mut Vec<Fault>) {
        checks::check(content, faults);
    }

    fn example() -> Value {
        dto::example()
    }
}
