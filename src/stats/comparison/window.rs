//! Comparisons of several periods together: `ytd` and `rolling12`. Counts are added up; ratios and means are pooled,
//! `Σ numerators / Σ denominators`, never averaged: a mean of percentages gives a small month the weight of a large one.

use chrono::{Datelike, NaiveDate};

use super::difference::{Pair, Value, compare};
use super::level::counts;
use super::method::Method;
use super::reason::Reason;
use super::refusal::Refusal;
use super::result::{Comparison, Input, Options, Role, Rounding};
use super::warning::Warning;
use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;
use crate::stats::measure::{Measure, MeasureType, Unit};
use crate::stats::period::{Frequency, Period};
use crate::stats::point::{Absence, Point, Series};

/// From April to the last complete month up to the period, with the same months a year before.
pub fn year_to_date(series: &Series<'_>, period: Period, options: &Options) -> Result<Comparison, Refusal> {
    let frequency = check(series.measure, Method::YearToDate, period)?;
    let mut periods = from_april(period, frequency);
    if periods.first().is_none_or(|first| !begins_april(*first)) {
        return Err(Refusal::NotFromApril(frequency));
    }
    let mut warnings = vec![];
    // What is not over or not yet out is cut off in both years. What is hidden or missing among others is not: it makes the
    // result null.
    let published =
        series.points.iter().filter(|point| point.usable().is_ok()).map(|point| point.period.start).max();
    while let Some(last) = periods.last() {
        match series.at(*last).map(Point::usable) {
            Some(Ok(_) | Err(Absence::Suppressed)) => break,
            _ if published.is_some_and(|latest| latest > last.start) => break,
            _ => warnings = vec![Warning::PartPeriodLeftOut],
        }
        periods.pop();
    }
    if periods.is_empty() {
        // Nothing is complete: the first period is read, so that the result says what is missing.
        periods.extend(from_april(period, frequency).first());
    }
    Ok(windows(series, Method::YearToDate, &periods, options, warnings))
}

/// The twelve months that end with the period, with the twelve before.
pub fn rolling_year(series: &Series<'_>, period: Period, options: &Options) -> Result<Comparison, Refusal> {
    let frequency = check(series.measure, Method::RollingYear, period)?;
    let mut periods = vec![period];
    let length = frequency.months().unwrap_or(12);
    for _ in 1..12 / length {
        let before = periods.last().and_then(|period| period.previous(frequency));
        periods.extend(before);
    }
    periods.reverse();
    Ok(windows(series, Method::RollingYear, &periods, options, vec![]))
}

/// Refuses a method that does not suit what is measured, whatever the period.
pub fn suits(method: Method, measure: &Measure) -> Result<(), Refusal> {
    let frequency = measure.frequency;
    match method {
        Method::YearToDate | Method::RollingYear => {
            if matches!(measure.measure_type, MeasureType::Percentile | MeasureType::Stock) {
                return Err(Refusal::MeasureType(method, measure.measure_type));
            }
            let is_year = frequency.months() == Some(12) && method == Method::YearToDate;
            match is_year || frequency == Frequency::Irregular {
                true => Err(Refusal::Frequency(method, frequency)),
                false => Ok(()),
            }
        }
        Method::Rate if !counts(measure) => Err(Refusal::NotACount),
        _ => Ok(()),
    }
}

/// Refuses what cannot be added up or pooled.
fn check(measure: &Measure, method: Method, period: Period) -> Result<Frequency, Refusal> {
    suits(method, measure)?;
    measure.frequency.fits(period).map_err(Refusal::Period)?;
    Ok(measure.frequency)
}

/// The periods from 1 April before to this one, in order.
fn from_april(period: Period, frequency: Frequency) -> Vec<Period> {
    let year = if period.start.month() < 4 { period.start.year() - 1 } else { period.start.year() };
    let april = NaiveDate::from_ymd_opt(year, 4, 1);
    let mut periods = vec![period];
    while let Some(first) = periods.last().copied().filter(|first| Some(first.start) > april) {
        match first.previous(frequency).filter(|before| Some(before.start) >= april) {
            Some(before) => periods.push(before),
            None => break,
        }
    }
    periods.reverse();
    periods
}

/// Half years from January and July, and quarters that begin in another month than April, hold April and other months: no
/// window of them begins with it.
fn begins_april(period: Period) -> bool {
    (period.start.month(), period.start.day()) == (4, 1)
}

/// Compares these periods with the same ones a year before.
fn windows(
    series: &Series<'_>,
    method: Method,
    periods: &[Period],
    options: &Options,
    mut warnings: Vec<Warning>,
) -> Comparison {
    let measure = series.measure;
    let before: Vec<Period> = periods.iter().filter_map(|period| period.year_before()).collect();
    let current = total(series, periods);
    let base = if before.len() == periods.len() {
        total(series, &before)
    } else {
        Value { label: "the year before".to_owned(), value: Err(Reason::NotPublished), steps: None }
    };
    let mut inputs = inputs_of(series, periods, Role::Current);
    inputs.extend(inputs_of(series, &before, Role::Base));
    let broken = match (before.first(), periods.last()) {
        (Some(first), Some(last)) => series.breaks_between(*first, *last),
        _ => false,
    };
    if measure.measure_type == MeasureType::Ratio
        && matches!(measure.unit, Unit::Rate(_))
        && periods.len() > 1
    {
        warnings.push(Warning::RateOfAveragePeriod);
    }
    let decimals = Rounding::of(measure).values;
    let pair = Pair { method, measure, unit: measure.unit, options, current, base, broken, decimals };
    compare(pair, inputs, warnings)
}

fn inputs_of(series: &Series<'_>, periods: &[Period], role: Role) -> Vec<Input> {
    let points = periods.iter().filter_map(|period| series.at(*period));
    points.map(|point| Input::of(role, point)).collect()
}

/// The sum or the pooled ratio of these periods, which follow each other.
fn total(series: &Series<'_>, periods: &[Period]) -> Value {
    let measure = series.measure;
    let span =
        periods.first().zip(periods.last()).and_then(|(first, last)| Period::new(first.start, last.end));
    let label = span.map(|span| span.words(measure.frequency)).unwrap_or_default();
    let points: Vec<Option<&Point>> = periods.iter().map(|period| series.at(*period)).collect();
    let pools = matches!(measure.measure_type, MeasureType::Ratio | MeasureType::Mean) && points.len() > 1;
    let (value, steps) = match all_usable(&points) {
        Err(reason) => (Err(reason), None),
        Ok(points) if pools => match pooled(&points, measure) {
            Ok((value, steps)) => (Ok(value), Some(format!("{label}: {steps}."))),
            Err(reason) => (Err(reason), None),
        },
        Ok(points) => {
            let values: Vec<Scaled> = points.iter().filter_map(|point| point.value).collect();
            let (sum, steps) = added(&values);
            let steps = (values.len() > 1).then(|| format!("{label}: {steps} = {}.", sum.all_in_words(0)));
            (Ok(sum), steps)
        }
    };
    Value { label, value, steps }
}

/// All points, if each has a value. A hidden one is the reason before a missing one.
fn all_usable<'a>(points: &[Option<&'a Point>]) -> Result<Vec<&'a Point>, Reason> {
    let faults = points.iter().filter_map(|point| match point {
        Some(point) => point.usable().err().map(Reason::from),
        // A single period is no window that could be incomplete.
        None if points.len() == 1 => Some(Reason::NotPublished),
        None => Some(Reason::IncompleteWindow),
    });
    match faults.min() {
        None => Ok(points.iter().copied().flatten().collect()),
        Some(Reason::Suppressed) => Err(Reason::Suppressed),
        Some(reason) if points.len() == 1 => Err(reason),
        Some(_) => Err(Reason::IncompleteWindow),
    }
}

/// The sum, and the sum written out.
pub fn added(values: &[Scaled]) -> (Fraction, String) {
    let values: Vec<Fraction> = values.iter().copied().map(Fraction::from).collect();
    let words: Vec<String> = values.iter().map(|value| value.all_in_words(0)).collect();
    (values.iter().sum(), words.join(" + "))
}

/// The factor of the unit times the sum of the numerators over the sum of the denominators, and that written out.
pub fn pooled(points: &[&Point], measure: &Measure) -> Result<(Fraction, String), Reason> {
    let of = |number: fn(&Point) -> Option<Scaled>| -> Result<(Fraction, String), Reason> {
        let numbers: Option<Vec<Scaled>> = points.iter().map(|point| number(point)).collect();
        numbers.map(|numbers| added(&numbers)).ok_or(Reason::NoNumeratorOrDenominator)
    };
    let (numerator, above) = of(|point| point.numerator)?;
    let (denominator, below) = of(|point| point.denominator)?;
    let factor = Fraction::from(measure.unit.factor());
    let value = (&factor * &numerator).over(&denominator).ok_or(Reason::ZeroDenominator)?;
    let times =
        if measure.unit.factor() == 1 { String::new() } else { format!("{} × ", factor.in_words(0)) };
    let decimals = Rounding::of(measure).values;
    let steps = format!("{times}({above}) ÷ ({below}) = {}", value.all_in_words(decimals));
    Ok((value, steps))
}
