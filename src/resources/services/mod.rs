//! Services that are commissioned: by whom, for what, at what cost.

mod checks;
mod dto;
mod model;

pub use model::Service;
