//! The arithmetic of statistics: exact decimals, periods and status codes.
//!
//! Pure: no clock, no database, and no import from the rest of this crate. The same text always gives the same value, the
//! same days and the same words.

pub mod decimal;
pub mod period;
pub mod status;
