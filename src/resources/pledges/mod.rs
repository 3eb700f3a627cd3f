//! Pledges: what was promised for a term of office.

mod dto;
mod model;

pub use model::Pledge;
