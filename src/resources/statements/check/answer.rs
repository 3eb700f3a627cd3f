//! What the figures of a moment answer.

use std::cmp::Ordering;

use super::question::Question;
use crate::clock::Ts;
use crate::http::Call;
use crate::problem::{Fault, Problem};
use crate::resources::comparisons::{self, ComparisonRequest, OneComparison, Periods};
use crate::resources::indicators::Unit;
use crate::resources::receipts::{Receipt, ReceiptContext, ReceiptInput, ReceiptParts};
use crate::resources::series::{Figures, SeriesInfo};
use crate::resources::statements::dto::StatedQuantity;
use crate::stats::claim::{Claim, Computed, Precision, Qualifier};
use crate::stats::comparison::{Comparison, Mean, Number, Options, Reason, Role, Standing};
use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;
use crate::stats::period::Period;
use crate::stats::point::Point;
use crate::store::Conn;

/// An answer of the figures of a moment.
pub struct Outcome {
    pub at: Ts,
    pub result: Result<Fraction, Reason>,
    /// How exact the result is.
    pub precision: Precision,
    /// Why there is no result, in a sentence.
    pub reason_words: Option<String>,
    /// The value of the period before it is compared, or why there is none.
    pub current: Result<Fraction, Reason>,
    /// The period of the base, if it is compared with one.
    pub base: Option<Period>,
    /// Whether a base can be below zero: a count cannot.
    pub can_be_negative: bool,
    pub receipt: Option<Receipt>,
    /// The status of a target, if it is compared with one.
    pub target_status: Option<&'static str>,
}

impl Outcome {
    /// The result, as a claim is judged by it.
    pub fn computed(&self) -> Computed<'_> {
        Computed { result: &self.result, precision: &self.precision }
    }

    /// Whether the figures of that moment are enough to judge by: they are not if the period was not published by then, nor if
    /// something was missing that is on record now.
    pub fn can_judge(&self, now: &Outcome) -> bool {
        let lacks = |reason| {
            matches!(reason, Reason::NotPublished | Reason::IncompleteWindow | Reason::MissingBaseline)
        };
        let was_incomplete = self.result.as_ref().is_err_and(|reason| lacks(*reason));
        self.current != Err(Reason::NotPublished) && !(was_incomplete && now.result.is_ok())
    }
}

/// Asks the figures of a series at their moment. A problem of 400 or 422 if the comparison makes no sense for the series.
pub fn outcome(
    call: &Call,
    conn: &mut Conn,
    figures: Figures,
    series: &SeriesInfo,
    question: &Question,
) -> Result<Outcome, Problem> {
    let at = figures.at;
    if question.quantity == StatedQuantity::ChangePp && figures.content().unit != Unit::Percent {
        let detail = "Only percentages differ in percentage points.";
        return Err(Problem::unprocessable(vec![Fault::pointer("/quantity", "not_applicable", detail)]));
    }
    let Some(method) = question.method else {
        return level(call, conn, &figures, series, question.period);
    };
    let request = ComparisonRequest {
        methods: vec![method],
        periods: Periods::One(question.period),
        base: question.base,
        peers: question.peers.clone(),
        with_self: true,
        mean: Mean::OfRates,
        // What was claimed of a small base is judged all the same.
        options: Options { low_base: Scaled::ZERO, ..Options::default() },
        at,
        as_of: None,
        csv: None,
    };
    let can_be_negative = figures.content().unit != Unit::Count;
    let rounded_by = figures.content().disclosure_profile.rounded_by_up_to();
    let compared = comparisons::one(call, conn, request, figures)?;
    let compared = compared.ok_or_else(|| Problem::internal("one period of one series is one comparison"))?;
    let OneComparison { comparison, shown } = compared;
    let Some(comparison) = comparison else {
        let detail = shown.reason_words.unwrap_or_else(|| "The comparison makes no sense here.".to_owned());
        return Err(Problem::unprocessable(vec![Fault::pointer("/method", "not_applicable", detail)]));
    };
    let result = stated_part(&comparison, question.quantity, &question.claim);
    let base = comparison.inputs.iter().find(|input| input.role == Role::Base);
    let precision = match rounded_by {
        None => Precision::Exact,
        Some(most) => of_rounded(&comparison, question.quantity, most),
    };
    Ok(Outcome {
        at,
        precision,
        reason_words: result.as_ref().err().map(Reason::to_string),
        result,
        current: exact(&comparison.current.value),
        base: base.map(|input| input.point.period),
        can_be_negative,
        target_status: shown.target_status,
        receipt: Some(shown.receipt),
    })
}

/// The bounds of a result of counts that can each be off by so much.
fn of_rounded(comparison: &Comparison, quantity: StatedQuantity, most: i64) -> Precision {
    let of_role = |role| comparison.inputs.iter().filter(|input| input.role == role).count();
    let off_by = |role| Fraction::from(most * i64::try_from(of_role(role)).unwrap_or(i64::MAX / most.max(1)));
    let (Ok(current), Some(Ok(base))) =
        (exact(&comparison.current.value), comparison.base.as_ref().map(|base| exact(&base.value)))
    else {
        return Precision::Unknown;
    };
    let (of_current, of_base) = (off_by(Role::Current), off_by(Role::Base));
    // A rate, a mean of areas or a rank follows from more than these counts.
    if comparison.unit != crate::stats::measure::Unit::Count {
        return Precision::Unknown;
    }
    let (low, high) = (&current - &of_current, &current + &of_current);
    let (base_low, base_high) = (&base - &of_base, &base + &of_base);
    match quantity {
        StatedQuantity::Value => Precision::Between(low, high),
        StatedQuantity::Change => Precision::Between(&low - &base_high, &high - &base_low),
        StatedQuantity::ChangePct => {
            let percentage = |current: &Fraction, base: &Fraction| {
                (&Fraction::from(100) * &(current - base))
                    .over(base)
                    .filter(|_| base.sign() == Ordering::Greater)
            };
            match (percentage(&low, &base_high), percentage(&high, &base_low)) {
                (Some(least), Some(most)) => Precision::Between(least, most),
                _ => Precision::Unknown,
            }
        }
        StatedQuantity::ChangePp | StatedQuantity::Rank => Precision::Unknown,
    }
}

fn exact(number: &Result<Number, Reason>) -> Result<Fraction, Reason> {
    number.as_ref().map(|number| number.exact.clone()).map_err(|reason| *reason)
}

/// The part of a comparison that was stated.
fn stated_part(comparison: &Comparison, quantity: StatedQuantity, claim: &Claim) -> Result<Fraction, Reason> {
    let is_direction = matches!(claim.qualifier, Qualifier::Rose | Qualifier::Fell | Qualifier::Unchanged);
    let missing = || Err(comparison.reason().unwrap_or(Reason::MissingBaseline));
    match quantity {
        StatedQuantity::Value => exact(&comparison.current.value),
        StatedQuantity::Change | StatedQuantity::ChangePp => {
            comparison.change.as_ref().map_or_else(missing, exact)
        }
        StatedQuantity::ChangePct => match comparison.relative.as_ref().map_or_else(missing, exact) {
            // A change from 0 has no percentage, but it has a direction.
            Err(Reason::ZeroBaseline) if is_direction => {
                comparison.change.as_ref().map_or_else(missing, exact)
            }
            relative => relative,
        },
        StatedQuantity::Rank => match &comparison.standing {
            Some(Ok(Standing::Rank { rank, .. })) => {
                Ok(Fraction::from(i64::try_from(*rank).unwrap_or(i64::MAX)))
            }
            Some(Err(reason)) => Err(*reason),
            _ => missing(),
        },
    }
}

/// The value of a period, which is compared with nothing.
fn level(
    call: &Call,
    conn: &mut Conn,
    figures: &Figures,
    series: &SeriesInfo,
    period: Period,
) -> Result<Outcome, Problem> {
    let cells = figures.cells(conn, [series.number], Some(period), figures.at)?;
    let cell = cells.values().flatten().find(|cell| cell.period == period);
    let point = cell.map(|cell| cell.point());
    let usable = point.as_ref().map(Point::usable);
    let result = match usable {
        None => Err(Reason::NotPublished),
        Some(Err(absence)) => Err(Reason::from(absence)),
        Some(Ok(value)) => Ok(Fraction::from(value)),
    };
    let receipt = cell.map(|cell| {
        let (text, words) = (period.text(series.frequency), period.words(series.frequency));
        let unit = figures.content().unit.code();
        let in_words = |value| figures.content().measure().unit.of(&Fraction::from(value).all_in_words(0));
        let value = cell.value.map_or_else(|| "none".to_owned(), in_words);
        ReceiptContext::new(call, figures).receipt(ReceiptParts {
            formula: format!("The value of {words} is {value}."),
            inputs: vec![ReceiptInput::new("current", None, &cell.point(), series.frequency, Some(cell))],
            unit,
            rounding: "The value is as it was published.".to_owned(),
            warnings: vec![],
            about: &format!("{}, {words}", series.key),
            path: format!("/v1/series/{}/observations", series.key),
            query: format!("startPeriod={text}&endPeriod={text}"),
        })
    });
    let precision = match (figures.content().disclosure_profile.rounded_by_up_to(), &result) {
        (Some(most), Ok(value)) => {
            let most = Fraction::from(most);
            Precision::Between(value - &most, value + &most)
        }
        _ => Precision::Exact,
    };
    Ok(Outcome {
        at: figures.at,
        precision,
        reason_words: result.as_ref().err().map(Reason::to_string),
        current: result.clone(),
        base: None,
        can_be_negative: figures.content().unit != Unit::Count,
        result,
        receipt,
        target_status: None,
    })
}
