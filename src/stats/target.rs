//! Targets, and the one that is in force.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::decimal::Scaled;
use super::fraction::Fraction;
use super::measure::Operator;
use super::period::Period;

/// A target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub value: Scaled,
    pub operator: Operator,
    /// The first day on which it is in force; none if it always was.
    pub from: Option<NaiveDate>,
    /// The last day on which it is in force; none if it has no end.
    pub to: Option<NaiveDate>,
}

impl Target {
    /// The target in force on the last day of the period; of several, the one that came into force last.
    pub fn in_force(targets: &[Target], period: Period) -> Option<&Target> {
        let day = period.last_day();
        let applies = |target: &&Target| {
            target.from.is_none_or(|from| from <= day) && target.to.is_none_or(|to| day <= to)
        };
        targets.iter().filter(applies).max_by_key(|target| target.from)
    }

    /// True if the value meets the target. One that is equal to it does.
    pub fn is_met_by(&self, value: &Fraction) -> bool {
        match (value.cmp(&Fraction::from(self.value)), self.operator) {
            (Ordering::Equal, _) => true,
            (order, Operator::AtMost) => order == Ordering::Less,
            (order, Operator::AtLeast) => order == Ordering::Greater,
        }
    }
}
