//! A correct observation.

use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// One observation that passed all checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// The line of a CSV file, the row of a sheet or the element of a JSON list, from 1.
    pub row: u64,
    /// For each dimension of the indicator, the index of the code.
    pub codes: Vec<u32>,
    pub frequency: Frequency,
    pub period: Period,
    /// None exactly when [`ObsStatus::without_value`].
    pub value: Option<Scaled>,
    pub numerator: Option<Scaled>,
    pub denominator: Option<Scaled>,
    pub obs: ObsStatus,
    pub conf: ConfStatus,
    /// Whether the observations of the period are complete.
    pub complete: bool,
    /// Why the value is what it is.
    pub reason: Option<String>,
    pub note: Option<String>,
    /// Whether the row deletes the cell.
    pub delete: bool,
}
