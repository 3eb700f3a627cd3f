//! Decisions of the Police and Crime Panel on what the policing body puts before it.

mod checks;
mod dto;
mod model;

pub use dto::{Direction, PanelDecisionContent, PanelOutcome};
pub use model::PanelDecision;
