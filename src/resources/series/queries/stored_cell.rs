//! One cell of a release, as it is stored, with its series.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::days::day;
use super::flags::{DELETED, INCOMPLETE, statuses};
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// The columns of a [`StoredCell`]: of the row `s` of `staged` or `observation` and of its series `k`.
pub const CELL_COLUMNS: &str = "k.series_key, k.codes, k.frequency, CAST(s.series AS bigint) AS series,
     CAST(s.starts AS bigint) AS starts, CAST(s.ends AS bigint) AS ends, CAST(s.flags AS bigint) AS flags, s.value,
     s.numerator, s.denominator, s.reason, s.note";

/// One cell of a release, staged or published.
#[derive(Clone, Debug, QueryableByName)]
pub struct StoredCell {
    #[diesel(sql_type = st::Text)]
    pub series_key: String,
    /// The codes of the series, separated by dots.
    #[diesel(sql_type = st::Text)]
    pub codes: String,
    #[diesel(sql_type = st::Text)]
    frequency: String,
    /// The number of the series.
    #[diesel(sql_type = st::BigInt)]
    pub series: i64,
    /// The first day, in days since 1970.
    #[diesel(sql_type = st::BigInt)]
    pub starts: i64,
    /// The day after the last.
    #[diesel(sql_type = st::BigInt)]
    pub ends: i64,
    #[diesel(sql_type = st::BigInt)]
    flags: i64,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    value: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    numerator: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    denominator: Option<i64>,
    /// Why the value is what it is.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub note: Option<String>,
}

impl StoredCell {
    fn flags(&self) -> Option<i16> {
        i16::try_from(self.flags).ok()
    }

    /// The frequency of the series.
    pub fn frequency(&self) -> Option<Frequency> {
        Frequency::parse(&self.frequency)
    }

    pub fn period(&self) -> Option<Period> {
        Period::new(day(self.starts)?, day(self.ends)?)
    }

    pub fn statuses(&self) -> Option<(ObsStatus, ConfStatus)> {
        statuses(self.flags()?)
    }

    /// Whether the observations of the period are complete.
    pub fn is_complete(&self) -> bool {
        self.flags & i64::from(INCOMPLETE) == 0
    }

    /// Whether this row deletes the cell.
    pub fn is_deleted(&self) -> bool {
        self.flags & i64::from(DELETED) != 0
    }

    pub fn value(&self) -> Option<Scaled> {
        self.value.map(Scaled::from_raw)
    }

    pub fn numerator(&self) -> Option<Scaled> {
        self.numerator.map(Scaled::from_raw)
    }

    pub fn denominator(&self) -> Option<Scaled> {
        self.denominator.map(Scaled::from_raw)
    }
}
