//! How a chart is drawn, and what is refused.

use std::fmt;

use chrono::Datelike;

use crate::stats::period::{Frequency, Period};

/// Points with signals and a verdict: fewer say too little.
pub const ENOUGH: usize = 13;

/// The fewest values that limits should be frozen to, as Making Data Count advises.
pub const ENOUGH_TO_FREEZE: usize = 12;

/// The most points of a chart, for which the arithmetic is exact.
pub const MOST_POINTS: usize = 10_000;

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Leave moving ranges of at least 3.267 times their mean out of it, once.
    pub screen_outliers: bool,
    /// Compute the limits of each phase from its first points only, this many.
    pub fix: Option<usize>,
    /// Use only the windows that end with this month: those of a series whose windows overlap.
    pub every: Option<Every>,
}

/// `every=P1Y&anchor=03`: one window a year, which ends with this month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    /// The last month of the window, from 1.
    pub anchor: u32,
}

impl Every {
    /// True if the window ends with the month.
    pub fn includes(self, period: Period) -> bool {
        period.last_day().month() == self.anchor
    }
}

/// Why no chart can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The windows overlap, which makes runs and trends by itself.
    Overlap(Frequency),
    /// Periods of a series overlap that are not windows.
    OverlappingPeriods,
    /// Values that grow with their period are of periods of different lengths.
    UnequalPeriods,
    /// The windows do not overlap, so that `every` and `anchor` have nothing to choose.
    NoOverlap,
    /// No window of the series ends with this month.
    Anchor(Frequency),
    /// The limits cannot be frozen to so many points; the chart has this many.
    Fix(usize),
    /// The chart has too many points.
    TooMany,
}

impl Refusal {
    /// The code in the API's errors.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::Overlap(_) | Refusal::OverlappingPeriods => "overlapping_periods",
            Refusal::UnequalPeriods => "unequal_periods",
            Refusal::NoOverlap => "not_for_this_frequency",
            Refusal::Anchor(_) => "wrong_month",
            Refusal::Fix(_) => "out_of_range",
            Refusal::TooMany => "too_many",
        }
    }
}

/// What would work.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Overlap(_) => f.write_str(
                "The periods of the series overlap: neighbouring values share most of their months, and a control chart would \
                 show runs and trends that are not there. Add `every=P1Y&anchor=03` for one year in each, to March.",
            ),
            Refusal::OverlappingPeriods => f.write_str(
                "Some periods of the series overlap, such as a financial and a calendar year: neighbouring values share what they \
                 count, and a control chart would show runs and trends that are not there. Give `startPeriod` or `endPeriod` \
                 for those that do not overlap.",
            ),
            Refusal::UnequalPeriods => f.write_str(
                "The periods of the series have different lengths: a count of a longer one is higher for that alone. Give \
                 `startPeriod` or `endPeriod` for those of one length.",
            ),
            Refusal::NoOverlap => f.write_str(
                "Leave `every` and `anchor` out: the periods of the series do not overlap, and the chart uses them all.",
            ),
            Refusal::Anchor(Frequency::YearByQuarter) => {
                f.write_str("Give `anchor` the last month of a quarter: 03, 06, 09 or 12.")
            }
            Refusal::Anchor(_) => f.write_str("Give `anchor` a month from 01 to 12."),
            Refusal::Fix(points) => write!(f, "Give `fix` a number from 2 to {points}, the number of points."),
            Refusal::TooMany => {
                write!(f, "Give `startPeriod` or `endPeriod`: a chart has at most {MOST_POINTS} points.")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// Refuses overlapping windows, unless one in each year is chosen.
pub fn check_windows(frequency: Frequency, every: Option<Every>) -> Result<(), Refusal> {
    match every {
        None if frequency.rolls() => Err(Refusal::Overlap(frequency)),
        None => Ok(()),
        Some(_) if !frequency.rolls() => Err(Refusal::NoOverlap),
        Some(Every { anchor }) => {
            let step = frequency.step().unwrap_or(1);
            let ends = (1..=12).contains(&anchor) && anchor % step == 0;
            if ends { Ok(()) } else { Err(Refusal::Anchor(frequency)) }
        }
    }
}
