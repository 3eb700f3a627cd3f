//! What the schema cannot say.

use super::dto::GrantContent;
use super::threesixty_giving::is_country;
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &GrantContent, faults: &mut Vec<Fault>) {
    if let Some(planned) = &content.planned_dates {
        shared::span_at("/planned_dates", planned.from, planned.to, faults);
    }
    for (n, place) in content.beneficiary_locations.iter().enumerate() {
        // The standard's schema has a closed list: a package with any other code in it would be refused as a whole.
        if let Some(code) = place.country_code.as_deref().filter(|code| !is_country(code)) {
            faults.push(Fault::pointer(
                format!("/beneficiary_locations/{n}/country_code"),
                "unknown_code",
                format!("`{code}` is not in ISO 3166-1; the United Kingdom is `GB`."),
            ));
        }
    }
}
