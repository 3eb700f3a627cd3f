//! Areas: places that observations and services refer to, by ONS code if there is one.

mod dto;
mod model;

pub use model::Area;
