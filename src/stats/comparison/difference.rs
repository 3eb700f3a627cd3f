//! The difference of two values, absolute and in per cent, and the sentence that says how it was computed.
//!
//! `change = c − b`, `change_pct = 100 (c − b) / |b|`: the usual definition, as in the Government Statistical Service's
//! guidance on communicating change. Two percentages differ by percentage points.

use super::method::Method;
use super::reason::Reason;
use super::result::{Comparison, Input, Number, Options, Rounding, Side};
use super::warning::Warning;
use crate::stats::fraction::Fraction;
use crate::stats::measure::{Measure, Unit};

/// A value with its period in words, and the sentence that says how it was obtained, if that needs saying.
#[derive(Clone, Debug)]
pub struct Value {
    pub label: String,
    pub value: Result<Fraction, Reason>,
    pub steps: Option<String>,
}

/// What is compared, and how.
pub struct Pair<'a> {
    pub method: Method,
    pub measure: &'a Measure,
    /// The unit of the two values, which is not that of the measure for rates.
    pub unit: Unit,
    pub options: &'a Options,
    pub current: Value,
    pub base: Value,
    /// True if a break lies between the two.
    pub broken: bool,
    /// The decimals of the two values and their difference.
    pub decimals: u32,
}

/// Compares the two. Warnings of the inputs' statuses are added to those passed.
pub fn compare(pair: Pair<'_>, inputs: Vec<Input>, mut warnings: Vec<Warning>) -> Comparison {
    let Pair { method, measure, unit, options, current, base, broken, decimals } = pair;
    if broken && options.across_break {
        warnings.push(Warning::AcrossBreak);
    }
    let both = match (&current.value, &base.value) {
        (Err(reason), Ok(_)) | (Ok(_), Err(reason)) => Err(*reason),
        // The graver of the two, which is the first in the order of the reasons.
        (Err(one), Err(other)) => Err(*one.min(other)),
        (Ok(_), Ok(_)) if broken && !options.across_break => Err(Reason::BreakBetween),
        (Ok(current), Ok(base)) => Ok((current, base)),
    };
    let change = both.map(|(current, base)| current - base);
    let relative = both.and_then(|(current, base)| relative(current, base, unit, options));
    // A change that rounds to nothing is shown as none, and is neither good nor bad news.
    let shown = change.as_ref().ok().map(|change| change.nearest(decimals));
    let favourable = shown.and_then(|change| measure.polarity.favours(change.sign()));
    let rounding = Rounding::of(measure);
    let mut result = Comparison {
        method,
        unit,
        current: side(&current, decimals),
        base: Some(side(&base, decimals)),
        change: Some(change.map(|change| Number::new(change, decimals))),
        relative: Some(relative.map(|relative| Number::new(relative, rounding.percentages))),
        favourable,
        standing: None,
        inputs,
        formula: String::new(),
        rounding,
        warnings: vec![],
    };
    result.formula = formula(&result, [current.steps, base.steps]);
    result.warnings = all_warnings(warnings, &result.inputs);
    result
}

pub fn side(value: &Value, decimals: u32) -> Side {
    let number = value.value.clone().map(|exact| Number::new(exact, decimals));
    Side { label: value.label.clone(), value: number }
}

/// The warnings, with those of the inputs' statuses; each once.
pub fn all_warnings(mut warnings: Vec<Warning>, inputs: &[Input]) -> Vec<Warning> {
    warnings.extend(inputs.iter().filter_map(|input| Warning::of_status(input.point.obs)));
    warnings.sort_unstable();
    warnings.dedup();
    warnings
}

/// The change in per cent of the base.
fn relative(current: &Fraction, base: &Fraction, unit: Unit, options: &Options) -> Result<Fraction, Reason> {
    let size = base.abs();
    let hundred_times = &Fraction::from(100) * &(current - base);
    let relative = hundred_times.over(&size).ok_or(Reason::ZeroBaseline)?;
    if unit == Unit::Count && size < Fraction::from(options.low_base) {
        return Err(Reason::LowBase);
    }
    Ok(relative)
}

/// `Year to Mar 2013 compared with Year to Mar 2012: 53,007 − 51,687 = 1,320; 100 × 1,320 ÷ 51,687 = 2.6 %.`
fn formula(result: &Comparison, steps: [Option<String>; 2]) -> String {
    let Some(base) = &result.base else { return String::new() };
    let mut text: String = steps.into_iter().flatten().map(|step| format!("{step} ")).collect();
    text.push_str(&format!("{} compared with {}: ", result.current.label, base.label));
    let (Ok(current), Ok(base)) = (&result.current.value, &base.value) else {
        let reason = result.reason().map(|reason| reason.to_string()).unwrap_or_default();
        return format!("{text}no result. {reason}");
    };
    let change = match &result.change {
        Some(Ok(change)) => change,
        Some(Err(reason)) => return format!("{text}no result. {reason}"),
        None => return text,
    };
    let unit = result.unit;
    let difference = change.exact.all_in_words(change.decimals);
    let rounded =
        if difference == change.words() { String::new() } else { format!(", rounded {}", change.words()) };
    let in_unit = match unit {
        Unit::Percent => format!("{difference} percentage points{rounded}"),
        _ => format!("{}{rounded}", unit.of(&difference)),
    };
    let all = |number: &Number| unit.of(&number.exact.all_in_words(number.decimals));
    text.push_str(&format!("{} − {} = {in_unit}", all(current), bracketed(&all(base))));
    let size = base.exact.abs().all_in_words(base.decimals);
    match &result.relative {
        Some(Ok(relative)) => {
            text.push_str(&format!("; 100 × {} ÷ {size} = {} %.", bracketed(&difference), relative.words()))
        }
        Some(Err(reason)) => {
            text.push_str(&format!(". No change in per cent: {}", lower_first(&reason.to_string())))
        }
        None => text.push('.'),
    }
    text
}

/// A number after an operator: a negative one in brackets.
pub fn bracketed(number: &str) -> String {
    if number.starts_with('−') { format!("({number})") } else { number.to_owned() }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
