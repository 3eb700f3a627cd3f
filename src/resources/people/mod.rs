//! People and memberships, for administrators: who has an account in a body, and in which organisation and roles.

mod accounts;
pub mod administration;
mod dto;
pub mod inputs;
mod memberships;

use crate::http::operation::Operation;

pub use dto::{Member, Person, PersonAccount};

/// The operations of people and memberships.
pub fn operations() -> Vec<Operation> {
    let mut all = accounts::operations();
    all.extend(memberships::operations());
    all
}
