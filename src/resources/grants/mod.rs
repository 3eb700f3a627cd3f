//! Grants that are awarded, as defined by the 360Giving standard.

mod dto;
mod formats;
mod model;
pub mod threesixty_giving;

pub use dto::GrantContent;
pub use formats::package_schema;
pub use model::Grant;
