//! Objectives of a plan. Their actions are a separate kind.

mod dto;
mod model;

pub use model::Objective;
