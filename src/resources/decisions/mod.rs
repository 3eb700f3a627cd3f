//! Decisions: what was decided, by whom, why, on which advice, and what it affects.

mod dto;
mod model;
mod publication;

pub use model::Decision;
