//! What reading the bytes of one request may cost.
//!
//! A bound for each part of an input bounds nothing where the parts multiply: ten thousand styles with a long font name
//! each, one text in a million cells, a note that a wide table repeats for each of its columns. So all readers of one input
//! draw from one allowance, for what they hold in memory, for the bytes that they go through, and for the cells that they
//! read. A reader draws before it does the work; what is too much is refused with a sentence that says so.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::problem::{self, Problem};

const MIB: u64 = 1 << 20;

/// How much reading a file may hold in memory, apart from the file itself, in bytes.
pub const FILE_MEMORY: u64 = 64 * MIB;
/// How many bytes reading a file may go through: unpacked, and copied out of cells.
pub const FILE_BYTES: u64 = 256 * MIB;
/// How many cells a file may have, empty ones among them.
pub const FILE_CELLS: u64 = 5_000_000;
/// What a cell takes that stays in memory as a value of a record, besides its text.
const CELL: u64 = 160;
/// How much the values of a body in JSON may hold in memory, in bytes.
pub const JSON_MEMORY: u64 = 16 * MIB;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Bytes held in memory.
    Memory,
    /// Bytes gone through.
    Bytes,
    /// Cells.
    Cells,
}

/// An allowance that does not suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// What there is too much of.
    pub measure: Measure,
    most: u64,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.most;
        match self.measure {
            Measure::Memory => write!(
                f,
                "Reading this needs more than {} MiB of memory: its texts, styles, sheets or fields are too many or too long. Divide it, or shorten them.",
                most / MIB
            ),
            Measure::Bytes => write!(
                f,
                "This is too large: unpacked and read, it has more than {} MiB. Divide it, or remove what is not needed.",
                most / MIB
            ),
            Measure::Cells => {
                write!(f, "This has more than {most} cells, empty ones among them. Divide it.")
            }
        }
    }
}

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Problem {
        Problem::new(&problem::TOO_LARGE, exceeded.to_string())
    }
}

/// One measure of an allowance.
#[derive(Debug)]
struct Meter {
    measure: Measure,
    most: u64,
    used: AtomicU64,
}

impl Meter {
    fn new(measure: Measure, most: u64) -> Meter {
        Meter { measure, most, used: AtomicU64::new(0) }
    }

    fn draw(&self, amount: u64) -> Result<(), Exceeded> {
        let used = self.used.load(Ordering::Relaxed).saturating_add(amount);
        self.used.store(used, Ordering::Relaxed);
        match used > self.most {
            true => Err(Exceeded { measure: self.measure, most: self.most }),
            false => Ok(()),
        }
    }
}

/// What reading one input may cost. Clones draw from the same.
#[derive(Clone, Debug)]
pub struct Allowance(Arc<Meters>);

#[derive(Debug)]
struct Meters {
    memory: Meter,
    bytes: Meter,
    cells: Meter,
}

impl Allowance {
    fn new(memory: u64, bytes: u64, cells: u64) -> Allowance {
        Allowance(Arc::new(Meters {
            memory: Meter::new(Measure::Memory, memory),
            bytes: Meter::new(Measure::Bytes, bytes),
            cells: Meter::new(Measure::Cells, cells),
        }))
    }

    /// The allowance of a file in a request.
    pub fn of_file() -> Allowance {
        Allowance::new(FILE_MEMORY, FILE_BYTES, FILE_CELLS)
    }

    /// The allowance of a body in JSON.
    pub fn of_json() -> Allowance {
        Allowance::new(JSON_MEMORY, u64::MAX, u64::MAX)
    }

    /// The allowance of the operator's own files on the command line.
    pub fn of_operator() -> Allowance {
        Allowance::new(u64::MAX, u64::MAX, u64::MAX)
    }

    /// Draws bytes that stay in memory.
    pub fn hold(&self, bytes: u64) -> Result<(), Exceeded> {
        self.0.memory.draw(bytes)
    }

    /// Draws cells of a table that stay in memory as values of a record, with the bytes of their texts.
    pub fn hold_cells(&self, cells: u64, bytes: u64) -> Result<(), Exceeded> {
        self.hold(cells.saturating_mul(CELL).saturating_add(bytes.saturating_mul(2)))
    }

    /// Draws bytes that a reader goes through.
    pub fn read(&self, bytes: u64) -> Result<(), Exceeded> {
        self.0.bytes.draw(bytes)
    }

    /// Draws cells.
    pub fn cells(&self, cells: u64) -> Result<(), Exceeded> {
        self.0.cells.draw(cells)
    }

    /// Returns all bytes in memory, when what was read is no longer there.
    pub fn release_all(&self) {
        self.0.memory.used.store(0, Ordering::Relaxed);
    }

    /// The bytes in memory that have been drawn.
    pub fn held(&self) -> u64 {
        self.0.memory.used.load(Ordering::Relaxed)
    }
}

/// A length as an amount to draw.
pub fn amount(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_adds_up_and_what_is_too_much_is_said() {
        let allowance = Allowance::of_file();
        assert_eq!(allowance.hold(FILE_MEMORY - 1), Ok(()));
        assert_eq!(allowance.hold(1), Ok(()));
        let exceeded = allowance.hold(1).map_err(|exceeded| exceeded.to_string());
        assert!(exceeded.is_err_and(|text| text.contains("64 MiB")));
        assert_eq!(allowance.cells(FILE_CELLS), Ok(()), "each measure is its own");
        assert_eq!(allowance.cells(u64::MAX).map_err(|exceeded| exceeded.measure), Err(Measure::Cells));
        assert!(allowance.read(u64::MAX).is_err() && allowance.read(u64::MAX).is_err(), "it does not wrap");
        assert_eq!(Allowance::of_operator().hold(1 << 60), Ok(()));
    }
}
