//! What the schema of a release cannot check.

use validator::{Validate, ValidationErrors};

use super::dto::ReleaseContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::series;
use crate::store::Conn;
use crate::validation;

impl Validate for ReleaseContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        if let Some(mapping) = &self.mapping {
            mapping.check(&mut faults, "/mapping");
        }
        validation::result(faults)
    }
}

/// Refuses to change the indicator of a release that has observations, and the moment of a publication that has happened.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let Some(before) = this.before else { return Ok(()) };
    let is_changed = |field: &str| this.content[field] != before[field];
    if !is_changed("indicator") && !is_changed("first_published") {
        return Ok(());
    }
    let Some(observations) = series::of_release(conn, this.record)? else { return Ok(()) };
    if is_changed("indicator") {
        let detail = "Observations of this indicator have been submitted. Create another release for another indicator.";
        faults.push(Fault::pointer("/indicator", "frozen", detail));
    }
    if is_changed("first_published") && observations.valid_from.is_some() {
        let detail = "The observations are published, and the moment of that cannot change. Withdraw this release and publish \
                      another.";
        faults.push(Fault::pointer("/first_published", "frozen", detail));
    }
    Ok(())
}
