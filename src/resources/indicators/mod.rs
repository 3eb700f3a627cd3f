//! Indicators: what is measured, and how to read the values.

pub mod disclosure;
mod dto;
mod model;
mod observations_check;
mod validate;
mod working;

pub use dto::{Dimension, DimensionCode, IndicatorContent, MeasureType, Unit};
pub use model::Indicator;
pub use working::working_content;
