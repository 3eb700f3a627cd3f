//! Cells, and the sums that the public knows to hold between them.

use std::fmt;

use super::profile::{Profile, THRESHOLD, is_small, rounded};
use crate::stats::status::{ConfStatus, ObsStatus};

/// The most unknown cells that hang together for which the audit is run. Above, it says so instead of guessing.
pub const MOST_UNKNOWN: usize = 400;

/// Why a cell is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// It is 1 to 4.
    Primary,
    /// It would give another hidden cell away. It is 5 or more.
    Secondary,
    /// It is 1 to 4, and that it is small would say too much of other hidden cells, such as of the several of which it is the
    /// sum. It is published with the status of a secondary one, from which nobody can tell it.
    SmallTotal,
}

impl Hidden {
    /// The statuses with which it is published.
    pub fn statuses(self) -> (ObsStatus, ConfStatus) {
        match self {
            Hidden::Primary => (ObsStatus::Suppressed, ConfStatus::Primary),
            Hidden::Secondary | Hidden::SmallTotal => (ObsStatus::Suppressed, ConfStatus::Secondary),
        }
    }
}

/// What the public sees of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The number.
    Value(i64),
    /// The number rounded to the nearest five.
    Rounded(i64),
    Hidden(Hidden),
    /// Nothing: it is no cell of any table, but a sum includes it.
    Unpublished,
}

impl Shown {
    /// What the public sees of a number that is published with this status.
    pub fn published(people: i64, conf: ConfStatus, profile: Profile) -> Shown {
        match (conf, profile) {
            (ConfStatus::Primary, _) => Shown::Hidden(Hidden::Primary),
            (ConfStatus::Secondary, _) if is_small(people) => Shown::Hidden(Hidden::SmallTotal),
            (ConfStatus::Secondary, _) => Shown::Hidden(Hidden::Secondary),
            (ConfStatus::Internal | ConfStatus::Embargoed, _) => Shown::Unpublished,
            (ConfStatus::Free, Profile::T5R5) => Shown::Rounded(rounded(people)),
            (ConfStatus::Free, Profile::None | Profile::T5) => Shown::Value(people),
        }
    }

    /// The whole numbers that the cell can be, for all that the public knows from it alone; None if there is no largest.
    ///
    /// The statuses are public, and so is the rule: a secondary cell is neither 0 nor 1 to 4. (A small total is the
    /// exception. The audit assumes an outsider who knows of every other secondary cell that it is none.)
    pub fn range(self) -> (i64, Option<i64>) {
        match self {
            Shown::Value(value) => (value, Some(value)),
            Shown::Rounded(0) => (0, Some(0)),
            // 1 to 4 are hidden, so that a 5 was 5 to 7.
            Shown::Rounded(value) => ((value - 2).max(THRESHOLD + 1), Some(value + 2)),
            Shown::Hidden(Hidden::Primary) => (1, Some(THRESHOLD)),
            Shown::Hidden(Hidden::Secondary) => (THRESHOLD + 1, None),
            Shown::Hidden(Hidden::SmallTotal) => (1, None),
            Shown::Unpublished => (0, None),
        }
    }

    /// True if the public sees exactly what it is.
    pub fn is_known(self) -> bool {
        let (least, most) = self.range();
        most == Some(least)
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What names it in reports. Of two equal cells, the one with the lower name is hidden.
    pub name: String,
    /// The number of people. None if it is not known.
    pub people: Option<i64>,
    /// What the public has seen of it already. That cannot be taken back.
    pub published: Option<Shown>,
}

impl Cell {
    /// What is shown of it before any secondary suppression.
    pub fn shown(&self, profile: Profile) -> Shown {
        if let Some(published) = self.published {
            return published;
        }
        match (self.people, profile) {
            (None, _) => Shown::Unpublished,
            (Some(people), Profile::None) => Shown::Value(people),
            (Some(people), _) if is_small(people) => Shown::Hidden(Hidden::Primary),
            (Some(people), Profile::T5) => Shown::Value(people),
            (Some(people), Profile::T5R5) => Shown::Rounded(rounded(people)),
        }
    }
}

/// A sum that the public knows to hold: `total = sum of the parts + difference`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// What names it in reports: `AREA: E23000018 = 3 parts, Mar 2023`.
    pub name: String,
    /// The index of the total.
    pub total: usize,
    /// The indexes of the parts.
    pub parts: Vec<usize>,
    /// By how much the figures do not add up. An outsider is assumed to know it.
    pub difference: i64,
}

/// Cells, and the sums between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub cells: Vec<Cell>,
    pub relations: Vec<Relation>,
}

/// Why a table cannot be worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// A number of people is negative or too large.
    NotPeople(String),
    /// A relation names a cell that is not there, or one twice.
    Relation(String),
    /// More unknown cells hang together than the audit can bound.
    TooLarge(usize),
    /// The numbers of the computation became too large.
    Overflow,
    /// The published figures of these relations contradict each other.
    Contradiction(Vec<String>),
}

impl TableFault {
    /// The code in the API's errors.
    pub fn code(&self) -> &'static str {
        match self {
            TableFault::NotPeople(_) => "not_a_count_of_people",
            TableFault::Relation(_) => "relation",
            TableFault::TooLarge(_) | TableFault::Overflow => "too_large_to_audit",
            TableFault::Contradiction(_) => "contradiction",
        }
    }
}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableFault::NotPeople(name) => {
                write!(f, "{name} is no number of people: give a whole number from 0 to 1000000000000.")
            }
            TableFault::Relation(name) => {
                write!(f, "The sum {name} names a cell that is not there, or one twice.")
            }
            TableFault::TooLarge(unknown) => write!(
                f,
                "{unknown} cells hang together of which the public does not know the value; the audit bounds at most \
                 {MOST_UNKNOWN}. Publish fewer totals, or in parts that do not add up with each other."
            ),
            TableFault::Overflow => {
                f.write_str("The audit cannot be computed: its numbers become too large.")
            }
            TableFault::Contradiction(names) => {
                write!(
                    f,
                    "The figures contradict each other, so that the audit can bound nothing: {}.",
                    names.join("; ")
                )
            }
        }
    }
}

impl std::error::Error for TableFault {}

/// The largest number of people.
const MOST_PEOPLE: i64 = 1_000_000_000_000;

impl Table {
    /// Refuses what is no table of people.
    pub fn check(&self) -> Result<(), TableFault> {
        for cell in &self.cells {
            if cell.people.is_some_and(|people| !(0..=MOST_PEOPLE).contains(&people)) {
                return Err(TableFault::NotPeople(cell.name.clone()));
            }
        }
        for relation in &self.relations {
            let mut named: Vec<usize> = relation.parts.iter().copied().chain([relation.total]).collect();
            named.sort_unstable();
            let repeated = named.windows(2).any(|pair| pair[0] == pair[1]);
            if repeated || named.last().is_some_and(|last| *last >= self.cells.len()) {
                return Err(TableFault::Relation(relation.name.clone()));
            }
        }
        Ok(())
    }

    /// What is shown before any secondary suppression.
    pub fn primary(&self, profile: Profile) -> Vec<Shown> {
        self.cells.iter().map(|cell| cell.shown(profile)).collect()
    }
}
