//! What the schema cannot say.

use super::dto::{ActionContent, ActionStatus};
use crate::problem::Fault;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &ActionContent, faults: &mut Vec<Fault>) {
    for (n, pair) in content.status_evidence.windows(2).enumerate() {
        if pair[1].date < pair[0].date {
            faults.push(Fault::pointer(
                format!("/status_evidence/{}/date", n + 1),
                "order",
                "ActionEvidence stands in the order of its days; this one is earlier than the one before it.",
            ));
        }
    }
    if content.status == ActionStatus::Completed && content.status_evidence.is_empty() {
        faults.push(Fault::pointer(
            "/status_evidence",
            "required",
            "What is completed names the evidence for it: at least one, with its day.",
        ));
    }
}
