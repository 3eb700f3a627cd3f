//! One replica: its connections, and what is known of it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::hosts::Host;
use super::pool::{Manager, Pooled};
use super::target::Target;

/// How many connections to a replica are kept while nobody reads.
const IDLE: usize = 16;

/// One replica.
pub(super) struct Replica {
    pub(super) host: Host,
    pub(super) idle: Mutex<Vec<Pooled>>,
    pub(super) is_up: AtomicBool,
    /// How many reads use it.
    pub(super) reads: AtomicUsize,
    /// Whether a read has waited for it and timed out. No read waits for it again until it has caught up.
    pub(super) is_behind: AtomicBool,
    /// When it last answered, and when it last had all that was shown, in milliseconds since the beginning.
    pub(super) answered: AtomicU64,
    pub(super) caught_up: AtomicU64,
}

/// A read of a replica, counted until it ends.
pub(super) struct CountedRead<'a>(&'a Replica);

impl CountedRead<'_> {
    pub(super) fn new(replica: &Replica) -> CountedRead<'_> {
        replica.reads.fetch_add(1, Ordering::Relaxed);
        CountedRead(replica)
    }
}

impl Drop for CountedRead<'_> {
    fn drop(&mut self) {
        self.0.reads.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one call: a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Replica {
    pub(super) fn take(&self) -> Result<Pooled, String> {
        let idle = locked(&self.idle).pop();
        idle.map_or_else(|| self.open(), Ok)
    }

    pub(super) fn open(&self) -> Result<Pooled, String> {
        if !self.host.is_there() {
            return Err("nothing accepts connections there".to_owned());
        }
        let manager = Manager { location: Target::Pg(self.host.url.clone()), read_only: true };
        manager.open().map(Pooled::new).map_err(|error| error.to_string())
    }

    pub(super) fn give_back(&self, pooled: Pooled) {
        let mut idle = locked(&self.idle);
        if idle.len() < IDLE {
            idle.push(pooled);
        }
    }

    /// No read takes it until its thread has reached it again.
    pub(super) fn is_gone(&self) {
        self.is_up.store(false, Ordering::Relaxed);
        locked(&self.idle).clear();
    }
}
