//! Policing bodies (commissioner, mayor, board, authority) and their predecessors.

mod dto;
mod model;

pub use dto::{Coverage, CoveredKind};
pub use model::PolicingBody;
