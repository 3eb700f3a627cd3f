//! Whether the database can be written.
//!
//! A full disk is noticed by the first write that fails, and passes with the first that succeeds. Until then the service is
//! not ready, and the housekeeping tries now and then.

use std::sync::{Arc, Mutex, PoisonError};

use crate::problem::Problem;

/// Why the last write failed, if the database could not be written.
#[derive(Clone, Debug, Default)]
pub struct Writable(Arc<Mutex<Option<String>>>);

impl Writable {
    /// Notes how a write ended.
    pub(super) fn note<T>(&self, result: &Result<T, Problem>) {
        let cause = match result {
            Ok(_) => None,
            Err(problem) if problem.unwritable => Some(problem.detail_or_cause()),
            Err(_) => return,
        };
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*last, &cause) {
            (None, Some(cause)) => tracing::error!(cause, "the database cannot be written; reads go on"),
            (Some(_), None) => tracing::info!("the database can be written again"),
            _ => {}
        }
        *last = cause;
    }

    /// Fails with 503 where the last write failed because the database cannot be written.
    pub fn check(&self) -> Result<(), Problem> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(cause) => Err(Problem::unwritable(cause)),
            None => Ok(()),
        }
    }
}
