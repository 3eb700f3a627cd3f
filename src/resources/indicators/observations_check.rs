//! What the observations of an indicator do not allow to change.

use serde::Deserialize;

use super::dto::IndicatorContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::{disclosure, series};
use crate::store::Conn;

/// Checks an indicator against its observations. They are stored under its slug and its codes, so these must stay;
/// names can change and codes can be added.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    if this.before.is_none() {
        return Ok(());
    }
    let content = IndicatorContent::deserialize(this.content).map_err(Problem::internal)?;
    disclosure::check_indicator(conn, this.record, &content, faults)?;
    let Some(frozen) = series::frozen(conn, this.record)? else { return Ok(()) };
    if content.slug != frozen.slug {
        let detail =
            format!("The series of this indicator are stored under `{}`. Keep this slug.", frozen.slug);
        faults.push(Fault::pointer("/slug", "frozen", detail));
    }
    let codes = content.dimensions.iter().map(|dimension| dimension.code.as_str());
    if !codes.eq(frozen.dimensions.iter().map(String::as_str)) {
        let detail = format!(
            "This indicator has observations with these dimensions, in this order: {}. Keep them as they are.",
            frozen.dimensions.join(", ")
        );
        faults.push(Fault::pointer("/dimensions", "frozen", detail));
        return Ok(());
    }
    for (n, (dimension, used)) in content.dimensions.iter().zip(&frozen.codes).enumerate() {
        let missing: Vec<&str> = used
            .iter()
            .map(String::as_str)
            .filter(|used| dimension.codes.iter().all(|code| code.code != *used))
            .collect();
        if !missing.is_empty() {
            let detail = format!(
                "These codes have observations and must stay: {}. To end a code, give its last day as `to`.",
                missing.join(", ")
            );
            faults.push(Fault::pointer(format!("/dimensions/{n}/codes"), "frozen", detail));
        }
    }
    Ok(())
}
