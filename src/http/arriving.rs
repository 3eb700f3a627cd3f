//! The bytes of bodies that are in memory, over all requests: those that arrive, and those that are worked on.
//!
//! One body is bounded by its own limit. Many at a time are bounded here, with a share for each credential, so that nobody
//! takes it all. Bodies with credentials are not counted: they are small, and their senders not known yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::allowance::amount;
use crate::problem::{self, Problem};

/// The most bytes of all bodies at a time, with the values that they are read into.
pub const MOST: u64 = 96 << 20;
/// The most bytes of one credential's bodies at a time.
pub const SHARE: u64 = 48 << 20;

/// The bytes in memory, in all and by credential.
#[derive(Default)]
struct Sums {
    all: u64,
    by_holder: HashMap<String, u64>,
}

impl Sums {
    /// Takes bytes from a credential's share.
    fn take_own(&mut self, holder: &str, bytes: u64, share: u64) -> Result<(), Problem> {
        if bytes == 0 {
            return Ok(());
        }
        let own = self.by_holder.get(holder).copied().unwrap_or(0).saturating_add(bytes);
        if own > share {
            let detail = format!(
                "The bodies of your requests have more than {} MiB at a time. Send one after the other.",
                share >> 20
            );
            return Err(Problem::new(&problem::TOO_MANY, detail).header("Retry-After", "1"));
        }
        self.by_holder.insert(holder.to_owned(), own);
        Ok(())
    }
}

/// The bytes of all bodies.
#[derive(Clone)]
pub struct Arriving {
    most: u64,
    share: u64,
    sums: Arc<Mutex<Sums>>,
}

impl Default for Arriving {
    fn default() -> Arriving {
        Arriving::new(MOST, SHARE)
    }
}

impl Arriving {
    /// Room for this many bytes, of which each credential can have that many.
    pub fn new(most: u64, share: u64) -> Arriving {
        Arriving { most, share, sums: Arc::default() }
    }

    /// The bytes of one request of this credential: none yet.
    pub fn request(&self, holder: &str) -> Held {
        Held { arriving: self.clone(), holder: holder.to_owned(), bytes: 0, own: 0 }
    }

    /// The bytes in memory now.
    pub fn bytes(&self) -> u64 {
        self.sums().all
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        // Each change is one addition: a panic leaves nothing half done.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes that one request holds, counted until it is dropped.
pub struct Held {
    arriving: Arriving,
    holder: String,
    /// The bytes in memory.
    bytes: u64,
    /// What of the credential's share it has: the bytes in memory, or more if more are announced.
    own: u64,
}

impl Held {
    /// Takes what is announced from the credential's share, before any of it is there: of several bodies that come at a time,
    /// the first have room to their end, and the others are refused at once. 429 where the share does not suffice.
    pub fn announce(&mut self, bytes: u64) -> Result<(), Problem> {
        let mut sums = self.arriving.sums();
        let further = bytes.saturating_sub(self.own);
        sums.take_own(&self.holder, further, self.arriving.share)?;
        drop(sums);
        self.own += further;
        Ok(())
    }

    /// Counts further bytes. 429 where the credential has its share, 503 where all have taken everything; then nothing is
    /// counted.
    pub fn add(&mut self, bytes: usize) -> Result<(), Problem> {
        let bytes = amount(bytes);
        let Arriving { most, share, .. } = self.arriving;
        let mut sums = self.arriving.sums();
        let all = sums.all.saturating_add(bytes);
        let further = self.bytes.saturating_add(bytes).saturating_sub(self.own);
        if all > most {
            return Err(Problem::unavailable("the bodies of all requests are too large at a time"));
        }
        sums.take_own(&self.holder, further, share)?;
        sums.all = all;
        drop(sums);
        self.bytes += bytes;
        self.own += further;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut sums = self.arriving.sums();
        sums.all = sums.all.saturating_sub(self.bytes);
        if let Some(own) = sums.by_holder.get_mut(&self.holder) {
            *own = own.saturating_sub(self.own);
            if *own == 0 {
                sums.by_holder.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_the_memory_and_return_what_they_took() {
        let arriving = Arriving::new(10, 6);
        let status = |result: Result<(), Problem>| result.err().map(|problem| problem.kind.status);
        let (mut first, mut second) = (arriving.request("a"), arriving.request("a"));
        assert_eq!(status(first.add(4)), None);
        assert_eq!(status(second.add(3)), Some(429));
        assert_eq!(status(second.add(2)), None);
        let mut other = arriving.request("b");
        assert_eq!(status(other.add(5)), Some(503));
        assert_eq!(status(other.add(4)), None);
        // What is announced counts towards the share, and not twice when it comes.
        assert_eq!(status(other.announce(6)), None);
        assert_eq!(status(other.announce(7)), Some(429));
        assert_eq!(arriving.bytes(), 10);
        assert_eq!(arriving.bytes(), 10);
        drop(first);
        assert_eq!(status(second.add(4)), None);
        drop((second, other));
        assert_eq!(arriving.bytes(), 0);
        assert!(arriving.sums().by_holder.is_empty());
    }
}
