//! What a reader must know of a result.

use std::fmt;

use crate::stats::status::ObsStatus;

/// What a reader must know of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// An input is provisional.
    Provisional,
    /// An input is estimated.
    Estimated,
    /// An input is of low reliability.
    LowReliability,
    /// The result reaches across a break, as requested.
    AcrossBreak,
    /// The two periods share months.
    OverlappingPeriods,
    /// The two periods are different parts of the year.
    DifferentSeason,
    /// The two periods have different lengths.
    UnequalPeriods,
    /// The series has no fixed steps.
    IrregularSteps,
    /// A period at the end was left out of both years because it is not complete or not published.
    PartPeriodLeftOut,
    /// The denominator is the same people each month, so that the pooled rate is that of an average period.
    RateOfAveragePeriod,
    /// The population is that of another year.
    PopulationOfAnotherYear,
    /// The rate is not a year's.
    RateOfPartYear,
    /// Counts of areas of different size were ranked as they are.
    CountsNotRates,
    /// The mean of percentiles is not the percentile of all.
    MeanOfPercentiles,
    /// The target's direction is not that of the indicator.
    TargetAgainstPolarity,
    /// The indicator declares other baselines too.
    SeveralBaselines,
}

impl Warning {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Warning::Provisional => "provisional",
            Warning::Estimated => "estimated",
            Warning::LowReliability => "low_reliability",
            Warning::AcrossBreak => "across_break",
            Warning::OverlappingPeriods => "overlapping_periods",
            Warning::DifferentSeason => "different_season",
            Warning::UnequalPeriods => "unequal_periods",
            Warning::IrregularSteps => "irregular_steps",
            Warning::PartPeriodLeftOut => "part_period_left_out",
            Warning::RateOfAveragePeriod => "rate_of_average_period",
            Warning::PopulationOfAnotherYear => "population_of_another_year",
            Warning::RateOfPartYear => "rate_of_part_year",
            Warning::CountsNotRates => "counts_not_rates",
            Warning::MeanOfPercentiles => "mean_of_percentiles",
            Warning::TargetAgainstPolarity => "target_against_polarity",
            Warning::SeveralBaselines => "several_baselines",
        }
    }

    /// The warning that the status of an input calls for.
    pub(super) fn of_status(status: ObsStatus) -> Option<Warning> {
        match status {
            ObsStatus::Provisional => Some(Warning::Provisional),
            ObsStatus::Estimated => Some(Warning::Estimated),
            ObsStatus::LowReliability => Some(Warning::LowReliability),
            _ => None,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Warning::Provisional => "A figure is provisional: a final one will replace it.",
            Warning::Estimated => "A figure is estimated.",
            Warning::LowReliability => "A figure is of low reliability.",
            Warning::AcrossBreak => {
                "The series has a break between the two periods: the change may come from the way of counting."
            }
            Warning::OverlappingPeriods => {
                "The two periods share months: the change is only that of the months that they do not share."
            }
            Warning::DifferentSeason => {
                "The two periods are different parts of the year: the season may explain the change."
            }
            Warning::UnequalPeriods => "The two periods have different lengths.",
            Warning::IrregularSteps => "The series has no fixed steps: the base is the last figure before.",
            Warning::PartPeriodLeftOut => {
                "A period at the end is not complete or not published. It was left out of both years."
            }
            Warning::RateOfAveragePeriod => {
                "The rate is that of an average period, not of all periods together: each period counts the same people."
            }
            Warning::PopulationOfAnotherYear => "The population is that of another year than the count.",
            Warning::RateOfPartYear => "The rate is that of the period, not of a whole year.",
            Warning::CountsNotRates => {
                "The ranks are those of counts: an area with more people has more of everything."
            }
            Warning::MeanOfPercentiles => {
                "The mean of the areas' percentiles is not the percentile of all areas together."
            }
            Warning::TargetAgainstPolarity => {
                "The target asks for values on the side that the indicator calls the worse."
            }
            Warning::SeveralBaselines => {
                "The indicator declares several baselines: this is the latest with which the period can be compared."
            }
        })
    }
}
