//! An observation while it is read, with its faults so far.

use std::sync::Arc;

use super::report::Report;
use super::shape::IndicatorShape;
use super::symbols::Meaning;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

/// The cell of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Number {
    /// The cell is empty.
    #[default]
    Absent,
    /// The cell does not hold a number. Its fault was added.
    Invalid,
    Valid(Scaled),
}

impl Number {
    /// The number, if the cell holds one.
    pub fn get(self) -> Option<Scaled> {
        match self {
            Number::Valid(number) => Some(number),
            Number::Absent | Number::Invalid => None,
        }
    }
}

/// An error or a warning that a rule of a mapping may accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AcceptableFault {
    /// A count is below zero.
    NegativeCount,
    /// The period lies outside the days on which the code is used.
    OutsideLife,
    /// The code is used only on some days of the period.
    PartlyOutsideLife,
    /// The series falls from fifty or more to zero.
    FallsToZero,
    /// The percentage differs from numerator divided by denominator.
    RatioDisagrees,
}

/// The set of faults and warnings that rules accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted(u8);

impl Accepted {
    pub fn insert(&mut self, fault: AcceptableFault) {
        self.0 |= 1 << fault as u8;
    }

    pub fn extend(&mut self, other: Accepted) {
        self.0 |= other.0;
    }

    pub fn contains(self, fault: AcceptableFault) -> bool {
        self.0 & (1 << fault as u8) != 0
    }
}

/// A fault that is not reported yet: a rule may still skip the row.
#[derive(Clone, Debug)]
struct PendingFault {
    column: String,
    code: &'static str,
    detail: String,
}

/// The titles of columns, as faults name them. Empty for what has no column of its own.
#[derive(Clone, Debug, Default)]
pub struct Titles {
    pub dimensions: Vec<Arc<str>>,
    pub period: Arc<str>,
    pub value: Arc<str>,
    pub numerator: Arc<str>,
    pub denominator: Arc<str>,
    pub status: Arc<str>,
}

/// An observation while it is read.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The number of the row in the file.
    pub row: u64,
    /// The column of the value, from 0. None if it has none.
    pub value_column: Option<usize>,
    /// For each dimension, the index of the code.
    pub codes: Vec<Option<u32>>,
    pub period: Option<Period>,
    pub value: Number,
    pub numerator: Number,
    pub denominator: Number,
    /// `OBS_STATUS`, if given.
    pub obs: Option<ObsStatus>,
    /// `CONF_STATUS`, if given.
    pub conf: Option<ConfStatus>,
    /// Whether the status is invalid. Checks that depend on it are then skipped.
    pub status_invalid: bool,
    /// Whether the observations of the period are complete.
    pub complete: bool,
    /// Why the value is what it is.
    pub reason: Option<String>,
    pub note: Option<String>,
    /// Whether the row deletes the cell.
    pub delete: bool,
    pub accepted: Accepted,
    faults: Vec<PendingFault>,
    /// Whether faults of the row were reported already.
    has_reported: bool,
}

impl Draft {
    /// Takes the statuses that a symbol means; those that it does not mean stay.
    pub fn set_statuses(&mut self, meaning: Meaning) {
        self.obs = meaning.obs.or(self.obs);
        self.conf = meaning.conf.or(self.conf);
    }

    /// An empty draft.
    pub fn new(row: u64, shape: &IndicatorShape) -> Draft {
        Draft {
            row,
            value_column: None,
            codes: vec![None; shape.dimensions.len()],
            period: None,
            value: Number::Absent,
            numerator: Number::Absent,
            denominator: Number::Absent,
            obs: None,
            conf: None,
            status_invalid: false,
            complete: true,
            reason: None,
            note: None,
            delete: false,
            accepted: Accepted::default(),
            faults: vec![],
            has_reported: false,
        }
    }

    /// Adds a fault. The message is only built if the fault may be listed.
    pub fn add_fault(
        &mut self,
        report: &Report,
        column: &str,
        code: &'static str,
        detail: impl FnOnce() -> String,
    ) {
        let (column, detail) =
            if report.is_full() { (String::new(), String::new()) } else { (column.to_owned(), detail()) };
        self.faults.push(PendingFault { column, code, detail });
    }

    pub fn has_faults(&self) -> bool {
        self.has_reported || !self.faults.is_empty()
    }

    /// Moves the faults to the report.
    pub fn report_faults(&mut self, report: &mut Report) {
        for fault in self.faults.drain(..) {
            report.error(self.row, &fault.column, fault.code, || fault.detail);
            self.has_reported = true;
        }
    }

    /// Appends to the reason, up to 1,000 characters.
    pub fn add_reason(&mut self, reason: &str) {
        let previous = self.reason.take().map_or_else(String::new, |previous| previous + " ");
        self.reason = Some(format!("{previous}{reason}").chars().take(1000).collect());
    }
}
