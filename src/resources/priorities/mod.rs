//! Priorities of a plan.

mod dto;
mod model;

pub use dto::PriorityContent;
pub use model::Priority;
