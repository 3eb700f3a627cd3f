//! Finds fractions among percentages: 0.915 in the place of 91.5.

use std::collections::BTreeMap;

use super::report::Report;
use crate::stats::decimal::Scaled;

/// One, in millionths.
const ONE: i64 = 1_000_000;

/// The most values of a column that are compared.
const MOST_COMPARED: usize = 1_000;

/// By how much less than the middle of its column a value is that is probably a fraction: of the order of a hundredth.
const FAR_LESS: i64 = 20;

/// The values of an indicator of percentages.
pub struct Fractions {
    /// Whether all values so far lie between 0 and 1.
    all_small: bool,
    /// How many are neither 0 nor 1.
    between: u64,
    columns: BTreeMap<usize, Column>,
}

/// The values of a column.
#[derive(Default)]
struct Column {
    title: String,
    /// Those with a sign, without theirs.
    with_sign: Vec<i64>,
    /// Those without a sign, with their rows.
    without_sign: Vec<(u64, i64)>,
}

impl Default for Fractions {
    fn default() -> Fractions {
        Fractions { all_small: true, between: 0, columns: BTreeMap::new() }
    }
}

impl Fractions {
    /// Adds a value, and whether it has the sign of a percentage.
    pub fn add(&mut self, row: u64, column: usize, title: &str, value: Scaled, has_sign: bool) {
        let size = value.checked_abs().map_or(i64::MAX, Scaled::raw);
        self.all_small &= size <= ONE;
        self.between += u64::from(size > 0 && size < ONE);
        let known = self.columns.entry(column).or_default();
        if known.title.is_empty() {
            title.clone_into(&mut known.title);
        }
        if has_sign && known.with_sign.len() < MOST_COMPARED {
            known.with_sign.push(size);
        } else if !has_sign && known.without_sign.len() < MOST_COMPARED {
            known.without_sign.push((row, value.raw()));
        }
    }

    /// Whether all values are fractions.
    pub fn only_fractions(&self) -> bool {
        self.all_small && self.between > 0
    }

    /// Warns of each value without a sign that is probably a fraction, where others of its column have one.
    pub fn report(&mut self, report: &mut Report) {
        for column in self.columns.values_mut().filter(|column| !column.with_sign.is_empty()) {
            let signed = &mut column.with_sign;
            signed.sort_unstable();
            let middle = signed[signed.len() / 2];
            for (row, value) in &column.without_sign {
                let size = value.saturating_abs();
                let is_small = size <= ONE || size.saturating_mul(FAR_LESS) <= middle;
                if is_small && *value != 0 {
                    report.warning(*row, &column.title, "probably_fraction", || {
                        format!(
                            "{} has no `%`, and other values of the column have it. If it stands for {} %, correct the file.",
                            Scaled::from_raw(*value),
                            Scaled::from_raw(value.saturating_mul(100))
                        )
                    });
                }
            }
        }
    }
}
