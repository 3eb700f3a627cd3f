//! Policing bodies: commissioner, mayor, board, authority; each with its predecessors.

mod checks;
mod dto;
mod model;

pub use model::PolicingBody;
