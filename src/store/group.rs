//! The queue of the writers of a SQLite database, and the transactions that several of them share.
//!
//! SQLite has one writer at a time, and a commit waits until the disk has everything. So writers that arrive while
//! another one writes share its transaction: each does its work in a savepoint when its turn comes, and the last one
//! commits for all of them. No writer returns before that commit, not even one that failed: it may have
//! failed because of what another one of the group wrote. Where the commit fails, all of them fail, and nothing of the
//! group is stored.
//!
//! Each writer works on its own thread. The turn and the open transaction go from one to the next.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::PooledConnection;

use super::connection::{Conn, in_dialect};
use super::pool::Manager;
use crate::problem::Problem;

/// The most writers of one transaction. The first one waits until the last one is done.
const MOST: usize = 64;

/// How many changes were made and with how many commits, and who waits to make one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commits {
    /// The changes that were committed.
    pub writes: u64,
    /// The transactions that held them.
    pub commits: u64,
    /// The writers that wait for their turn.
    pub waiting: usize,
}

/// The writers, in the order in which they arrived.
#[derive(Default)]
pub(super) struct Queue {
    line: Mutex<Line>,
    writes: AtomicU64,
    commits: AtomicU64,
}

#[derive(Default)]
struct Line {
    /// Whether somebody has the turn.
    busy: bool,
    waiting: VecDeque<Arc<Waiting>>,
    /// The transaction that goes to the next writer with the turn.
    open: Option<Group>,
}

/// A writer that waits for its turn.
struct Waiting {
    /// Whether it needs a transaction of its own.
    alone: bool,
    has_turn: AtomicBool,
    called: Condvar,
}

impl Queue {
    /// Waits for the turn, at most that long. `None` if it did not come.
    pub(super) fn turn(&self, alone: bool, patience: Duration) -> Option<Turn<'_>> {
        let mut line = self.line();
        if !line.busy {
            line.busy = true;
            return Some(Turn { queue: self, open: None, passed: false });
        }
        let me = Arc::new(Waiting { alone, has_turn: AtomicBool::new(false), called: Condvar::new() });
        line.waiting.push_back(me.clone());
        let (mut line, _) = me
            .called
            .wait_timeout_while(line, patience, |_| !me.has_turn.load(Ordering::Acquire))
            .unwrap_or_else(PoisonError::into_inner);
        if me.has_turn.load(Ordering::Acquire) {
            return Some(Turn { queue: self, open: line.open.take(), passed: false });
        }
        line.waiting.retain(|other| !Arc::ptr_eq(other, &me));
        None
    }

    pub(super) fn commits(&self) -> Commits {
        let waiting = self.line().waiting.len();
        Commits {
            waiting,
            writes: self.writes.load(Ordering::Acquire),
            commits: self.commits.load(Ordering::Acquire),
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Gives the turn to the next writer, if there is one.
    fn call_next(&mut self) {
        match self.waiting.pop_front() {
            None => self.busy = false,
            Some(next) => {
                next.has_turn.store(true, Ordering::Release);
                next.called.notify_one();
            }
        }
    }
}

/// The turn to write. Dropped, it goes to the next writer.
pub(super) struct Turn<'a> {
    queue: &'a Queue,
    /// The transaction that others have begun.
    open: Option<Group>,
    /// Whether the next writer has it already.
    passed: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.passed {
            drop(self.open.take());
            self.queue.line().call_next();
        }
    }
}

impl Turn<'_> {
    /// Does one writer's work in the open transaction, or in a new one on the connection. Returns when the transaction
    /// has ended. With `ends` that is at once, also where others wait who could share it.
    pub(super) fn write<T>(
        mut self,
        ends: bool,
        connect: impl FnOnce() -> Result<PooledConnection<Manager>, Problem>,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut group = match self.open.take() {
            Some(group) => group,
            None => Group::begin(connect()?)?,
        };
        let outcome = group.outcome.clone();
        // Where the work panics, the group is dropped, and then the turn.
        let result = group.add(work);
        if group.writes == 0 {
            // Nothing to commit, and it saw nobody else's uncommitted work.
            group.roll_back();
            return result;
        }
        if let Some(mut group) = if ends { Some(group) } else { self.pass(group) }
            && group.commit()
        {
            self.queue.writes.fetch_add(group.writes, Ordering::AcqRel);
            self.queue.commits.fetch_add(1, Ordering::AcqRel);
        }
        drop(self);
        match (outcome.wait(), result) {
            (Ok(()), result) => result,
            // Its own error says more than the failure of the group.
            (Err(_), Err(problem)) if problem.unwritable => Err(problem),
            (Err(failure), _) => Err(failure.problem()),
        }
    }

    /// Gives the turn and the transaction to the next writer. Returns the transaction where it must end here, since
    /// nobody waits who could share it.
    fn pass(&mut self, group: Group) -> Option<Group> {
        let mut line = self.queue.line();
        let shares = line.waiting.front().is_some_and(|next| !next.alone);
        if !shares || group.broken.is_some() || group.tried >= MOST {
            return Some(group);
        }
        line.open = Some(group);
        line.call_next();
        self.passed = true;
        None
    }
}

/// A transaction that writers share.
struct Group {
    pooled: PooledConnection<Manager>,
    /// How many writers have done their work in it.
    tried: usize,
    /// How many of them succeeded.
    writes: u64,
    /// Why it cannot be committed.
    broken: Option<Failure>,
    outcome: Arc<Outcome>,
}

impl Group {
    fn begin(mut pooled: PooledConnection<Manager>) -> Result<Group, Problem> {
        pooled.run(|conn| match conn {
            Conn::Lite(lite) => Ok(AnsiTransactionManager::begin_transaction_sql(lite, "BEGIN IMMEDIATE")?),
            Conn::Pg(pg) => Ok(AnsiTransactionManager::begin_transaction(pg)?),
        })?;
        Ok(Group { pooled, tried: 0, writes: 0, broken: None, outcome: Arc::default() })
    }

    /// Does one writer's work. An error undoes what it wrote, and nothing of the others.
    fn add<T>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        self.tried += 1;
        // Without a savepoint its end would be that of the transaction.
        if let Err(problem) = self.pooled.run(|conn| step(conn, Step::Begin)) {
            self.broken = Some(Failure::of(&problem));
            return Err(problem);
        }
        let result = self.pooled.run(work);
        let end = if result.is_ok() { Step::Commit } else { Step::RollBack };
        if let Err(problem) = self.pooled.run(|conn| step(conn, end)) {
            // After some failures SQLite itself rolls the whole transaction back.
            self.broken = Some(Failure::of(result.as_ref().err().unwrap_or(&problem)));
            return Err(result.err().unwrap_or(problem));
        }
        if result.is_ok() {
            self.writes += 1;
        }
        result
    }

    /// Commits for all writers, and returns whether it succeeded.
    fn commit(&mut self) -> bool {
        if self.broken.is_some() {
            self.roll_back();
            return false;
        }
        let end = self.pooled.run(|conn| step(conn, Step::Commit));
        let end = end.map_err(|problem| Failure::of(&problem));
        let committed = end.is_ok();
        self.outcome.set(end);
        committed
    }

    fn roll_back(&mut self) {
        let end = self.pooled.run(|conn| step(conn, Step::RollBack));
        if let Err(problem) = end {
            // The pool discards the connection, and with it the transaction.
            tracing::debug!(cause = %problem, "a transaction could not be rolled back");
        }
        let failure =
            self.broken.take().unwrap_or_else(|| Failure::Passing("the transaction broke off".to_owned()));
        self.outcome.set(Err(failure));
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.outcome.is_set() {
            self.roll_back();
        }
    }
}

/// Does work within a transaction, and undoes all that it wrote.
pub fn undone<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
    step(conn, Step::Begin)?;
    let result = work(conn);
    step(conn, Step::RollBack)?;
    result
}

#[derive(Clone, Copy)]
enum Step {
    Begin,
    Commit,
    RollBack,
}

/// Begins a savepoint, or ends the innermost one; where there is none, the transaction.
fn step(conn: &mut Conn, step: Step) -> Result<(), Problem> {
    in_dialect!(conn, |conn| match step {
        Step::Begin => AnsiTransactionManager::begin_transaction(conn),
        Step::Commit => AnsiTransactionManager::commit_transaction(conn),
        Step::RollBack => AnsiTransactionManager::rollback_transaction(conn),
    })?;
    Ok(())
}

/// Why the transaction of a group was not committed.
#[derive(Clone, Debug)]
enum Failure {
    /// The database cannot be written.
    Unwritable(String),
    /// It may succeed the next time.
    Passing(String),
    /// A mistake of ours.
    Internal(String),
}

impl Failure {
    fn of(problem: &Problem) -> Failure {
        let cause = problem.detail_or_cause();
        match problem.kind.status {
            _ if problem.unwritable => Failure::Unwritable(cause),
            500 => Failure::Internal(cause),
            _ => Failure::Passing(cause),
        }
    }

    fn problem(self) -> Problem {
        match self {
            Failure::Unwritable(cause) => Problem::unwritable(cause),
            Failure::Passing(cause) => Problem::unavailable(cause),
            Failure::Internal(cause) => Problem::internal(cause),
        }
    }
}

/// How the transaction of a group ended, for its writers to wait for.
#[derive(Default)]
struct Outcome {
    end: Mutex<Option<Result<(), Failure>>>,
    known: Condvar,
}

impl Outcome {
    /// Sets the end; the first one counts.
    fn set(&self, end: Result<(), Failure>) {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(end);
        self.known.notify_all();
    }

    fn is_set(&self) -> bool {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn wait(&self) -> Result<(), Failure> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*end {
                Some(end) => return end.clone(),
                None => end = self.known.wait(end).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
