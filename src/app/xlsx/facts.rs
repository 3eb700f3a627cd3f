//! What the notes say about the rows of a workbook.

/// The most cells that the notes name.
const NAMED: usize = 20;

/// Cells that are not as they are in the CSV: how many, and the first of them.
#[derive(Default)]
pub struct Noted {
    pub count: usize,
    pub names: Vec<String>,
}

impl Noted {
    /// Counts a cell.
    pub fn add(&mut self, row: u32, column: u16) {
        self.count += 1;
        if self.names.len() < NAMED {
            self.names.push(rust_xlsxwriter::utility::row_col_to_cell(row, column));
        }
    }
}

/// What the notes say about the rows.
#[derive(Default)]
pub struct Facts {
    pub titles: Vec<String>,
    pub rows: usize,
    /// Texts that no cell has room for.
    pub cut: Noted,
    /// Numbers with more digits than a spreadsheet holds.
    pub long_numbers: Noted,
    /// Days that no spreadsheet knows.
    pub early_days: Noted,
}
