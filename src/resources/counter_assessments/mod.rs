//! Counter-assessments: the Panel's own ratings of pledges.

mod dto;
mod model;

pub use model::CounterAssessment;
