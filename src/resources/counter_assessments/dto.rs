//! An example: the content of a counter-assessment is that of an assessment.

#![warn(missing_docs)]

use serde_json::{Value, json};

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "COUNTER-9",
        "pledge": "derbyshire-pcc:PLEDGE-1",
        "assessed_on": "2026-06-01",
        "rating": "stalled",
        "rationale": "The Panel has seen no report for a year.",
        "evidence": [
            {
                "summary": "The minutes record that no report was tabled.",
                "date": "2026-05-20"
            }
        ],
        "indicators": [
            "derbyshire-pcc:IND-ALL-CRIME"
        ],
        "assessor": "Derbyshire Police and Crime Panel",
        "assessor_relation": "panel"
    })
}
