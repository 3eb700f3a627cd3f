//! What of a row is read: without the cells that nobody sees, where the mapping says that those are left out.

use csv::StringRecord;

use super::mapping::HiddenCells;
use super::report::Report;
use super::source_row::SourceRow;
use crate::sheet::Shown;
use crate::validation::characters::brief;

/// The cells of a row, with empty ones in the places of those that are left out.
pub struct Seen {
    cells: StringRecord,
    shown: Vec<(usize, Shown)>,
}

impl Seen {
    /// A row without the cells of some columns. None if it has nothing in these.
    pub fn without(row: &SourceRow<'_>, is_left_out: impl Fn(usize) -> bool) -> Option<Seen> {
        let has_text =
            row.cells.iter().enumerate().any(|(column, cell)| !cell.is_empty() && is_left_out(column));
        // A cell whose format shows nothing has a number all the same.
        if !has_text && !row.shown.iter().any(|(column, _)| is_left_out(*column)) {
            return None;
        }
        let each = row.cells.iter().enumerate();
        Some(Seen {
            cells: each.map(|(column, cell)| if is_left_out(column) { "" } else { cell }).collect(),
            shown: row.shown.iter().filter(|(column, _)| !is_left_out(*column)).cloned().collect(),
        })
    }

    /// The row with these cells.
    pub fn of<'s>(&'s self, row: SourceRow<'s>) -> SourceRow<'s> {
        SourceRow { cells: &self.cells, shown: &self.shown, ..row }
    }
}

/// What a row has under merged cells.
pub enum Covered {
    None,
    /// The row is not read.
    Refused,
    /// The row without those cells.
    LeftOut(Seen),
}

/// What cells under merged ones hold is not seen: a fault, unless the mapping says what is meant.
pub fn uncovered(
    row: &SourceRow<'_>,
    hidden: Option<HiddenCells>,
    title: impl Fn(usize) -> String,
    report: &mut Report,
) -> Covered {
    let Some(merged) = row.merged else { return Covered::None };
    let is_unseen = |(column, cell): &(usize, &str)| !cell.trim().is_empty() && merged.covers(*column);
    match (row.cells.iter().enumerate().find(is_unseen), hidden) {
        (None, None) | (_, Some(HiddenCells::Read)) => Covered::None,
        (_, Some(HiddenCells::Skip)) => {
            Seen::without(row, |column| merged.covers(column)).map_or(Covered::None, Covered::LeftOut)
        }
        (Some((column, cell)), None) => {
            report.error(row.number, &title(column), "covered_cell", || {
                format!(
                    "This cell is under a merged cell and has `{}`, which nobody sees. Separate the cells, or declare `hidden` \
                     in the mapping: `read` or `skip`.",
                    brief(cell)
                )
            });
            Covered::Refused
        }
    }
}
