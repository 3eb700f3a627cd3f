//! The replicas that the public's reads come from.
//!
//! Nobody who reads here goes back in time: a replica is read only if it has come at least as far as everything that this
//! process has shown or committed (the floor), and as the position that the caller sent along. One that lags is waited for
//! briefly; then the primary is read.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::floor::Floor;
use super::hosts::Host;
use super::pool::{Manager, Pooled};
use super::position::Position;
use super::target::Target;

/// How long a read waits for a replica that lags.
const LAG: Duration = Duration::from_millis(250);
/// How soon it looks again.
const AGAIN: Duration = Duration::from_millis(5);
/// How often each replica is looked after.
const ROUND: Duration = Duration::from_millis(500);
/// For how long a replica that does not answer is still tried.
const SILENCE: Duration = Duration::from_secs(2);
/// How many connections to a replica are kept while nobody reads.
const IDLE: usize = 16;

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

/// One replica.
struct Replica {
    host: Host,
    idle: Mutex<Vec<Pooled>>,
    is_up: AtomicBool,
    /// Whether a read has waited for it in vain. Until it has caught up nobody waits for it.
    is_behind: AtomicBool,
    /// When it last answered, and when it last had all that was shown, in milliseconds since the beginning.
    answered: AtomicU64,
    caught_up: AtomicU64,
}

/// All replicas.
pub struct Replicas {
    all: Vec<Replica>,
    floor: Mutex<Floor>,
    turn: AtomicUsize,
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
}

enum Tried<'a> {
    Ready(Box<Lease<'a>>),
    /// It lacks something that was shown here, or only what the caller has seen elsewhere.
    Behind {
        of_floor: bool,
    },
    Gone,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one call: a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Replicas {
    /// The replicas of an address. From now on each has a thread that looks after it.
    pub fn follow(url: &str) -> Result<Arc<Replicas>, String> {
        let hosts = Host::all(url).map_err(|fault| format!("READ_DATABASE_URL cannot be used: {fault}"))?;
        let replica = |host| Replica {
            host,
            idle: Mutex::default(),
            is_up: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
            answered: AtomicU64::new(0),
            caught_up: AtomicU64::new(0),
        };
        let replicas = Arc::new(Replicas {
            all: hosts.into_iter().map(replica).collect(),
            floor: Mutex::default(),
            turn: AtomicUsize::new(0),
            began: Instant::now(),
            counts: Counts::default(),
        });
        for n in 0..replicas.all.len() {
            let all = Arc::downgrade(&replicas);
            let keeper = std::thread::Builder::new().name("replica".to_owned());
            keeper.spawn(move || keep(&all, n)).map_err(|error| error.to_string())?;
        }
        Ok(replicas)
    }

    /// A read has shown this.
    pub(super) fn shown(&self, position: &Position) {
        locked(&self.floor).raise(position);
    }

    /// A transaction of this process is committed.
    pub(super) fn committed(&self, number: u64) {
        locked(&self.floor).add_own(number);
    }

    /// Whether this position has all that this process has shown or committed.
    pub(super) fn is_met_by(&self, position: &Position) -> bool {
        locked(&self.floor).is_met_by(position)
    }

    /// What this process has shown is no longer on record: the primary lost it. Readers begin again from what is there.
    pub(super) fn begin_again(&self, position: &Position) {
        *locked(&self.floor) = Floor::at(position);
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
        let end = Instant::now() + LAG;
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        loop {
            let (mut waits, mut lagging) = (false, vec![]);
            for n in 0..self.all.len() {
                let replica = &self.all[(first.wrapping_add(n)) % self.all.len()];
                let is_behind = replica.is_behind.load(Ordering::Relaxed);
                if is_behind || !replica.is_up.load(Ordering::Relaxed) || self.is_silent(replica) {
                    continue;
                }
                match self.attempt(replica, required) {
                    Tried::Ready(lease) => return Some(lease),
                    Tried::Behind { of_floor } => {
                        waits = true;
                        lagging.extend(of_floor.then_some(replica));
                    }
                    Tried::Gone => {}
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
        self.all.iter().find_map(|replica| match self.attempt(replica, required) {
            Tried::Ready(lease) => Some(lease),
            Tried::Behind { .. } | Tried::Gone => None,
        })
    }

    /// Asks a replica how far it has come.
    fn attempt<'a>(&'a self, replica: &'a Replica, required: Option<&Position>) -> Tried<'a> {
        let Some(mut pooled) = replica.take() else {
            replica.is_gone();
            return Tried::Gone;
        };
        let Ok(seen) = pooled.position() else {
            replica.is_gone();
            return Tried::Gone;
        };
        if !seen.is_standby {
            replica.is_gone();
            return Tried::Gone;
        }
        replica.answered.fetch_max(self.now(), Ordering::Relaxed);
        let position = seen.position;
        let has_all = self.is_met_by(&position);
        if has_all {
            replica.caught_up.fetch_max(self.now(), Ordering::Relaxed);
            replica.is_behind.store(false, Ordering::Relaxed);
        }
        if has_all && required.is_none_or(|required| position.covers(required)) {
            return Tried::Ready(Box::new(Lease { replicas: self, replica, pooled, position }));
        }
        replica.give_back(pooled);
        Tried::Behind { of_floor: !has_all }
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

impl Replica {
    fn take(&self) -> Option<Pooled> {
        let idle = locked(&self.idle).pop();
        idle.or_else(|| self.open().ok())
    }

    fn open(&self) -> Result<Pooled, String> {
        if !self.host.is_there() {
            return Err("nothing accepts connections there".to_owned());
        }
        let manager = Manager { location: Target::Pg(self.host.url.clone()), read_only: true };
        manager.open().map(Pooled::new).map_err(|error| error.to_string())
    }

    fn give_back(&self, pooled: Pooled) {
        let mut idle = locked(&self.idle);
        if idle.len() < IDLE {
            idle.push(pooled);
        }
    }

    /// No read takes it until its thread has reached it again.
    fn is_gone(&self) {
        self.is_up.store(false, Ordering::Relaxed);
        locked(&self.idle).clear();
    }
}

/// Looks after a replica, as long as there is anybody who reads.
fn keep(all: &Weak<Replicas>, n: usize) {
    // None: nobody knows yet.
    let mut last_state: Option<(bool, bool)> = None;
    while let Some(replicas) = all.upgrade() {
        let Some(replica) = replicas.all.get(n) else { return };
        let (up, caught_up, cause) = look_after(&replicas, replica);
        let is_behind = up && !caught_up && {
            let lag = replicas.now().saturating_sub(replica.caught_up.load(Ordering::Relaxed));
            lag > SILENCE.as_millis() as u64
        };
        // Each change is told once.
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
    // What was shown by now: while others write, there is ever more.
    let floor = locked(&replicas.floor).clone();
    let state = pooled.and_then(|mut pooled| {
        let end = Instant::now() + LAG / 2;
        loop {
            let seen = pooled.position().map_err(|problem| problem.detail_or_cause())?;
            if !seen.is_standby {
                return Err("it is no replica, but a primary".to_owned());
            }
            replica.answered.fetch_max(replicas.now(), Ordering::Relaxed);
            let caught_up = floor.is_met_by(&seen.position);
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
            if caught_up {
                replica.caught_up.fetch_max(replicas.now(), Ordering::Relaxed);
                replica.is_behind.store(false, Ordering::Relaxed);
            }
            replica.give_back(pooled);
            replica.is_up.store(true, Ordering::Relaxed);
            (true, caught_up, String::new())
        }
    }
}
