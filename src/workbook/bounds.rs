//! The bounds of a workbook, and why one is refused.

use std::fmt;

use crate::allowance::Exceeded;

/// The most parts of a workbook.
pub const MAX_PARTS: usize = 2_000;

/// The most bytes of the directory of the archive: names, times and sizes of the parts.
pub const MAX_DIRECTORY: usize = 1 << 20;

/// The most bytes of an unpacked part.
pub const MAX_UNPACKED: u64 = 128 << 20;

/// The folder of what other programs store in a workbook, in forms of their own. Readers of cells do not open it.
pub const NOT_READ: &str = "customxml/";

/// The most bytes of an unpacked part that is not XML, such as a picture.
pub const MAX_OTHER: u64 = 24 << 20;

/// The most bytes of XML of a cell, of a text, or of a tag with its attributes.
pub const MAX_TEXT: u64 = 256 << 10;

/// The deepest nesting of a part.
pub const DEPTH: usize = 100;

/// Why a workbook is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no workbook, or a broken one.
    NotAWorkbook(String),
    /// It would cost too much to read.
    TooMuch(Exceeded),
    /// It has too many rows or columns for its reader.
    TooLarge(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotAWorkbook(detail) | Refusal::TooLarge(detail) => f.write_str(detail),
            Refusal::TooMuch(exceeded) => exceeded.fmt(f),
        }
    }
}

impl From<Exceeded> for Refusal {
    fn from(exceeded: Exceeded) -> Refusal {
        Refusal::TooMuch(exceeded)
    }
}

impl Refusal {
    /// The code of the fault that reports it.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotAWorkbook(_) => "not_a_workbook",
            Refusal::TooMuch(_) | Refusal::TooLarge(_) => "too_large",
        }
    }

    /// It is no workbook, for this reason.
    pub fn because(detail: impl Into<String>) -> Refusal {
        Refusal::NotAWorkbook(detail.into())
    }
}

/// The beginning of a name, for a message.
pub fn shown(name: &str) -> String {
    name.chars().filter(|char| !char.is_control()).take(60).collect()
}
