//! Control charts of single values and moving ranges (XmR), by the rules of NHS England's Making Data Count, so that
//! ordinary variation is not taken for a change.
//!
//! In each phase: `mR = |x − previous x|`; centre = mean of x; limits = centre ± 2.66 × mean of mR; near limits at two
//! thirds of that. Sources: D. J. Wheeler, *Understanding Variation* (2.66 = 3 ÷ 1.128); NHS England, *Making Data
//! Count*; the R package NHSRplotthedots. All comparisons are exact: nothing is rounded before a point is judged.

mod chart;
mod limits;
mod options;
mod signals;
mod verdict;

#[cfg(test)]
mod tests;

pub use chart::{Chart, ChartPoint, Phase, chart};
pub use limits::Limits;
pub use options::{Every, Options, Refusal, check_windows};
pub use signals::{Signal, Signals};
pub use verdict::{Assurance, NoVerdict, Variation, Warning};
