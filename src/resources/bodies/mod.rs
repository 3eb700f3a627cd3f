//! Policing bodies (commissioner, mayor, board, authority) and their predecessors.

mod dto;
mod model;

pub use dto::{BodyContent, Coverage, CoveredKind};
pub use model::PolicingBody;
