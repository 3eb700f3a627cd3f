//! What the schema cannot say.

use super::dto::PlanContent;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &PlanContent, faults: &mut Vec<Fault>) {
    shared::span(Some(content.from), content.to, faults);
}
