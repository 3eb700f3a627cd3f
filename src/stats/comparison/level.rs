//! Comparisons of one value with a population or a target: `rate` and `against_target`.

use chrono::Datelike;

use super::difference::{Pair, Value, all_warnings, compare, side};
use super::method::Method;
use super::reason::Reason;
use super::refusal::Refusal;
use super::result::{Comparison, Input, Options, Role, Rounding, Standing};
use super::time::usable;
use super::warning::Warning;
use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;
use crate::stats::measure::{Measure, MeasureType, Operator, Polarity, Unit};
use crate::stats::period::Period;
use crate::stats::point::{Point, Series};
use crate::stats::target::Target;

/// The population of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    /// The cell of the series of populations, whose period names the population's year.
    pub point: Point,
}

/// The number of people that a rate is per.
pub const PER: u32 = 1_000;

/// The count per 1,000 people: `1,000 × count ÷ population`, as in the Office for National Statistics' tables of crime
/// by police force area. The sentence names the population's year.
pub fn rate(
    series: &Series<'_>,
    period: Period,
    population: Option<&Population>,
) -> Result<Comparison, Refusal> {
    let measure = series.measure;
    measure.frequency.fits(period).map_err(Refusal::Period)?;
    if !counts(measure) {
        return Err(Refusal::NotACount);
    }
    let point = series.at(period);
    let label = period.words(measure.frequency);
    let rounding = Rounding::of(measure);
    let people = population.map_or(Err(Reason::NoPopulation), |population| {
        population.point.usable().map(Fraction::from).map_err(|_| Reason::NoPopulation)
    });
    let count = usable(point);
    let value = count.clone().and_then(|count| per_person(&count, &people.clone()?));
    let mut warnings = of_part_year(measure, period);
    let unit = Unit::Rate(PER);
    let current = Value { label: label.clone(), value, steps: None };
    let current = side(&current, rounding.rates);
    let formula = match (&current.value, count, people, population) {
        (Ok(rate), Ok(count), Ok(people), Some(population)) => {
            let year = population.point.period;
            if year.start.year() != population_year(period) {
                warnings.push(Warning::PopulationOfAnotherYear);
            }
            format!(
                "{label}: {} × {} ÷ {} (population of {}) = {}.",
                Fraction::from(i64::from(PER)).in_words(0),
                count.all_in_words(0),
                people.all_in_words(0),
                year.start.year(),
                unit.of(&rate.words())
            )
        }
        (value, ..) => {
            let reason = value.as_ref().err().map(ToString::to_string).unwrap_or_default();
            format!("{label}: no rate. {reason}")
        }
    };
    let mut inputs: Vec<Input> = point.map(|point| Input::of(Role::Current, point)).into_iter().collect();
    inputs.extend(population.map(|population| Input::of(Role::Population, &population.point)));
    Ok(Comparison {
        method: Method::Rate,
        unit,
        current,
        base: None,
        change: None,
        relative: None,
        favourable: None,
        standing: None,
        warnings: all_warnings(warnings, &inputs),
        inputs,
        formula,
        rounding,
    })
}

/// The warning that a rate is not a year's. A stock is counted on a day, whatever its period.
pub fn of_part_year(measure: &Measure, period: Period) -> Vec<Warning> {
    let is_part = measure.measure_type != MeasureType::Stock && period.whole_months() != Some(12);
    if is_part { vec![Warning::RateOfPartYear] } else { vec![] }
}

/// The count per [`PER`] people.
pub fn per_person(count: &Fraction, people: &Fraction) -> Result<Fraction, Reason> {
    (&Fraction::from(i64::from(PER)) * count).over(people).ok_or(Reason::ZeroDenominator)
}

/// True if the values are numbers of things, which can be divided by a population.
pub fn counts(measure: &Measure) -> bool {
    measure.unit == Unit::Count && matches!(measure.measure_type, MeasureType::Count | MeasureType::Stock)
}

/// The year whose mid-year population stands in the middle of the period. It is that of most of the period's days.
pub fn population_year(period: Period) -> i32 {
    let middle = period.start.checked_add_signed((period.end - period.start) / 2);
    middle.unwrap_or(period.start).year()
}

/// With the target in force on the last day of the period.
pub fn against_target(
    series: &Series<'_>,
    period: Period,
    targets: &[Target],
    options: &Options,
) -> Result<Comparison, Refusal> {
    let measure = series.measure;
    measure.frequency.fits(period).map_err(Refusal::Period)?;
    let point = series.at(period);
    let target = Target::in_force(targets, period);
    let current = Value { label: period.words(measure.frequency), value: usable(point), steps: None };
    let base = Value {
        label: match target.map(|target| target.operator) {
            Some(Operator::AtMost) => "the target (at most)".to_owned(),
            Some(Operator::AtLeast) => "the target (at least)".to_owned(),
            None => "the target".to_owned(),
        },
        value: target.map(|target| Fraction::from(target.value)).ok_or(Reason::NoTarget),
        steps: None,
    };
    let met = match (&current.value, target) {
        (Ok(value), Some(target)) => Ok(target.is_met_by(value)),
        (Err(reason), _) => Err(*reason),
        (_, None) => Err(Reason::NoTarget),
    };
    let mut inputs: Vec<Input> = point.map(|point| Input::of(Role::Current, point)).into_iter().collect();
    inputs.extend(target.map(|target| Input::of(Role::Target, &Point::of(period, target.value))));
    let against = match (target.map(|target| target.operator), measure.polarity) {
        (Some(Operator::AtMost), Polarity::HigherIsBetter) => true,
        (Some(Operator::AtLeast), polarity) => polarity == Polarity::LowerIsBetter,
        _ => false,
    };
    let warnings = if against { vec![Warning::TargetAgainstPolarity] } else { vec![] };
    // A target is no base of a small number: it is not an observation.
    let options = Options { low_base: Scaled::ZERO, ..*options };
    let decimals = Rounding::of(measure).values;
    let (method, unit) = (Method::AgainstTarget, measure.unit);
    let pair = Pair { method, measure, unit, options: &options, current, base, broken: false, decimals };
    let mut result = compare(pair, inputs, warnings);
    result.favourable = met.as_ref().ok().copied();
    result.standing = Some(met.map(|met| if met { Standing::OnTarget } else { Standing::BelowTarget }));
    Ok(result)
}
