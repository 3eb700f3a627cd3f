//! Work that blocks, such as that of a database, runs on threads of its own.

use std::sync::Arc;

use actix_web::web;
use tokio::sync::Semaphore;

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

/// Waits for a permit of `turns`, then runs work that blocks. The work keeps the permit until it ends, even if the caller goes
/// away before.
pub async fn block_in_turn<T: Send + 'static>(
    turns: Option<&Arc<Semaphore>>,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let turn = match turns {
        Some(turns) => Some(turns.clone().acquire_owned().await.map_err(Problem::internal)?),
        None => None,
    };
    block(move || {
        let _turn = turn;
        work()
    })
    .await
}
