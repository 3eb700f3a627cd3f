//! Services that are commissioned: by whom, for what, at what cost.

mod dto;
mod model;
mod totals;

pub use model::Service;
pub use totals::{ServiceTotal, operations};
