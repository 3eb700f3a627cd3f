//! Releases: observations of an indicator that are submitted and published together.

mod bundle_files;
mod checks;
mod collector;
mod demo;
mod dto;
mod indicator_shape;
mod lifecycle_hook;
mod list_observations;
mod model;
mod read_disclosure;
mod replace_observations;
mod summary;
mod upload;

pub use dto::ReleaseObservation;
pub use model::Release;
pub use read_disclosure::ReleaseDisclosure;
pub use summary::Summary as FiguresSummary;

use crate::http::operation::Operation;
use crate::record::kind::KindDef;

/// The operations of this kind, in addition to those of all kinds.
pub fn operations(kind: &'static KindDef) -> Vec<Operation> {
    vec![
        list_observations::operation(kind),
        replace_observations::operation(kind),
        read_disclosure::operation(kind),
    ]
}
