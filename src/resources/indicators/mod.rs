//! Indicators: what is measured, and how its values are to be read.

mod checks;
pub mod disclosure;
mod dto;
mod model;

pub use model::Indicator;
