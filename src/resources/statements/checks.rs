//! What the indicator of a statement requires of its codes and periods.

use serde::Deserialize;

use super::dto::StatementContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::indicators::{self, IndicatorContent};
use crate::store::Conn;

/// The most codes that an error lists.
const MOST_LISTED: usize = 20;

/// Checks that the indicator has the codes, and one code of each dimension is known.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    let Some(indicator) = this.named.get("indicator").copied() else { return Ok(()) };
    let content = StatementContent::deserialize(this.content).map_err(Problem::internal)?;
    let Some(indicator) = indicators::working_content(conn, indicator)? else { return Ok(()) };
    check_codes(&content, &indicator, faults);
    Ok(())
}

fn check_codes(content: &StatementContent, indicator: &IndicatorContent, faults: &mut Vec<Fault>) {
    for name in content.codes.keys() {
        if indicator.dimensions.iter().all(|dimension| dimension.code != *name) {
            let known = listed(indicator.dimensions.iter().map(|dimension| dimension.code.as_str()));
            let detail = format!("The indicator has no dimension `{name}`. It has {known}.");
            faults.push(Fault::pointer(format!("/codes/{name}"), "unknown_dimension", detail));
        }
    }
    for dimension in &indicator.dimensions {
        let codes = || listed(dimension.codes.iter().map(|code| code.code.as_str()));
        match content.codes.get(&dimension.code) {
            Some(code) if dimension.codes.iter().all(|known| known.code != *code) => {
                let detail =
                    format!("`{code}` is not a code of `{}`. Known are {}.", dimension.code, codes());
                faults.push(Fault::pointer(format!("/codes/{}", dimension.code), "unknown_code", detail));
            }
            None if dimension.codes.len() > 1 => {
                let detail = format!("Give the code of `{}` too: {}.", dimension.code, codes());
                faults.push(Fault::pointer("/codes", "required", detail));
            }
            _ => {}
        }
    }
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = names.len();
    let first: Vec<String> = names.take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    let more = if count > MOST_LISTED { format!(" and {} more", count - MOST_LISTED) } else { String::new() };
    match first.is_empty() {
        true => "none".to_owned(),
        false => format!("{}{more}", first.join(", ")),
    }
}
