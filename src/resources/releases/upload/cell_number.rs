//! Reads the number of a cell, and reports what a cell of a workbook shows against what it holds.

use rust_decimal::{Decimal, RoundingStrategy};

use super::draft::{Draft, Number};
use super::mapping::CellNumbers;
use super::number_form::{NumberFault, NumberForm};
use super::report::Report;
use super::text;
use crate::sheet::Shown;
use crate::stats::decimal::{DecimalFault, Scaled};
use crate::validation::characters::brief;

const TOO_PRECISE: NumberFault = NumberFault::Decimal(DecimalFault::TooPrecise);

/// Reads numbers in cells.
pub struct CellReader<'f> {
    pub form: &'f NumberForm,
    /// Which number is read where a cell shows another one than it holds.
    pub cells: Option<CellNumbers>,
}

impl CellReader<'_> {
    /// The number of a cell with this text. Faults are added to the draft.
    pub fn read(
        &self,
        text: &str,
        shown: Option<&Shown>,
        title: &str,
        draft: &mut Draft,
        report: &mut Report,
    ) -> Number {
        let decimals = match shown {
            Some(Shown::InsteadOf(_, decimals)) => *decimals,
            Some(Shown::Rounded(decimals)) => Some(*decimals),
            _ => None,
        };
        let as_shown = decimals.map(|decimals| rounded(text, decimals));
        if let (Some(as_shown), Some(CellNumbers::Shown)) = (&as_shown, self.cells) {
            return self.plain(as_shown, title, draft, report);
        }
        let number = match shown {
            Some(Shown::InsteadOf(held, _)) => {
                let as_shown = as_shown.as_deref().unwrap_or(text);
                self.instead(text, as_shown, held, title, draft, report)
            }
            Some(Shown::Rounded(_)) if self.form.read(text) == Err(TOO_PRECISE) => {
                add_too_precise(draft, title, as_shown.as_deref().unwrap_or(text), text, report);
                Number::Invalid
            }
            _ => self.plain(text, title, draft, report),
        };
        // The mapping says that what the cell holds is read, whatever it shows.
        let is_meant = matches!(shown, Some(Shown::InsteadOf(..))) && self.cells == Some(CellNumbers::Held);
        self.warn_of_rounding(&number, decimals.filter(|_| !is_meant), text, title, draft, report);
        number
    }

    /// Warns that a cell shows fewer decimals than are read.
    fn warn_of_rounding(
        &self,
        number: &Number,
        decimals: Option<usize>,
        text: &str,
        title: &str,
        draft: &Draft,
        report: &mut Report,
    ) {
        let Some(decimals) = decimals.filter(|_| self.form.round_to.is_none()) else { return };
        if matches!(number, Number::Valid(_)) {
            report.warning(draft.row, title, "shown_rounded", || {
                format!(
                    "The cell shows {decimals} decimals and holds {}, which is read. To round it, declare `round_to` in `value` \
                     of the mapping.",
                    brief(text)
                )
            });
        }
    }

    fn plain(&self, text: &str, title: &str, draft: &mut Draft, report: &Report) -> Number {
        match self.form.read(text) {
            Ok(number) => Number::Valid(number),
            Err(fault) => {
                draft.add_fault(report, title, fault.code(), || message(text, &fault));
                Number::Invalid
            }
        }
    }

    /// The cell shows a text that is not the number that it holds.
    fn instead(
        &self,
        text: &str,
        as_shown: &str,
        held: &str,
        title: &str,
        draft: &mut Draft,
        report: &Report,
    ) -> Number {
        match self.cells {
            Some(CellNumbers::Held) => return self.plain(held, title, draft, report),
            Some(CellNumbers::Shown) => return self.plain(text, title, draft, report),
            None => {}
        }
        let (of_text, of_held) = (self.form.read(text), self.form.read(held));
        let is_percentage = self.form.unit == "PERCENT" && text.ends_with('%');
        match of_text {
            // The same number, with the sign of its unit; or a percentage of an indicator of percentages.
            Ok(number) if is_percentage || of_held == Ok(number) => Number::Valid(number),
            // It is the number, with more decimals than can be stored.
            Err(TOO_PRECISE) if is_percentage || of_held == of_text => {
                add_too_precise(draft, title, as_shown, text, report);
                Number::Invalid
            }
            Err(NumberFault::Decimal(_)) if is_dash(text, self.form.unit) && of_held == Ok(Scaled::ZERO) => {
                Number::Valid(Scaled::ZERO)
            }
            Err(
                fault @ (NumberFault::Percent
                | NumberFault::PercentAndFactor
                | NumberFault::PerMille
                | NumberFault::Currency(_)),
            ) => {
                draft.add_fault(report, title, fault.code(), || {
                    format!("The cell shows `{}` and holds {}. {fault}", brief(as_shown), brief(held))
                });
                Number::Invalid
            }
            _ => {
                add_shown_otherwise(draft, title, as_shown, held, report);
                Number::Invalid
            }
        }
    }
}

/// Adds a fault about a cell that shows another text than the number that it holds.
pub fn add_shown_otherwise(draft: &mut Draft, title: &str, text: &str, held: &str, report: &Report) {
    draft.add_fault(report, title, "shown_otherwise", || {
        let shows = if text.is_empty() { "nothing".to_owned() } else { format!("`{}`", brief(text)) };
        format!(
            "The cell shows {shows} and holds {}. Declare `cells` in `value` of the mapping: `shown` or `held` is read.",
            brief(held)
        )
    });
}

/// Adds a fault about a number with more decimals than can be stored, of which the cell shows fewer.
fn add_too_precise(draft: &mut Draft, title: &str, as_shown: &str, text: &str, report: &Report) {
    draft.add_fault(report, title, "too_precise", || {
        format!(
            "The cell shows `{}` and holds {}, which has more than six decimals. Declare `round_to` in `value` of the mapping, or \
             `\"cells\": \"shown\"` to read what is shown.",
            brief(as_shown),
            brief(text)
        )
    });
}

/// What a cell shows that shows only so many decimals of a number.
fn rounded(text: &str, decimals: usize) -> String {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let (Some(first), Some(last)) = (text.find(is_part), text.rfind(is_part)) else { return text.to_owned() };
    let Ok(number) = Decimal::from_str_exact(&text[first..=last]) else { return text.to_owned() };
    let places = u32::try_from(decimals).unwrap_or(u32::MAX);
    let mut number = number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    if number.scale() < places && places <= 28 {
        number.rescale(places);
    }
    format!("{}{number}{}", &text[..first], &text[last + 1..])
}

/// Whether a text is a dash, as sheets show a zero; in pounds, it may have their sign.
fn is_dash(text: &str, unit: &str) -> bool {
    let text = if unit == "GBP" { text.trim().trim_start_matches('£') } else { text };
    text::with_plain_dashes(text.trim()) == "-"
}

fn message(text: &str, fault: &NumberFault) -> String {
    let shown = brief(text);
    let hint = if text.bytes().any(|byte| byte.is_ascii_digit()) {
        ""
    } else {
        " If it is a symbol, declare its meaning in `value.marks` of the mapping."
    };
    match fault {
        NumberFault::Decimal(_) => format!("`{shown}` is not a number. {fault}{hint}"),
        _ => format!("`{shown}` cannot be read. {fault}"),
    }
}
