//! Releases: figures of an indicator, handed in together and published together.

mod checks;
mod dto;
mod follow;
mod model;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the upload's operation is being built"))]
pub mod upload;

pub use model::Release;
