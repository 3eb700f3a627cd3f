//! The four signals of Making Data Count.

use std::cmp::Ordering;

use super::limits::{Limits, Line};

/// The number of points of a shift or a trend.
pub const RUN: usize = 7;

/// What shows that a point is not ordinary variation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Strictly outside the limits.
    OutsideLimits,
    /// One of seven or more in a row strictly on one side of the centre.
    Shift,
    /// One of seven or more in a row that rise, or fall, strictly.
    Trend,
    /// Beyond a near limit, as is another of three in a row, all three on one side of the centre.
    TwoOfThree,
}

impl Signal {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Signal::OutsideLimits => "outside_limits",
            Signal::Shift => "shift",
            Signal::Trend => "trend",
            Signal::TwoOfThree => "two_of_three",
        }
    }
}

/// The signals of one point, each with its direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// None if the signal is not there, otherwise whether it is a high or a rising one.
    outside: Option<bool>,
    shift: Option<bool>,
    trend: Option<bool>,
    two_of_three: Option<bool>,
}

impl Signals {
    fn each(&self) -> [(Signal, Option<bool>); 4] {
        [
            (Signal::OutsideLimits, self.outside),
            (Signal::Shift, self.shift),
            (Signal::TwoOfThree, self.two_of_three),
            (Signal::Trend, self.trend),
        ]
    }

    /// The signals, in the order of their rules.
    pub fn all(&self) -> Vec<Signal> {
        let mut all: Vec<Signal> =
            self.each().into_iter().filter(|(_, high)| high.is_some()).map(|(signal, _)| signal).collect();
        all.sort_unstable();
        all
    }

    /// True if there is none: ordinary variation.
    pub fn is_empty(&self) -> bool {
        self.high().is_none()
    }

    /// Whether the values are high: on which side of the centre the point lies, or, if it is only part of a trend, whether
    /// the trend rises.
    pub fn high(&self) -> Option<bool> {
        self.each().into_iter().find_map(|(_, high)| high)
    }
}

/// The signals of values, in millionths, that follow each other without a gap and within one phase.
pub fn of_run(values: &[i64], limits: &Limits) -> Vec<Signals> {
    let mut all = vec![Signals::default(); values.len()];
    if !limits.has_limits() {
        return all;
    }
    for (value, signals) in values.iter().zip(&mut all) {
        signals.outside = beyond(limits, *value, Line::Upper, Line::Lower);
    }
    let sides: Vec<Ordering> = values.iter().map(|value| limits.compare(*value, Line::Centre)).collect();
    for (first, last, side) in runs(&sides) {
        if last - first + 1 >= RUN {
            all[first..=last].iter_mut().for_each(|signals| signals.shift = Some(side == Ordering::Greater));
        }
    }
    let steps: Vec<Ordering> = values.windows(2).map(|pair| pair[1].cmp(&pair[0])).collect();
    for (first, last, step) in runs(&steps) {
        // So many steps are between one more points.
        if last - first + 2 >= RUN {
            all[first..=last + 1]
                .iter_mut()
                .for_each(|signals| signals.trend = Some(step == Ordering::Greater));
        }
    }
    let near: Vec<Option<bool>> =
        values.iter().map(|value| beyond(limits, *value, Line::UpperNear, Line::LowerNear)).collect();
    for first in 0..values.len().saturating_sub(2) {
        let three = first..first + 3;
        let one_side =
            sides[first] != Ordering::Equal && sides[three.clone()].iter().all(|side| *side == sides[first]);
        if one_side && near[three.clone()].iter().flatten().count() >= 2 {
            for n in three {
                all[n].two_of_three = near[n].or(all[n].two_of_three);
            }
        }
    }
    all
}

/// Whether the value lies strictly above the upper or strictly below the lower line.
fn beyond(limits: &Limits, value: i64, upper: Line, lower: Line) -> Option<bool> {
    if limits.compare(value, upper) == Ordering::Greater {
        return Some(true);
    }
    (limits.compare(value, lower) == Ordering::Less).then_some(false)
}

/// The stretches of the same order, first and last index. Equality is none.
fn runs(orders: &[Ordering]) -> Vec<(usize, usize, Ordering)> {
    let mut runs: Vec<(usize, usize, Ordering)> = vec![];
    for (n, order) in orders.iter().enumerate() {
        match runs.last_mut() {
            Some((_, last, same)) if *last + 1 == n && same == order => *last = n,
            _ if *order != Ordering::Equal => runs.push((n, n, *order)),
            _ => {}
        }
    }
    runs
}
