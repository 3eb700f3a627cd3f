//! What the indicator of a statement requires of its codes and periods.

use serde::Deserialize;

use super::dto::StatementContent;
use crate::problem::{Fault, Problem, first_names, unknown_name};
use crate::record::kind::CrossRecordCheck;
use crate::record::read;
use crate::resources::indicators::IndicatorContent;
use crate::store::Conn;

/// Checks that the indicator has the codes, and one code of each dimension is known.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let Some(indicator) = this.named.get("indicator").copied() else { return Ok(()) };
    let content = StatementContent::deserialize(this.content).map_err(Problem::internal)?;
    let indicator: IndicatorContent = read::head(conn, indicator)?.content()?;
    check_codes(&content, &indicator, faults);
    Ok(())
}

fn check_codes(content: &StatementContent, indicator: &IndicatorContent, faults: &mut Vec<Fault>) {
    let dimensions: Vec<&str> =
        indicator.dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
    for name in content.codes.keys().filter(|name| !dimensions.contains(&name.as_str())) {
        let detail = unknown_name("dimension", name, &dimensions);
        faults.push(Fault::pointer(format!("/codes/{name}"), "unknown_dimension", detail));
    }
    for dimension in &indicator.dimensions {
        let known: Vec<&str> = dimension.codes.iter().map(|code| code.code.as_str()).collect();
        match content.codes.get(&dimension.code) {
            Some(code) if !known.contains(&code.as_str()) => {
                let detail = unknown_name("code", code, &known);
                faults.push(Fault::pointer(format!("/codes/{}", dimension.code), "unknown_code", detail));
            }
            None if known.len() > 1 => {
                let detail = format!("Give the code of `{}` too: {}.", dimension.code, first_names(&known));
                faults.push(Fault::pointer("/codes", "required", detail));
            }
            _ => {}
        }
    }
}
