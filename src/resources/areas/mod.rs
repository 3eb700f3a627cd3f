//! Areas: what a figure or a service is about, by ONS code where there is one.

mod checks;
mod dto;
mod model;

pub use model::Area;
