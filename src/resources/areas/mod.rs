//! Areas: places that observations and services refer to, by ONS code if there is one.

mod dto;
mod lookup;
mod model;

pub use lookup::Areas;
pub use model::Area;
