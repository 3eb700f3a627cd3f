//! What the schema cannot say.

use super::dto::AreaContent;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &AreaContent, faults: &mut Vec<Fault>) {
    shared::span(content.from, content.to, faults);
    for (n, parent) in content.parents.iter().enumerate() {
        shared::span_at(&format!("/parents/{n}"), parent.from, parent.to, faults);
    }
    for (n, one) in content.population.iter().enumerate() {
        if content.population[..n].iter().any(|earlier| earlier.year == one.year) {
            faults.push(Fault::pointer(
                format!("/population/{n}/year"),
                "duplicate",
                format!("The year {} stands here twice; give one figure a year.", one.year),
            ));
        }
    }
}
