//! Where the header and the data of a table are, and the titles that a header makes.

use super::mapping::{HeaderTitles, HiddenCells, Mapping};
use super::source_row::SourceRow;
use super::text;
use crate::sheet::MergedRow;

/// The most characters that are kept of a title, and of each cell that it is joined from. A mapping names at most 300, and notes may
/// follow: of what is longer the rest is of no use, and a workbook of a few kilobytes could fill gigabytes with it.
const LONGEST_TITLE: usize = 1_000;

/// Where the header and the data are, and which figures are meant to be passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Whether a mapping declares it.
    pub is_declared: bool,
    /// The row in which the header begins.
    pub header_row: u64,
    /// The number of rows of the header.
    pub header_rows: u64,
    pub titles: HeaderTitles,
    /// The row in which the data begin. None if they follow the header.
    pub first_row: Option<u64>,
    /// The row in which the data end. None if they end with the file.
    pub last_row: Option<u64>,
    /// Whether figures between the header and the first row may be passed over.
    pub ignore_before: bool,
    /// Whether figures after the last row may be passed over.
    pub ignore_after: bool,
    /// What is done with hidden rows and columns. None if figures in them are a fault.
    pub hidden: Option<HiddenCells>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout {
            is_declared: false,
            header_row: 1,
            header_rows: 1,
            titles: HeaderTitles::Lowest,
            first_row: None,
            last_row: None,
            ignore_before: false,
            ignore_after: false,
            hidden: None,
        }
    }
}

impl Layout {
    /// The layout that a mapping declares.
    pub fn of(mapping: &Mapping) -> Layout {
        let row = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        Layout {
            is_declared: true,
            header_row: row(mapping.header_row).unwrap_or(1),
            header_rows: row(mapping.header_rows).unwrap_or(1).max(1),
            titles: mapping.header_titles.unwrap_or(HeaderTitles::Lowest),
            first_row: row(mapping.first_row),
            last_row: row(mapping.last_row),
            ignore_before: mapping.ignore.before_first_row,
            ignore_after: mapping.ignore.after_last_row,
            hidden: mapping.hidden,
        }
    }
}

/// A row of the header.
pub struct HeaderRow {
    /// Its tidy texts. What is under a merged cell is not seen, and no title.
    cells: Vec<String>,
    merged: Option<MergedRow>,
}

impl HeaderRow {
    fn of(row: &SourceRow<'_>) -> HeaderRow {
        let is_covered = |column: usize| row.merged.is_some_and(|merged| merged.covers(column));
        let text = |(column, cell): (usize, &str)| match is_covered(column) {
            true => String::new(),
            false => cut(&text::tidy(cell)),
        };
        HeaderRow { cells: row.cells.iter().enumerate().map(text).collect(), merged: row.merged.cloned() }
    }
}

fn cut(title: &str) -> String {
    title.chars().take(LONGEST_TITLE).collect()
}

/// Adds a row to a header. Returns the titles when it is the last row.
pub fn add_row(header: &mut Vec<HeaderRow>, row: &SourceRow<'_>, layout: &Layout) -> Option<Vec<String>> {
    header.push(HeaderRow::of(row));
    let is_whole = header.len() as u64 >= layout.header_rows;
    is_whole.then(|| titles(header, layout.titles))
}

/// The titles of columns, from the rows of the header.
fn titles(header: &[HeaderRow], how: HeaderTitles) -> Vec<String> {
    let width = header.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let cell = |row: usize, column: usize| header[row].cells.get(column).map_or("", String::as_str);
    // A heading in a merged cell ends with it.
    let reaches = |row: usize, left: usize, column: usize| {
        let end = header[row].merged.as_ref().and_then(|merged| merged.end_of(left));
        end.is_none_or(|end| column <= end)
    };
    let title = |column: usize, headings: &[Option<usize>]| match how {
        // The lowest cell that is not empty is the title.
        HeaderTitles::Lowest => (0..header.len())
            .rev()
            .map(|row| cell(row, column))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .to_owned(),
        HeaderTitles::Joined => {
            let parts: Vec<&str> = (0..header.len())
                .map(|row| {
                    let is_lowest = row + 1 == header.len();
                    let own = cell(row, column);
                    if is_lowest || !own.is_empty() || cell(header.len() - 1, column).is_empty() {
                        return own;
                    }
                    // A heading spans the columns to its right, if there is something below it.
                    let spans =
                        |left: usize| (row + 1..header.len()).any(|below| !cell(below, left).is_empty());
                    let heading = headings[row].filter(|left| spans(*left) && reaches(row, *left, column));
                    heading.map_or("", |left| cell(row, left))
                })
                .filter(|text| !text.is_empty())
                .collect();
            parts.join(" ")
        }
    };
    // For each row the last column to the left that is not empty.
    let mut headings = vec![None; header.len()];
    let mut all = Vec::with_capacity(width);
    for column in 0..width {
        all.push(cut(&title(column, &headings)));
        for (row, heading) in headings.iter_mut().enumerate() {
            if !cell(row, column).is_empty() {
                *heading = Some(column);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::{HeaderTitles, LONGEST_TITLE, Layout, add_row};
    use crate::resources::releases::upload::source_row::SourceRow;

    #[test]
    fn titles_that_are_joined_from_long_cells_take_no_more_than_one() {
        let cells = StringRecord::from(vec!["x".repeat(20_000); 3]);
        let layout = Layout { header_rows: 10, titles: HeaderTitles::Joined, ..Layout::default() };
        let mut header = vec![];
        let mut titles = None;
        for number in 1..=10 {
            assert!(titles.is_none());
            titles = add_row(&mut header, &SourceRow::plain(number, &cells), &layout);
            assert!(header.iter().flat_map(|row| &row.cells).all(|cell| cell.len() == LONGEST_TITLE));
        }
        assert!(titles.is_some_and(|titles| titles.iter().all(|title| title.len() == LONGEST_TITLE)));
    }
}
