//! Pledges: what was promised for a term of office.

mod dto;
mod model;
pub(super) mod ratings;

pub use model::Pledge;
