//! What the schema cannot say.

use super::dto::ServiceContent;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &ServiceContent, faults: &mut Vec<Fault>) {
    shared::span(content.from, content.to, faults);
    let said = [
        ("value_qualifier", content.value_qualifier.is_some()),
        ("value_stage", content.value_stage.is_some()),
    ];
    for (member, said) in said {
        match (content.value.is_some(), said) {
            (true, false) => {
                let detail = format!("A value says what it is: give `{member}` too.");
                faults.push(Fault::pointer(format!("/{member}"), "required", detail));
            }
            (false, true) => {
                let detail = "There is no value that this could be said of; leave it out.";
                faults.push(Fault::pointer(format!("/{member}"), "not_taken", detail));
            }
            _ => {}
        }
    }
    if content.count.is_some() && content.count_unit.is_none() {
        faults.push(Fault::pointer("/count_unit", "required", "A count says what is counted."));
    }
}
