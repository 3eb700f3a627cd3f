//! What the schema cannot say.

use super::dto::OfficeTermContent;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &OfficeTermContent, faults: &mut Vec<Fault>) {
    shared::span(content.from, content.to, faults);
}
