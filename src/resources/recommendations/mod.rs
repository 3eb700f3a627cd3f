//! Recommendations: what a report asks of whom, and whether it is closed.

mod checks;
mod dto;
mod model;
mod stage;

pub use dto::RecommendationContent;
pub use model::Recommendation;
