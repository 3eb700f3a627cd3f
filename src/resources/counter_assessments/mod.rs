//! Counter-assessments: the Panel's own ratings of pledges.

mod checks;
mod dto;
mod model;

pub use model::CounterAssessment;
