//! Organisations: the office, the force, the Panel, partners, publishers.

mod dto;
mod model;

pub use dto::OrganisationKind;
pub use model::Organisation;
