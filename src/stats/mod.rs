//! The arithmetic of statistics: exact decimals and fractions, periods, status codes, comparisons, control charts and
//! disclosure control. docs/statistics.md explains the formulas and names their sources.
//!
//! Pure: no clock, no database, and no import from the rest of this crate. The same text always gives the same value, the
//! same days and the same words.

pub mod calendar;
pub mod claim;
pub mod comparison;
pub mod decimal;
pub mod disclosure;
pub mod fraction;
pub mod measure;
pub mod period;
pub mod point;
pub mod spc;
pub mod status;
pub mod target;
pub mod words;
