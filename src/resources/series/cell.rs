//! A figure as it goes out: one typed stream, which every format is written from.

use std::io::Write;
use std::sync::Arc;

use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// A code of a dimension, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeName {
    /// The code.
    pub code: String,
    /// What it stands for.
    pub name: String,
}

/// A dimension, with the codes that occur in the answer (in the order in which the indicator lists them).
#[derive(Clone, Debug)]
pub struct DimensionInfo {
    /// Its code: `AREA`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its codes.
    pub codes: Vec<CodeName>,
}

/// What all cells of an answer have in common.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The indicator.
    pub indicator: Id,
    /// Its name in addresses.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// What it measures.
    pub definition: String,
    /// The code of its unit (`COUNT`).
    pub unit: String,
    /// How many decimals values are shown with elsewhere; values themselves go out exactly.
    pub decimals: i64,
    /// Its dimensions, in order.
    pub dimensions: Vec<DimensionInfo>,
    /// The licence of its figures, where it is on record.
    pub licence: Option<String>,
    /// The sources, by reference.
    pub sources: Vec<String>,
    /// The moment asked for by `asOf`; none for now.
    pub as_of: Option<Ts>,
    /// Whether every revision is in the answer, not only the one that was valid at the moment.
    pub history: bool,
    /// How codes are told.
    pub labels: Labels,
    /// The address asked for, with its query: absolute.
    pub address: String,
    /// The latest publication among the figures that are shown, if there is any.
    pub updated: Option<Ts>,
}

/// How codes are told in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// By code.
    Code,
    /// By name.
    Name,
    /// Both.
    Both,
}

/// A series that cells belong to.
#[derive(Clone, Debug)]
pub struct SeriesInfo {
    /// Its number in the database.
    pub number: i64,
    /// Its key: `burglary-domestic.E23000018.P3M`.
    pub key: String,
    /// Its codes, in the order of the dimensions: places in [`DimensionInfo::codes`].
    pub codes: Vec<usize>,
    /// Its frequency.
    pub frequency: Frequency,
}

/// A release that cells came by.
#[derive(Clone, Debug)]
pub struct ReleaseInfo {
    /// Its id.
    pub id: Id,
    /// Its name for people, with its body's: `derbyshire-pcc:REL-1`.
    pub reference: String,
    /// When it was withdrawn; its cells are then not published.
    pub withdrawn: Option<Ts>,
}

/// One cell, in one revision.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its series.
    pub series: Arc<SeriesInfo>,
    /// Its period.
    pub period: Period,
    /// Its value; none exactly when the status says so.
    pub value: Option<Scaled>,
    /// What stands above the line.
    pub numerator: Option<Scaled>,
    /// What stands below it.
    pub denominator: Option<Scaled>,
    /// SDMX's status of an observation.
    pub obs: ObsStatus,
    /// SDMX's status of confidentiality.
    pub conf: ConfStatus,
    /// Whether the period's figures are complete.
    pub complete: bool,
    /// The number of its revision, from 1: above 1 it was revised.
    pub revision: i64,
    /// True where this revision takes the cell away (only in histories and in what was updated).
    pub deleted: bool,
    /// The release that it came by. Where that is withdrawn, value and status are already those of a cell that is not
    /// published (no value, O), and `reason` is none.
    pub release: Arc<ReleaseInfo>,
    /// Since when this revision is valid.
    pub valid_from: Ts,
    /// Until when it was; none while it is.
    pub valid_to: Option<Ts>,
    /// Why it was revised, or is as it is.
    pub reason: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// What is written behind the last cell.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// The number of cells that a page may have, where one was asked for.
    pub limit: Option<i64>,
    /// The address of the next page and its cursor.
    pub next: Option<String>,
}

/// A format: given the frame, then every cell in order (by series, then period, then revision), then the end.
pub trait CellWriter {
    /// Writes what stands before the first cell.
    fn begin(&mut self, frame: &Frame, out: &mut dyn Write) -> Result<(), Problem>;
    /// Writes a cell.
    fn cell(&mut self, frame: &Frame, cell: &Cell, out: &mut dyn Write) -> Result<(), Problem>;
    /// Writes what stands behind the last.
    fn end(&mut self, frame: &Frame, end: &End, out: &mut dyn Write) -> Result<(), Problem>;
}
