//! Waiting for what has to come. How long it takes decides no test: the machine may be busy.

use std::time::{Duration, Instant};

/// An end to waiting for what never comes.
pub const HANG: Duration = Duration::from_secs(300);

const PAUSE: Duration = Duration::from_millis(20);

/// Waits until it holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < HANG, "{what}: it has not happened");
        std::thread::sleep(PAUSE);
    }
}

/// Waits until it holds, and lets other tasks of the thread go on meanwhile.
pub async fn until_async(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < HANG, "{what}: it has not happened");
        actix_web::rt::time::sleep(PAUSE).await;
    }
}
