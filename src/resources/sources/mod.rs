//! Sources: the documents that records are based on, each with its own licence.

mod dto;
mod model;

pub use model::Source;
