//! Indicators: what is measured, and how to read the values.

mod checks;
pub mod disclosure;
mod dto;
mod model;

pub use dto::{Dimension, DimensionCode, IndicatorContent, MeasureType, Unit};
pub use model::Indicator;
