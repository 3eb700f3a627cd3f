//! What the schema cannot say.

use super::dto::GrantContent;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &GrantContent, faults: &mut Vec<Fault>) {
    if let Some(planned) = &content.planned_dates {
        shared::span_at("/planned_dates", planned.from, planned.to, faults);
    }
}
