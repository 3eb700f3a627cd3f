//! Releases: figures of an indicator, handed in together and published together.

mod checks;
mod dto;
mod follow;
mod model;

pub use model::Release;
