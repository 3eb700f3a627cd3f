//! Priorities of a plan.

mod dto;
mod model;

pub use model::Priority;
