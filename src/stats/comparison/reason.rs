//! Why a result is null.

use std::fmt;

use crate::stats::point::Absence;

/// Why a result is null. It is never 0 instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A value is hidden so that no person can be identified.
    Suppressed,
    /// A month of the window is missing, or a cell is not complete.
    IncompleteWindow,
    /// A value is not published.
    NotPublished,
    /// A break in the series lies between the two.
    BreakBetween,
    /// The indicator declares no baseline, or the baseline has no value.
    MissingBaseline,
    /// No target is in force.
    NoTarget,
    /// No population of the area is on record, or none of the year of the other areas.
    NoPopulation,
    /// A numerator or a denominator is not on record.
    NoNumeratorOrDenominator,
    /// The denominator is 0.
    ZeroDenominator,
    /// The base is 0, so that no percentage can be formed.
    ZeroBaseline,
    /// The base is so small that a percentage would mislead.
    LowBase,
}

impl Reason {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Suppressed => "suppressed",
            Reason::IncompleteWindow => "incomplete_window",
            Reason::NotPublished => "not_published",
            Reason::BreakBetween => "break_between",
            Reason::MissingBaseline => "missing_baseline",
            Reason::NoTarget => "no_target",
            Reason::NoPopulation => "no_population",
            Reason::NoNumeratorOrDenominator => "no_numerator_or_denominator",
            Reason::ZeroDenominator => "zero_denominator",
            Reason::ZeroBaseline => "zero_baseline",
            Reason::LowBase => "low_base",
        }
    }
}

impl From<Absence> for Reason {
    fn from(absence: Absence) -> Reason {
        match absence {
            Absence::Suppressed => Reason::Suppressed,
            Absence::Incomplete => Reason::IncompleteWindow,
            Absence::NotPublished => Reason::NotPublished,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Suppressed => "A value is suppressed so that no person can be identified.",
            Reason::IncompleteWindow => "The figures of a period are missing or not complete.",
            Reason::NotPublished => "A value is not published.",
            Reason::BreakBetween => {
                "The series has a break between the two periods: the values cannot be compared."
            }
            Reason::MissingBaseline => "The indicator declares no baseline, or the baseline has no value.",
            Reason::NoTarget => "No target is in force in the period.",
            Reason::NoPopulation => {
                "No population of the area is on record, or none of the year of the other areas."
            }
            Reason::NoNumeratorOrDenominator => "A numerator or a denominator is not on record.",
            Reason::ZeroDenominator => "The denominator is 0.",
            Reason::ZeroBaseline => "The base is 0: a change from 0 has no percentage.",
            Reason::LowBase => "The base is so small that a percentage would mislead.",
        })
    }
}
