//! Workbooks as files of a bundle: in the form of another standard, or with a list as it was downloaded.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use csv::StringRecord;

use super::ENVELOPE;
use super::cells::NO_RESULT;
use super::lines::{self, Hidden, Line, LineScope};
use super::part::no_bundle;
use super::titles::known_titles;
use crate::allowance::Allowance;
use crate::http::csv::Audience;
use crate::problem::{self, At, Fault, Problem};
use crate::record::kind::KindDef;
use crate::sheet::tables::{self, SheetTable, TableRow};
use crate::sheet::{ABOUT, ABOUT_TITLE, Cell, Shown, shows_same_number, time_of_day};
use crate::workbook::Refusal;

/// The titles that a kind's files have in our own format.
pub(super) fn own_titles(kind: &KindDef) -> Vec<&str> {
    ENVELOPE.iter().copied().chain(kind.field_names()).collect()
}

/// Reads the sheets of a workbook of that name.
pub(super) fn open_workbook(
    name: &str,
    bytes: &[u8],
    most_rows: u64,
    allowance: &Allowance,
) -> Result<Vec<SheetTable>, Problem> {
    tables::read(bytes, most_rows, allowance).map_err(|refusal| match &refusal {
        Refusal::NotAWorkbook(detail) => {
            no_bundle(vec![Fault::pointer("", refusal.code(), detail.clone()).in_file(name, None)])
        }
        Refusal::TooMuch(_) | Refusal::TooLarge(_) => too_large(name, &refusal.to_string()),
    })
}

/// 413 for a file that would cost too much to read.
pub(super) fn too_large(name: &str, why: &str) -> Problem {
    Problem::new(&problem::TOO_LARGE, format!("{name}: {why}"))
}

/// Whether a sheet is the one by which this server says, in a workbook that it made, what the others have.
fn is_about(sheet: &SheetTable) -> bool {
    sheet.name == ABOUT && sheet.titles().first().is_some_and(|title| title == ABOUT_TITLE)
}

/// Calls `use_line` with each row of a list: the only sheet that is not hidden and has rows, beside the one of our own workbooks
/// that says what they are.
pub(super) fn each(
    sheets: &[SheetTable],
    kind: &KindDef,
    within: (LineScope, &Allowance),
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let is_our_own = sheets.iter().any(is_about);
    let has_list = |sheet: &&SheetTable| !is_about(sheet) && !sheet.is_hidden && !sheet.rows.is_empty();
    let shown: Vec<&SheetTable> = sheets.iter().filter(has_list).collect();
    let [sheet] = shown.as_slice() else {
        let detail = match shown.len() {
            0 => "No sheet that is shown has rows; give one row of titles.".to_owned(),
            count => format!(
                "The workbook has {count} sheets with rows. Save the sheet with the list as a workbook of its own."
            ),
        };
        return use_line(Line::new(1, Err(vec![Fault::pointer("", "sheets", detail)])));
    };
    let titles = sheet.titles();
    let mut rows = sheet.rows.iter();
    let mut next = |record: &mut StringRecord| {
        let row = rows.next()?;
        Some((row.number, fill(record, row, &titles)))
    };
    // A sheet's CSV has guards, which a workbook of our own has not; they are texts with an apostrophe when it is saved as a workbook.
    let audience = if is_our_own { Audience::Program } else { Audience::Spreadsheet };
    let is_hidden = |(column, _): &(usize, &String)| sheet.hides_column(*column);
    let hidden = titles.iter().enumerate().filter(is_hidden).map(|(_, title)| title.clone());
    let columns = Arc::new(known_titles(hidden.collect(), kind));
    let hidden_rows: HashSet<u64> =
        sheet.rows.iter().filter(|row| row.is_hidden).map(|row| row.number).collect();
    let mut use_line = |line: Line| {
        let hidden = Hidden { row: hidden_rows.contains(&line.number), columns: columns.clone() };
        use_line(Line { hidden, ..line })
    };
    lines::each_of_table(&mut next, (kind, audience), within, &mut use_line)
}

/// Fills a record with the cells of a row, as wide as the table.
fn fill(record: &mut StringRecord, row: &TableRow, titles: &[String]) -> Result<(), Vec<Fault>> {
    record.clear();
    let mut faults = vec![];
    for cell in &row.cells {
        while record.len() < cell.column {
            record.push_field("");
        }
        match text_of(cell) {
            Ok(text) => record.push_field(&text),
            Err((code, detail)) => {
                let title = titles.get(cell.column).cloned().unwrap_or_default();
                faults.push(Fault::at(At::Column(title), code, detail));
                record.push_field("");
            }
        }
    }
    while record.len() < titles.len() {
        record.push_field("");
    }
    for (column, title) in titles.iter().enumerate().filter(|(_, title)| !title.is_empty()) {
        if row.is_covered(column) {
            faults.push(Fault::at(At::Column(title.clone()), "merged_cell", tables::MERGED));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The text of a cell as a list in CSV has it.
fn text_of(cell: &Cell) -> Result<Cow<'_, str>, (&'static str, String)> {
    if cell.shown == Some(Shown::NotCalculated) {
        return Err(("formula", NO_RESULT.to_owned()));
    }
    match &cell.shown {
        Some(Shown::InsteadOf(held, _)) if shows_same_number(&cell.text, held) => Ok(held.into()),
        Some(Shown::InsteadOf(held, _)) => {
            if let Some(time) = time_of_day(&cell.text, held) {
                return Ok(time.into());
            }
            let detail = format!(
                "The cell shows `{}` and holds `{held}`. Format it as a plain number or as text, so that it shows what it holds.",
                cell.text
            );
            Err(("shown_otherwise", detail))
        }
        _ => Ok(cell.text.as_ref().into()),
    }
}
