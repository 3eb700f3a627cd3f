//! Threats: how an office assesses what threatens its area.

mod dto;
mod model;

pub use model::Threat;
