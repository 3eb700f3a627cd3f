//! The cells of a response, as one typed stream that every format is written from.

use std::sync::Arc;

use crate::clock::{Id, Ts};
use crate::http::csv::Audience;
use crate::problem::Problem;
use crate::stats::calendar::Coverage;
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// A code of a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeName {
    pub code: String,
    pub name: String,
}

/// A dimension with the codes that occur in the response, in the order in which the indicator lists them.
#[derive(Clone, Debug)]
pub struct DimensionInfo {
    /// Such as `AREA`.
    pub code: String,
    pub name: String,
    pub codes: Vec<CodeName>,
}

/// What all cells of a response have in common.
#[derive(Clone, Debug)]
pub struct ResponseInfo {
    pub indicator: Id,
    /// The short name of the indicator.
    pub slug: String,
    /// The version of its definition.
    pub definition_version: i64,
    /// What a CSV of the response is read with.
    pub audience: Audience,
    /// The title of the indicator.
    pub title: String,
    /// The definition of the indicator.
    pub definition: String,
    /// The code of the unit, such as `COUNT`.
    pub unit: String,
    /// The number of decimals for display. The values in the response are exact.
    pub decimals: i64,
    pub dimensions: Vec<DimensionInfo>,
    /// The licence of the observations.
    pub licence: Option<String>,
    /// The references of the sources.
    pub sources: Vec<String>,
    /// The moment that `asOf` names.
    pub as_of: Option<Ts>,
    /// Whether the response has every revision, not only the one that was valid at the moment.
    pub history: bool,
    pub labels: Labels,
    /// The absolute URL of the request, with its query.
    pub url: String,
    /// The latest publication or withdrawal of a release of the indicator.
    pub updated: Option<Ts>,
}

/// How a response shows codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    Code,
    Name,
    Both,
}

impl Labels {
    /// All labels, the default first.
    pub const ALL: &[Labels] = &[Labels::Code, Labels::Name, Labels::Both];

    /// The name in `labels=`.
    pub fn name(self) -> &'static str {
        match self {
            Labels::Code => "code",
            Labels::Name => "name",
            Labels::Both => "both",
        }
    }

    /// The labels with this name.
    pub fn parse(name: &str) -> Option<Labels> {
        Self::ALL.iter().copied().find(|labels| labels.name() == name)
    }
}

/// About how many bytes a series takes that is known, with its key, its codes and its places in indexes.
pub const BYTES_PER_SERIES: usize = 700;

/// A series that cells belong to.
#[derive(Clone, Debug)]
pub struct SeriesInfo {
    /// Its number in the database.
    pub number: i64,
    /// Such as `burglary-domestic.E23000018.P3M`.
    pub key: String,
    /// Its codes, in the order of the dimensions: indexes of [`DimensionInfo::codes`].
    pub codes: Vec<usize>,
    pub frequency: Frequency,
    /// What its cells can cover.
    pub coverage: Coverage,
}

/// A release that published cells.
#[derive(Clone, Debug)]
pub struct ReleaseInfo {
    /// Its number in the tables of observations.
    pub number: i64,
    /// The reference with that of its body: `derbyshire-pcc:REL-1`.
    pub reference: String,
    /// When it was withdrawn. Its cells are then not published.
    pub withdrawn: Option<Ts>,
}

/// One cell, in one revision.
#[derive(Clone, Debug)]
pub struct Cell {
    pub series: Arc<SeriesInfo>,
    pub period: Period,
    /// None exactly when [`ObsStatus::without_value`].
    pub value: Option<Scaled>,
    pub numerator: Option<Scaled>,
    pub denominator: Option<Scaled>,
    pub obs: ObsStatus,
    pub conf: ConfStatus,
    /// Whether the observations of the period are complete: the release says so, and they can cover the whole period.
    pub complete: bool,
    /// The number of the revision, from 1. Above 1, the cell was revised.
    pub revision: i64,
    /// Whether this revision deletes the cell (only with `includeHistory` or `updatedAfter`).
    pub deleted: bool,
    /// The release that published the cell. If it was withdrawn, value and status are already those of an unpublished cell
    /// (no value, `O`), and there is no reason and no note.
    pub release: Arc<ReleaseInfo>,
    /// When this revision became valid.
    pub valid_from: Ts,
    /// When this revision ceased to be valid.
    pub valid_to: Option<Ts>,
    /// Why the value is what it is.
    pub reason: Option<String>,
    pub note: Option<String>,
}

/// What follows the last cell.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// The `limit` of the request.
    pub limit: Option<i64>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// A series whose cells follow, with what many of them have in common.
#[derive(Clone, Debug)]
pub struct SeriesHead {
    pub series: Arc<SeriesInfo>,
    /// The release of most of the cells, if one has most of them.
    pub release: Arc<ReleaseInfo>,
    /// When the cells of that release became valid.
    pub valid_from: Ts,
}

/// Writes a format. It receives the cells in the order of series, period and revision.
pub trait CellWriter {
    /// Writes what precedes the first cell.
    fn begin(&mut self, info: &ResponseInfo, out: &mut Vec<u8>) -> Result<(), Problem>;
    /// Writes what precedes the first cell of a series.
    fn series(&mut self, _info: &ResponseInfo, _head: &SeriesHead, _out: &mut Vec<u8>) {}
    fn cell(&mut self, info: &ResponseInfo, cell: &Cell, out: &mut Vec<u8>) -> Result<(), Problem>;
    /// Writes what follows the last cell.
    fn end(&mut self, info: &ResponseInfo, end: &End, out: &mut Vec<u8>) -> Result<(), Problem>;
}
