//! Grants that are awarded, in the terms of the 360Giving standard.

mod checks;
mod dto;
mod formats;
pub mod giving;
mod model;

pub use model::Grant;
