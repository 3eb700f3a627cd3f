//! The bytes of bodies that are in memory, over all requests: those that arrive, and those that are worked on.
//!
//! One body is bounded by its own limit. Many at a time are bounded here, with a share for each credential, so that nobody
//! takes it all. A few credentials together could, with large bodies that do not end: so these take a part only, and small
//! bodies count towards the share of their credential alone. Bodies with credentials are not counted: they are small, and
//! their senders not known yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::allowance::amount;
use crate::problem::{self, Problem};

/// The most bytes of all bodies at a time, with the values that they are read into.
pub const MOST: u64 = 96 << 20;
/// What of [`MOST`] large bodies can take while they arrive: the rest is for the values of other bodies.
pub const MOST_ARRIVING: u64 = MOST / 3 * 2;
/// The most bytes of a small body. It counts towards its credential's share alone.
pub const SMALL: u64 = 64 << 10;
/// The fewest bytes that the chunks of a larger body may have, on average: each costs as much as many bytes.
pub const SHORTEST_CHUNKS: usize = 16;
/// How long the rest of a body that was refused is dropped, so that its sender can read why.
pub const REST_TIME: Duration = Duration::from_secs(2);
/// The most bytes of a small body with its values.
const SMALL_WITH_VALUES: u64 = 4 * SMALL;
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
                "The bodies of your requests that are being read have more than {} MiB together. Send them one after the other.",
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
    most_arriving: u64,
    share: u64,
    sums: Arc<Mutex<Sums>>,
}

impl Default for Arriving {
    fn default() -> Arriving {
        Arriving::new(MOST, MOST_ARRIVING, SHARE)
    }
}

impl Arriving {
    /// Room for this many bytes, of which large bodies that arrive can have some, and each credential some.
    pub fn new(most: u64, most_arriving: u64, share: u64) -> Arriving {
        Arriving { most, most_arriving, share, sums: Arc::default() }
    }

    /// The bytes of one request of this credential: none yet.
    pub fn request(&self, holder: &str) -> Held {
        Held { arriving: self.clone(), holder: holder.to_owned(), bytes: 0, counted: 0, own: 0 }
    }

    /// The bytes in memory now, without small bodies.
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
    /// What of them counts towards all: nothing while they are few.
    counted: u64,
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

    /// Counts further bytes of the body that arrive. 429 where the credential has its share, 503 where all have taken
    /// everything; then nothing is counted.
    pub fn arrive(&mut self, bytes: usize) -> Result<(), Problem> {
        self.add(bytes, SMALL, self.arriving.most_arriving)
    }

    /// Counts what the values of the body take, in the same way.
    pub fn add_values(&mut self, bytes: usize) -> Result<(), Problem> {
        self.add(bytes, SMALL_WITH_VALUES, self.arriving.most)
    }

    fn add(&mut self, bytes: usize, small: u64, most: u64) -> Result<(), Problem> {
        let held = self.bytes.saturating_add(amount(bytes));
        let counted = if self.counted == 0 && held <= small { 0 } else { held };
        let share = self.arriving.share;
        let mut sums = self.arriving.sums();
        let all = sums.all.saturating_sub(self.counted).saturating_add(counted);
        let further = held.saturating_sub(self.own);
        if counted > 0 && all > most {
            return Err(Problem::unavailable("the bodies of all requests together are too large at present"));
        }
        sums.take_own(&self.holder, further, share)?;
        sums.all = all;
        drop(sums);
        (self.bytes, self.counted) = (held, counted);
        self.own += further;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut sums = self.arriving.sums();
        sums.all = sums.all.saturating_sub(self.counted);
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

    const KIB: usize = 1 << 10;

    fn status(result: Result<(), Problem>) -> Option<u16> {
        result.err().map(|problem| problem.kind.status)
    }

    #[test]
    fn bodies_share_the_memory_and_return_what_they_took() {
        let arriving = Arriving::new(1_000 << 10, 1_000 << 10, 600 << 10);
        let (mut first, mut second) = (arriving.request("a"), arriving.request("a"));
        assert_eq!(status(first.arrive(400 * KIB)), None);
        assert_eq!(status(second.arrive(300 * KIB)), Some(429));
        assert_eq!(status(second.arrive(200 * KIB)), None);
        let mut other = arriving.request("b");
        assert_eq!(status(other.arrive(500 * KIB)), Some(503));
        assert_eq!(status(other.arrive(400 * KIB)), None);
        // What is announced counts towards the share, and not twice when it comes.
        assert_eq!(status(other.announce(600 << 10)), None);
        assert_eq!(status(other.announce(700 << 10)), Some(429));
        assert_eq!(arriving.bytes(), 1_000 << 10);
        drop(first);
        assert_eq!(status(second.arrive(400 * KIB)), None);
        drop((second, other));
        assert_eq!(arriving.bytes(), 0);
        assert!(arriving.sums().by_holder.is_empty());
    }

    #[test]
    fn large_bodies_leave_room_for_small_ones_and_their_values() {
        let arriving = Arriving::new(3_000 << 10, 2_000 << 10, 1_500 << 10);
        let (mut first, mut second) = (arriving.request("a"), arriving.request("b"));
        assert_eq!(status(first.arrive(1_500 * KIB)), None);
        assert_eq!(status(second.arrive(600 * KIB)), Some(503));
        assert_eq!(status(second.arrive(500 * KIB)), None);
        let mut values = arriving.request("c");
        assert_eq!(status(values.arrive(10 * KIB)), None);
        assert_eq!(status(values.add_values(900 * KIB)), None);
        let mut small = arriving.request("d");
        assert_eq!(status(values.add_values(90 * KIB)), None);
        assert_eq!(arriving.bytes(), 3_000 << 10);
        // All is taken; a change of a record is made in any case, up to the share of its credential.
        assert_eq!(status(small.arrive(64 * KIB)), None);
        assert_eq!(status(small.add_values(192 * KIB)), None);
        assert_eq!(status(small.add_values(1)), Some(503));
        let mut others: Vec<Held> = (0..5).map(|_| arriving.request("d")).collect();
        let statuses: Vec<_> = others.iter_mut().map(|one| status(one.add_values(256 * KIB))).collect();
        assert_eq!(statuses, [None, None, None, None, Some(429)]);
        drop((first, second, values, small, others));
        assert_eq!(arriving.bytes(), 0);
        assert!(arriving.sums().by_holder.is_empty());
    }
}
