//! Finds fractions among percentages: 0.915 in the place of 91.5.

use std::collections::BTreeMap;

use super::report::Report;
use crate::stats::decimal::Scaled;

/// One, in millionths.
const ONE: i64 = 1_000_000;

/// The most values of a column that are compared.
const MOST_COMPARED: usize = 1_000;

/// A percentage that is probably a hundred times what is meant, in millionths: a cell with 91.5 and the format of percentages
/// shows 9150%.
const HUGE: i64 = 1_000 * ONE;

/// By how much less than the middle of its column a value is that is probably a fraction: of the order of a hundredth.
const FAR_LESS: i64 = 20;

/// The values of an indicator of percentages.
pub struct Fractions {
    /// Whether all values so far lie between 0 and 1, and have no sign.
    all_small: bool,
    /// The row and the column of the first value.
    first: Option<(u64, usize)>,
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
    /// Those with a sign that are probably a hundred times what is meant, with their rows.
    huge: Vec<(u64, i64)>,
}

impl Default for Fractions {
    fn default() -> Fractions {
        Fractions { all_small: true, first: None, between: 0, columns: BTreeMap::new() }
    }
}

impl Fractions {
    /// Adds a value, and whether it has the sign of a percentage.
    pub fn add(&mut self, row: u64, column: usize, title: &str, value: Scaled, has_sign: bool) {
        let size = value.checked_abs().map_or(i64::MAX, Scaled::raw);
        self.first.get_or_insert((row, column));
        self.all_small &= size <= ONE && !has_sign;
        self.between += u64::from(size > 0 && size < ONE);
        let known = self.columns.entry(column).or_default();
        if known.title.is_empty() {
            title.clone_into(&mut known.title);
        }
        if has_sign && size >= HUGE && known.huge.len() < MOST_COMPARED {
            known.huge.push((row, value.raw()));
        }
        if has_sign && known.with_sign.len() < MOST_COMPARED {
            known.with_sign.push(size);
        } else if !has_sign && known.without_sign.len() < MOST_COMPARED {
            known.without_sign.push((row, value.raw()));
        }
    }

    /// Warns if all values are fractions. `factor` is where a mapping says what they are multiplied by; empty if the file has
    /// none.
    pub fn report_all(&self, factor: &str, report: &mut Report) {
        let Some((row, column)) = self.first.filter(|_| self.all_small && self.between > 0) else { return };
        let what = "All values lie between 0 and 1, and the unit is PERCENT.";
        if factor.is_empty() {
            let title = self.columns.get(&column).map_or("", |column| column.title.as_str());
            report.warning(row, title, "probably_fractions", || {
                format!(
                    "{what} If 0.915 stands for 91.5 %, write 91.5, or declare the factor `100` in a mapping."
                )
            });
        } else {
            let detail = format!("{what} If the file has 0.915 for 91.5 %, declare the factor `100`.");
            report.mapping_warning(factor, "probably_fractions", detail);
        }
    }

    /// Warns of each value without a sign that is probably a fraction, where others of its column have one, and of each that is
    /// probably a hundred times what is meant.
    pub fn report(&mut self, report: &mut Report) {
        for column in self.columns.values() {
            for (row, value) in &column.huge {
                report.warning(*row, &column.title, "probably_hundredfold", || {
                    let (value, less) = (Scaled::from_raw(*value), Scaled::from_raw(*value / 100));
                    format!("This is {value} %. If it stands for {less} %, correct the file.")
                });
            }
        }
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
