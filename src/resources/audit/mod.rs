//! Reading the audit trail: its entries, for those whom they concern (`list.rs`), and signed heads and proofs, for everyone
//! (`log.rs`).

mod entry;
mod list;
mod log;

use crate::http::operation::Operation;

pub use entry::AuditEntry;
pub use list::{AuditFilter, page as audit_page};
pub use log::{Consistency, HeadLine, Inclusion};

pub fn operations() -> Vec<Operation> {
    let mut all = vec![list::operation()];
    all.extend(log::operations());
    all
}
