//! Reads the rows of a sheet of a workbook.

use csv::StringRecord;

use super::figure::is_figure;
use super::mapping::HiddenCells;
use super::report::Report;
use super::source_row::SourceRow;
use super::table::{MAX_CELL_LENGTH, MAX_COLUMNS, Reading, Table};
use crate::allowance::Allowance;
use crate::problem::Problem;
use crate::sheet::{ABOUT, ABOUT_TITLE, Book, Row, Sheet, Shown, Visitor};
use crate::validation::characters::brief;

/// Passes all rows of the sheet with this name, or of the only sheet, to the table.
pub fn read(
    body: &[u8],
    sheet: Option<&str>,
    hidden: Option<HiddenCells>,
    table: &mut Table<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    if let Err(refusal) = crate::workbook::check(body, table.allowance()) {
        report.error(1, "", refusal.code(), || refusal.to_string());
        return Ok(());
    }
    let mut book = match Book::open(body) {
        Ok(book) => book,
        Err(detail) => {
            report.error(1, "", "not_a_workbook", || detail);
            return Ok(());
        }
    };
    let chosen = match sheet {
        None if is_our_own(&mut book, table.allowance())? => Some(0),
        sheet => choose_sheet(sheet, book.sheets(), report),
    };
    let Some(chosen) = chosen else { return Ok(()) };
    report_hidden_sheets(&mut book, chosen, (hidden, table.allowance()), report)?;
    table.days_since(book.day_zero());
    table.allowance().read(book.bytes_to_read(chosen))?;
    let mut rows = Rows { table, report, row: 0, problem: None, record: StringRecord::new() };
    let result = book.read(chosen, &mut rows);
    let (row, problem) = (rows.row, rows.problem.take());
    if let Some(problem) = problem {
        return Err(problem);
    }
    if let Err(detail) = result {
        report.error(row.max(1), "", "not_a_workbook", || {
            format!("The sheet cannot be read after this row: {detail}")
        });
        return Ok(());
    }
    table.end(report);
    Ok(())
}

/// Whether a workbook is one that this server made: its second sheet says what the first has.
fn is_our_own(book: &mut Book<'_>, allowance: &Allowance) -> Result<bool, Problem> {
    if !matches!(book.sheets(), [_, about] if about.name == ABOUT) {
        return Ok(false);
    }
    let mut first = FirstText::default();
    allowance.read(book.bytes_to_read(1))?;
    // What cannot be read of it is not ours.
    Ok(book.read(1, &mut first).is_ok() && first.0.as_deref() == Some(ABOUT_TITLE))
}

/// The text of the first cell of a sheet.
#[derive(Default)]
struct FirstText(Option<String>);

impl Visitor for FirstText {
    fn hidden_columns(&mut self, _first: usize, _last: usize) {}

    fn row(&mut self, row: Row) -> bool {
        self.0 = row.cells.first().map(|cell| cell.text.to_string());
        self.0.is_none()
    }
}

/// Passes the rows of a sheet on to the table.
struct Rows<'r, 't, 'a> {
    table: &'t mut Table<'a>,
    report: &'r mut Report,
    row: u64,
    problem: Option<Problem>,
    record: StringRecord,
}

impl Visitor for Rows<'_, '_, '_> {
    fn hidden_columns(&mut self, first: usize, last: usize) {
        self.table.hide_columns(first, last);
    }

    fn row(&mut self, row: Row) -> bool {
        if row.number <= self.row {
            self.report.error(row.number, "", "not_a_workbook", || {
                format!("In the file, this row follows row {}, which has a higher number.", self.row)
            });
            return false;
        }
        self.row = row.number;
        if row.cells.is_empty() {
            return true;
        }
        let mut shown: Vec<(usize, Shown)> = vec![];
        self.record.clear();
        for cell in &row.cells {
            if cell.column + cell.repeats > MAX_COLUMNS {
                self.report.error(row.number, "", "too_many_cells", || {
                    format!("A table may have at most {MAX_COLUMNS} columns. Remove columns.")
                });
                return false;
            }
            if cell.text.len() > MAX_CELL_LENGTH {
                self.report.error(row.number, "", "cell_too_long", || {
                    format!("A cell has more than {MAX_CELL_LENGTH} bytes. Shorten it.")
                });
                return false;
            }
            while self.record.len() < cell.column {
                self.record.push_field("");
            }
            for _ in 0..cell.repeats {
                shown.extend(cell.shown.clone().map(|shown| (self.record.len(), shown)));
                self.record.push_field(&cell.text);
            }
        }
        for number in row.number..row.number.saturating_add(row.repeats) {
            self.row = number;
            let (hidden, merged) = (row.hidden, row.merged.as_deref());
            let source = SourceRow { number, cells: &self.record, shown: &shown, hidden, merged };
            match self.table.row(source, self.report) {
                Ok(Reading::Continue) => {}
                Ok(Reading::Stop) => return false,
                Err(problem) => {
                    self.problem = Some(problem);
                    return false;
                }
            }
        }
        true
    }
}

/// Figures in hidden sheets, and a hidden sheet that is to be read, are faults unless the mapping says what is meant.
fn report_hidden_sheets(
    book: &mut Book<'_>,
    chosen: usize,
    (hidden, allowance): (Option<HiddenCells>, &Allowance),
    report: &mut Report,
) -> Result<(), Problem> {
    if hidden == Some(HiddenCells::Skip) && book.sheets()[chosen].hidden {
        let detail =
            "This sheet is hidden, and `hidden` says that hidden cells are left out. Correct one of them.";
        report.mapping_error("/sheet", "contradiction", detail);
    }
    if hidden.is_some() {
        return Ok(());
    }
    let all: Vec<Sheet> = book.sheets().to_vec();
    for (n, sheet) in all.iter().enumerate().filter(|(_, sheet)| sheet.hidden) {
        let mut first = FirstFigure::default();
        // What cannot be read of a sheet that is not the chosen one is no fault.
        allowance.read(book.bytes_to_read(n))?;
        let _ = book.read(n, &mut first);
        if let Some((row, column, text)) = first.found {
            let which = if n == chosen { "The sheet" } else { "Another sheet," };
            report.error(row, &super::header::letters(column), "hidden_sheet", || {
                format!(
                    "{which} `{}` is hidden and has figures, such as `{}`. Show it or delete it, or declare `hidden` in the \
                     mapping: `read` to read a hidden sheet, `skip` to leave hidden sheets out.",
                    brief(&sheet.name),
                    brief(&text)
                )
            });
        }
    }
    Ok(())
}

/// The first figure of a sheet.
#[derive(Default)]
struct FirstFigure {
    found: Option<(u64, usize, String)>,
}

impl Visitor for FirstFigure {
    fn hidden_columns(&mut self, _first: usize, _last: usize) {}

    fn row(&mut self, row: Row) -> bool {
        let figure = row.cells.iter().find(|cell| is_figure(&cell.text));
        self.found = figure.map(|cell| (row.number, cell.column, cell.text.to_string()));
        self.found.is_none()
    }
}

fn choose_sheet(sheet: Option<&str>, sheets: &[Sheet], report: &mut Report) -> Option<usize> {
    let list: Vec<String> = sheets.iter().take(50).map(|sheet| format!("`{}`", brief(&sheet.name))).collect();
    match (sheet, sheets) {
        (None, [_]) => Some(0),
        (None, _) => {
            let detail = format!(
                "The workbook has several sheets. Give one of these in `sheet`: {}.",
                list.join(", ")
            );
            report.mapping_error("/sheet", "required", detail);
            None
        }
        (Some(name), _) => {
            let chosen = sheets.iter().position(|sheet| sheet.name.trim() == name.trim());
            if chosen.is_none() {
                let near = report.did_you_mean(name, sheets.iter().map(|sheet| sheet.name.as_str()));
                let detail = format!(
                    "There is no sheet `{}`.{near} The sheets are: {}.",
                    brief(name),
                    list.join(", ")
                );
                report.mapping_error("/sheet", "unknown_sheet", detail);
            }
            chosen
        }
    }
}
