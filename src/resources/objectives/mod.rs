//! Objectives of a plan; their actions are a kind of their own.

mod dto;
mod model;

pub use model::Objective;
