//! What the indicator of a statement requires of its codes and periods.

use serde::Deserialize;

use super::dto::StatementContent;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::record::read;
use crate::resources::indicators::{Dimension, IndicatorContent};
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
    let has_default = |dimension: &Dimension| dimension.codes.len() <= 1;
    indicator.check_codes(&content.codes, "/codes", has_default, faults);
    Ok(())
}
