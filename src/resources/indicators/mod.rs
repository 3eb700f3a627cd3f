//! Indicators: what is measured, and how to read the values.

mod disclosure;
mod dto;
mod headline;
mod headline_codes;
mod measure;
mod model;
mod observations_check;
mod validate;

pub use dto::{
    Baseline, BreakReason, Dimension, DimensionCode, DisclosureProfile, IndicatorContent, MeasureType, Unit,
};
pub use headline::HeadlineComparison;
pub use model::Indicator;
