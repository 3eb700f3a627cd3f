//! Comparisons of one period of a series with an earlier one: `previous`, `yoy`, `baseline`, `since`.

use super::difference::{Pair, Value, compare};
use super::method::Method;
use super::reason::Reason;
use super::refusal::Refusal;
use super::result::{Comparison, Input, Options, Role, Rounding};
use super::warning::Warning;
use crate::stats::fraction::Fraction;
use crate::stats::measure::{Measure, MeasureType};
use crate::stats::period::{Frequency, Period};
use crate::stats::point::{Point, Series};

/// With the period before. In a series without fixed steps that is the last one before of the same length.
pub fn previous(series: &Series<'_>, period: Period, options: &Options) -> Result<Comparison, Refusal> {
    let measure = series.measure;
    measure.frequency.fits(period).map_err(Refusal::Period)?;
    if measure.frequency.step().is_some() {
        return Ok(between(series, Method::Previous, period, period.previous(measure.frequency), options));
    }
    let before = series.points.iter().rev().map(|point| point.period);
    let base = before
        .into_iter()
        .find(|before| before.end <= period.start && same_length(*before, period, measure.frequency));
    let mut result = between(series, Method::Previous, period, base, options);
    result.warnings.push(Warning::IrregularSteps);
    result.warnings.sort_unstable();
    Ok(result)
}

/// With the same period a year before, of equal length.
pub fn year_on_year(series: &Series<'_>, period: Period, options: &Options) -> Result<Comparison, Refusal> {
    series.measure.frequency.fits(period).map_err(Refusal::Period)?;
    Ok(between(series, Method::YearOnYear, period, period.year_before(), options))
}

/// With a period that the caller names.
pub fn since(
    series: &Series<'_>,
    period: Period,
    base: Period,
    options: &Options,
) -> Result<Comparison, Refusal> {
    for period in [period, base] {
        series.measure.frequency.fits(period).map_err(Refusal::Period)?;
    }
    let unequal = comparable(period, base, series.measure)?;
    let mut result = between(series, Method::Since, period, Some(base), options);
    result.warnings.extend(unequal);
    result.warnings.sort_unstable();
    Ok(result)
}

/// The declared baseline, as the caller has read it: in the vintage to which it is pinned, or at the moment of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineBase {
    /// The name of the baseline, if it has one.
    pub label: Option<String>,
    pub period: Period,
    /// The cell of the period; of a baseline with a fixed value, [`Point::of`] that value. None if there is neither.
    pub point: Option<Point>,
}

/// With the baseline that the indicator declares; none if it declares none.
pub fn baseline(
    series: &Series<'_>,
    period: Period,
    declared: Option<&BaselineBase>,
    options: &Options,
) -> Result<Comparison, Refusal> {
    let measure = series.measure;
    measure.frequency.fits(period).map_err(Refusal::Period)?;
    let Some(declared) = declared else {
        let missing =
            Value { label: "the baseline".to_owned(), value: Err(Reason::MissingBaseline), steps: None };
        return Ok(pair_of(series, Method::Baseline, period, missing, None, options));
    };
    let unequal = comparable(period, declared.period, measure)?;
    let words = declared.period.words(measure.frequency);
    let label = match &declared.label {
        Some(label) => format!("{label} ({words})"),
        None => format!("the baseline ({words})"),
    };
    let value = match &declared.point {
        Some(point) => point.usable().map(Fraction::from).map_err(Reason::from),
        None => Err(Reason::MissingBaseline),
    };
    let value = Value { label, value, steps: None };
    let base = Some((declared.period, declared.point));
    let mut result = pair_of(series, Method::Baseline, period, value, base, options);
    result.warnings.extend(unequal);
    result.warnings.sort_unstable();
    Ok(result)
}

/// Compares two periods of the series. A base that the calendar does not have is not published.
fn between(
    series: &Series<'_>,
    method: Method,
    period: Period,
    base: Option<Period>,
    options: &Options,
) -> Comparison {
    let frequency = series.measure.frequency;
    let label = base.map_or_else(|| "the period before".to_owned(), |base| base.words(frequency));
    let point = base.and_then(|base| series.at(base));
    let value = Value { label, value: usable(point), steps: None };
    pair_of(series, method, period, value, base.map(|base| (base, point.copied())), options)
}

fn pair_of(
    series: &Series<'_>,
    method: Method,
    period: Period,
    base: Value,
    base_at: Option<(Period, Option<Point>)>,
    options: &Options,
) -> Comparison {
    let measure = series.measure;
    let point = series.at(period);
    let current = Value { label: period.words(measure.frequency), value: usable(point), steps: None };
    let mut inputs: Vec<Input> = point.map(|point| Input::of(Role::Current, point)).into_iter().collect();
    let mut warnings = vec![];
    let mut broken = false;
    if let Some((base, point)) = base_at {
        inputs.extend(point.map(|point| Input::of(Role::Base, &point)));
        warnings.extend(warnings_of(period, base));
        broken = series.breaks_between(base, period);
    }
    let decimals = Rounding::of(measure).values;
    let pair = Pair { method, measure, unit: measure.unit, options, current, base, broken, decimals };
    compare(pair, inputs, warnings)
}

/// The value of a cell, or why there is none.
pub fn usable(point: Option<&Point>) -> Result<Fraction, Reason> {
    match point {
        Some(point) => point.usable().map(Fraction::from).map_err(Reason::from),
        None => Err(Reason::NotPublished),
    }
}

/// What two periods by themselves call for.
fn warnings_of(period: Period, base: Period) -> Option<Warning> {
    let months = (period.whole_months(), base.whole_months());
    if base.end > period.start {
        return Some(Warning::OverlappingPeriods);
    }
    let part_of_year = months.0 == months.1 && months.0.is_some_and(|months| months % 12 != 0);
    let same_season = period_start_month(period) == period_start_month(base);
    (part_of_year && !same_season).then_some(Warning::DifferentSeason)
}

fn period_start_month(period: Period) -> u32 {
    chrono::Datelike::month(&period.start)
}

/// Refuses two periods that cannot be compared. Those of unequal length can, unless what is measured adds up over time.
fn comparable(period: Period, base: Period, measure: &Measure) -> Result<Option<Warning>, Refusal> {
    if base.start >= period.start {
        return Err(Refusal::BaseNotEarlier);
    }
    if same_length(period, base, measure.frequency) {
        return Ok(None);
    }
    let both_years = period.whole_months() == Some(12) && base.whole_months() == Some(12);
    match measure.measure_type {
        _ if both_years => Err(Refusal::DifferentYears),
        MeasureType::Count => Err(Refusal::UnequalPeriods),
        _ => Ok(Some(Warning::UnequalPeriods)),
    }
}

/// True if both have as many months and begin years alike, or have as many days.
fn same_length(a: Period, b: Period, frequency: Frequency) -> bool {
    match (a.whole_months(), b.whole_months()) {
        (Some(12), Some(12)) => frequency.rolls() || starts_alike(a, b),
        (Some(a), Some(b)) => a == b,
        (None, None) => a.end - a.start == b.end - b.start,
        _ => false,
    }
}

/// True if both years begin in the same month.
fn starts_alike(a: Period, b: Period) -> bool {
    period_start_month(a) == period_start_month(b)
}
