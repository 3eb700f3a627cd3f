//! Indicators: what is measured, and how to read the values.

pub mod disclosure;
mod dto;
mod measure;
mod model;
mod observations_check;
mod validate;

pub use dto::{Baseline, Dimension, DimensionCode, IndicatorContent, MeasureType, Unit};
pub use model::Indicator;
