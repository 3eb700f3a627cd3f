//! The worked cases of the design, refusals, reasons, and properties.

mod cases;
mod peers;
mod properties;
mod reasons;

use chrono::NaiveDate;

use super::*;
use crate::stats::decimal::Scaled;
use crate::stats::measure::{Measure, MeasureType, Operator, Polarity, Unit};
use crate::stats::period::{Frequency, Period};
use crate::stats::point::{Point, Series};
use crate::stats::status::ObsStatus;
use crate::stats::target::Target;

pub const CRIMES: Measure = Measure {
    unit: Unit::Count,
    measure_type: MeasureType::Count,
    polarity: Polarity::LowerIsBetter,
    frequency: Frequency::Yearly,
    decimals: 0,
};

pub const PERCENT: Measure = Measure {
    unit: Unit::Percent,
    measure_type: MeasureType::Ratio,
    polarity: Polarity::HigherIsBetter,
    frequency: Frequency::Monthly,
    decimals: 0,
};

pub fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

pub fn value(text: &str) -> Scaled {
    Scaled::parse(text).unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Cells from periods with values; `-` is suppressed, `?` missing, a `*` behind a value an incomplete one.
pub fn points(cells: &[(&str, &str)]) -> Vec<Point> {
    cells.iter().map(|(at, text)| point(at, text)).collect()
}

pub fn point(at: &str, text: &str) -> Point {
    let without = |obs| Point { value: None, obs, ..Point::of(period(at), Scaled::ZERO) };
    match text {
        "-" => without(ObsStatus::Suppressed),
        "?" => without(ObsStatus::Missing),
        _ => {
            let number = text.trim_end_matches('*');
            Point { complete: number == text, ..Point::of(period(at), value(number)) }
        }
    }
}

/// Cells with a numerator and a denominator.
pub fn ratios(cells: &[(&str, i64, i64)]) -> Vec<Point> {
    let whole = |number: i64| Some(Scaled::from_raw(number * 1_000_000));
    let ratio = |(at, numerator, denominator): &(&str, i64, i64)| {
        let point = Point::of(period(at), Scaled::from_raw(100_000_000 * numerator / denominator));
        Point { numerator: whole(*numerator), denominator: whole(*denominator), ..point }
    };
    cells.iter().map(ratio).collect()
}

pub fn series<'a>(measure: &'a Measure, points: &'a [Point]) -> Series<'a> {
    Series { measure, points, breaks: &[] }
}

/// The texts of a result: change and change in per cent, or the code of the reason.
pub fn texts(result: &Comparison) -> (String, String) {
    let text = |number: &Option<Result<Number, Reason>>| match number {
        Some(Ok(number)) => number.to_string(),
        Some(Err(reason)) => reason.code().to_owned(),
        None => String::new(),
    };
    (text(&result.change), text(&result.relative))
}

pub fn pair(change: &str, relative: &str) -> (String, String) {
    (change.to_owned(), relative.to_owned())
}

/// The current value against that of a year before.
pub fn two(measure: Measure, base: &str, current: &str) -> Comparison {
    let points = points(&[("2011-04-01/P1Y", base), ("2012-04-01/P1Y", current)]);
    let measure = Measure { frequency: Frequency::Yearly, ..measure };
    year_on_year(&series(&measure, &points), period("2012-04-01/P1Y"), &Options::default()).unwrap()
}
