//! Sources: the documents that the record rests on, each with its own licence.

mod dto;
mod model;

pub use model::Source;
