//! The definition of the kind: its columns, references and rules.

use serde_json::Value;

use super::dto::{self, AssessmentContent};
use crate::access::{Role, rule};
use crate::record::kind::{Column, Definition, Include, Kind, Reference, Ty};

pub struct Assessment;

impl Assessment {
    /// What assessments and counter-assessments have in common.
    pub const SHARED: Definition = Definition {
        title: "rationale",
        // A commissioner does not rate their own pledges.
        barred: &[Role::Commissioner],
        columns: &[
            Column::new("pledge", Ty::Ref("pledge")).equal(),
            Column::new("assessed_on", Ty::Date).range().sorted(),
            Column::new("rating", Ty::Text).equal(),
        ],
        references: &[
            Reference::new("pledge", "pledge", "assesses").in_thread(),
            Reference::new("indicators/*", "indicator", "rests_on"),
        ],
        words: &["evidence/*/summary", "right_of_reply/text", "note"],
        includes: &[
            Include::Named { name: "pledge", path: "pledge" },
            Include::Named { name: "indicators", path: "indicators/*" },
        ],
        ..Definition::office("assessment", "assessments")
    };
}

impl Kind for Assessment {
    type Content = AssessmentContent;

    const DEFINITION: Definition = Definition {
        about: "An assessment: the rating of a pledge on a given day, with its reasons and its evidence.",
        rules: rule::OFFICE_RATING,
        demo: include_str!("../../../demo/assessments.jsonl"),
        ..Assessment::SHARED
    };

    fn example() -> Value {
        dto::example()
    }
}
