//! Policing bodies (commissioner, mayor, board, authority) and their predecessors.

mod checks;
mod dto;
mod model;

pub use model::PolicingBody;
