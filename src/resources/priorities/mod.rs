//! Priorities of a plan.

mod checks;
mod dto;
mod model;

pub use model::Priority;
