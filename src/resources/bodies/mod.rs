//! Policing bodies (commissioner, mayor, board, authority) and their predecessors.

mod dto;
mod model;

pub use model::PolicingBody;
