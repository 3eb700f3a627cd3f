//! The profiles, and what each does to a single number.

use std::cmp::Ordering;

use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;

/// The largest number of people that is hidden. 0 is not.
pub const THRESHOLD: i64 = 4;

/// How small numbers of people are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Numbers are shown as they are.
    None,
    /// 1 to 4 are hidden, and what would give them away.
    T5,
    /// As [`Profile::T5`], and all other counts are rounded to the nearest five.
    T5R5,
}

/// True if the number is hidden for itself.
pub fn is_small(people: i64) -> bool {
    (1..=THRESHOLD).contains(&people)
}

/// The nearest multiple of five; half away from zero.
pub fn rounded_to_five(value: Scaled) -> Fraction {
    let five = Fraction::from(5);
    let fifths = Fraction::from(value).over(&five).unwrap_or_else(Fraction::zero);
    &fifths.nearest(0) * &five
}

/// A whole number that is not negative, to the nearest five.
pub fn rounded(people: i64) -> i64 {
    people.saturating_add(2) / 5 * 5
}

/// What is shown of a ratio of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ratio {
    /// The percentage, rounded to whole per cent.
    Percent(Fraction),
    /// It is hidden: few people, or a small numerator or complement.
    Hidden,
}

/// The percentage of two numbers of people before rounding. It is hidden if its base is below 22.5, or if its numerator
/// or its complement is 1 to 4: the percentage and the base would give that away.
pub fn ratio(numerator: i64, base: i64) -> Ratio {
    let complement = base.saturating_sub(numerator);
    if base.saturating_mul(10) < 225 || is_small(numerator) || is_small(complement) {
        return Ratio::Hidden;
    }
    let percent = Fraction::new(i128::from(numerator) * 100, i128::from(base));
    match percent.filter(|_| base.cmp(&0) == Ordering::Greater) {
        Some(percent) => Ratio::Percent(percent.nearest(0)),
        None => Ratio::Hidden,
    }
}
