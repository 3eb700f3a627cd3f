//! Merged cells: one cell is shown over several, and what the others hold is not seen.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use zip::ZipArchive;

use super::xml::{self, Part};

/// The most merged cells of a sheet.
const MOST: usize = 100_000;

/// The columns that readers of tables take. What begins to their right is not looked at.
const COLUMNS: usize = 1_000;

/// Columns whose cells lie under a merged cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Covered {
    first: usize,
    last: usize,
    /// Whether the merged cell begins in an earlier row.
    from_above: bool,
}

/// The merged cells of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergedRow {
    /// The columns, from 0, whose cells lie under a merged cell: the first and the last of each group, in order.
    covered: Vec<Covered>,
    /// The merged cells that begin in this row: the first column and the last.
    begins: Vec<(usize, usize)>,
}

impl MergedRow {
    /// Adds a cell that covers the columns up to the last one.
    pub fn begin(&mut self, first: usize, last: usize) {
        self.begins.push((first, last));
    }

    /// Adds columns that are covered, by a cell to their left or by one above them.
    pub fn cover(&mut self, first: usize, last: usize, from_above: bool) {
        if first <= last {
            self.covered.push(Covered { first, last, from_above });
        }
    }

    /// How many bytes it takes.
    pub fn memory(&self) -> usize {
        self.covered.capacity() * size_of::<Covered>() + self.begins.capacity() * size_of::<(usize, usize)>()
    }

    pub fn is_empty(&self) -> bool {
        self.covered.is_empty() && self.begins.is_empty()
    }

    /// Whether the cell of a column lies under a merged cell.
    pub fn covers(&self, column: usize) -> bool {
        self.find(column).is_some()
    }

    /// Whether the cell of a column lies under a merged cell that begins in an earlier row.
    pub fn covers_from_above(&self, column: usize) -> bool {
        self.find(column).is_some_and(|covered| covered.from_above)
    }

    fn find(&self, column: usize) -> Option<&Covered> {
        let after = self.covered.partition_point(|covered| covered.first <= column);
        self.covered.get(after.checked_sub(1)?).filter(|covered| column <= covered.last)
    }

    /// The last column of the merged cell that begins in this column.
    pub fn end_of(&self, column: usize) -> Option<usize> {
        let at = self.begins.partition_point(|(first, _)| *first < column);
        self.begins.get(at).filter(|(first, _)| *first == column).map(|(_, last)| *last)
    }
}

/// Columns and rows that are merged into one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Area {
    first_row: u64,
    first_column: usize,
    last_row: u64,
    last_column: usize,
}

/// The merged cells of a sheet of Office Open XML, which lists them after its rows.
#[derive(Default)]
pub struct Merges {
    /// Those that begin further down, the next one last.
    rest: Vec<Area>,
    /// Those of the present row, by their first columns.
    active: BTreeMap<usize, Area>,
    /// The row up to which the present ones are the same.
    until: u64,
    row: Option<Arc<MergedRow>>,
}

impl Merges {
    /// Reads the list of a sheet.
    pub fn of(archive: &mut ZipArchive<Cursor<&[u8]>>, part: &str) -> Result<Merges, String> {
        let Some(mut part) = xml::open(archive, part)? else { return Ok(Merges::default()) };
        let mut all = vec![];
        part.skip_until_end_of("sheetData")?;
        read(&mut part, &mut all)?;
        all.sort_unstable_by(|one: &Area, other: &Area| other.cmp(one));
        Ok(Merges { rest: all, ..Merges::default() })
    }

    /// The merged cells of a row. Rows are asked for in their order.
    pub fn in_row(&mut self, row: u64) -> Result<Option<Arc<MergedRow>>, String> {
        if row <= self.until {
            return Ok(self.row.clone());
        }
        self.active.retain(|_, area| area.last_row >= row);
        while let Some(area) = self.rest.pop_if(|area| area.first_row <= row) {
            if area.last_row < row {
                continue;
            }
            let before = self.active.range(..=area.last_column).next_back();
            if before.is_some_and(|(_, other)| other.last_column >= area.first_column) {
                return Err(format!(
                    "Two merged cells overlap in row {row}. Separate them, and save the workbook again."
                ));
            }
            self.active.insert(area.first_column, area);
        }
        // Where none begins or ends, the next rows have the same.
        let next = self.rest.last().map_or(u64::MAX, |area| area.first_row - 1);
        let ends = self.active.values().map(|area| if area.first_row == row { row } else { area.last_row });
        self.until = ends.min().unwrap_or(u64::MAX).min(next);
        let mut merged = MergedRow::default();
        for area in self.active.values() {
            let begins = area.first_row == row;
            if begins {
                merged.begin(area.first_column, area.last_column);
            }
            merged.cover(area.first_column + usize::from(begins), area.last_column, !begins);
        }
        self.row = (!merged.is_empty()).then(|| Arc::new(merged));
        Ok(self.row.clone())
    }
}

fn read(part: &mut Part<impl Read>, all: &mut Vec<Area>) -> Result<(), String> {
    while let Some((name, attributes)) = part.next_start()? {
        if name != "mergeCell" {
            continue;
        }
        if all.len() >= MOST {
            return Err(format!("A sheet has more than {MOST} merged cells. Separate them."));
        }
        let range = attributes.get("ref").unwrap_or_default();
        let corners = range.split_once(':').unwrap_or((range, range));
        let corners = (address_of(corners.0), address_of(corners.1));
        let (Some((first_column, first_row)), Some((last_column, last_row))) = corners else {
            return Err(format!("`{}` is no merged cell.", range.chars().take(40).collect::<String>()));
        };
        if first_row == 0 || last_row < first_row || last_column < first_column {
            return Err(format!("`{range}` is no merged cell."));
        }
        if first_column < COLUMNS {
            all.push(Area { first_row, first_column, last_row, last_column });
        }
    }
    Ok(())
}

/// The column, from 0, and the row of an address such as `C5`.
pub fn address_of(address: &str) -> Option<(usize, u64)> {
    let letters = address.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = address.split_at(letters);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let number =
        letters.bytes().fold(0, |sum, byte| sum * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1);
    Some((number - 1, digits.parse().ok()?))
}
