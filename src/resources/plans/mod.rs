//! Police and Crime Plans.

mod checks;
mod dto;
mod model;

pub use model::Plan;
