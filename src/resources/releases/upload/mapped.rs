//! Reads the rows of a file by a mapping.

use csv::StringRecord;

use super::draft::{Draft, Number};
use super::mapping::{Mapping, MappingRule, PeriodEnd};
use super::messages;
use super::plan::{CodeSource, Meaning, PeriodSource, Plan, ValueColumn};
use super::report::{Report, brief};
use super::row_checks::RowChecker;
use super::rules::{self, Line};
use super::table::Reader;
use super::text;
use crate::allowance::{Allowance, Exceeded, amount};
use crate::problem::Problem;
use crate::stats::period::{Period, PeriodFault};
use crate::stats::status::ObsStatus;

/// What comparing a row with a condition counts as, in bytes that are read.
const CONDITION: u64 = 2;
/// What adding a reason to an observation counts as.
const REASON: u64 = 256;

pub struct Mapped<'m, 's> {
    mapping: &'m Mapping,
    checker: &'m mut RowChecker<'s>,
    plan: Option<Plan>,
    allowance: &'m Allowance,
    /// How many conditions a row is compared with.
    conditions: u64,
}

impl<'m, 's> Mapped<'m, 's> {
    pub fn new(
        mapping: &'m Mapping,
        checker: &'m mut RowChecker<'s>,
        allowance: &'m Allowance,
    ) -> Mapped<'m, 's> {
        let of_rule =
            |rule: &MappingRule| 1 + rule.when.columns.len() + rule.when.codes.len() + rule.then.text.len();
        let conditions = mapping.keep.len() + mapping.rules.iter().map(of_rule).sum::<usize>();
        Mapped { mapping, checker, plan: None, allowance, conditions: amount(conditions) }
    }

    /// Draws what the rules and the columns of values make of one row.
    fn draw(&self, values: usize, replacements: usize, draft: &Draft) -> Result<(), Exceeded> {
        let texts = [&draft.reason, &draft.note].into_iter().flatten().map(String::len).sum::<usize>();
        let for_each_value = CONDITION * self.conditions + REASON * amount(replacements) + amount(texts);
        self.allowance.read(amount(values).saturating_mul(for_each_value))
    }
}

impl Reader for Mapped<'_, '_> {
    fn header(&mut self, titles: Vec<String>, report: &mut Report) -> bool {
        self.plan = Plan::new(self.mapping, self.checker.shape(), titles, report);
        self.plan.is_some()
    }

    fn row(&mut self, row: u64, cells: &StringRecord, report: &mut Report) -> Result<(), Problem> {
        let Some(plan) = &self.plan else { return Ok(()) };
        self.allowance.read(CONDITION * self.conditions)?;
        let mut line = Line::new(cells);
        let is_kept = rules::matches(&plan.keep, &line);
        let replacements = if is_kept { plan.rules.apply_to_file(&mut line, report) } else { None };
        let Some(replacements) = replacements else {
            report.rows_left_out += 1;
            return Ok(());
        };
        let replacements: Vec<(usize, &str, bool)> = replacements
            .into_iter()
            .map(|(column, reason)| (column, reason, plan.values.iter().any(|value| value.column == column)))
            .collect();
        let mut base = Draft::new(row, self.checker.shape());
        plan.codes(&line, &mut base, self.checker, report);
        plan.period(&line, &mut base, report);
        base.numerator = plan.other_number(plan.numerator, &line, &mut base, report);
        base.denominator = plan.other_number(plan.denominator, &line, &mut base, report);
        plan.status_and_texts(&line, &mut base, report);
        if plan.values.len() > 1 {
            // Reported once for the row, not for each column of values.
            base.report_faults(report);
        }
        self.draw(plan.values.len(), replacements.len(), &base)?;
        for column in &plan.values {
            let mut draft = base.clone();
            for (replaced, reason, is_value_column) in &replacements {
                if !is_value_column || *replaced == column.column {
                    draft.add_reason(reason);
                }
            }
            plan.value(column, &line, &mut draft, report);
            if plan.rules.apply_to_observation(&line, &mut draft, report) {
                self.checker.check(draft, &column.titles, report)?;
            } else {
                report.rows_left_out += 1;
            }
        }
        Ok(())
    }
}

impl Plan {
    fn codes(&self, line: &Line<'_>, draft: &mut Draft, checker: &RowChecker<'_>, report: &mut Report) {
        let shape = checker.shape();
        for (n, source) in self.codes.iter().enumerate() {
            let (columns, codes, strip) = match source {
                CodeSource::Fixed(code) => {
                    draft.codes[n] = Some(*code);
                    continue;
                }
                CodeSource::ValueColumn => continue,
                CodeSource::Cells { columns, codes, strip } => (columns, codes, *strip),
            };
            let first_filled = columns.iter().find(|column| !line.get(**column).is_empty());
            let Some(column) = first_filled else {
                let title = columns.first().map_or_else(String::new, |column| self.header.title(*column));
                let code_of_empty = codes.get("").copied();
                draft.codes[n] = code_of_empty;
                if code_of_empty.is_none() {
                    let dimension = &shape.dimensions[n];
                    draft.add_fault(report, &title, "required", || {
                        format!("The row has no code of {} ({}). Fill in the column, or give a code for the empty text in `codes` of the mapping.", dimension.code, dimension.name)
                    });
                }
                continue;
            };
            let tidy = text::tidy(line.get(*column));
            let known = |text: &str| codes.get(text).copied().or_else(|| shape.dimensions[n].find(text));
            draft.codes[n] = known(&tidy);
            if strip && draft.codes[n].is_none() {
                draft.codes[n] = known(&text::without_footnotes(&tidy));
            }
            if draft.codes[n].is_none() {
                messages::add_unknown_code(draft, &self.header.title(*column), &tidy, n, shape, report);
            }
        }
    }

    fn period(&self, line: &Line<'_>, draft: &mut Draft, report: &Report) {
        let (column, texts, form) = match &self.period {
            PeriodSource::Fixed(period) => {
                draft.period = Some(*period);
                return;
            }
            PeriodSource::ValueColumn => return,
            PeriodSource::Cell { column, texts, form } => (*column, texts, form),
        };
        let cell = text::tidy(line.get(column));
        let read = match (texts.get(cell.as_ref()), form) {
            (Some(period), _) => Ok(*period),
            (None, None) => Period::parse(&cell),
            (None, Some((form, end, months))) => match form.days(&cell) {
                None => Err(PeriodFault::Form),
                Some((first, _)) if *end == PeriodEnd::Start => text::starting(first, *months),
                Some((_, last)) => Period::ending(last, *months),
            },
        };
        match read {
            Ok(period) => draft.period = Some(period),
            Err(fault) => {
                let title = self.header.title(column);
                let declared_form = (fault == PeriodFault::Form).then_some(form.as_ref()).flatten();
                draft.add_fault(report, &title, fault.code(), || match declared_form {
                    Some(_) => format!(
                        "`{}` does not have the form that the mapping declares. If it stands for a period, add it to `texts` of the mapping.",
                        brief(&cell)
                    ),
                    None => format!("`{}` is not a period. {fault}", brief(&cell)),
                });
            }
        }
    }

    fn status_and_texts(&self, line: &Line<'_>, draft: &mut Draft, report: &Report) {
        if let Some(column) = self.status {
            let cell = line.get(column);
            draft.obs = ObsStatus::parse(cell);
            if draft.obs.is_none() && !cell.is_empty() {
                draft.status_invalid = true;
                draft.add_fault(report, &self.header.title(column), "unknown_status", || {
                    messages::unknown_obs(cell)
                });
            }
        }
        if let Some(column) = self.reason {
            draft.reason = messages::free_text(line.get(column), &self.header.title(column), draft, report);
        }
        if let Some(column) = self.note {
            draft.note = messages::free_text(line.get(column), &self.header.title(column), draft, report);
        }
    }

    /// The numerator or the denominator. Symbols that mean that there is no value leave it empty.
    fn other_number(
        &self,
        column: Option<usize>,
        line: &Line<'_>,
        draft: &mut Draft,
        report: &Report,
    ) -> Number {
        let Some(column) = column else { return Number::Absent };
        let cell = line.get(column);
        if cell.is_empty() || self.symbols.get(cell).is_some_and(|meaning| meaning.value.is_none()) {
            return Number::Absent;
        }
        self.number(cell, &self.header.title(column), draft, report)
    }

    fn value(&self, column: &ValueColumn, line: &Line<'_>, draft: &mut Draft, report: &Report) {
        for (n, code) in &column.codes {
            draft.codes[*n] = Some(*code);
        }
        draft.period = column.period.or(draft.period);
        let cell = line.get(column.column);
        if let Some(meaning) = self.symbols.get(cell) {
            draft.value = meaning.value.map_or(Number::Absent, Number::Valid);
            return set_statuses(draft, *meaning);
        }
        let footnote = self.footnotes.iter().find_map(|(symbol, meaning)| {
            let rest = cell.strip_suffix(symbol.as_str())?;
            (!rest.trim().is_empty()).then_some((rest.trim_end(), *meaning))
        });
        let cell = footnote.map_or(cell, |(rest, _)| rest);
        if let Some((_, meaning)) = footnote {
            set_statuses(draft, meaning);
        }
        if !cell.is_empty() {
            draft.value = self.number(cell, &column.titles.value, draft, report);
        }
    }

    fn number(&self, cell: &str, title: &str, draft: &mut Draft, report: &Report) -> Number {
        let parsed = match self.round_to {
            Some(places) => text::rounded(cell, self.thousands, places),
            None => text::number(cell, self.thousands),
        };
        match parsed {
            Ok(number) => Number::Valid(number),
            Err(fault) => {
                draft.add_fault(report, title, fault.code(), || {
                    let shown = brief(cell);
                    let hint = if cell.bytes().any(|byte| byte.is_ascii_digit()) {
                        String::new()
                    } else {
                        " If it is a symbol, declare its meaning in `value.marks` of the mapping.".to_owned()
                    };
                    format!("`{shown}` is not a number. {fault}{hint}")
                });
                Number::Invalid
            }
        }
    }
}

fn set_statuses(draft: &mut Draft, meaning: Meaning) {
    draft.obs = meaning.obs.or(draft.obs);
    draft.conf = meaning.conf.or(draft.conf);
}
