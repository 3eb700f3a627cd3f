//! Reads the sheets of a workbook: Office Open XML (`.xlsx`) or OpenDocument (`.ods`).
//!
//! A cell has the text that it shows, not only what it holds: a person who writes a file sees `91.5%`, and the file holds
//! 0.915. Numbers keep all their decimals and lose the separators of their thousands. Where what is shown is another number
//! than what is held, or no number, or fewer decimals, the cell says so ([`Shown`]).
//!
//! Rows are read one by one while the sheet is unpacked. No number is calculated with in binary: the digits of the file become
//! the shortest decimal that stands for its binary number, and a decimal point is moved within a text.

mod cell;
mod format;
mod merged;
mod moment;
mod ods;
mod ods_numbers;
mod ods_styles;
mod raised;
pub mod tables;
mod xlsx;
mod xlsx_styles;
mod xml;

#[cfg(test)]
pub mod samples;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{Cursor, Read};

use chrono::NaiveDate;
use zip::ZipArchive;

pub use cell::{
    Cell, HiddenColumns, Row, Sheet, Shown, Visitor, is_first_day, is_no_result, shows_same_number,
};
pub use merged::MergedRow;
pub use moment::{DAY_ZERO, time_of_day};
pub use raised::digit_of_raised;

/// The media type of an Office Open XML sheet.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The sheet of our own workbooks that says what the others have, and how it begins.
pub const ABOUT: &str = "About";
pub const ABOUT_TITLE: &str = "What this is";

/// The media type of an OpenDocument sheet.
pub const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// An open workbook.
pub struct Book<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    sheets: Vec<Sheet>,
    kind: Kind,
}

enum Kind {
    Xlsx(xlsx::Shared),
    Ods(ods::Shared),
}

impl Book<'_> {
    /// Opens a workbook. Fails with a sentence that says why it cannot be read.
    pub fn open(body: &[u8]) -> Result<Book<'_>, String> {
        let not_a_workbook = "This is not a workbook in Office Open XML (`.xlsx`) or OpenDocument (`.ods`). Save an older \
                              workbook (`.xls`), or one with a password, as `.xlsx` without a password.";
        let mut archive = ZipArchive::new(Cursor::new(body)).map_err(|_| not_a_workbook.to_owned())?;
        let mut media_type = String::new();
        if let Ok(part) = archive.by_name("mimetype") {
            part.take(100).read_to_string(&mut media_type).map_err(|error| error.to_string())?;
        }
        let (sheets, kind) = if media_type.trim() == ODS {
            let (sheets, shared) = ods::open(&mut archive)?;
            (sheets, Kind::Ods(shared))
        } else if archive.by_name("xl/workbook.xml").is_ok() || archive.by_name("_rels/.rels").is_ok() {
            let (sheets, shared) = xlsx::open(&mut archive)?;
            // Each part is read once: many sheets of one part would be many times its work.
            let mut parts = HashSet::new();
            if let Some(twice) = sheets.iter().find(|sheet| !parts.insert(sheet.part.to_ascii_lowercase())) {
                let name = &twice.name;
                return Err(format!(
                    "The sheet `{name}` has the same rows as another sheet. Save the workbook again."
                ));
            }
            (sheets, Kind::Xlsx(shared))
        } else {
            return Err(not_a_workbook.to_owned());
        };
        Ok(Book { archive, sheets, kind })
    }

    /// The day from which it counts days, in cells whose format does not make them dates.
    pub fn day_zero(&self) -> NaiveDate {
        match &self.kind {
            Kind::Xlsx(shared) => shared.day_zero(),
            Kind::Ods(shared) => shared.day_zero,
        }
    }

    /// Its sheets, in their order.
    pub fn sheets(&self) -> &[Sheet] {
        &self.sheets
    }

    /// How many bytes are gone through to read a sheet. All sheets of an OpenDocument file are in one part, which is read up to
    /// the sheet.
    pub fn bytes_to_read(&mut self, sheet: usize) -> u64 {
        let index = self.sheets.get(sheet).and_then(|sheet| xml::index_of(&self.archive, &sheet.part));
        index.and_then(|index| self.archive.by_index(index).ok()).map_or(0, |part| part.size())
    }

    /// Shows the rows of a sheet to a visitor, until the visitor stops. Fails with a sentence that says why it cannot go on.
    pub fn read(&mut self, sheet: usize, visitor: &mut dyn Visitor) -> Result<(), String> {
        let Some(Sheet { part, .. }) = self.sheets.get(sheet) else { return Ok(()) };
        match &self.kind {
            Kind::Xlsx(shared) => xlsx::read(&mut self.archive, part, shared, visitor),
            Kind::Ods(shared) => ods::read(&mut self.archive, sheet, shared, visitor),
        }
    }
}
