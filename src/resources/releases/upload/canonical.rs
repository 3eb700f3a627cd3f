//! The canonical form, which needs no mapping: the columns of the API's own responses.

use csv::StringRecord;

use super::canonical_columns::{COLUMNS, Column, IGNORED, Name, column, is_above_header, without_name};
use super::cell_number::CellReader;
use super::draft::{Draft, Number, Titles};
use super::fractions::Fractions;
use super::messages::{
    add_merged, add_unknown_code, free_text, shown_in_part, symbol_hint, unknown_conf, unknown_obs,
    warn_of_last_day,
};
use super::number_form::{NumberForm, has_sign};
use super::origin;
use super::report::Report;
use super::row_checks::RowChecker;
use super::shape::IndicatorShape;
use super::source_row::SourceRow;
use super::table::Reader;
use crate::http::csv::Audience;
use crate::problem::Problem;
use crate::sheet::{Shown, is_first_day};
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};
use crate::validation::characters::brief;

/// Reads the canonical form.
pub struct Canonical<'m, 's> {
    checker: &'m mut RowChecker<'s>,
    /// For each column of [`COLUMNS`], its index in the file.
    positions: Vec<Option<usize>>,
    /// For each dimension, the index of its column in the file.
    dimensions: Vec<Option<usize>>,
    titles: Titles,
    names: Vec<String>,
    fractions: Fractions,
    /// Whom the file was written for.
    audience: Audience,
    /// How numbers are read in a cell of a workbook that shows another text than it holds.
    numbers: NumberForm,
    /// How numbers are read in the columns that are counts, whatever the unit of the value.
    counts: NumberForm,
    /// The columns that are left out because they are hidden.
    left_out: Vec<usize>,
    /// Whether rows have cells, so that a value has an address.
    has_cells: bool,
}

impl<'m, 's> Canonical<'m, 's> {
    pub fn new(checker: &'m mut RowChecker<'s>, audience: Audience, has_cells: bool) -> Canonical<'m, 's> {
        let dimensions = vec![None; checker.shape().dimensions.len()];
        let (positions, titles) = (vec![None; COLUMNS.len()], Titles::default());
        let unit = checker.shape().unit;
        let numbers = NumberForm { unit, ..NumberForm::default() };
        // What a percentage is made from is none.
        let unit = if matches!(unit, "PERCENT" | "RATE_1000") { "COUNT" } else { unit };
        let counts = NumberForm { unit, ..NumberForm::default() };
        Canonical {
            checker,
            positions,
            dimensions,
            titles,
            names: vec![],
            audience,
            numbers,
            counts,
            left_out: vec![],
            has_cells,
            fractions: Fractions::default(),
        }
    }

    /// A header with all columns. Objects in JSON are read as rows with this header.
    pub fn full_header(shape: &IndicatorShape) -> Vec<String> {
        let dimensions = shape.dimensions.iter().map(|dimension| dimension.code.clone());
        COLUMNS.iter().map(|name| (*name).to_owned()).chain(dimensions).collect()
    }

    /// All names of columns.
    pub fn known_names(shape: &IndicatorShape) -> Vec<&str> {
        let dimensions = shape.dimensions.iter().map(|dimension| dimension.code.as_str());
        dimensions
            .chain(COLUMNS.iter().copied())
            .chain(["OBS_VALUE"])
            .chain(IGNORED.iter().copied())
            .collect()
    }

    /// The index in [`Canonical::full_header`] of a field of an object; `Some(None)` if the field is ignored.
    pub fn position(shape: &IndicatorShape, name: &str) -> Option<Option<usize>> {
        Some(match column(shape, name)? {
            Column::Known(n) => Some(n),
            Column::Dimension(n) => Some(COLUMNS.len() + n),
            Column::Ignored => None,
        })
    }

    fn get<'c>(&self, cells: &'c StringRecord, name: Name) -> &'c str {
        let cell = self.positions[name as usize].and_then(|position| cells.get(position)).unwrap_or_default();
        self.audience.read(cell.trim())
    }

    fn title(&self, name: Name) -> String {
        match self.positions[name as usize] {
            Some(position) => self.names[position].clone(),
            None => COLUMNS[name as usize].to_owned(),
        }
    }

    /// Whether all required columns are present.
    fn has_required_columns(&self, titles: &[String], report: &mut Report) -> bool {
        let mut complete = true;
        let mut missing = |name: &str, detail: String| {
            report.error(1, name, "missing_column", || detail);
            complete = false;
        };
        // In tidied titles, tabs are spaces.
        let has_period = |title: &String| title.split([';', ' ', '|']).any(|part| part == "TIME_PERIOD");
        if titles.len() == 1 && titles[0] != "TIME_PERIOD" && has_period(&titles[0]) {
            missing(
                "",
                "The columns of the canonical form are separated by commas. Declare another `delimiter` in a mapping.".to_owned(),
            );
            return complete;
        }
        for name in [Name::Period, Name::Value] {
            if self.positions[name as usize].is_none() {
                let name = COLUMNS[name as usize];
                missing(name, format!("The column `{name}` is missing. Add it."));
            }
        }
        if self.positions[Name::Series as usize].is_none() {
            for (dimension, position) in self.checker.shape().dimensions.iter().zip(&self.dimensions) {
                if position.is_none() {
                    let (code, name) = (&dimension.code, &dimension.name);
                    missing(
                        code,
                        format!("Add a column `{code}` ({name}), or a column `series` with the full key."),
                    );
                }
            }
        }
        complete
    }
}

impl Reader for Canonical<'_, '_> {
    fn left_out(&mut self, columns: Vec<(usize, String)>) {
        self.left_out = columns.into_iter().map(|(column, _)| column).collect();
    }

    fn header(&mut self, titles: Vec<String>, report: &mut Report) -> bool {
        let shape = self.checker.shape();
        // The name of the table, in a row of its own.
        if let Some(title) = is_above_header(&titles, shape) {
            report.error(1, title, "no_header", || {
                format!(
                    "This row has only `{}`, and the titles of the columns belong here. Delete the rows above the titles.",
                    brief(title)
                )
            });
            return false;
        }
        for (n, title) in titles.iter().enumerate().filter(|(n, _)| !self.left_out.contains(n)) {
            let position = match column(shape, title) {
                Some(Column::Known(known)) => &mut self.positions[known],
                Some(Column::Dimension(dimension)) => &mut self.dimensions[dimension],
                Some(Column::Ignored) => continue,
                None => {
                    let known = Canonical::known_names(shape);
                    report.error(1, title, "unknown_column", || {
                        crate::problem::unknown_name("column", title, &known)
                    });
                    continue;
                }
            };
            if position.is_some() {
                report.error(1, title, "duplicate_column", || {
                    "This column occurs twice. Remove one of them.".to_owned()
                });
            }
            *position = Some(n);
        }
        let complete = self.has_required_columns(&titles, report);
        self.names = titles;
        self.titles = Titles {
            dimensions: shape.dimensions.iter().map(|dimension| dimension.code.as_str().into()).collect(),
            period: self.title(Name::Period).into(),
            value: self.title(Name::Value).into(),
            numerator: self.title(Name::Numerator).into(),
            denominator: self.title(Name::Denominator).into(),
            status: self.title(Name::Obs).into(),
        };
        complete
    }

    fn row(&mut self, row: &SourceRow<'_>, report: &mut Report) -> Result<(), Problem> {
        let cells = row.cells;
        let mut draft = Draft::new(row.number, self.checker.shape());
        let is_merged = |column: &usize| row.merged.is_some_and(|merged| merged.covers(*column));
        if let Some(column) = (0..self.names.len()).filter(|n| !self.left_out.contains(n)).find(is_merged) {
            add_merged(&mut draft, &self.names[column], report);
        }
        draft.value_column = self.positions[Name::Value as usize].filter(|_| self.has_cells);
        self.codes(cells, &mut draft, report);
        self.action(cells, &mut draft, report);
        self.period(row, &mut draft, report);
        draft.value = self.number(row, Name::Value, &mut draft, report);
        draft.numerator = self.number(row, Name::Numerator, &mut draft, report);
        draft.denominator = self.number(row, Name::Denominator, &mut draft, report);
        self.status(cells, &mut draft, report);
        draft.complete = match self.get(cells, Name::Complete) {
            "" => true,
            text if text.eq_ignore_ascii_case("true") => true,
            text if text.eq_ignore_ascii_case("false") => false,
            other => {
                draft.add_fault(report, &self.title(Name::Complete), "not_true_or_false", || {
                    let cell = brief(other);
                    format!("`{cell}` is neither `true` nor `false`. Write one of them; an empty cell means `true`.")
                });
                true
            }
        };
        draft.reason = self.free_text(cells, Name::Reason, &mut draft, report);
        draft.note = self.free_text(cells, Name::Note, &mut draft, report);
        if let (Some(value), "PERCENT") = (draft.value.get(), self.checker.shape().unit) {
            let has_sign = self.get(cells, Name::Value).ends_with('%');
            self.fractions.add(row.number, 0, &self.titles.value, value, has_sign);
        }
        self.checker.check(draft, &self.titles, report)
    }

    fn end(&mut self, report: &mut Report) {
        self.fractions.report(report);
        self.fractions.report_all("", report);
    }
}

impl Canonical<'_, '_> {
    fn codes(&self, cells: &StringRecord, draft: &mut Draft, report: &mut Report) {
        let shape = self.checker.shape();
        let key = self.get(cells, Name::Series);
        let key_codes = if key.is_empty() { None } else { origin::key_codes(shape, key, draft, report) };
        for (n, dimension) in shape.dimensions.iter().enumerate() {
            let cell = self.dimensions[n].and_then(|position| cells.get(position)).unwrap_or_default();
            let cell = without_name(cell.trim());
            let key_code = key_codes.as_ref().and_then(|codes| codes.get(n)).copied();
            let code = match (cell, key_code) {
                ("", Some(key_code)) => key_code,
                ("", None) if !key.is_empty() => continue,
                ("", None) => {
                    draft.add_fault(report, &dimension.code, "required", || {
                        format!("Give a code of {} ({}).", dimension.code, dimension.name)
                    });
                    continue;
                }
                (cell, Some(key_code)) if cell != key_code => {
                    draft.add_fault(report, &dimension.code, "contradiction", || {
                        format!(
                            "The key in `series` has the code `{}`, this cell `{}`. Correct one of them.",
                            brief(key_code),
                            brief(cell)
                        )
                    });
                    continue;
                }
                (cell, _) => cell,
            };
            draft.codes[n] = dimension.find(code);
            if draft.codes[n].is_none() {
                let column = if cell.is_empty() { COLUMNS[Name::Series as usize] } else { &dimension.code };
                add_unknown_code(draft, column, code, n, shape, report);
            }
        }
        for name in [Name::Freq, Name::Structure, Name::Unit] {
            if let Some((code, detail)) = origin::fault(name, self.get(cells, name), shape) {
                draft.add_fault(report, COLUMNS[name as usize], code, || detail);
            }
        }
    }

    fn action(&self, cells: &StringRecord, draft: &mut Draft, report: &Report) {
        match self.get(cells, Name::Action) {
            "" | "A" | "M" | "I" | "R" => {}
            "D" => draft.delete = true,
            other => draft.add_fault(report, COLUMNS[Name::Action as usize], "unknown_action", || {
                format!(
                    "`{}` is not an action. Give `D` to delete the cell; `A`, `M`, `I`, `R` or an empty cell to write it.",
                    brief(other)
                )
            }),
        }
    }

    fn period(&self, row: &SourceRow<'_>, draft: &mut Draft, report: &mut Report) {
        let cell = self.get(row.cells, Name::Period);
        // A month that somebody types, a spreadsheet makes the first day of it.
        let cell = match self.positions[Name::Period as usize].and_then(|column| row.shown_at(column)) {
            Some(Shown::PartOfDay(part)) if is_first_day(cell, part) => part,
            Some(Shown::PartOfDay(part)) => {
                report
                    .warning(row.number, &self.titles.period, "shown_in_part", || shown_in_part(cell, part));
                cell
            }
            _ => cell,
        };
        match Period::parse(cell) {
            Ok(period) => {
                warn_of_last_day(cell, period, row.number, &self.titles.period, report);
                draft.period = Some(period);
            }
            Err(fault) => {
                draft.add_fault(report, &self.titles.period, fault.code(), || {
                    format!("`{}` is not a period. {fault}", brief(cell))
                });
            }
        }
    }

    fn number(&self, row: &SourceRow<'_>, name: Name, draft: &mut Draft, report: &mut Report) -> Number {
        let cell = self.get(row.cells, name);
        let position = self.positions[name as usize];
        let shown = position.and_then(|column| row.shown_at(column));
        if cell.is_empty() && shown.is_none() {
            return Number::Absent;
        }
        let form = if matches!(name, Name::Value) { &self.numbers } else { &self.counts };
        if let Some(shown) = shown {
            let numbers = CellReader { form, cells: None };
            return numbers.read(cell, Some(shown), &self.title(name), draft, report);
        }
        // Whatever wrote the file: an apostrophe before a number is a spreadsheet's.
        let digits = cell.strip_prefix('\'').unwrap_or(cell);
        match Scaled::parse(digits) {
            Ok(number) => Number::Valid(number),
            // The sign of a unit is read, as in a workbook.
            Err(_) if self.has_cells && has_sign(digits) => {
                CellReader { form, cells: None }.read(digits, None, &self.title(name), draft, report)
            }
            Err(fault) => {
                draft.add_fault(report, &self.title(name), fault.code(), || {
                    format!("`{}` is not a number. {fault}{}", brief(cell), symbol_hint(cell))
                });
                Number::Invalid
            }
        }
    }

    fn status(&self, cells: &StringRecord, draft: &mut Draft, report: &Report) {
        let (obs, conf) =
            (without_name(self.get(cells, Name::Obs)), without_name(self.get(cells, Name::Conf)));
        if !obs.is_empty() {
            draft.obs = ObsStatus::parse(obs);
            if draft.obs.is_none() {
                draft.status_invalid = true;
                draft.add_fault(report, &self.titles.status, "unknown_status", || unknown_obs(obs));
            }
        }
        if !conf.is_empty() {
            draft.conf = ConfStatus::parse(conf);
            if draft.conf.is_none() {
                draft
                    .add_fault(report, COLUMNS[Name::Conf as usize], "unknown_status", || unknown_conf(conf));
            }
        }
    }

    fn free_text(
        &self,
        cells: &StringRecord,
        name: Name,
        draft: &mut Draft,
        report: &Report,
    ) -> Option<String> {
        let cell = self.get(cells, name);
        free_text(cell, &self.title(name), draft, report)
    }
}
