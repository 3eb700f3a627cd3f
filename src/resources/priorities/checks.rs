//! What the schema cannot say.

use super::dto::PriorityContent;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &PriorityContent, faults: &mut Vec<Fault>) {
    shared::span(content.from, content.to, faults);
}
