//! Grants that are awarded, as defined by the 360Giving standard.

mod dto;
mod formats;
mod model;
pub mod threesixty_giving;

pub use dto::GrantContent;
pub use model::Grant;
