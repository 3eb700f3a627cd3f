//! Comparisons that make no sense, and what would work instead.

use std::fmt;

use chrono::Datelike;

use super::method::Method;
use crate::stats::measure::MeasureType;
use crate::stats::period::{Frequency, Period, PeriodFault};
use crate::stats::point::Series;

/// Why a comparison makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The method does not suit what is measured.
    MeasureType(Method, MeasureType),
    /// The method does not suit the frequency.
    Frequency(Method, Frequency),
    /// No period of the series begins on 1 April, with which the year to date begins.
    NotFromApril(Frequency),
    /// A rate needs a count.
    NotACount,
    /// The period is none of the series'.
    Period(PeriodFault),
    /// The base does not begin before the current period.
    BaseNotEarlier,
    /// No declared baseline begins before the current period.
    BaselineNotEarlier,
    /// The two periods have different lengths.
    UnequalPeriods,
    /// The two years begin in different months: a financial and a calendar year.
    DifferentYears,
    /// No year of the series begins in the month of this one; they begin in that month.
    OtherYears(u32),
    /// No other area is named.
    NoPeers,
    /// An area is named twice, or the area itself is named as another.
    RepeatedArea(String),
    /// A mean of an area and of a part of it would count the part twice.
    PartOfAnother {
        /// The part.
        part: String,
        /// The area that it lies in.
        whole: String,
    },
}

impl Refusal {
    /// Why a year is none of a series of years: no year of the series begins in its month.
    pub fn of_year(series: &Series<'_>, period: Period) -> Option<Refusal> {
        let months = || series.points.iter().map(|point| point.period.start.month());
        let is_none = series.measure.frequency == Frequency::Yearly
            && period.whole_months() == Some(12)
            && months().all(|month| month != period.start.month());
        months().next_back().filter(|_| is_none).map(Refusal::OtherYears)
    }

    /// The code in the API's errors.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::MeasureType(..) => "not_for_this_measure",
            Refusal::Frequency(..) | Refusal::NotFromApril(_) => "not_for_this_frequency",
            Refusal::NotACount => "not_a_count",
            Refusal::Period(fault) => fault.code(),
            Refusal::BaseNotEarlier | Refusal::BaselineNotEarlier => "order",
            Refusal::UnequalPeriods => "unequal_periods",
            Refusal::DifferentYears => "different_years",
            Refusal::OtherYears(_) => "other_years",
            Refusal::NoPeers => "required",
            Refusal::RepeatedArea(_) => "duplicate",
            Refusal::PartOfAnother { .. } => "part_of_another",
        }
    }
}

/// What would work.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::MeasureType(method, measure) => write!(
                f,
                "`{}` adds up counts and pools ratios, but the indicator is {}, which cannot be added up. Use `previous`, \
                 `yoy`, `since` or `baseline`.",
                method.code(),
                measure.words()
            ),
            Refusal::Frequency(method, frequency) => write!(
                f,
                "`{}` adds up periods that do not overlap and are shorter than a year, but the frequency of the series is `{}` \
                 ({}). Use `yoy`.",
                method.code(),
                frequency.code(),
                frequency.words()
            ),
            Refusal::NotFromApril(frequency) => write!(
                f,
                "`ytd` begins with April, but no period of the series begins on 1 April: its frequency is `{}` ({}). Use `rolling12` \
                 or `yoy`.",
                frequency.code(),
                frequency.words()
            ),
            Refusal::NotACount => f.write_str(
                "`rate` divides a count by a population, but the indicator is not a count. Its values can be compared as they \
                 are.",
            ),
            Refusal::Period(fault) => fault.fmt(f),
            Refusal::BaseNotEarlier => f.write_str("Give a base that begins before the current period."),
            Refusal::BaselineNotEarlier => f.write_str(
                "No declared baseline begins before this period. Give a later `period`, or `method=since` with a `base`.",
            ),
            Refusal::UnequalPeriods => {
                f.write_str("Give a base of the same length as the current period: counts of unequal periods differ by their length.")
            }
            Refusal::DifferentYears => f.write_str(
                "Give two years that begin in the same month: a financial year is not compared with a calendar year.",
            ),
            Refusal::OtherYears(1) => {
                f.write_str("The years of this series are calendar years: give `2023` for that of 2023.")
            }
            Refusal::OtherYears(month) => write!(
                f,
                "No year of this series begins in that month: give one by its first day and its length, such as `2022-{month:02}-01/P1Y`.",
            ),
            Refusal::NoPeers => f.write_str("Name at least one other area in `peers`, or give `peers=siblings`."),
            Refusal::PartOfAnother { part, whole } => write!(
                f,
                "{part} lies in {whole}: a mean of both would count it twice. Leave one of them out; with `self=false` the \
                 area itself is out.",
            ),
            Refusal::RepeatedArea(area) => write!(f, "Name each area once, and only other areas: {area} is repeated."),
        }
    }
}

impl std::error::Error for Refusal {}
