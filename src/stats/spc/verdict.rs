//! What a chart says of the latest point, and of the target.

use std::fmt;

use super::limits::Limits;
use super::signals::Signals;
use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;
use crate::stats::measure::{Operator, Polarity};

/// What the latest point shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variation {
    /// Ordinary variation.
    CommonCause,
    /// A change for the better.
    Improvement,
    /// A change for the worse.
    Concern,
    /// A change to higher values, where neither direction is better.
    NeutralHigh,
    /// A change to lower values, where neither direction is better.
    NeutralLow,
    /// Too few points to tell.
    InsufficientData,
}

impl Variation {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Variation::CommonCause => "common_cause",
            Variation::Improvement => "improvement",
            Variation::Concern => "concern",
            Variation::NeutralHigh => "neutral_high",
            Variation::NeutralLow => "neutral_low",
            Variation::InsufficientData => "insufficient_data",
        }
    }

    pub(super) fn of(signals: &Signals, polarity: Polarity) -> Variation {
        match (signals.high(), polarity) {
            (None, _) => Variation::CommonCause,
            (Some(true), Polarity::Contextual) => Variation::NeutralHigh,
            (Some(false), Polarity::Contextual) => Variation::NeutralLow,
            (Some(high), Polarity::HigherIsBetter) if high => Variation::Improvement,
            (Some(high), Polarity::LowerIsBetter) if !high => Variation::Improvement,
            (Some(_), _) => Variation::Concern,
        }
    }
}

/// Whether ordinary variation meets the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assurance {
    /// It always does: both limits meet the target.
    ConsistentPass,
    /// It never does.
    ConsistentFail,
    /// The target lies within the limits: it is met by chance.
    HitOrMiss,
}

impl Assurance {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Assurance::ConsistentPass => "consistent_pass",
            Assurance::ConsistentFail => "consistent_fail",
            Assurance::HitOrMiss => "hit_or_miss",
        }
    }

    /// A target strictly outside the limits is met always or never. Values that never vary meet their own value always.
    pub(super) fn of(limits: &Limits, target: Scaled, operator: Operator) -> Option<Assurance> {
        let target = Fraction::from(target);
        let (upper, lower) = (limits.upper()?, limits.lower()?);
        if target == upper && target == lower {
            return Some(Assurance::ConsistentPass);
        }
        Some(match operator {
            Operator::AtMost if target > upper => Assurance::ConsistentPass,
            Operator::AtMost if target < lower => Assurance::ConsistentFail,
            Operator::AtLeast if target < lower => Assurance::ConsistentPass,
            Operator::AtLeast if target > upper => Assurance::ConsistentFail,
            _ => Assurance::HitOrMiss,
        })
    }
}

/// Why a chart has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoVerdict {
    /// The latest phase has fewer than 13 points, or no two neighbouring ones.
    InsufficientData,
    /// No target is in force.
    NoTarget,
}

impl NoVerdict {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            NoVerdict::InsufficientData => "insufficient_data",
            NoVerdict::NoTarget => "no_target",
        }
    }
}

impl fmt::Display for NoVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoVerdict::InsufficientData => {
                "The latest phase has fewer than 13 values: too few to tell a change from ordinary variation."
            }
            NoVerdict::NoTarget => "No target is in force.",
        })
    }
}

/// What a reader must know of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// Periods without a value: no moving range is taken across them, and they end a run.
    Gaps,
    /// The latest period has no value, so that the verdict is on an earlier one.
    LatestWithoutValue,
    /// A phase has fewer than 13 points and therefore no signals.
    ShortPhase,
    /// The limits of a phase are frozen to fewer than 12 values.
    FewForLimits,
    /// The series has no fixed steps, and its values were taken as neighbours.
    IrregularSteps,
    /// More than a third of the values of the latest phase have signals.
    UnstablePhase,
    /// Values are provisional, estimated or of low reliability.
    UncertainValues,
}

impl Warning {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Warning::Gaps => "gaps",
            Warning::LatestWithoutValue => "latest_without_value",
            Warning::ShortPhase => "short_phase",
            Warning::FewForLimits => "few_for_limits",
            Warning::IrregularSteps => "irregular_steps",
            Warning::UnstablePhase => "unstable_phase",
            Warning::UncertainValues => "uncertain_values",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Warning::Gaps => "Some periods have no value. A gap ends a run.",
            Warning::LatestWithoutValue => {
                "The latest period has no value. The verdict is on the last period with one."
            }
            Warning::ShortPhase => {
                "A phase has fewer than 13 values. Its limits are uncertain, and it has no signals."
            }
            Warning::FewForLimits => "The limits are frozen to fewer than 12 values, and are uncertain.",
            Warning::IrregularSteps => "The series has no fixed steps: neighbouring values may be far apart.",
            Warning::UnstablePhase => {
                "More than a third of the values of the latest phase are signals: they do not vary around a single level, so the \
                 limits say little. The way of counting may have changed without a note of it."
            }
            Warning::UncertainValues => "Some values are provisional, estimated or of low reliability.",
        })
    }
}
