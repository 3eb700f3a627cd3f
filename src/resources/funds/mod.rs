//! Funds: money received, and money set aside to be paid out.

pub(super) mod awards;
mod dto;
mod model;

pub use model::Fund;
