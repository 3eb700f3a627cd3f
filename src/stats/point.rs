//! A cell of a series as its reader sees it, and a series of them.

use chrono::NaiveDate;

use super::decimal::Scaled;
use super::measure::Measure;
use super::period::Period;
use super::status::ObsStatus;

/// A cell as its reader sees it: what the reader may not see has no value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub period: Period,
    /// None if the reader does not see one; `obs` says why.
    pub value: Option<Scaled>,
    pub numerator: Option<Scaled>,
    pub denominator: Option<Scaled>,
    pub obs: ObsStatus,
    /// Whether the figures of the period are all there.
    pub complete: bool,
}

/// Why a cell cannot be computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// The value is hidden so that no person can be identified.
    Suppressed,
    /// The figures of the period are not complete.
    Incomplete,
    /// Nothing is published: no cell, a missing value, a withdrawn release.
    NotPublished,
}

impl Point {
    /// A complete cell with this value.
    pub fn of(period: Period, value: Scaled) -> Point {
        let (numerator, denominator, obs) = (None, None, ObsStatus::Normal);
        Point { period, value: Some(value), numerator, denominator, obs, complete: true }
    }

    /// The value, or why there is none to compute with.
    pub fn usable(&self) -> Result<Scaled, Absence> {
        match self.value {
            None if self.obs == ObsStatus::Suppressed => Err(Absence::Suppressed),
            None => Err(Absence::NotPublished),
            Some(_) if !self.complete => Err(Absence::Incomplete),
            Some(value) => Ok(value),
        }
    }
}

/// The cells of one series, read at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    pub measure: &'a Measure,
    /// One cell for each period, in the order of the periods.
    pub points: &'a [Point],
    /// The days from which values cannot be compared with earlier ones.
    pub breaks: &'a [NaiveDate],
}

impl<'a> Series<'a> {
    /// The cell of this period.
    pub fn at(&self, period: Period) -> Option<&'a Point> {
        let index = self.points.binary_search_by_key(&period, |point| point.period).ok()?;
        self.points.get(index)
    }

    /// The latest period with a complete figure. A hidden one counts: the answer then says that it is hidden.
    pub fn latest(&self) -> Option<Period> {
        let counts = |point: &&Point| matches!(point.usable(), Ok(_) | Err(Absence::Suppressed));
        self.points.iter().rev().find(counts).map(|point| point.period)
    }

    /// True if the values of these two periods cannot be compared: a break falls after the first day of the earlier
    /// and not after the last day of the later, or a cell between them is the first after a break.
    pub fn breaks_between(&self, a: Period, b: Period) -> bool {
        let (earlier, later) = if a.start <= b.start { (a, b) } else { (b, a) };
        let end = earlier.end.max(later.end);
        self.breaks.iter().any(|day| earlier.start < *day && *day < end)
            || self
                .points
                .iter()
                .any(|point| point.obs == ObsStatus::Break && earlier < point.period && point.period <= later)
    }
}
