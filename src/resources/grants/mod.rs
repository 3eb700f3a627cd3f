//! Grants that are awarded, in the terms of the 360Giving standard.

mod checks;
mod dto;
mod formats;
mod model;
pub mod threesixty_giving;

pub use model::Grant;
