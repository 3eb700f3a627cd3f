//! Workbooks as files of a bundle: in the form of another standard, or with a list as it was downloaded.

use csv::StringRecord;

use super::ENVELOPE;
use super::lines::{self, Line};
use super::part::no_bundle;
use crate::allowance::Allowance;
use crate::http::csv::Audience;
use crate::problem::{self, At, Fault, Problem};
use crate::record::kind::KindDef;
use crate::sheet::tables::{self, SheetTable, TableRow};
use crate::sheet::{ABOUT, ABOUT_TITLE, Cell, Shown, is_no_result, shows_same_number};
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

/// Whether a workbook is one that this server made of a list: its second sheet says what the first has.
fn is_our_own(sheets: &[SheetTable]) -> bool {
    let [_, about] = sheets else { return false };
    about.name == ABOUT && about.titles().first().is_some_and(|title| title == ABOUT_TITLE)
}

/// Calls `use_line` with each row of a list: the only sheet that is not hidden and has rows, or the first of our own.
pub(super) fn each(
    sheets: &[SheetTable],
    kind: &KindDef,
    use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let is_our_own = is_our_own(sheets);
    let sheets = if is_our_own { &sheets[..1] } else { sheets };
    let shown: Vec<&SheetTable> =
        sheets.iter().filter(|sheet| !sheet.is_hidden && !sheet.rows.is_empty()).collect();
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
    lines::each_of_table(&mut next, kind, audience, use_line)
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
            Ok(text) => record.push_field(text),
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
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The text of a cell as a list in CSV has it.
fn text_of(cell: &Cell) -> Result<&str, (&'static str, String)> {
    if cell.shown == Some(Shown::NotCalculated) || is_no_result(&cell.text) {
        let detail = "This cell has a formula without a result. Open the workbook in a spreadsheet and save it, or enter the value.";
        return Err(("formula", detail.to_owned()));
    }
    match &cell.shown {
        Some(Shown::InsteadOf(held, _)) if shows_same_number(&cell.text, held) => Ok(held),
        Some(Shown::InsteadOf(held, _)) => {
            let detail = format!(
                "The cell shows `{}` and holds `{held}`. Format it as a plain number or as text, so that it shows what it holds.",
                cell.text
            );
            Err(("shown_otherwise", detail))
        }
        _ => Ok(&cell.text),
    }
}
