//! Recommendations: what a report asks of whom, and whether it is closed.

mod checks;
mod dto;
mod model;
mod stage;

pub use model::Recommendation;
pub use stage::is_open;
