//! Work that blocks, such as that of a database, runs on threads of its own.

use actix_web::web;

use crate::problem::Problem;

/// Runs work that blocks on a thread that may block.
pub async fn block<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match web::block(work).await {
        Ok(result) => result,
        Err(error) => Err(Problem::internal(error)),
    }
}
