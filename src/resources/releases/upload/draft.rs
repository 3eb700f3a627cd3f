//! An observation as far as it could be read, and what is said of it before it is measured.

use super::found::Found;
use super::row::Shape;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

/// A number's cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Number {
    /// Nothing stands there.
    #[default]
    Absent,
    /// Something that is no number; it was said.
    Wrong,
    /// A number.
    Is(Scaled),
}

impl Number {
    /// The number, where there is one.
    pub fn get(self) -> Option<Scaled> {
        match self {
            Number::Is(number) => Some(number),
            Number::Absent | Number::Wrong => None,
        }
    }
}

/// What a rule may let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acceptable {
    /// A count below nought.
    NegativeCount,
    /// A value of a period in which its code did not live.
    OutsideLife,
    /// A value of a period in which its code lived for a part of the time.
    PartlyOutsideLife,
    /// A series that falls to nought from fifty or more.
    FallsToZero,
    /// A percentage that is not what its numerator and denominator give.
    RatioDisagrees,
}

/// What was let pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted(u8);

impl Accepted {
    /// Lets this pass, too.
    pub fn add(&mut self, what: Acceptable) {
        self.0 |= 1 << what as u8;
    }

    /// Lets pass what the other does.
    pub fn join(&mut self, other: Accepted) {
        self.0 |= other.0;
    }

    /// Whether this passes.
    pub fn has(self, what: Acceptable) -> bool {
        self.0 & (1 << what as u8) != 0
    }
}

/// A fault of a draft, kept back until it is known that the row counts.
#[derive(Clone, Debug)]
pub struct Pending {
    column: String,
    code: &'static str,
    detail: String,
}

/// The titles of the columns that a fault names; empty where there is none of its own.
#[derive(Clone, Debug, Default)]
pub struct Titles {
    /// Of each dimension.
    pub dimensions: Vec<String>,
    /// Of the period.
    pub period: String,
    /// Of the value.
    pub value: String,
    /// Of the numerator.
    pub numerator: String,
    /// Of the denominator.
    pub denominator: String,
    /// Of the status.
    pub status: String,
}

/// An observation as far as it could be read.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where it stands.
    pub row: u64,
    /// The place of its code in each dimension.
    pub codes: Vec<Option<u32>>,
    /// When.
    pub period: Option<Period>,
    /// How much.
    pub value: Number,
    /// What stands above the line.
    pub numerator: Number,
    /// What stands below it.
    pub denominator: Number,
    /// What the value is worth, where it is said.
    pub obs: Option<ObsStatus>,
    /// Whether it is free to be shown, where it is said.
    pub conf: Option<ConfStatus>,
    /// Whether the status could not be read: then nothing follows from it.
    pub status_wrong: bool,
    /// Whether the period has been counted to its end.
    pub complete: bool,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// Whether the cell is to be taken away.
    pub delete: bool,
    /// What was let pass.
    pub accepted: Accepted,
    faults: Vec<Pending>,
    /// Whether faults of it were told already.
    told: bool,
}

impl Draft {
    /// Nothing read yet.
    pub fn new(row: u64, shape: &Shape) -> Draft {
        Draft {
            row,
            codes: vec![None; shape.dimensions.len()],
            period: None,
            value: Number::Absent,
            numerator: Number::Absent,
            denominator: Number::Absent,
            obs: None,
            conf: None,
            status_wrong: false,
            complete: true,
            reason: None,
            note: None,
            delete: false,
            accepted: Accepted::default(),
            faults: vec![],
            told: false,
        }
    }

    /// Keeps a fault back; the sentence is made only if it may be told.
    pub fn wrong(
        &mut self,
        found: &Found,
        column: &str,
        code: &'static str,
        detail: impl FnOnce() -> String,
    ) {
        let (column, detail) =
            if found.full() { (String::new(), String::new()) } else { (column.to_owned(), detail()) };
        self.faults.push(Pending { column, code, detail });
    }

    /// Whether anything of it is wrong.
    pub fn is_wrong(&self) -> bool {
        self.told || !self.faults.is_empty()
    }

    /// Says what was kept back.
    pub fn tell(&mut self, found: &mut Found) {
        for fault in self.faults.drain(..) {
            found.error(self.row, &fault.column, fault.code, || fault.detail);
            self.told = true;
        }
    }

    /// Adds why it is as it is.
    pub fn because(&mut self, why: &str) {
        let before = self.reason.take().map_or_else(String::new, |reason| reason + " ");
        self.reason = Some(format!("{before}{why}").chars().take(1000).collect());
    }
}
