//! Assessments: how a pledge stands, in the view of the office or of somebody independent.

pub(super) mod checks;
pub(super) mod dto;
mod model;

pub use model::Assessment;
