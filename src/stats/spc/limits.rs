//! Centre and limits of a phase.
//!
//! Whole numbers throughout: the sum of n values and the sum of m moving ranges, in millionths. A value is compared with
//! a limit after both are multiplied by 300 n m. With at most 10,000 points and values up to 10^12 no product exceeds
//! 10^31, far within 128 bits.

use std::cmp::Ordering;

use crate::stats::fraction::Fraction;

/// 2.66, in hundredths.
const LIMIT: i128 = 266;

/// 3.267, in thousandths: the upper limit of a moving range.
const OUTLIER: i128 = 3_267;

/// Centre and limits of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The sum of the values, in millionths.
    sum: i128,
    count: i128,
    /// The sum of the moving ranges, in millionths.
    ranges: i128,
    /// How many moving ranges there are. None: no limits.
    count_of_ranges: i128,
}

/// Which line of the chart, as thirds of the distance from the centre to the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Centre,
    UpperNear,
    LowerNear,
    Upper,
    Lower,
}

impl Line {
    fn thirds(self) -> i128 {
        match self {
            Line::Centre => 0,
            Line::UpperNear => 2,
            Line::LowerNear => -2,
            Line::Upper => 3,
            Line::Lower => -3,
        }
    }
}

impl Limits {
    /// From values and moving ranges, in millionths. None without values.
    pub(super) fn new(values: &[i64], ranges: &[i64]) -> Option<Limits> {
        let count = i128::try_from(values.len()).ok().filter(|count| *count > 0)?;
        let sum = values.iter().copied().map(i128::from).sum();
        let count_of_ranges = i128::try_from(ranges.len()).ok()?;
        Some(Limits { sum, count, ranges: ranges.iter().copied().map(i128::from).sum(), count_of_ranges })
    }

    /// True if there is a moving range, so that there are limits.
    pub fn has_limits(&self) -> bool {
        self.count_of_ranges > 0
    }

    /// True if the moving range is so large that screening leaves it out.
    pub(super) fn is_outlier(&self, range: i64) -> bool {
        1_000 * i128::from(range) * self.count_of_ranges >= OUTLIER * self.ranges
    }

    /// Where a value, in millionths, lies of a line: below, on or above it. Without limits all lines are the centre.
    pub(super) fn compare(&self, value: i64, line: Line) -> Ordering {
        let ranges = self.count_of_ranges.max(1);
        let value = 300 * self.count * ranges * i128::from(value);
        let line = 300 * ranges * self.sum + line.thirds() * LIMIT * self.count * self.ranges;
        value.cmp(&line)
    }

    /// The mean of the values.
    pub fn centre(&self) -> Fraction {
        in_units(self.sum, self.count)
    }

    /// The mean of the moving ranges that were used. None without any.
    pub fn mean_moving_range(&self) -> Option<Fraction> {
        self.has_limits().then(|| in_units(self.ranges, self.count_of_ranges))
    }

    /// The upper limit.
    pub fn upper(&self) -> Option<Fraction> {
        self.line(Line::Upper)
    }

    /// The lower limit. For a count it may lie below 0.
    pub fn lower(&self) -> Option<Fraction> {
        self.line(Line::Lower)
    }

    /// Two thirds of the way to the upper limit.
    pub fn upper_near(&self) -> Option<Fraction> {
        self.line(Line::UpperNear)
    }

    /// Two thirds of the way to the lower limit.
    pub fn lower_near(&self) -> Option<Fraction> {
        self.line(Line::LowerNear)
    }

    fn line(&self, line: Line) -> Option<Fraction> {
        let mean = self.mean_moving_range()?;
        Some(&self.centre() + &(&Fraction::new(line.thirds() * LIMIT, 300)? * &mean))
    }
}

/// Millionths over a count.
fn in_units(millionths: i128, count: i128) -> Fraction {
    Fraction::new(millionths, count.max(1) * 1_000_000).unwrap_or_else(Fraction::zero)
}
