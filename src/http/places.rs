//! Places: how many requests do something at a time, with a share for each address and each credential.
//!
//! A request that waits for a place holds no thread and no connection. Who has its whole share waits for itself, not in the
//! line of the others, so no single caller can take all places.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::problem::{self, Problem};

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

    /// Takes a place; waits for one at most that long. 429 where the holder's own share is taken, 503 where all are.
    pub async fn take(&self, holder: &Holder, longest: Duration) -> Result<Place, Problem> {
        let end = Instant::now() + longest;
        let share = {
            let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
            shares.entry(holder.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.share))).clone()
        };
        let mut place = Place { all: None, own: None, holder: holder.clone(), shares: self.shares.clone() };
        match timeout_at(end, share.acquire_owned()).await {
            Ok(permit) => place.own = Some(permit.map_err(Problem::unavailable)?),
            Err(_) => return Err(too_many(self.share)),
        }
        match timeout_at(end, self.all.clone().acquire_owned()).await {
            Ok(permit) => place.all = Some(permit.map_err(Problem::unavailable)?),
            Err(_) => return Err(Problem::unavailable("too many such requests at a time")),
        }
        Ok(place)
    }
}

fn too_many(share: usize) -> Problem {
    let detail = format!(
        "{share} of your requests of this sort are served at a time, and these take long. Wait until they have ended."
    );
    Problem::new(&problem::TOO_MANY, detail).header("Retry-After", "1")
}

/// A place that was taken; free again when it is dropped.
pub struct Place {
    all: Option<OwnedSemaphorePermit>,
    own: Option<OwnedSemaphorePermit>,
    holder: Holder,
    shares: Shares,
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
