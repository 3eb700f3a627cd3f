//! Funds: money that comes in, and money that is set aside to be given.

pub(super) mod awards;
mod dto;
mod model;

pub use model::Fund;
