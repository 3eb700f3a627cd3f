//! The audit trail, as it is read: by those whom it concerns (`list.rs`), and by outsiders, who are given heads of it
//! and proofs (`log.rs`).

mod list;
mod log;

use serde_json::Value;

use crate::http::operation::Operation;

pub use list::{AuditEntry, Wanted as AuditWanted, page as audit_page};
pub use log::{Consistency, HeadLine, Inclusion};

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut all = vec![list::operation()];
    all.extend(log::operations());
    all
}

/// A value of a list.
fn line(value: &impl serde::Serialize) -> Result<Value, crate::problem::Problem> {
    serde_json::to_value(value).map_err(crate::problem::Problem::internal)
}
