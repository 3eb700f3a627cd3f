//! What comes in: the indicator's shape, that rows are measured against, and a row as it goes on.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// One observation that was read and found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// The line of a CSV file, the row of a sheet, the element of a JSON list; from 1.
    pub row: u64,
    /// Positions in the codes of each dimension, in the indicator's order.
    pub codes: Vec<u32>,
    /// How often the series is published.
    pub frequency: Frequency,
    /// When.
    pub period: Period,
    /// How much; none exactly when the status says that there is no value.
    pub value: Option<Scaled>,
    /// What stands above the line.
    pub numerator: Option<Scaled>,
    /// What stands below it.
    pub denominator: Option<Scaled>,
    /// What the value is worth.
    pub obs: ObsStatus,
    /// Whether it is free to be shown.
    pub conf: ConfStatus,
    /// Whether the period has been counted to its end.
    pub complete: bool,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// Whether the cell is to be taken away instead of written.
    pub delete: bool,
}

/// What an indicator asks of its rows.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Its short name, with which its series begin.
    pub slug: String,
    /// What it is broken down by.
    pub dimensions: Vec<DimensionShape>,
    /// How often it is published.
    pub frequency: Frequency,
    /// How many decimals its values are shown with.
    pub decimals: u32,
    /// Whether things are counted, of which there are never fewer than none.
    pub counts: bool,
    /// Whether a value comes with what was divided by what.
    pub ratio: bool,
    /// Whether it is in parts of a hundred.
    pub percent: bool,
    /// The day on which figures come in, where what is to come is worth a look.
    pub today: Option<NaiveDate>,
}

/// A dimension and its codes.
#[derive(Clone, Debug)]
pub struct DimensionShape {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its codes; a row names them by their places here.
    pub codes: Vec<CodeShape>,
    index: HashMap<String, u32>,
}

/// A code and its life.
#[derive(Clone, Debug)]
pub struct CodeShape {
    /// The code.
    pub code: String,
    /// What it stands for.
    pub name: String,
    /// Its first day.
    pub from: Option<NaiveDate>,
    /// Its last day.
    pub to: Option<NaiveDate>,
}

impl DimensionShape {
    /// A dimension with these codes.
    pub fn new(code: impl Into<String>, name: impl Into<String>, codes: Vec<CodeShape>) -> DimensionShape {
        let index = codes.iter().zip(0..).map(|(code, at)| (code.code.clone(), at)).collect();
        DimensionShape { code: code.into(), name: name.into(), codes, index }
    }

    /// Where a code stands.
    pub fn find(&self, code: &str) -> Option<u32> {
        self.index.get(code).copied()
    }

    /// The code at a place.
    pub fn at(&self, place: u32) -> Option<&CodeShape> {
        self.codes.get(usize::try_from(place).ok()?)
    }

    /// The code of a name, for those who wrote the name in its place.
    pub fn named(&self, name: &str) -> Option<&str> {
        let same = |code: &&CodeShape| code.name.eq_ignore_ascii_case(name);
        self.codes.iter().find(same).map(|code| code.code.as_str())
    }
}

impl CodeShape {
    /// How a period lies to the life of the code.
    pub fn lives(&self, period: Period) -> Life {
        let (first, last) = (period.start, period.last_day());
        if self.from.is_some_and(|from| last < from) || self.to.is_some_and(|to| to < first) {
            return Life::Outside;
        }
        if self.from.is_some_and(|from| first < from) || self.to.is_some_and(|to| to < last) {
            return Life::Partly;
        }
        Life::Within
    }

    /// Its life in words.
    pub fn life(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("until {to}"),
            (None, None) => "always".to_owned(),
        }
    }
}

/// How a period lies to the life of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// In it.
    Within,
    /// With one end out of it.
    Partly,
    /// With no day in it.
    Outside,
}
