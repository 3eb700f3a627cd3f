//! What a row in the canonical form says that it is of: the frequency, the indicator, the unit. Where it says nothing, it is of the
//! release that it is submitted to.

use super::canonical_columns::Name;
use super::messages::other_frequency;
use super::shape::IndicatorShape;
use crate::resources::series::AGENCY;
use crate::validation::characters::brief;

/// The code of a cell, or the id of a title, without the name after it, as SDMX-CSV writes both: `E23000018: Derbyshire`.
pub fn without_name(cell: &str) -> &str {
    cell.split_once(": ").map_or(cell, |(code, _)| code)
}

/// The fault of a cell of such a column that names something else than the indicator of the release has.
pub fn fault(name: Name, cell: &str, shape: &IndicatorShape) -> Option<(&'static str, String)> {
    let cell = without_name(cell);
    if cell.is_empty() {
        return None;
    }
    match name {
        Name::Freq if cell != shape.frequency.code() => {
            Some(("wrong_frequency", other_frequency(cell, shape.frequency)))
        }
        Name::Structure => {
            // The version is that of the definition, which may have been corrected since.
            let named = cell.split('(').next().unwrap_or(cell);
            let is_own =
                named.strip_prefix(AGENCY).and_then(|rest| rest.strip_prefix(':')) == Some(&shape.slug);
            let detail = format!(
                "`{}` is not the indicator of this release, which is `{AGENCY}:{}`. Submit the row to a release of its own indicator, or leave the column out.",
                brief(cell),
                shape.slug
            );
            (!is_own).then_some(("other_indicator", detail))
        }
        Name::Unit if cell != shape.unit => {
            let detail = format!(
                "`{}` is not the unit of the indicator, which is `{}`. Convert the values, or declare a factor in a mapping.",
                brief(cell),
                shape.unit
            );
            Some(("other_unit", detail))
        }
        _ => None,
    }
}
