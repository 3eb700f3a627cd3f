//! Responses: what the office answers to a report and to each of its recommendations.

mod checks;
mod dto;
mod model;

pub use dto::{ResponseContent, ResponsePosition};
pub use model::Response;
