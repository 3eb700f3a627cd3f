//! The worked cases of the design, charts of the R package, refusals, and properties.

mod cases;
mod package;
mod phases;
mod properties;

use super::*;
use crate::stats::decimal::Scaled;
use crate::stats::measure::{Measure, MeasureType, Operator, Polarity, Unit};
use crate::stats::period::{Frequency, Period};
use crate::stats::point::{Point, Series};
use crate::stats::status::ObsStatus;
use crate::stats::target::Target;

pub const MONTHLY: Measure = Measure {
    unit: Unit::Count,
    measure_type: MeasureType::Count,
    polarity: Polarity::LowerIsBetter,
    frequency: Frequency::Monthly,
    decimals: 0,
};

/// Months from January 2020 on with these values, in millionths.
pub fn raw_months(values: &[i64]) -> Vec<Point> {
    let mut month = Period::parse("2020-01").unwrap();
    let mut points = vec![];
    for value in values {
        points.push(Point::of(month, Scaled::from_raw(*value)));
        month = month.next(Frequency::Monthly).unwrap();
    }
    points
}

/// Months with these whole numbers.
pub fn months(values: &[i64]) -> Vec<Point> {
    raw_months(&values.iter().map(|value| value * 1_000_000).collect::<Vec<i64>>())
}

pub fn draw(points: &[Point], options: Options) -> Chart {
    let series = Series { measure: &MONTHLY, points, breaks: &[] };
    chart(&series, &[], &options).unwrap()
}

/// Mean, upper and lower limit of a phase, with two decimals.
pub fn lines(chart: &Chart, phase: usize) -> [String; 3] {
    let limits = chart.phases[phase].limits.unwrap();
    [limits.centre(), limits.upper().unwrap(), limits.lower().unwrap()].map(|line| line.text(2))
}

/// The numbers of the points, from 1, that have the signal.
pub fn flagged(chart: &Chart, signal: Signal) -> Vec<usize> {
    let has = |point: &ChartPoint| point.signals.all().contains(&signal);
    (1..).zip(&chart.points).filter(|(_, point)| has(point)).map(|(n, _)| n).collect()
}

/// True if no point has a signal.
pub fn quiet(chart: &Chart) -> bool {
    chart.points.iter().all(|point| point.signals.is_empty())
}
