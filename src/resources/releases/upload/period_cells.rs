//! Reads the period of a row from its cells.

use std::borrow::Cow;

use super::draft::Draft;
use super::messages;
use super::period_source::PeriodSource;
use super::plan::Plan;
use super::report::Report;
use super::rules::Line;
use super::text;
use crate::stats::period::{Period, PeriodFault};
use crate::validation::characters::brief;

impl Plan {
    /// Reads the period. A fault is added to the draft.
    pub(super) fn period(&self, line: &Line<'_>, draft: &mut Draft, report: &mut Report) {
        let (columns, texts, form) = match &self.period {
            PeriodSource::Fixed(period) => {
                draft.period = Some(*period);
                return;
            }
            PeriodSource::ValueColumn => return,
            PeriodSource::Cells { columns, texts, form } => (columns, texts, form),
        };
        if let Some(column) = columns.iter().find(|column| line.is_covered_from_above(**column)) {
            messages::add_merged(draft, &self.header.title(*column), report);
            return;
        }
        let cells: Vec<_> = columns.iter().map(|column| text::tidy(line.get(*column))).collect();
        let cell = match cells.as_slice() {
            [only] => only.clone(),
            several => Cow::Owned(several.join(" ").trim().to_owned()),
        };
        let title = columns.first().map_or_else(String::new, |column| self.header.title(*column));
        let read_text = |cell: &str| {
            // A note such as `[note 1]` is no part of the period.
            let declared = texts.get(cell).or_else(|| texts.get(text::without_notes(cell)));
            let cell = text::without_notes(cell);
            match (declared, form) {
                (Some(period), _) => Ok(*period),
                _ if cell.is_empty() => Err(PeriodFault::Empty),
                (None, None) => Period::parse(cell),
                (None, Some(form)) => form.read(cell).unwrap_or(Err(PeriodFault::Form)),
            }
        };
        let read = match read_text(&cell) {
            Ok(period) => Ok(period),
            Err(fault) => self.period_with_note((&cell, &title), &read_text, draft, report).ok_or(fault),
        };
        let cell = text::without_notes(&cell);
        match read {
            Ok(period) => {
                if form.is_none() && !texts.contains_key(cell) {
                    messages::warn_of_last_day(cell, period, draft.row, &title, report);
                }
                draft.period = Some(period);
            }
            Err(fault) => {
                let has_form = fault == PeriodFault::Form && form.is_some();
                draft.add_fault(report, &title, fault.code(), || {
                    if has_form {
                        format!(
                            "`{}` does not have the form and length that the mapping declares. If it stands for a period, add it to `texts` of the mapping.",
                            brief(cell)
                        )
                    } else {
                        format!("`{}` is not a period. {fault}", brief(cell))
                    }
                });
            }
        }
    }

    /// The period of a cell that ends with a symbol or a note, as `2019/20 [p]`. A symbol of the mapping is about the values of the
    /// row.
    fn period_with_note(
        &self,
        (cell, title): (&str, &str),
        read: &impl Fn(&str) -> Result<Period, PeriodFault>,
        draft: &mut Draft,
        report: &mut Report,
    ) -> Option<Period> {
        let (before, meanings) = self.symbols.after_number(cell);
        if let (false, Ok(period)) = (meanings.is_empty(), read(&before)) {
            meanings.into_iter().for_each(|meaning| draft.set_statuses(meaning));
            return Some(period);
        }
        let period = read(text::before_any_note(cell)?).ok()?;
        report.warning(draft.row, title, "period_note", || {
            format!(
                "The period `{}` ends with a note, which is passed over. If it means a status of the values of the row, declare it in \
                 `value.footnotes`.",
                brief(cell)
            )
        });
        Some(period)
    }
}
