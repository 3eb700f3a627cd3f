//! What a row in the canonical form says that it is of: the frequency, the indicator, the unit. Where it says nothing, it is of the
//! release that it is submitted to.

use super::canonical_columns::{COLUMNS, Name, without_name};
use super::draft::Draft;
use super::messages::{malformed_key, other_frequency};
use super::report::Report;
use super::shape::IndicatorShape;
use crate::resources::series::AGENCY;
use crate::validation::characters::brief;

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

/// The codes in the key of a series: the slug of the indicator, the codes, the frequency.
pub fn key_codes<'k>(
    shape: &IndicatorShape,
    key: &'k str,
    draft: &mut Draft,
    report: &Report,
) -> Option<Vec<&'k str>> {
    let series = COLUMNS[Name::Series as usize];
    let parts: Vec<&str> = key.split('.').collect();
    let [slug, codes @ .., frequency] = parts.as_slice() else {
        draft.add_fault(report, series, "not_a_key", || malformed_key(key, shape));
        return None;
    };
    if codes.len() != shape.dimensions.len() {
        draft.add_fault(report, series, "not_a_key", || malformed_key(key, shape));
        return None;
    }
    if *slug != shape.slug {
        draft.add_fault(report, series, "other_indicator", || {
            format!(
                "This release is of the indicator `{}`, not of `{}`. Correct the key.",
                shape.slug,
                brief(slug)
            )
        });
    }
    if *frequency != shape.frequency.code() {
        draft.add_fault(report, series, "wrong_frequency", || other_frequency(frequency, shape.frequency));
    }
    Some(codes.to_vec())
}
