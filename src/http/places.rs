//! Places: how many requests do something at a time, with a share for each address and each credential.
//!
//! A request that waits for a place holds no thread and no connection. Who has its whole share waits for itself, not in the
//! line of the others, so no single caller can take all places.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::problem::{self, Problem};

/// The most rows of a read that does not take long.
pub const SHORT: i64 = 200;

/// The queue in which the calls of an operation wait. All but `Heavy` are about reads: writes have a queue of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// With the long reads if the call counts as several requests, or returns much; otherwise with the short reads.
    ByCost,
    /// As `ByCost`, but a call without parameters waits with the short reads: it takes only some milliseconds, although it
    /// counts as several requests.
    ShortAlone,
    /// Always with the long reads: a call takes long, although it counts as one request.
    Long,
    /// With the calls that cost so much that only a few run at a time.
    Heavy,
}

/// Who a place counts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A caller without a credential, by address.
    Address(IpAddr),
    /// A caller with a credential, by its subject.
    Credential(String),
}

type Shares = Arc<Mutex<HashMap<Holder, Arc<Semaphore>>>>;

/// A number of places, of which each holder can have a share.
pub struct Places {
    all: Arc<Semaphore>,
    share: usize,
    shares: Shares,
}

impl Places {
    /// This many places, of which each holder can have that many.
    pub fn new(all: usize, share: usize) -> Places {
        Places { all: Arc::new(Semaphore::new(all)), share, shares: Arc::default() }
    }

    fn share_of(&self, holder: &Holder) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.entry(holder.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.share))).clone()
    }

    fn none_yet(&self, holder: &Holder) -> Place {
        Place { with: None, all: None, own: None, holder: holder.clone(), shares: self.shares.clone() }
    }

    /// Takes a place if one is free.
    pub fn take_free(&self, holder: &Holder) -> Option<Place> {
        let share = self.share_of(holder);
        let mut place = self.none_yet(holder);
        place.own = Some(share.try_acquire_owned().ok()?);
        place.all = Some(self.all.clone().try_acquire_owned().ok()?);
        Some(place)
    }

    /// Takes a place; waits for one at most that long. 429 where the holder's own share is taken, 503 where all are.
    pub async fn take(&self, holder: &Holder, longest: Duration) -> Result<Place, Problem> {
        let end = Instant::now() + longest;
        let share = self.share_of(holder);
        let mut place = self.none_yet(holder);
        match timeout_at(end, share.acquire_owned()).await {
            Ok(permit) => place.own = Some(permit.map_err(Problem::unavailable)?),
            Err(_) => return Err(too_many(self.share)),
        }
        match timeout_at(end, self.all.clone().acquire_owned()).await {
            Ok(permit) => place.all = Some(permit.map_err(Problem::unavailable)?),
            Err(_) => return Err(Problem::unavailable("too many such requests at once")),
        }
        Ok(place)
    }
}

fn too_many(share: usize) -> Problem {
    let detail = format!(
        "At most {share} of your requests of this kind are served at once. Wait until one of them has ended, then try again."
    );
    Problem::new(&problem::TOO_MANY, detail).header("Retry-After", "1")
}

/// A place that was taken; free again when it is dropped.
pub struct Place {
    /// Another that is taken for the same work.
    with: Option<Box<Place>>,
    all: Option<OwnedSemaphorePermit>,
    own: Option<OwnedSemaphorePermit>,
    holder: Holder,
    shares: Shares,
}

impl Place {
    /// This place and another, for the same work.
    pub fn with(mut self, other: Option<Place>) -> Place {
        self.with = other.map(Box::new);
        self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all = None;
        self.own = None;
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody else has a place of this share or waits for one.
        if shares.get(&self.holder).is_some_and(|share| Arc::strong_count(share) == 1) {
            shares.remove(&self.holder);
        }
    }
}

/// The bytes of responses that are in memory until their readers have taken them, in all and by holder.
#[derive(Clone)]
pub struct Unsent {
    most: usize,
    share: usize,
    sums: Arc<Mutex<Sums>>,
    fewer: Arc<Notify>,
}

#[derive(Default)]
struct Sums {
    all: usize,
    by_holder: HashMap<Holder, usize>,
}

impl Unsent {
    /// Room for this many bytes, of which each holder can have that many.
    pub fn new(most: usize, share: usize) -> Unsent {
        Unsent { most, share, sums: Arc::default(), fewer: Arc::default() }
    }

    /// Fails where there is no room for another response now.
    pub fn check(&self, holder: &Holder) -> Result<(), Problem> {
        let (all, own) = self.sums_of(holder);
        if own >= self.share {
            return Err(Problem::new(
                &problem::TOO_MANY,
                "You have not read the responses to your earlier requests. Read them first, or close their connections.",
            )
            .header("Retry-After", "1"));
        }
        match all < self.most {
            true => Ok(()),
            false => Err(Problem::unavailable("too many responses wait for slow readers")),
        }
    }

    /// Waits until there is room for another response, at most that long. 429 where the holder has not taken its own
    /// responses, 503 where others have not.
    pub async fn room(&self, holder: &Holder, longest: Duration) -> Result<(), Problem> {
        let end = Instant::now() + longest;
        loop {
            let fewer = self.fewer.notified();
            let Err(problem) = self.check(holder) else { return Ok(()) };
            if timeout_at(end, fewer).await.is_err() {
                return Err(problem);
            }
        }
    }

    /// Counts the bytes of a response until the result is dropped.
    pub fn add(&self, holder: Holder, bytes: usize) -> UnsentBytes {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.all += bytes;
        *sums.by_holder.entry(holder.clone()).or_default() += bytes;
        UnsentBytes { unsent: self.clone(), holder, bytes }
    }

    fn sums_of(&self, holder: &Holder) -> (usize, usize) {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        (sums.all, sums.by_holder.get(holder).copied().unwrap_or(0))
    }
}

/// The bytes of one response that its reader has not taken.
pub struct UnsentBytes {
    unsent: Unsent,
    holder: Holder,
    bytes: usize,
}

impl Drop for UnsentBytes {
    fn drop(&mut self) {
        let mut sums = self.unsent.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.all -= self.bytes;
        if let Some(own) = sums.by_holder.get_mut(&self.holder) {
            *own -= self.bytes;
            if *own == 0 {
                sums.by_holder.remove(&self.holder);
            }
        }
        drop(sums);
        self.unsent.fewer.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const LONG: Duration = Duration::from_secs(300);
    const SHORT: Duration = Duration::from_millis(1);

    fn of(name: &str) -> Holder {
        Holder::Credential(name.to_owned())
    }

    #[actix_web::test]
    async fn one_holder_takes_its_share_and_leaves_the_rest() {
        let (places, a) = (Places::new(4, 2), of("a"));
        let first = places.take(&of("a"), LONG).await.unwrap();
        let _second = places.take(&of("a"), LONG).await.unwrap();
        let status = |result: Result<Place, Problem>| result.err().map(|problem| problem.kind.status);
        assert_eq!(status(places.take(&of("a"), SHORT).await), Some(429));
        let _third = places.take(&of("b"), LONG).await.unwrap();
        let fourth = places.take(&Holder::Address([192, 0, 2, 1].into()), LONG).await.unwrap();
        assert_eq!(status(places.take(&of("c"), SHORT).await), Some(503));
        // Who waits for its own share is not in the line of the others.
        let mut waiting = Box::pin(places.take(&a, LONG));
        assert!((&mut waiting).now_or_never().is_none());
        drop(fourth);
        let fifth = places.take(&of("c"), LONG).await.unwrap();
        assert!((&mut waiting).now_or_never().is_none());
        drop(first);
        let sixth = waiting.await.unwrap();
        assert_eq!(places.shares.lock().unwrap().len(), 3);
        drop((fifth, sixth, _second, _third));
        assert_eq!(places.shares.lock().unwrap().len(), 0, "holders without a place are forgotten");
        assert_eq!(places.all.available_permits(), 4);
    }

    #[actix_web::test]
    async fn who_gives_up_waiting_leaves_nothing() {
        let places = Places::new(1, 1);
        let first = places.take(&of("a"), LONG).await.unwrap();
        for name in ["a", "b"] {
            assert!(places.take(&of(name), SHORT).await.is_err());
            assert!(places.take(&of(name), LONG).now_or_never().is_none());
        }
        drop(first);
        assert_eq!(places.shares.lock().unwrap().len(), 0);
        assert!(places.take(&of("b"), SHORT).await.is_ok());
    }

    #[actix_web::test]
    async fn what_one_holder_has_not_read_keeps_only_itself_waiting() {
        let (unsent, a) = (Unsent::new(100, 50), of("a"));
        let status = |result: Result<(), Problem>| result.err().map(|problem| problem.kind.status);
        let first = unsent.add(of("a"), 60);
        assert_eq!(status(unsent.room(&of("a"), SHORT).await), Some(429));
        assert!(unsent.room(&of("b"), SHORT).await.is_ok());
        let second = unsent.add(of("b"), 40);
        assert_eq!(status(unsent.room(&of("c"), SHORT).await), Some(503));
        let mut waiting = Box::pin(unsent.room(&a, LONG));
        assert!((&mut waiting).now_or_never().is_none());
        drop(first);
        assert!(waiting.await.is_ok());
        drop(second);
        assert_eq!(unsent.sums_of(&of("b")), (0, 0));
        assert!(unsent.sums.lock().unwrap().by_holder.is_empty());
    }
}
