//! Actions: what is done for an objective, by whom, and how far it has come.

mod checks;
mod dto;
mod model;

pub use model::Action;
