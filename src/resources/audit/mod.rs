//! The audit trail, as it is read: by those whom it concerns (`list.rs`), and by outsiders, who are given heads of it
//! and proofs (`log.rs`).

mod list;
mod log;

use crate::http::operation::Operation;

pub use list::{AuditEntry, Wanted as AuditWanted, page as audit_page};
pub use log::{Consistency, HeadLine, Inclusion};

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut all = vec![list::operation()];
    all.extend(log::operations());
    all
}
