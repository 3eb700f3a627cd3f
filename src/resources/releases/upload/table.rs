//! Finds the header and the data in the rows of a file or a sheet, checks the number of cells, and finds figures that would be
//! passed over.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::header::letters;
use super::layout::{HeaderRow, Layout, add_row};
use super::mapping::HiddenCells;
use super::report::Report;
use super::seen::{self, Covered, Seen};
use super::source_row::SourceRow;
use crate::allowance::{Allowance, amount};
use crate::problem::Problem;
use crate::sheet::HiddenColumns;
use crate::validation::characters::brief;

/// The most columns of a table.
pub const MAX_COLUMNS: usize = 1000;

/// The most bytes of a cell. In CSV, a longer one is probably a quote that is never closed.
pub const MAX_CELL_LENGTH: usize = 20_000;

/// Reads observations from rows.
pub trait Reader {
    /// Tells from which day the workbook counts days.
    fn days_since(&mut self, _day_zero: NaiveDate) {}
    /// Tells which columns are left out because they are hidden, with their titles. Their cells are empty in all rows.
    fn left_out(&mut self, _columns: Vec<(usize, String)>) {}
    /// Looks at a row that is left out because it is hidden.
    fn hidden_row(&mut self, _row: &SourceRow<'_>) {}
    /// Reads the titles of the columns. Returns whether the rows can be read.
    fn header(&mut self, titles: Vec<String>, report: &mut Report) -> bool;
    fn row(&mut self, row: &SourceRow<'_>, report: &mut Report) -> Result<(), Problem>;
    /// Called after the last row.
    fn end(&mut self, report: &mut Report);
}

/// Whether to read more rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Continue,
    Stop,
}

pub struct Table<'a> {
    layout: Layout,
    reader: &'a mut dyn Reader,
    header: Vec<HeaderRow>,
    /// The titles, once the header was read.
    titles: Option<Vec<String>>,
    /// The number of columns up to the last one that has a title.
    titled: usize,
    /// Whether rows with too few or too many cells are faults. In a sheet, the ends of rows are not recorded.
    strict: bool,
    /// The hidden columns of a sheet.
    hidden_columns: HiddenColumns,
    /// Those of their groups in which a figure was found, by their first columns.
    hidden_figures: BTreeSet<usize>,
    /// The last row with data.
    last_data_row: Option<u64>,
    /// What was reported already.
    reported: Reported,
    /// What reading may cost: each row draws its cells and their bytes.
    allowance: &'a Allowance,
}

/// What is reported once, not for each row.
#[derive(Default)]
struct Reported {
    above: bool,
    before: bool,
    after: bool,
    /// The columns after the last title in which a figure was found.
    beyond: BTreeSet<usize>,
    gap: bool,
}

impl<'a> Table<'a> {
    pub fn new(
        layout: Layout,
        strict: bool,
        reader: &'a mut dyn Reader,
        allowance: &'a Allowance,
    ) -> Table<'a> {
        Table {
            layout,
            reader,
            header: vec![],
            titles: None,
            titled: 0,
            strict,
            hidden_columns: HiddenColumns::default(),
            hidden_figures: BTreeSet::new(),
            last_data_row: None,
            reported: Reported::default(),
            allowance,
        }
    }

    /// What reading the file may cost.
    pub fn allowance(&self) -> &'a Allowance {
        self.allowance
    }

    /// Tells from which day the workbook counts days.
    pub fn days_since(&mut self, day_zero: NaiveDate) {
        self.reader.days_since(day_zero);
    }

    /// Columns of a sheet that are not shown.
    pub fn hide_columns(&mut self, first: usize, last: usize) {
        self.hidden_columns.add(first, last);
    }

    /// Whether a row would be one of the header.
    pub fn wants_header(&self, row: u64) -> bool {
        self.titles.is_none() && row >= self.layout.header_row
    }

    /// Passes a row to the reader, as header or data.
    pub fn row(&mut self, row: SourceRow<'_>, report: &mut Report) -> Result<Reading, Problem> {
        let drawn = self.allowance.cells(amount(row.cells.len()));
        if let Err(exceeded) = drawn.and_then(|()| self.allowance.read(amount(row.cells.as_slice().len()))) {
            report.error(row.number, "", "too_large", || exceeded.to_string());
            return Ok(Reading::Stop);
        }
        if row.number < self.layout.header_row {
            self.report_above(&row, report);
            return Ok(Reading::Continue);
        }
        if row.cells.len() > MAX_COLUMNS {
            report.error(row.number, "", "too_many_cells", || {
                format!(
                    "This row has {} cells, and a table may have at most {MAX_COLUMNS} columns. Remove columns.",
                    row.cells.len()
                )
            });
            return Ok(if self.titles.is_some() { Reading::Continue } else { Reading::Stop });
        }
        let Some(columns) = self.titles.as_ref().map(Vec::len) else {
            return Ok(self.header_row(&row, report));
        };
        let hides = |column: usize| self.hidden_columns.group_of(column).is_some();
        let seen = if self.skips_columns() { Seen::without(&row, hides) } else { None };
        let row = seen.as_ref().map_or(row, |seen| seen.of(row));
        if row.cells.iter().all(|cell| cell.trim().is_empty()) && row.figure(0).is_none() {
            return Ok(Reading::Continue);
        }
        if self.layout.last_row.is_some_and(|last| row.number > last) {
            return Ok(self.report_after(&row, report));
        }
        if self.layout.first_row.is_some_and(|first| row.number < first) {
            self.report_before(&row, report);
            return Ok(Reading::Continue);
        }
        if !self.is_read(&row, report) {
            return Ok(Reading::Continue);
        }
        report.rows_read += 1;
        let uncovered = match seen::uncovered(&row, self.layout.hidden, |column| self.title(column), report) {
            Covered::Refused => return Ok(Reading::Continue),
            Covered::LeftOut(seen) => Some(seen),
            Covered::None => None,
        };
        let row = uncovered.as_ref().map_or(row, |seen| seen.of(row));
        self.report_gap(&row, report);
        self.report_hidden_columns(&row, report);
        if self.has_right_length(&row, columns, report) {
            self.reader.row(&row, report)?;
        }
        Ok(Reading::Continue)
    }

    fn header_row(&mut self, row: &SourceRow<'_>, report: &mut Report) -> Reading {
        if self.header.is_empty() && row.number != self.layout.header_row {
            let (first, next) = (self.layout.header_row, row.number);
            if self.layout.is_declared {
                let detail = format!(
                    "Row {first} is empty; the next row that is not is {next}. Correct `header_row`."
                );
                report.mapping_error("/header_row", "no_header", detail);
            } else {
                report.error(first, "", "no_header", || {
                    format!("Row {first} is empty, and the titles of the columns belong there. Delete the rows above row {next}.")
                });
            }
            return Reading::Stop;
        }
        let Some(mut titles) = add_row(&mut self.header, row, &self.layout) else {
            return Reading::Continue;
        };
        if self.skips_columns() {
            let hidden = (0..titles.len()).filter(|column| self.hidden_columns.group_of(*column).is_some());
            let hidden: Vec<usize> = hidden.collect();
            self.reader.left_out(
                hidden.into_iter().map(|column| (column, std::mem::take(&mut titles[column]))).collect(),
            );
        }
        while titles.last().is_some_and(String::is_empty) {
            titles.pop();
        }
        if titles.is_empty() {
            report.error(row.number, "", "no_header", || {
                "The header is empty. Give each column a title.".to_owned()
            });
            return Reading::Stop;
        }
        let can_read = self.reader.header(titles.clone(), report);
        self.titled = titles.len();
        // A row may be as wide as the header's rows, also where their last cells are empty.
        titles.resize(row.cells.len().max(titles.len()), String::new());
        self.titles = Some(titles);
        if can_read { Reading::Continue } else { Reading::Stop }
    }

    /// Whether the hidden columns of a sheet are left out.
    fn skips_columns(&self) -> bool {
        self.layout.hidden == Some(HiddenCells::Skip) && !self.hidden_columns.is_empty()
    }

    /// Whether a row is read, by whether it is hidden.
    fn is_read(&mut self, row: &SourceRow<'_>, report: &mut Report) -> bool {
        match (row.hidden, self.layout.hidden) {
            (false, _) | (true, Some(HiddenCells::Read)) => true,
            (true, Some(HiddenCells::Skip)) => {
                report.rows_left_out += 1;
                self.reader.hidden_row(row);
                false
            }
            (true, None) => match row.figure(0) {
                None => true,
                Some((column, figure)) => {
                    report.error(row.number, &self.title(column), "hidden_row", || {
                        format!(
                            "This row is hidden and has figures, such as `{}`. Show it or delete it, or declare `hidden` in the \
                             mapping: `read` or `skip`.",
                            brief(figure)
                        )
                    });
                    false
                }
            },
        }
    }

    fn title(&self, column: usize) -> String {
        let title = self.titles.as_ref().and_then(|titles| titles.get(column));
        title.filter(|title| !title.is_empty()).cloned().unwrap_or_else(|| letters(column))
    }

    fn report_above(&mut self, row: &SourceRow<'_>, report: &mut Report) {
        if let Some((column, figure)) = row.figure(0).filter(|(_, figure)| !is_year(figure))
            && !std::mem::replace(&mut self.reported.above, true)
        {
            report.warning(row.number, &letters(column), "figures_above", || {
                format!(
                    "There are figures above the header, such as `{}`. They are not read. If they belong to this table, correct \
                     `header_row`.",
                    brief(figure)
                )
            });
        }
    }

    fn report_before(&mut self, row: &SourceRow<'_>, report: &mut Report) {
        if self.layout.ignore_before || self.reported.before {
            return;
        }
        // Years and numbers of columns are often below a title.
        if let Some((column, figure)) = row.figure(0).filter(|(_, figure)| !is_year(figure)) {
            self.reported.before = true;
            report.error(row.number, &self.title(column), "figures_before_first_row", || {
                format!(
                    "This row has figures, such as `{}`, and is before `first_row`. Correct `first_row`, or say in `ignore` of the \
                     mapping that `before_first_row` is meant to be left out.",
                    brief(figure)
                )
            });
        }
    }

    fn report_after(&mut self, row: &SourceRow<'_>, report: &mut Report) -> Reading {
        if self.layout.ignore_after {
            return Reading::Stop;
        }
        let Some((column, figure)) = row.figure(0) else { return Reading::Continue };
        if !std::mem::replace(&mut self.reported.after, true) {
            report.error(row.number, &self.title(column), "figures_after_last_row", || {
                format!(
                    "This row has figures, such as `{}`, and is after `last_row`. Correct `last_row`, or say in `ignore` of the \
                     mapping that `after_last_row` is meant to be left out.",
                    brief(figure)
                )
            });
        }
        Reading::Stop
    }

    /// Rows after an empty one may be another table.
    fn report_gap(&mut self, row: &SourceRow<'_>, report: &mut Report) {
        let has_gap = self.last_data_row.is_some_and(|last| row.number > last + 1);
        self.last_data_row = Some(row.number);
        if has_gap && row.figure(0).is_some() && !std::mem::replace(&mut self.reported.gap, true) {
            report.warning(row.number, "", "rows_after_gap", || {
                "The rows from here on follow an empty row, and are read like those above it. If they are another table, declare \
                 `last_row` in a mapping."
                    .to_owned()
            });
        }
    }

    fn report_hidden_columns(&mut self, row: &SourceRow<'_>, report: &mut Report) {
        if self.layout.hidden.is_some() || self.hidden_columns.is_empty() {
            return;
        }
        let mut from = 0;
        while let Some((column, figure)) = row.figure(from) {
            from = column + 1;
            let group = self.hidden_columns.group_of(column);
            if group.is_some_and(|group| self.hidden_figures.insert(group)) {
                report.error(row.number, &self.title(column), "hidden_column", || {
                    format!(
                        "This column is hidden and has figures, such as `{}`. Show it or delete it, or declare `hidden` in the \
                         mapping: `read` or `skip`.",
                        brief(figure)
                    )
                });
            }
        }
    }

    /// Whether a row has as many cells as the header. Empty cells after the last column are allowed.
    fn has_right_length(&mut self, row: &SourceRow<'_>, columns: usize, report: &mut Report) -> bool {
        let cells = row.cells;
        if self.strict && cells.len() < columns {
            report.error(row.number, "", "too_few_cells", || {
                format!("The header has {columns} cells, this row {}. Add the missing cells.", cells.len())
            });
            return false;
        }
        let additional = cells.iter().skip(columns).find(|cell| !cell.trim().is_empty());
        if let (true, Some(cell)) = (self.strict, additional) {
            report.error(row.number, "", "too_many_cells", || {
                format!(
                    "The header has {columns} cells, this row {}; the first additional one is `{}`. Put a text that has a comma \
                     in quotes.",
                    cells.len(),
                    brief(cell)
                )
            });
            return false;
        }
        let mut from = self.titled;
        while let Some((column, figure)) = row.figure(from) {
            from = column + 1;
            if self.reported.beyond.insert(column) {
                report.error(row.number, &letters(column), "unread_column", || {
                    format!(
                        "This column has figures, such as `{}`, and no title. Give it a title, or delete it.",
                        brief(figure)
                    )
                });
            }
        }
        true
    }

    /// Called after the last row: adds a fault if there was no header.
    pub fn end(&mut self, report: &mut Report) {
        if self.titles.is_none() && report.error_count == 0 {
            let row = self.layout.header_row;
            report.error(row, "", "no_header", || {
                "The file has no header in this row. Add one, or correct `header_row` of the mapping."
                    .to_owned()
            });
        }
        self.reader.end(report);
    }
}

/// Whether a figure is probably a year, or the number of a column.
fn is_year(figure: &str) -> bool {
    let figure = figure.trim();
    figure.len() == 4 && figure.parse().is_ok_and(|year: u32| (1900..=2200).contains(&year))
}
