//! What the schema cannot say.

use super::dto::ServiceContent;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &ServiceContent, faults: &mut Vec<Fault>) {
    shared::span(content.from, content.to, faults);
    if content.count.is_some() && content.count_unit.is_none() {
        faults.push(Fault::pointer("/count_unit", "required", "A count says what is counted."));
    }
}
