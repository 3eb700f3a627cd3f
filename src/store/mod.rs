//! The store: one schema on two databases, a pool of connections that read and a pool of connections that write.
//!
//! On SQLite a process has exactly one connection that writes, so two of our writers never conflict, and transactions begin
//! IMMEDIATE, so that another process waits at the beginning and not in the middle. Writers that come at the same time share
//! a transaction and its commit ([`group`]). On PostgreSQL there are as many writers as configured,
//! and a change of a record locks that record's row.

pub mod canonical;
pub mod connection;
mod files;
mod folder_lock;
mod group;
mod hosts;
mod least_position;
pub mod migrations;
pub mod planner;
mod pool;
mod position;
mod reader;
mod reading;
mod replica;
mod replicas;
pub mod sql;
pub mod tables;
mod target;
pub mod types;
mod writable;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::{Pool, PooledConnection};
use diesel::sql_types as st;

pub use connection::Conn;
pub(crate) use connection::in_dialect;
pub use group::{Commits, undone};
pub use position::Position;
pub use replicas::{Counts, ReplicaState};
pub use sql::{Sql, Typed, Val};
pub use target::Target;

use group::{Queue, Turn};
use pool::{Manager, Pooled};
use reader::Reader;
use replicas::Replicas;

use crate::problem::Problem;

/// A token that is equal at two moments only if no transaction was committed between them. A cached response is valid for
/// one generation.
///
/// On SQLite it is the count of commits by all other connections (`PRAGMA data_version`), on PostgreSQL the snapshot of a
/// statement, or where there are replicas the [`Position`]. None reads a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation(String);

#[cfg(test)]
impl Generation {
    /// The generation with this text.
    pub fn of(text: &str) -> Generation {
        Generation(text.to_owned())
    }
}

/// How long a writer waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A handle on the database.
#[derive(Clone)]
pub struct Db {
    location: Target,
    read: Pool<Manager>,
    write: Pool<Manager>,
    /// SQLite only: notices the commits of all other connections. Its own connection never writes.
    watcher: Option<Arc<Mutex<Conn>>>,
    /// SQLite only: the writers that wait for the one connection.
    queue: Option<Arc<Queue>>,
    committed: Arc<tokio::sync::Notify>,
    /// PostgreSQL only: where the public's reads come from.
    replicas: Option<Arc<Replicas>>,
    /// Set where this handle is for one reader of the public.
    reader: Option<Arc<Reader>>,
    /// Whether the last write failed because the database cannot be written.
    pub writable: writable::Writable,
}

impl Db {
    /// Connects to an existing database, with this many connections that read (and as many that write, on PostgreSQL). A
    /// SQLite file that is missing is an error: SQLite would make an empty one, which looks like an empty record.
    pub fn open(location: Target, readers: u32) -> Result<Db, String> {
        if let Target::Lite(path) = &location
            && !Path::new(path).exists()
        {
            return Err(format!(
                "there is no database {path}; correct DATABASE_URL, or create the database with `onrecord migrate`"
            ));
        }
        Db::create(location, readers)
    }

    /// [`Db::open`], which creates the SQLite file where it is missing.
    pub fn create(location: Target, readers: u32) -> Result<Db, String> {
        let failed = |error: String| match &location {
            Target::Lite(path) => format!("{path}: {error}"),
            Target::Pg(_) => format!("the database of DATABASE_URL cannot be used: {error}"),
        };
        let pool = |read_only: bool, size: u32| {
            // r2d2 only logs why it cannot connect; opening one connection first returns the error.
            Manager { location: location.clone(), read_only }
                .open()
                .map_err(|error| failed(error.to_string()))?;
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(PATIENCE)
                .test_on_check_out(false)
                .build(Manager { location: location.clone(), read_only })
                .map_err(|error| failed(error.to_string()))
        };
        let writers = if matches!(location, Target::Lite(_)) { 1 } else { readers };
        // The writer first: it creates the file and sets WAL mode.
        let write = pool(false, writers)?;
        let read = pool(true, readers)?;
        let watcher = match &location {
            Target::Pg(_) => None,
            Target::Lite(_) => {
                let manager = Manager { location: location.clone(), read_only: true };
                let conn = manager.open().map_err(|error| failed(error.to_string()))?;
                Some(Arc::new(Mutex::new(conn)))
            }
        };
        let queue = watcher.as_ref().map(|_| Arc::default());
        Ok(Db {
            location,
            read,
            write,
            watcher,
            queue,
            committed: Arc::default(),
            replicas: None,
            reader: None,
            writable: Default::default(),
        })
    }

    /// The database that this is a handle on.
    pub fn location(&self) -> &Target {
        &self.location
    }

    /// The connections of both pools: the pool's name, how many are open, how many of these are idle.
    pub fn connections(&self) -> [(&'static str, u32, u32); 2] {
        [("read", &self.read), ("write", &self.write)].map(|(name, pool)| {
            let state = pool.state();
            (name, state.connections, state.idle_connections)
        })
    }

    /// Runs work on a writing connection outside a transaction, for migrations, which have their own.
    pub fn on_writer(&self, work: impl FnOnce(&mut Conn)) -> Result<(), Problem> {
        self.alone(|pooled| {
            pooled.run(|conn| {
                work(conn);
                Ok(())
            })
        })
    }

    /// Lends a writing connection that nobody shares.
    fn alone<T>(&self, work: impl FnOnce(&mut Pooled) -> Result<T, Problem>) -> Result<T, Problem> {
        let _turn = match &self.queue {
            None => None,
            Some(queue) => Some(queue.turn(true, PATIENCE).ok_or_else(no_turn)?),
        };
        work(&mut *self.writer()?)
    }

    fn writer(&self) -> Result<PooledConnection<Manager>, Problem> {
        self.write.get().map_err(Problem::unavailable)
    }

    /// Copies a SQLite database, as it is at one moment, to a new file. Others read and write meanwhile.
    pub fn copy_to(&self, path: &str) -> Result<(), Problem> {
        let mut done = Ok(0);
        self.on_writer(|conn| done = Sql::new("VACUUM INTO ").bind(path.to_owned()).execute(conn))?;
        done?;
        Ok(())
    }

    /// Runs work in one transaction, which an error rolls back. Blocks the thread, until everything that the work wrote is
    /// on the disk. On SQLite other writers may have the same transaction.
    pub fn write<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let result = match &self.queue {
            Some(queue) => self.share(queue.turn(false, PATIENCE).ok_or_else(no_turn)?, false, work),
            None => self.writer()?.run(|conn| self.transaction(conn, work)),
        }?;
        self.committed.notify_one();
        Ok(result)
    }

    /// How many changes were made on SQLite and with how many commits, and how many writers wait.
    pub fn commits(&self) -> Commits {
        self.queue.as_ref().map(|queue| queue.commits()).unwrap_or_default()
    }

    fn share<T>(
        &self,
        turn: Turn<'_>,
        ends: bool,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let result = turn.write(ends, || self.writer(), work);
        self.writable.note(&result);
        result
    }

    /// Notified after each transaction of [`Db::write`] and [`Db::write_bulk`] that was committed: wakes the sealer,
    /// whoever wrote.
    pub fn committed(&self) -> &tokio::sync::Notify {
        &self.committed
    }

    /// [`Db::write`] for very many rows: meanwhile SQLite has a cache of 64 MiB, so that it need not write out and reread
    /// pages for each row, and PostgreSQL plans as [`Conn::plan_for_each_value`] says. Without `keep` the transaction is rolled back in the end.
    pub fn write_bulk<T>(
        &self,
        keep: bool,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let cache = |conn: &mut Conn, size: &str| match conn {
            Conn::Lite(lite) => lite.batch_execute(size),
            Conn::Pg(_) => Ok(()),
        };
        let result = self.alone(|pooled| {
            pooled.run(|conn| {
                cache(conn, "PRAGMA cache_size = -65536")?;
                let result = self.transaction_if(conn, keep, |conn| {
                    conn.plan_for_each_value()?;
                    work(conn)
                });
                cache(conn, "PRAGMA cache_size = -4096; PRAGMA shrink_memory")?;
                result
            })
        });
        if keep && result.is_ok() {
            self.committed.notify_one();
        }
        result
    }

    /// [`Db::write`], if a writing connection is free within that time; otherwise `None`. It waits for nobody who comes
    /// after it.
    pub fn write_within<T>(
        &self,
        patience: Duration,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        if let Some(queue) = &self.queue {
            return queue.turn(false, patience).map(|turn| self.share(turn, true, work)).transpose();
        }
        match self.write.get_timeout(patience) {
            Ok(mut pooled) => pooled.run(|conn| self.transaction(conn, work)).map(Some),
            Err(_) => Ok(None),
        }
    }

    fn transaction<T>(
        &self,
        conn: &mut Conn,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.transaction_if(conn, true, work)
    }

    fn transaction_if<T>(
        &self,
        conn: &mut Conn,
        keep: bool,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut number = None;
        let result = Db::one_transaction(conn, keep, |conn| {
            let value = work(conn)?;
            if keep && self.replicas.is_some() {
                number = position::number(conn)?;
            }
            Ok(value)
        });
        if let (Ok(_), Some(replicas), Some(number)) = (&result, &self.replicas, number) {
            replicas.committed(number);
        }
        if keep || result.is_err() {
            self.writable.note(&result);
        }
        result
    }

    fn one_transaction<T>(
        conn: &mut Conn,
        keep: bool,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        match &mut *conn {
            Conn::Lite(lite) => AnsiTransactionManager::begin_transaction_sql(lite, "BEGIN IMMEDIATE")?,
            Conn::Pg(pg) => AnsiTransactionManager::begin_transaction(pg)?,
        }
        let result = work(conn);
        let end = match (&mut *conn, keep && result.is_ok()) {
            (Conn::Lite(lite), true) => AnsiTransactionManager::commit_transaction(lite),
            (Conn::Pg(pg), true) => AnsiTransactionManager::commit_transaction(pg),
            (Conn::Lite(lite), false) => AnsiTransactionManager::rollback_transaction(lite),
            (Conn::Pg(pg), false) => AnsiTransactionManager::rollback_transaction(pg),
        };
        match (result, end) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => Err(Db::of_commit(conn.is_pg(), error)),
            (Err(problem), _) => Err(problem),
        }
    }

    /// The problem of a commit that failed. Where PostgreSQL could not be reached or written, nobody knows what became of it.
    fn of_commit(pg: bool, error: diesel::result::Error) -> Problem {
        let problem = Problem::from(error);
        if pg && problem.unwritable { Problem::unconfirmed(problem.detail_or_cause()) } else { problem }
    }
}

/// Other writers took too long. Nothing was begun.
fn no_turn() -> Problem {
    Problem::unavailable("other writers took too long")
}

/// The row of a statement that returns a boolean.
#[derive(QueryableByName)]
pub struct Found {
    #[diesel(sql_type = st::Bool)]
    pub found: bool,
}

/// The row of a statement that returns a count.
#[derive(QueryableByName)]
pub struct Count {
    #[diesel(sql_type = st::BigInt)]
    pub n: i64,
}
