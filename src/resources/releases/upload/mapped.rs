//! Reads the rows of a file by a mapping.

use chrono::NaiveDate;

use super::cell_number::{CellReader, add_shown_otherwise};
use super::draft::{Draft, Number};
use super::fractions::Fractions;
use super::header::Header;
use super::mapping::{CellNumbers, Mapping, MappingRule};
use super::messages;
use super::not_kept::NotKept;
use super::number_form::NumberForm;
use super::plan::{CodeSource, Plan, ValueColumn};
use super::report::Report;
use super::row_checks::RowChecker;
use super::rules::{self, Line, Merged};
use super::source_row::SourceRow;
use super::symbols::Meaning;
use super::table::Reader;
use super::text;
use super::unread::UnreadColumns;
use crate::allowance::{Allowance, Exceeded, amount};
use crate::problem::Problem;
use crate::sheet::{self, Shown};
use crate::stats::status::ObsStatus;

/// What comparing a row with a condition counts as, in bytes that are read, besides the cell that it goes through.
const CONDITION: u64 = 2;
/// How many bytes of a cell a condition goes through in the time in which one is read.
const COMPARED: usize = 4;
/// What adding a reason to an observation counts as.
const REASON: u64 = 256;

pub struct Mapped<'m, 's> {
    mapping: &'m Mapping,
    checker: &'m mut RowChecker<'s>,
    /// The day from which the workbook counts days.
    day_zero: NaiveDate,
    plan: Option<Plan>,
    /// The columns that are left out because they are hidden.
    left_out: Vec<(usize, String)>,
    /// For each column of `fill_down`, the text of the last cell that is not empty.
    above: Vec<String>,
    unread: UnreadColumns,
    not_kept: NotKept,
    fractions: Fractions,
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
        Mapped {
            mapping,
            checker,
            day_zero: sheet::DAY_ZERO,
            plan: None,
            left_out: vec![],
            above: vec![],
            unread: UnreadColumns::default(),
            not_kept: NotKept::default(),
            fractions: Fractions::default(),
            allowance,
            conditions: amount(conditions),
        }
    }

    /// Draws what the rules and the columns of values make of one row.
    fn draw(
        &self,
        conditions: u64,
        (values, replacements): (usize, usize),
        draft: &Draft,
    ) -> Result<(), Exceeded> {
        let texts = [&draft.reason, &draft.note].into_iter().flatten().map(String::len).sum::<usize>();
        let for_each_value = conditions + REASON * amount(replacements) + amount(texts);
        self.allowance.read(amount(values).saturating_mul(for_each_value))
    }
}

impl Reader for Mapped<'_, '_> {
    fn days_since(&mut self, day_zero: NaiveDate) {
        self.day_zero = day_zero;
    }

    fn header(&mut self, titles: Vec<String>, report: &mut Report) -> bool {
        let header = Header::new(titles, std::mem::take(&mut self.left_out));
        self.plan = Plan::new(self.mapping, self.checker.shape(), header, self.day_zero, report);
        self.above = vec![String::new(); self.plan.as_ref().map_or(0, |plan| plan.fill_down.len())];
        self.plan.is_some()
    }

    fn left_out(&mut self, columns: Vec<(usize, String)>) {
        self.left_out = columns;
    }

    /// A label that is hidden is that of the rows below it all the same.
    fn hidden_row(&mut self, row: &SourceRow<'_>) {
        if let Some(plan) = &self.plan {
            look_up(&plan.fill_down, &mut self.above, row);
        }
    }

    fn row(&mut self, row: &SourceRow<'_>, report: &mut Report) -> Result<(), Problem> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let columns = plan.keep.iter().map(|(column, _)| *column).chain(plan.rules.columns());
        let compared: usize = columns.filter_map(|column| row.cells.get(column)).map(str::len).sum();
        let conditions = CONDITION * self.conditions + amount(compared / COMPARED);
        self.allowance.read(conditions)?;
        look_up(&plan.fill_down, &mut self.above, row);
        let mut line = Line::new(row);
        for (column, above) in plan.fill_down.iter().zip(&self.above) {
            if line.get(*column).is_empty() {
                line.replace(*column, above);
            }
        }
        let is_kept = rules::matches(&plan.keep, &line);
        if is_kept == Ok(false) {
            self.not_kept.look_at(row, &line, plan);
        }
        let replacements = is_kept.and_then(|is_kept| match is_kept {
            true => plan.rules.apply_to_file(&mut line, report),
            false => Ok(None),
        });
        let replacements = match replacements {
            Ok(Some(replacements)) => replacements,
            Ok(None) => {
                report.rows_left_out += 1;
                return Ok(());
            }
            Err(Merged(column)) => {
                report.error(row.number, &plan.header.title(column), "merged_cell", || {
                    messages::MERGED.to_owned()
                });
                return Ok(());
            }
        };
        let replacements: Vec<(usize, &str, bool)> = replacements
            .into_iter()
            .map(|(column, reason)| (column, reason, plan.values.iter().any(|value| value.column == column)))
            .collect();
        self.unread.look_at(row, plan);
        let mut base = Draft::new(row.number, self.checker.shape());
        plan.codes(&line, &mut base, self.checker, report);
        plan.period(&line, &mut base, report);
        base.numerator = plan.other_number(plan.numerator, &line, &mut base, report);
        base.denominator = plan.other_number(plan.denominator, &line, &mut base, report);
        plan.status_and_texts(&line, &mut base, report);
        if plan.values.len() > 1 {
            // Reported once for the row, not for each column of values.
            base.report_faults(report);
        }
        self.draw(conditions, (plan.values.len(), replacements.len()), &base)?;
        for column in &plan.values {
            let mut draft = base.clone();
            draft.value_column = Some(column.column);
            for (replaced, reason, is_value_column) in &replacements {
                if !is_value_column || *replaced == column.column {
                    draft.add_reason(reason);
                }
            }
            let has_sign = plan.value(column, &line, &mut draft, report);
            let is_left_out = match plan.rules.apply_to_observation(&line, &mut draft, report) {
                Ok(is_read) => !is_read,
                Err(Merged(merged)) => {
                    messages::add_merged(&mut draft, &plan.header.title(merged), report);
                    false
                }
            };
            if !is_left_out {
                if let (Some(value), "PERCENT") = (draft.value.get(), self.checker.shape().unit) {
                    self.fractions.add(row.number, column.column, &column.titles.value, value, has_sign);
                }
                self.checker.check(draft, &column.titles, report)?;
            } else {
                report.rows_left_out += 1;
            }
        }
        Ok(())
    }

    fn end(&mut self, report: &mut Report) {
        let Some(plan) = &self.plan else { return };
        self.unread.report(plan, report);
        self.not_kept.report(plan, report);
        self.fractions.report(report);
        if self.mapping.value.factor.is_none() {
            self.fractions.report_all("/value/factor", report);
        }
    }
}

/// Notes the texts of a row that are also those of the empty cells below them.
fn look_up(columns: &[usize], above: &mut [String], row: &SourceRow<'_>) {
    for (column, above) in columns.iter().zip(above) {
        let cell = row.cells.get(*column).unwrap_or_default().trim();
        if !cell.is_empty() {
            cell.clone_into(above);
        }
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
            let first_filled = columns
                .iter()
                .find(|column| !line.get(**column).is_empty() || line.is_covered_from_above(**column));
            if let Some(column) = first_filled.filter(|column| line.get(**column).is_empty()) {
                messages::add_merged(draft, &self.header.title(*column), report);
                continue;
            }
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
            draft.codes[n] = known(&tidy)
                .or_else(|| known(text::without_notes(&tidy)))
                .or_else(|| known(&text::with_plain_digits(&tidy)));
            if strip && draft.codes[n].is_none() {
                draft.codes[n] = known(&text::without_footnotes(&tidy));
            }
            if draft.codes[n].is_none() {
                messages::add_unknown_code(draft, &self.header.title(*column), &tidy, n, shape, report);
            }
        }
    }

    fn status_and_texts(&self, line: &Line<'_>, draft: &mut Draft, report: &Report) {
        if let Some(column) = self.status {
            let cell = line.get(column);
            if line.is_covered(column) {
                messages::add_merged(draft, &self.header.title(column), report);
            }
            let stated = ObsStatus::parse(cell);
            draft.obs = stated.or(draft.obs);
            if stated.is_none() && !cell.is_empty() {
                draft.status_invalid = true;
                draft.add_fault(report, &self.header.title(column), "unknown_status", || {
                    messages::unknown_obs(cell)
                });
            }
        }
        for column in [self.reason, self.note].into_iter().flatten() {
            if line.is_covered_from_above(column) {
                messages::add_merged(draft, &self.header.title(column), report);
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
        report: &mut Report,
    ) -> Number {
        let Some(column) = column else { return Number::Absent };
        let title = self.header.title(column);
        match self.symbol_in(column, &title, line, draft, report) {
            InCell::Symbol(meaning) if meaning.value.is_none() => return Number::Absent,
            InCell::Nothing => return Number::Absent,
            InCell::Fault => return Number::Invalid,
            InCell::Symbol(_) | InCell::Number => {}
        }
        // A factor is one of the values; the two parts of a ratio have the unit of what they count.
        let form = NumberForm { factor: None, unit: "COUNT", ..self.numbers.clone() };
        let (cell, _) = self.symbols.after_number(line.get(column));
        let reader = CellReader { form: &form, cells: self.cells };
        reader.read(&cell, line.shown(column), &title, draft, report)
    }

    /// What a cell for a number has. Faults are added to the draft.
    fn symbol_in(
        &self,
        column: usize,
        title: &str,
        line: &Line<'_>,
        draft: &mut Draft,
        report: &Report,
    ) -> InCell {
        let (cell, shown) = (line.get(column), line.shown(column));
        if line.is_covered(column) {
            messages::add_merged(draft, title, report);
            return InCell::Fault;
        }
        let held = match shown {
            Some(Shown::InsteadOf(held, _)) => Some(held),
            _ => None,
        };
        match (self.symbols.meaning_of(cell), held, self.cells) {
            (Some(_), Some(_), Some(CellNumbers::Held)) => InCell::Number,
            // A cell that holds a number and shows a symbol: which of them is meant, the mapping says.
            (Some(_), Some(held), None) => {
                add_shown_otherwise(draft, title, cell, held, report);
                InCell::Fault
            }
            (Some(meaning), ..) => InCell::Symbol(meaning),
            (None, Some(_), Some(CellNumbers::Shown)) if cell.is_empty() => InCell::Nothing,
            (None, None, _) if cell.is_empty() => InCell::Nothing,
            (None, ..) => InCell::Number,
        }
    }

    /// Reads the value. Returns whether it has the sign of a percentage.
    fn value(&self, column: &ValueColumn, line: &Line<'_>, draft: &mut Draft, report: &mut Report) -> bool {
        for (n, code) in &column.codes {
            draft.codes[*n] = Some(*code);
        }
        draft.period = column.period.or(draft.period);
        for meaning in &column.meanings {
            draft.set_statuses(*meaning);
        }
        match self.symbol_in(column.column, &column.titles.value, line, draft, report) {
            InCell::Symbol(meaning) => {
                draft.value = meaning.value.map_or(Number::Absent, Number::Valid);
                draft.set_statuses(meaning);
                return false;
            }
            InCell::Fault => {
                draft.value = Number::Invalid;
                return false;
            }
            InCell::Nothing => return false,
            InCell::Number => {}
        }
        let (cell, meanings) = self.symbols.after_number(line.get(column.column));
        let mut statuses: Vec<ObsStatus> = meanings.iter().filter_map(|meaning| meaning.obs).collect();
        statuses.dedup();
        if let [first, second, ..] = statuses.as_slice() {
            report.warning(draft.row, &column.titles.value, "symbols_disagree", || {
                format!(
                    "The symbols after the number mean `{}` and `{}`, and an observation has one status: `{}` is taken.",
                    second.code(),
                    first.code(),
                    statuses.last().map_or("", |last| last.code())
                )
            });
        }
        for meaning in meanings {
            draft.set_statuses(meaning);
        }
        let reader = CellReader { form: &self.numbers, cells: self.cells };
        let shown = line.shown(column.column);
        draft.value = reader.read(&cell, shown, &column.titles.value, draft, report);
        let is_held = shown.is_some() && self.cells == Some(CellNumbers::Held);
        cell.ends_with('%') && !is_held
    }
}

/// What a cell for a number has.
enum InCell {
    Nothing,
    Number,
    Symbol(Meaning),
    /// It cannot be read; the draft has the fault.
    Fault,
}
