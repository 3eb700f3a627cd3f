//! The sheets of a workbook as tables in memory, for readers that need all of it.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{Book, Cell, HiddenColumns, MergedRow, Row, Visitor};
use crate::allowance::{Allowance, Exceeded, amount};
use crate::workbook::{self, Refusal};

/// The most columns of such a table.
pub const MAX_TABLE_COLUMNS: usize = 500;

/// A sheet of a workbook.
#[derive(Clone, Debug)]
pub struct SheetTable {
    pub name: String,
    /// The day from which the workbook counts days.
    pub day_zero: NaiveDate,
    pub is_hidden: bool,
    /// The columns that are not shown.
    pub hidden_columns: HiddenColumns,
    /// The rows that have a cell which is not empty.
    pub rows: Vec<TableRow>,
    /// The number of columns up to the last one with a cell.
    pub width: usize,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// From 1, as in the spreadsheet.
    pub number: u64,
    pub is_hidden: bool,
    /// The cells that are not empty, each in one column.
    pub cells: Vec<Cell>,
    /// The cells that are merged with others.
    pub merged: Option<Arc<MergedRow>>,
}

impl TableRow {
    /// Whether another cell is shown over the one of a column.
    pub fn is_covered(&self, column: usize) -> bool {
        self.merged.as_ref().is_some_and(|merged| merged.covers(column))
    }
}

/// What is to be done about a cell that [`TableRow::is_covered`].
pub const MERGED: &str =
    "This cell is merged with another, which is shown over it. Separate them, and give each its value.";

impl SheetTable {
    /// Whether a column is not shown.
    pub fn hides_column(&self, column: usize) -> bool {
        self.hidden_columns.group_of(column).is_some()
    }

    /// The texts of the first row, with empty ones up to the last column of the table.
    pub fn titles(&self) -> Vec<String> {
        let mut titles = vec![String::new(); self.width];
        let Some(row) = self.rows.first() else { return titles };
        // What is under a merged cell is not seen, and no title.
        for cell in row.cells.iter().filter(|cell| !row.is_covered(cell.column)) {
            if let Some(title) = titles.get_mut(cell.column) {
                *title = cell.text.to_string();
            }
        }
        titles
    }
}

/// Reads all sheets. `most_rows` bounds the rows of all sheets together.
pub fn read(body: &[u8], most_rows: u64, allowance: &Allowance) -> Result<Vec<SheetTable>, Refusal> {
    workbook::check(body, allowance)?;
    let mut book = Book::open(body).map_err(Refusal::because)?;
    let sheets = book.sheets().to_vec();
    let mut left = most_rows;
    let mut tables = vec![];
    // An OpenDocument workbook is gone through for each of its sheets: what is too much is refused before the first.
    for n in 0..sheets.len() {
        allowance.read(book.bytes_to_read(n))?;
    }
    for (n, sheet) in sheets.into_iter().enumerate() {
        let table = SheetTable {
            name: sheet.name,
            day_zero: book.day_zero(),
            is_hidden: sheet.hidden,
            hidden_columns: HiddenColumns::default(),
            rows: vec![],
            width: 0,
        };
        let mut collector = Collector { table, row: 0, left, most_rows, allowance, refusal: None };
        let result = book.read(n, &mut collector);
        if let Some(refusal) = collector.refusal {
            return Err(refusal);
        }
        let (table, row) = (collector.table, collector.row);
        if let Err(detail) = result {
            return Err(Refusal::because(format!(
                "The sheet `{}` cannot be read after row {row}: {detail}",
                table.name
            )));
        }
        left = collector.left;
        tables.push(table);
    }
    Ok(tables)
}

/// Collects the rows of a sheet.
struct Collector<'a> {
    table: SheetTable,
    /// The last row that was read.
    row: u64,
    /// How many rows there may still be.
    left: u64,
    most_rows: u64,
    allowance: &'a Allowance,
    refusal: Option<Refusal>,
}

impl Collector<'_> {
    fn add(&mut self, row: Row) -> Result<(), Refusal> {
        if row.number <= self.row {
            return Err(Refusal::because(format!(
                "In the sheet `{}`, row {} follows row {}. Save the workbook again.",
                self.table.name, row.number, self.row
            )));
        }
        self.row = row.number;
        if row.cells.is_empty() {
            return Ok(());
        }
        let width = row.cells.last().map_or(0, |cell| cell.column.saturating_add(cell.repeats));
        if width > MAX_TABLE_COLUMNS {
            return Err(Refusal::TooLarge(format!(
                "The sheet `{}` has more than {MAX_TABLE_COLUMNS} columns in row {}. Remove columns.",
                self.table.name, row.number
            )));
        }
        self.table.width = self.table.width.max(width);
        let before = self.table.rows.last().and_then(|before| before.merged.as_ref());
        if let Some(merged) = &row.merged
            && before.is_none_or(|before| !Arc::ptr_eq(before, merged))
        {
            self.allowance.hold(amount(merged.memory()))?;
        }
        let mut cells: Vec<Cell> = vec![];
        for cell in &row.cells {
            let each = |n| Cell { column: cell.column + n, repeats: 1, ..cell.clone() };
            cells.extend((0..cell.repeats).map(each));
        }
        for number in row.number..row.number.saturating_add(row.repeats) {
            self.left = self.left.checked_sub(1).ok_or_else(|| self.too_many())?;
            self.draw(&cells)?;
            self.row = number;
            let (is_hidden, merged) = (row.hidden, row.merged.clone());
            self.table.rows.push(TableRow { number, is_hidden, cells: cells.clone(), merged });
        }
        Ok(())
    }

    fn draw(&self, cells: &[Cell]) -> Result<(), Exceeded> {
        let bytes: u64 = cells.iter().map(|cell| amount(cell.text.len())).sum();
        self.allowance.cells(amount(cells.len()))?;
        self.allowance.read(bytes)?;
        self.allowance.hold_cells(amount(cells.len()), bytes)
    }

    fn too_many(&self) -> Refusal {
        Refusal::TooLarge(format!(
            "The sheets have more than {} rows in all. Divide the workbook, or remove the sheets that are not needed.",
            self.most_rows
        ))
    }
}

impl Visitor for Collector<'_> {
    fn hidden_columns(&mut self, first: usize, last: usize) {
        self.table.hidden_columns.add(first, last);
    }

    fn row(&mut self, row: Row) -> bool {
        self.refusal = self.add(row).err();
        self.refusal.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{SampleSheet, archive, ods, text, xlsx, xlsx_parts};
    use super::*;

    fn sheet(rows: &str) -> Vec<u8> {
        xlsx(&[SampleSheet { name: "S", rows, ..SampleSheet::default() }], "<sst/>", &[])
    }

    #[test]
    fn all_sheets_become_tables_and_what_is_too_much_is_refused() {
        let rows =
            format!("<row r=\"2\" hidden=\"1\">{}{}</row><row r=\"4\"/>", text("A2", "a"), text("D2", "b"));
        let of = |body: &[u8], most| read(body, most, &Allowance::of_file());
        let tables = of(&sheet(&rows), 10).unwrap();
        assert_eq!(
            (tables[0].titles(), tables[0].rows.len()),
            (["a", "", "", "b"].map(str::to_owned).to_vec(), 1)
        );
        assert_eq!((tables[0].rows[0].number, tables[0].rows[0].is_hidden), (2, true));
        let many: String =
            (1..=11).map(|n| format!("<row r=\"{n}\">{}</row>", text(&format!("A{n}"), "x"))).collect();
        assert!(of(&sheet(&many), 11).is_ok());
        assert!(
            matches!(of(&sheet(&many), 10), Err(Refusal::TooLarge(detail)) if detail.contains("10 rows"))
        );
        let far = format!("<row r=\"1\">{}</row>", text("SS1", "x"));
        assert!(matches!(of(&sheet(&far), 10), Err(Refusal::TooLarge(detail)) if detail.contains("columns")));
        let back = format!("<row r=\"2\">{}</row><row r=\"1\"/>", text("A2", "x"));
        assert!(
            matches!(of(&sheet(&back), 10), Err(Refusal::NotAWorkbook(detail)) if detail.contains("row 1"))
        );
        assert!(matches!(of(b"a,b\n", 10), Err(Refusal::NotAWorkbook(_))));
    }

    #[test]
    fn a_row_that_repeats_counts_as_often_as_it_does() {
        let repeated = |rows: u64| {
            let cell = "<table:table-cell table:number-columns-repeated=\"100\"><text:p>abc</text:p></table:table-cell>";
            let row =
                format!("<table:table-row table:number-rows-repeated=\"{rows}\">{cell}</table:table-row>");
            ods("", &format!("<table:table table:name=\"S\">{row}</table:table>"))
        };
        let tables = read(&repeated(3), 10, &Allowance::of_file()).unwrap();
        assert_eq!((tables[0].rows.len(), tables[0].rows[2].number, tables[0].width), (3, 3, 100));
        let refused = |rows| read(&repeated(rows), 50_000, &Allowance::of_file());
        assert!(matches!(refused(49_999), Err(Refusal::TooMuch(_))));
    }

    #[test]
    fn the_lists_of_merged_cells_that_rows_have_count_as_memory() {
        let of = |rows: usize| {
            let cells: String =
                (1..=rows).map(|n| format!("<row r=\"{n}\">{}</row>", text(&format!("A{n}"), "x"))).collect();
            let columns = (0..900).map(|n| {
                let letters = column_letters(n);
                format!("<mergeCell ref=\"{letters}1:{letters}50000\"/>")
            });
            // One more in each row, so that no row has the list of the one before.
            let more = (1..=rows).map(|n| format!("<mergeCell ref=\"AJA{n}:AJB{n}\"/>"));
            let merged: String = columns.chain(more).collect();
            let sheet = SampleSheet { name: "S", rows: &cells, ..SampleSheet::default() };
            let parts = xlsx_parts(&[sheet], "<sst/>", &[]).into_iter().map(|(name, part)| {
                (
                    name,
                    part.replace("</sheetData>", &format!("</sheetData><mergeCells>{merged}</mergeCells>")),
                )
            });
            let parts: Vec<(String, String)> = parts.collect();
            let parts: Vec<(&str, &str)> =
                parts.iter().map(|(name, part)| (name.as_str(), part.as_str())).collect();
            read(&archive(&parts), 50_000, &Allowance::of_file()).map(|tables| tables[0].rows.len())
        };
        assert_eq!(of(100).ok(), Some(100));
        assert!(matches!(of(4_000), Err(Refusal::TooMuch(_))));
    }

    /// The letters of a column, from 0.
    fn column_letters(column: usize) -> String {
        let letter = |n: usize| char::from(b'A' + u8::try_from(n).unwrap());
        let first = column / 26;
        let rest = letter(column % 26);
        match first.checked_sub(1) {
            None => rest.to_string(),
            Some(first) if first < 26 => format!("{}{rest}", letter(first)),
            Some(first) => format!("{}{}{rest}", letter(first / 26 - 1), letter(first % 26)),
        }
    }
}
