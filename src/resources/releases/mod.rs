//! Releases: figures of an indicator, handed in together and published together.

mod checks;
mod demo;
mod dto;
mod figures;
mod files;
mod follow;
mod handed_in;
mod model;
mod summary;
mod upload;

pub use handed_in::schemas;
pub use model::Release;
pub use summary::Summary as FiguresSummary;

use crate::http::operation::Operation;
use crate::record::kind::KindDef;

/// This room's rows of the table, beside those of every kind.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    vec![handed_in::operation(kind), figures::operation(kind)]
}
