//! What an indicator measures, as far as its arithmetic depends on it.

use super::period::Frequency;

/// The unit of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A percentage. Two percentages differ by percentage points.
    Percent,
    /// A rate per this many.
    Rate(u32),
    /// Pounds sterling.
    Pounds,
    /// Any other unit: `seconds`. Empty for a plain ratio.
    Other(&'static str),
}

impl Unit {
    /// What one numerator divided by one denominator is multiplied with.
    pub fn factor(self) -> i64 {
        match self {
            Unit::Percent => 100,
            Unit::Rate(per) => i64::from(per),
            Unit::Count | Unit::Pounds | Unit::Other(_) => 1,
        }
    }

    /// A number of this unit in a sentence: `98.1 %`, `50.75 per 1,000`, `£172.40`.
    pub fn of(self, number: &str) -> String {
        match self {
            Unit::Count | Unit::Other("") => number.to_owned(),
            Unit::Percent => format!("{number} %"),
            Unit::Rate(per) => {
                format!("{number} per {}", super::fraction::Fraction::from(i64::from(per)).in_words(0))
            }
            Unit::Pounds => match number.strip_prefix('−') {
                Some(size) => format!("−£{size}"),
                None => format!("£{number}"),
            },
            Unit::Other(name) => format!("{number} {name}"),
        }
    }
}

/// How the values are obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureType {
    /// Events are counted over a period.
    Count,
    /// One count is divided by another.
    Ratio,
    /// The mean of a set of values.
    Mean,
    /// The value that a given share of cases does not exceed.
    Percentile,
    /// The number on a given day.
    Stock,
}

impl MeasureType {
    /// The measure type in words.
    pub fn words(self) -> &'static str {
        match self {
            MeasureType::Count => "a count",
            MeasureType::Ratio => "a ratio",
            MeasureType::Mean => "a mean",
            MeasureType::Percentile => "a percentile",
            MeasureType::Stock => "a number on a given day",
        }
    }
}

/// Which direction of change is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Lower values are better.
    LowerIsBetter,
    /// Higher values are better.
    HigherIsBetter,
    /// Neither direction is better by itself.
    Contextual,
}

impl Polarity {
    /// Whether a change of this sign is for the better. None if there is no change, or if neither direction is better.
    pub fn favours(self, change: std::cmp::Ordering) -> Option<bool> {
        let rises = match change {
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
        };
        match self {
            Polarity::LowerIsBetter => Some(!rises),
            Polarity::HigherIsBetter => Some(rises),
            Polarity::Contextual => None,
        }
    }
}

/// Which values meet a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Those at or below it.
    AtMost,
    /// Those at or above it.
    AtLeast,
}

/// What an indicator measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    pub unit: Unit,
    pub measure_type: MeasureType,
    pub polarity: Polarity,
    pub frequency: Frequency,
    /// The number of decimals with which its values are shown.
    pub decimals: u32,
}
