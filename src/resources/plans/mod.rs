//! Police and Crime Plans.

mod counts;
mod dto;
mod model;
mod scope;
mod unlinked;

pub use model::Plan;
pub use scope::PlanScope;
pub use unlinked::{PlanOrphans, operations};
