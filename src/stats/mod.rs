//! What statistics are made of: exact values, periods, and the marks that say what a value is worth.
//!
//! Pure: no clock, no database, and nothing else of this crate. Two people who read the same text get the same
//! value, the same days and the same words.

pub mod decimal;
pub mod period;
pub mod status;
