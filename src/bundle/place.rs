//! Where the text of a file is read from.

use std::path::PathBuf;
use std::sync::Arc;

use crate::record::kind::ConvertedRecord;
use crate::sheet::tables::SheetTable;

/// Where a file is read from.
#[derive(Clone, Debug)]
pub enum Place {
    /// A path of the file system.
    Path(PathBuf),
    /// An entry of the bundle's archive, by its number.
    Entry(usize),
    /// A text inside the binary.
    Text(&'static str),
    /// Bytes in memory.
    Bytes(Arc<Vec<u8>>),
    /// The sheets of a workbook.
    Sheets(Arc<Vec<SheetTable>>),
    /// Records converted from another standard's format.
    Converted(Arc<Vec<ConvertedRecord>>),
}
