//! Periods of time: whole days, written in ISO 8601 and in words.

mod days;
mod fault;
mod frequency;
mod hint;
mod parse;
mod steps;
mod write;

#[cfg(test)]
mod tests;

pub use days::{Period, PeriodKind};
pub use fault::{FIRST_YEAR, LAST_YEAR, PeriodFault};
pub use frequency::Frequency;
pub use steps::{Step, steps};
