//! Reads the number of a cell, and reports what a cell of a workbook shows against what it holds.

use super::draft::{Draft, Number};
use super::mapping::CellNumbers;
use super::number_form::{NumberFault, NumberForm};
use super::report::{Report, brief};
use super::text;
use crate::sheet::Shown;
use crate::stats::decimal::Scaled;

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
        match shown {
            None | Some(Shown::PartOfDay(_) | Shown::NotCalculated) => self.plain(text, title, draft, report),
            Some(Shown::InsteadOf(held, decimals)) => {
                let number = self.instead(text, held, title, draft, report);
                // The mapping says that what the cell holds is read, whatever it shows.
                let decimals = decimals.filter(|_| self.cells != Some(CellNumbers::Held));
                self.warn_of_rounding(&number, decimals, text, title, draft, report);
                number
            }
            Some(Shown::Rounded(decimals)) => {
                let number = self.plain(text, title, draft, report);
                self.warn_of_rounding(&number, Some(*decimals), text, title, draft, report);
                number
            }
        }
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
    fn instead(&self, text: &str, held: &str, title: &str, draft: &mut Draft, report: &Report) -> Number {
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
            Err(NumberFault::Decimal(_)) if is_dash(text) && of_held == Ok(Scaled::ZERO) => {
                Number::Valid(Scaled::ZERO)
            }
            Err(
                fault @ (NumberFault::Percent
                | NumberFault::PercentAndFactor
                | NumberFault::PerMille
                | NumberFault::Currency(_)),
            ) => {
                draft.add_fault(report, title, fault.code(), || {
                    format!("The cell shows `{}` and holds {}. {fault}", brief(text), brief(held))
                });
                Number::Invalid
            }
            _ => {
                draft.add_fault(report, title, "shown_otherwise", || {
                    format!(
                        "The cell shows `{}` and holds {}. Declare `cells` in `value` of the mapping: `shown` or `held` is read.",
                        brief(text),
                        brief(held)
                    )
                });
                Number::Invalid
            }
        }
    }
}

/// Whether a text is a dash, as sheets show a zero.
fn is_dash(text: &str) -> bool {
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
