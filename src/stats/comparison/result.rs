//! The result of a comparison, with all that its receipt says.

use std::fmt;

use super::method::Method;
use super::reason::Reason;
use super::warning::Warning;
use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;
use crate::stats::measure::{Measure, Unit};
use crate::stats::point::Point;

/// The base below which no percentage of a count is shown, unless the office sets another.
pub const LOW_BASE: i64 = 50;

/// How a comparison is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Compare although a break lies between.
    pub across_break: bool,
    /// A count below this is too small a base for a percentage.
    pub low_base: Scaled,
}

impl Default for Options {
    fn default() -> Options {
        Options { across_break: false, low_base: Scaled::whole(LOW_BASE) }
    }
}

/// A result: exact, and rounded where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The value before rounding.
    pub exact: Fraction,
    /// The number of decimals with which it is written.
    pub decimals: u32,
}

impl Number {
    pub(super) fn new(exact: Fraction, decimals: u32) -> Number {
        Number { exact, decimals }
    }

    /// The number in a sentence.
    pub fn words(&self) -> String {
        self.exact.in_words(self.decimals)
    }
}

/// The text in the API, rounded half away from zero: `-10.2`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.exact.text(self.decimals))
    }
}

/// The number of decimals of each kind of result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// Of values and their differences: as many as the indicator shows, of percentages at least one.
    pub values: u32,
    /// Of changes in per cent.
    pub percentages: u32,
    /// Of rates and of means of areas.
    pub rates: u32,
}

impl Rounding {
    pub(super) fn of(measure: &Measure) -> Rounding {
        let least = if measure.unit == Unit::Percent { 1 } else { 0 };
        Rounding { values: measure.decimals.max(least), percentages: 1, rates: measure.decimals.max(2) }
    }
}

/// The rule in a sentence.
impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Computed exactly and rounded once, half away from zero: values to {}, changes in per cent to {}, rates and means \
             of areas to {} decimal places.",
            self.values, self.percentages, self.rates
        )
    }
}

/// What an input is to the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Current,
    Base,
    /// The value of another area.
    Peer,
    Population,
    Target,
}

impl Role {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Role::Current => "current",
            Role::Base => "base",
            Role::Peer => "peer",
            Role::Population => "population",
            Role::Target => "target",
        }
    }
}

/// One value that went into the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub role: Role,
    /// The code of the area, for the values of several areas.
    pub area: Option<String>,
    pub point: Point,
}

impl Input {
    pub(super) fn of(role: Role, point: &Point) -> Input {
        Input { role, area: None, point: *point }
    }
}

/// One of the two that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The period that is compared with, in words, or what it is: `Apr to Oct 2023`, `target`.
    pub label: String,
    /// The value of that period, or why there is none.
    pub value: Result<Number, Reason>,
}

/// What a target or a rank adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The value meets the target.
    OnTarget,
    /// The value misses the target, on whichever side the worse is.
    BelowTarget,
    /// A place among areas, from 1. Areas with the same value share a place.
    Rank {
        rank: usize,
        /// The number of areas.
        of: usize,
        /// How many areas share the place, this one included.
        sharing: usize,
        /// Whether the highest value has rank 1. Otherwise the lowest has.
        highest_first: bool,
    },
}

impl Standing {
    /// The code in the API.
    pub fn code(&self) -> &'static str {
        match self {
            Standing::OnTarget => "on_target",
            Standing::BelowTarget => "below_target",
            Standing::Rank { .. } => "rank",
        }
    }
}

/// The result of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub method: Method,
    /// The unit of the two values; of a rate, what it is per.
    pub unit: Unit,
    pub current: Side,
    /// None for a rate and a rank, which have no base.
    pub base: Option<Side>,
    /// The difference: in percentage points, if the unit is a percentage. None where there is no base.
    pub change: Option<Result<Number, Reason>>,
    /// The difference in per cent of the base.
    pub relative: Option<Result<Number, Reason>>,
    /// Whether the result is for the better. None if it is neither, or if the indicator does not say what is better.
    pub favourable: Option<bool>,
    pub standing: Option<Result<Standing, Reason>>,
    /// All values that were read, those without a value too.
    pub inputs: Vec<Input>,
    /// What was computed, in words with the numbers in it.
    pub formula: String,
    pub rounding: Rounding,
    pub warnings: Vec<Warning>,
}

impl Comparison {
    /// The name of the difference in the API.
    pub fn change_name(&self) -> &'static str {
        if self.unit == Unit::Percent { "change_pp" } else { "change" }
    }

    /// The name of the difference in per cent in the API. Two percentages have a name of their own for it, since
    /// `change_pct` would be taken for percentage points.
    pub fn relative_name(&self) -> &'static str {
        if self.unit == Unit::Percent { "relative_change_pct" } else { "change_pct" }
    }

    /// Why there is no result, the gravest reason of all.
    pub fn reason(&self) -> Option<Reason> {
        let current = self.current.value.as_ref().err();
        let base = self.base.as_ref().and_then(|base| base.value.as_ref().err());
        let standing = self.standing.as_ref().and_then(|standing| standing.as_ref().err());
        let change = self.change.as_ref().and_then(|change| change.as_ref().err());
        let relative = self.relative.as_ref().and_then(|relative| relative.as_ref().err());
        [current, base, standing, change, relative].into_iter().flatten().min().copied()
    }

    /// The areas that have no value to compute with, or no population where that is the reason; each once.
    pub fn areas_without_value(&self) -> Vec<&str> {
        let people = |area: &str| {
            let of_area =
                |input: &&Input| input.role == Role::Population && input.area.as_deref() == Some(area);
            self.inputs.iter().find(of_area).is_some_and(|input| input.point.usable().is_ok())
        };
        let needs_people = self.reason() == Some(Reason::NoPopulation)
            || self.base.as_ref().is_some_and(|base| base.value == Err(Reason::NoPopulation));
        let of_areas = self.inputs.iter().filter(|input| input.role != Role::Population);
        of_areas
            .filter_map(|input| Some((input, input.area.as_deref()?)))
            .filter(|(input, area)| input.point.usable().is_err() || (needs_people && !people(area)))
            .map(|(_, area)| area)
            .collect()
    }
}
