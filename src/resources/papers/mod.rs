//! Papers: what was put before a meeting or published with a decision.

mod dto;
mod model;

pub use model::Paper;
