//! Proposals: the precept and the appointments on which the office notifies the Police and Crime Panel.

mod checks;
mod computed;
mod dto;
mod model;

pub use dto::{ProposalContent, ProposalKind};
pub use model::Proposal;
