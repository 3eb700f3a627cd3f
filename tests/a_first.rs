//! The tests that take longest, or wait longest. The runner starts tests in the order of their names: these are at work while
//! it goes through the others, and not the last to end.

pub mod plans_of_lists;
mod silence;
mod slow_readers;
pub mod sweep;
