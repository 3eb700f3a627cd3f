//! What the schema cannot say, and what figures on record do not allow.

use super::dto::ReleaseContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::series;
use crate::store::Conn;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &ReleaseContent, faults: &mut Vec<Fault>) {
    if let Some(mapping) = &content.mapping {
        mapping.check(faults, "/mapping");
    }
}

/// The members that say what figures mean: they stay as they are from when figures were handed in.
const FROZEN: &[&str] = &["indicator", "first_published"];

/// Figures that were handed in belong to their indicator; those that are published were published when they were.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let Some(before) = this.before else { return Ok(()) };
    let changed: Vec<&str> =
        FROZEN.iter().copied().filter(|member| this.content[member] != before[member]).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let Some(figures) = series::figures_of(conn, this.record)? else { return Ok(()) };
    for member in changed {
        let frozen = member == "indicator" || figures.valid_from.is_some();
        if frozen {
            let detail = match member {
                "indicator" => {
                    "Figures of this indicator have been handed in; open another release for another."
                }
                _ => "Its figures are published; the moment of that stays. Withdraw it and publish another.",
            };
            faults.push(Fault::pointer(format!("/{member}"), "frozen", detail));
        }
    }
    Ok(())
}
