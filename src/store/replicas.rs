//! The replicas that the public's reads come from.
//!
//! No reader sees an earlier state than before: a replica is read only if it has everything that this process has shown or
//! committed, and everything at the position that the caller sent. A read waits briefly for a replica that lags;
//! then it uses the primary.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::hosts::Host;
use super::least_position::LeastPosition;
use super::pool::Pooled;
use super::position::Position;
use super::replica::{CountedRead, Replica, locked};

/// How long a read waits for a replica that lags.
const LONGEST_LAG: Duration = Duration::from_millis(250);
/// How soon it looks again.
const AGAIN: Duration = Duration::from_millis(5);
/// How often each replica is checked.
const ROUND: Duration = Duration::from_millis(500);
/// For how long a replica that does not answer is still tried.
const SILENCE: Duration = Duration::from_secs(2);

/// Why a read came from the primary, and what came from replicas.
#[derive(Debug, Default)]
pub struct Counts {
    /// Reads from a replica.
    pub replica: AtomicU64,
    /// Reads from the primary because no replica had come far enough.
    pub lagging: AtomicU64,
    /// Reads from the primary because no replica could be reached.
    pub unreachable: AtomicU64,
    /// Reads that failed at a replica, and came from the primary.
    pub failed: AtomicU64,
}

impl Counts {
    /// Each count with its name.
    pub fn all(&self) -> [(&'static str, u64); 4] {
        [
            ("replica", &self.replica),
            ("primary_behind", &self.lagging),
            ("primary_unreachable", &self.unreachable),
            ("primary_failed", &self.failed),
        ]
        .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
    }
}

/// The state of a replica, for the metrics.
pub struct ReplicaState {
    /// Its host and port.
    pub name: String,
    /// Whether it can be read.
    pub is_up: bool,
    /// For how many milliseconds it has not had what this process has shown.
    pub lag: u64,
}

/// All replicas.
pub struct Replicas {
    all: Vec<Replica>,
    least: Mutex<LeastPosition>,
    turn: AtomicUsize,
    /// How many reads may wait for one replica that does not answer.
    share: usize,
    began: Instant,
    /// What was read where.
    pub counts: Counts,
}

/// A connection to a replica that has come far enough.
pub(super) struct Lease<'a> {
    replicas: &'a Replicas,
    replica: &'a Replica,
    pub pooled: Pooled,
    pub position: Position,
    _counted: CountedRead<'a>,
}

enum Attempt<'a> {
    Ready(Box<Lease<'a>>),
    /// With `of_least`, it lacks something that this process has shown or committed; otherwise only what the caller has seen
    /// at another process.
    Behind {
        of_least: bool,
    },
    Gone,
}

impl Replicas {
    /// The replicas of an address. Starts a thread for each, which checks it.
    pub fn follow(url: &str, connections: u32) -> Result<Arc<Replicas>, String> {
        let hosts = Host::all(url).map_err(|fault| format!("READ_DATABASE_URL cannot be used: {fault}"))?;
        let replica = |host| Replica {
            host,
            idle: Mutex::default(),
            is_up: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
            is_behind: AtomicBool::new(false),
            answered: AtomicU64::new(0),
            caught_up: AtomicU64::new(0),
        };
        let replicas = Arc::new(Replicas {
            all: hosts.into_iter().map(replica).collect(),
            least: Mutex::default(),
            turn: AtomicUsize::new(0),
            share: (connections as usize / 2).max(1),
            began: Instant::now(),
            counts: Counts::default(),
        });
        for n in 0..replicas.all.len() {
            let all = Arc::downgrade(&replicas);
            let keeper = std::thread::Builder::new().name("replica".to_owned());
            keeper.spawn(move || watch(&all, n)).map_err(|error| error.to_string())?;
        }
        Ok(replicas)
    }

    /// A read has shown this.
    pub(super) fn shown(&self, position: &Position) {
        locked(&self.least).raise(position);
    }

    /// A transaction of this process is committed.
    pub(super) fn committed(&self, number: u64) {
        locked(&self.least).add_own(number);
    }

    /// What this process has shown or committed by now. A read compares with this copy, which it takes before it asks a server for
    /// its position: while others write, the original keeps rising.
    pub(super) fn least(&self) -> LeastPosition {
        locked(&self.least).clone()
    }

    /// What this process has shown is no longer on record: the primary lost it. Readers begin again from what is there.
    pub(super) fn begin_again(&self, lost: &LeastPosition, position: &Position) {
        let mut least = locked(&self.least);
        if *least == *lost {
            *least = LeastPosition::at(position);
        }
    }

    /// The state of each replica.
    pub fn states(&self) -> Vec<ReplicaState> {
        let now = self.now();
        let state = |replica: &Replica| ReplicaState {
            name: replica.host.name.clone(),
            is_up: replica.is_up.load(Ordering::Relaxed) && !self.is_silent(replica),
            lag: now.saturating_sub(replica.caught_up.load(Ordering::Relaxed).max(1)),
        };
        self.all.iter().map(state).collect()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether a replica that counts as up has not answered for long.
    fn is_silent(&self, replica: &Replica) -> bool {
        self.now().saturating_sub(replica.answered.load(Ordering::Relaxed)) > SILENCE.as_millis() as u64
    }

    /// A connection to a replica that has come far enough; none if the primary has to be read.
    pub(super) fn pick(&self, required: Option<&Position>) -> Option<Box<Lease<'_>>> {
        let end = Instant::now() + LONGEST_LAG;
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let least = self.least();
        loop {
            let (mut waits, mut lagging) = (false, vec![]);
            for n in 0..self.all.len() {
                let replica = &self.all[(first.wrapping_add(n)) % self.all.len()];
                let is_behind = replica.is_behind.load(Ordering::Relaxed);
                let is_up = replica.is_up.load(Ordering::Relaxed) && !self.is_silent(replica);
                if is_behind || !is_up || self.holds_many(replica) {
                    continue;
                }
                match self.attempt(replica, required, &least) {
                    Attempt::Ready(lease) => return Some(lease),
                    Attempt::Behind { of_least } => {
                        waits = true;
                        lagging.extend(of_least.then_some(replica));
                    }
                    Attempt::Gone => {}
                }
            }
            if !waits || Instant::now() + AGAIN > end {
                for replica in lagging {
                    replica.is_behind.store(true, Ordering::Relaxed);
                }
                let any_up = self.all.iter().any(|replica| replica.is_up.load(Ordering::Relaxed));
                let count = if any_up { &self.counts.lagging } else { &self.counts.unreachable };
                count.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            std::thread::sleep(AGAIN);
        }
    }

    /// A connection to any replica that has come far enough, also where none was expected to: for when the primary fails.
    pub(super) fn pick_any(&self, required: Option<&Position>) -> Option<Box<Lease<'_>>> {
        let least = self.least();
        let others = self.all.iter().filter(|replica| !self.holds_many(replica));
        others.into_iter().find_map(|replica| match self.attempt(replica, required, &least) {
            Attempt::Ready(lease) => Some(lease),
            Attempt::Behind { .. } | Attempt::Gone => None,
        })
    }

    /// Whether many reads wait for a replica that has not answered for a while. Nothing ends a wait for a server that hangs, so the
    /// others keep their places.
    fn holds_many(&self, replica: &Replica) -> bool {
        let silent = self.now().saturating_sub(replica.answered.load(Ordering::Relaxed));
        replica.reads.load(Ordering::Relaxed) >= self.share && silent > LONGEST_LAG.as_millis() as u64
    }

    /// A replica's position, and whether it has everything that this process has shown or committed (`least`).
    fn ask(
        &self,
        replica: &Replica,
        pooled: &mut Pooled,
        least: &LeastPosition,
    ) -> Result<(Position, bool), String> {
        let seen = pooled.position().map_err(|problem| problem.detail_or_cause())?;
        if !seen.is_standby {
            return Err("it is a primary, not a replica".to_owned());
        }
        replica.answered.fetch_max(self.now(), Ordering::Relaxed);
        let has_all = least.is_met_by(&seen.position);
        if has_all {
            replica.caught_up.fetch_max(self.now(), Ordering::Relaxed);
            replica.is_behind.store(false, Ordering::Relaxed);
        }
        Ok((seen.position, has_all))
    }

    /// A connection to a replica, if it has come far enough.
    fn attempt<'a>(
        &'a self,
        replica: &'a Replica,
        required: Option<&Position>,
        least: &LeastPosition,
    ) -> Attempt<'a> {
        let counted = CountedRead::new(replica);
        let lease = replica.take().and_then(|mut pooled| {
            let (position, has_all) = self.ask(replica, &mut pooled, least)?;
            Ok((pooled, position, has_all))
        });
        let Ok((pooled, position, has_all)) = lease else {
            replica.is_gone();
            return Attempt::Gone;
        };
        if has_all && required.is_none_or(|required| position.covers(required)) {
            return Attempt::Ready(Box::new(Lease {
                replicas: self,
                replica,
                pooled,
                position,
                _counted: counted,
            }));
        }
        replica.give_back(pooled);
        Attempt::Behind { of_least: !has_all }
    }
}

impl Lease<'_> {
    /// The read is done: the connection serves others.
    pub(super) fn give_back(self) {
        self.replicas.counts.replica.fetch_add(1, Ordering::Relaxed);
        self.replica.give_back(self.pooled);
    }

    /// The read failed, and the primary is read instead.
    pub(super) fn failed(self, cause: &str) {
        self.replicas.counts.failed.fetch_add(1, Ordering::Relaxed);
        if self.pooled.is_lost() {
            self.replica.is_gone();
        } else {
            self.replica.give_back(self.pooled);
        }
        tracing::debug!(replica = self.replica.host.name, cause, "a read failed at a replica");
    }
}

/// Checks a replica in a loop, until `Replicas` is dropped.
fn watch(all: &Weak<Replicas>, n: usize) {
    // None: nobody knows yet.
    let mut last_state: Option<(bool, bool)> = None;
    while let Some(replicas) = all.upgrade() {
        let Some(replica) = replicas.all.get(n) else { return };
        let (up, caught_up, cause) = look_after(&replicas, replica);
        let is_behind = up && !caught_up && {
            let lag = replicas.now().saturating_sub(replica.caught_up.load(Ordering::Relaxed));
            lag > SILENCE.as_millis() as u64
        };
        // Logs each change once.
        if last_state != Some((up, is_behind)) {
            let replica = replica.host.name.as_str();
            match (up, is_behind) {
                (false, _) => {
                    tracing::warn!(replica, cause, "a replica cannot be read; the public reads elsewhere")
                }
                (true, true) => tracing::warn!(replica, "a replica lags; the public reads elsewhere"),
                (true, false) => tracing::info!(replica, "the public reads from a replica"),
            }
            last_state = Some((up, is_behind));
        }
        drop(replicas);
        std::thread::sleep(ROUND);
    }
}

/// Whether a replica can be read, whether it has all that was shown, and why not.
fn look_after(replicas: &Replicas, replica: &Replica) -> (bool, bool, String) {
    let idle = locked(&replica.idle).pop();
    let pooled = match idle {
        Some(pooled) => Ok(pooled),
        // All are in use: it is up, and whoever uses them notices if it is not.
        None if replica.is_up.load(Ordering::Relaxed) && !replicas.is_silent(replica) => {
            return (true, !replica.is_behind.load(Ordering::Relaxed), String::new());
        }
        None => replica.open(),
    };
    // A copy: while others write, the original keeps rising, and a replica might never reach it.
    let least = replicas.least();
    let state = pooled.and_then(|mut pooled| {
        let end = Instant::now() + LONGEST_LAG / 2;
        loop {
            let (_, caught_up) = replicas.ask(replica, &mut pooled, &least)?;
            if caught_up || Instant::now() > end {
                return Ok((pooled, caught_up));
            }
            std::thread::sleep(AGAIN);
        }
    });
    match state {
        Err(cause) => {
            replica.is_gone();
            (false, false, cause)
        }
        Ok((pooled, caught_up)) => {
            replica.give_back(pooled);
            replica.is_up.store(true, Ordering::Relaxed);
            (true, caught_up, String::new())
        }
    }
}
