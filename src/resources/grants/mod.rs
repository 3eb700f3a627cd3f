//! Grants that are awarded, in the terms of the 360Giving standard.

mod checks;
mod dto;
mod model;

pub use model::Grant;
