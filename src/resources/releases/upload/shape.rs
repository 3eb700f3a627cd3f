//! What rows are checked against: the dimensions, the frequency and the kind of values of an indicator.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::stats::period::{Frequency, Period};

/// What the rows of an indicator must be like.
#[derive(Clone, Debug)]
pub struct IndicatorShape {
    /// The short name of the indicator, with which the keys of its series begin.
    pub slug: String,
    pub dimensions: Vec<DimensionShape>,
    pub frequency: Frequency,
    /// The number of decimals for display.
    pub decimals: u32,
    /// Whether values are counts, which are never negative.
    pub counts: bool,
    /// Whether values have a numerator and a denominator.
    pub ratio: bool,
    /// The code of the unit of the values.
    pub unit: &'static str,
    /// The day of the submission, if periods that end later need a warning.
    pub today: Option<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct DimensionShape {
    pub code: String,
    pub name: String,
    /// The codes. Rows refer to them by index.
    pub codes: Vec<CodeShape>,
    index: HashMap<String, u32>,
}

/// A code and the days on which it is used.
#[derive(Clone, Debug)]
pub struct CodeShape {
    pub code: String,
    pub name: String,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

impl DimensionShape {
    pub fn new(code: impl Into<String>, name: impl Into<String>, codes: Vec<CodeShape>) -> DimensionShape {
        let index = codes.iter().zip(0..).map(|(code, index)| (code.code.clone(), index)).collect();
        DimensionShape { code: code.into(), name: name.into(), codes, index }
    }

    /// The index of a code.
    pub fn find(&self, code: &str) -> Option<u32> {
        self.index.get(code).copied()
    }

    /// The code with this index.
    pub fn at(&self, index: u32) -> Option<&CodeShape> {
        self.codes.get(usize::try_from(index).ok()?)
    }

    /// The code with this name, for a hint to those who wrote the name instead of the code.
    pub fn code_named(&self, name: &str) -> Option<&str> {
        let same = |code: &&CodeShape| code.name.eq_ignore_ascii_case(name);
        self.codes.iter().find(same).map(|code| code.code.as_str())
    }
}

impl CodeShape {
    /// How the period relates to the days on which the code is used.
    pub fn validity(&self, period: Period) -> Validity {
        let (first, last) = (period.start, period.last_day());
        if self.from.is_some_and(|from| last < from) || self.to.is_some_and(|to| to < first) {
            return Validity::Outside;
        }
        if self.from.is_some_and(|from| first < from) || self.to.is_some_and(|to| to < last) {
            return Validity::Partly;
        }
        Validity::Within
    }

    /// The days on which the code is used, in words.
    pub fn validity_words(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("until {to}"),
            (None, None) => "always".to_owned(),
        }
    }
}

/// How a period relates to the days on which a code is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// The code is used throughout the period.
    Within,
    /// The code is used on some days of the period.
    Partly,
    /// The code is not used in the period.
    Outside,
}
