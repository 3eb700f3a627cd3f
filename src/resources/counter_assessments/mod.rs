//! Counter-assessments: the Panel's own reading of a pledge.

mod checks;
mod dto;
mod model;

pub use model::CounterAssessment;
