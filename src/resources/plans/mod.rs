//! Police and Crime Plans.

mod checks;
mod counts;
mod dto;
mod model;
mod orphans;

pub use model::Plan;
pub use orphans::{PlanOrphans, operations};
