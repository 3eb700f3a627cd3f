//! The life of a record: every change of one, each inside the caller's transaction.
//!
//! `draft → submitted → (returned → draft) → published → superseded | withdrawn`. A state belongs to a version, so
//! version 2 can be drafted while version 1 is public. Each function checks the state that it needs (409) and that
//! a second person acts where one must (403), in the transaction that makes the change.

mod checks;
mod create;
mod edit;
mod publish;
mod recording;
mod schedule;
mod steps;
mod update;

pub use create::create;
pub use edit::edit;
pub use publish::publish;
pub use steps::{approve, return_version, share, submit, withdraw};
pub use update::{denormalise_listed_slices, lock};
