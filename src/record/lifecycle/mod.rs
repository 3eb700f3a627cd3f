//! Every change of a record, each inside the caller's transaction.
//!
//! The states, and which step leads from which to which, are in [`super::state`]. A state belongs to a version, so
//! version 2 can be drafted while version 1 is public. Each function checks the state (409) and, where two people must
//! act, that the actor is not the first of them (403), in the transaction that makes the change. It ends by recording
//! the change with [`super::commit`].

mod agreement;
mod assigned;
mod checks;
mod create;
mod edit;
mod names;
mod publish;
mod schedule;
mod steps;
mod update;

pub use agreement::{contradictions, refuse_new};
pub use create::create;
pub use edit::edit;
pub use publish::publish;
pub use steps::{approve, return_version, share, submit, withdraw};
pub use update::{denormalise_head, lock};
