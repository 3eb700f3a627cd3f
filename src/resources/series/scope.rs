//! Which figures a query is about.

use super::queries::keys::SeriesRow;
use crate::clock::Id;

/// The series of a query.
pub struct Scope {
    pub indicator: Id,
    /// The number of the indicator in the tables of observations; 0 if it has no figures.
    pub measure: i64,
    /// One series; without it, all series of the indicator.
    pub series: Option<SeriesRow>,
}
