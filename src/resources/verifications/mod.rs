//! Verifications: whether what an organisation claims was found to be so by another.

mod checks;
mod dto;
mod model;

pub use dto::VerificationFinding;
pub use model::Verification;
