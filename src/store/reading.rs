//! Where reads come from: for the public from a replica, if there are any; for all others from the primary.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types as st;

use super::connection::Conn;
use super::pool::Pooled;
use super::position::Position;
use super::reader::Reader;
use super::replicas::{Counts, ReplicaState, Replicas};
use super::sql::Sql;
use super::{Db, Generation};
use crate::problem::Problem;

/// How long a public read waits for a connection to the primary: before it tries the replicas again, and after that.
const WAITS_FOR_PRIMARY: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(5)];

/// The count of commits by other connections. The header of the write-ahead log's index tells the same without locks. But a
/// process that opens that file and closes it again gives up all locks that SQLite holds on it, and another process may then
/// truncate it.
#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = st::BigInt)]
    data_version: i64,
}

#[derive(QueryableByName)]
struct Snapshot {
    #[diesel(sql_type = st::Text)]
    token: String,
}

/// The result of a read, and whether nothing was committed while it ran.
pub struct Read<T> {
    /// What was read.
    pub value: T,
    /// Whether all of it is of the generation that it began with.
    pub is_of_one: bool,
}

/// Runs work in a transaction that reads.
fn at_one_moment<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
) -> Result<T, Problem> {
    match &mut *conn {
        Conn::Lite(lite) => AnsiTransactionManager::begin_transaction_sql(lite, "BEGIN")?,
        Conn::Pg(pg) => AnsiTransactionManager::begin_transaction_sql(
            pg,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )?,
    }
    let result = work(conn);
    let end = match &mut *conn {
        Conn::Lite(lite) => AnsiTransactionManager::rollback_transaction(lite),
        Conn::Pg(pg) => AnsiTransactionManager::rollback_transaction(pg),
    };
    // Where the work failed, its own error says why.
    let result = result?;
    end?;
    Ok(result)
}

impl Db {
    /// Has the public's reads come from the replicas of this address, on PostgreSQL.
    pub fn with_replicas(mut self, url: &str) -> Result<Db, String> {
        let replicas = Replicas::follow(url, self.read.max_size())?;
        // Whatever was committed before this process began, every reader sees.
        let mut pooled = self.read.get().map_err(|error| error.to_string())?;
        let seen = pooled.position().map_err(|problem| problem.detail_or_cause())?;
        replicas.shown(&seen.position);
        self.replicas = Some(replicas);
        Ok(self)
    }

    /// Reads how far the primary has come: from now on no reader of the public sees less, also of what other processes committed.
    pub fn follow_primary(&self) -> Result<(), Problem> {
        let Some(replicas) = &self.replicas else { return Ok(()) };
        let seen = self.read.get().map_err(Problem::unavailable)?.position()?;
        if !seen.is_standby {
            replicas.shown(&seen.position);
        }
        Ok(())
    }

    /// A handle for one reader of the public, who sees at least what there was at the position `required`.
    pub fn for_public(&self, required: Option<Position>) -> Db {
        let reader = self.replicas.as_ref().map(|_| Arc::new(Reader::new(required)));
        Db { reader, ..self.clone() }
    }

    /// Whether there are replicas.
    pub fn has_replicas(&self) -> bool {
        self.replicas.is_some()
    }

    /// Whether this handle is for a reader of the public, who reads from replicas.
    pub fn reads_replicas(&self) -> bool {
        self.reader.is_some()
    }

    /// What the reader of this handle has seen by now.
    pub fn seen(&self) -> Option<Position> {
        self.reader.as_ref()?.seen()
    }

    /// Where the public's reads came from, and the state of each replica.
    pub fn replica_states(&self) -> Option<(&Counts, Vec<ReplicaState>)> {
        self.replicas.as_ref().map(|replicas| (&replicas.counts, replicas.states()))
    }

    /// The generation, if it is available at once: on SQLite it is in shared memory and takes a few microseconds.
    pub fn generation_now(&self) -> Option<Generation> {
        let mut conn = self.watcher.as_ref()?.lock().ok()?;
        let row = Sql::new("PRAGMA data_version").get_result::<Version>(&mut *conn).ok()?;
        Some(Generation(row.data_version.to_string()))
    }

    /// The generation before reading through this connection.
    pub fn generation(&self, conn: &mut Conn) -> Result<Generation, Problem> {
        if let Some(generation) = self.generation_now() {
            return Ok(generation);
        }
        let latest = self.reader.as_ref().and_then(|reader| Some(reader.latest()?.generation()));
        if let Some(latest) = latest {
            return Ok(Generation(latest));
        }
        let row = Sql::new("SELECT pg_current_snapshot()::text AS token").get_result::<Snapshot>(conn)?;
        Ok(Generation(row.token))
    }

    /// Runs work that reads. Blocks the thread. Where a replica fails, the work is run again.
    pub fn read<T>(&self, mut work: impl FnMut(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        match self.public() {
            Some((replicas, reader)) => {
                self.of_public(replicas, reader, |_| None, |conn, _| work(conn)).map(|read| read.value)
            }
            None => self.read.get().map_err(Problem::unavailable)?.run(work),
        }
    }

    /// Reads from the primary, if a connection to it is free within that time.
    pub fn read_within<T>(
        &self,
        most: Duration,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.read.get_timeout(most).map_err(Problem::unavailable)?.run(work)
    }

    /// Runs work that reads, all at one moment: it does not see what others commit meanwhile.
    pub fn snapshot<T>(&self, mut work: impl FnMut(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        self.read(|conn| at_one_moment(conn, &mut work))
    }

    /// Whether a read of a few rows waits for nothing: on SQLite, while connections are free. Handing it to another thread would
    /// take longer than the read.
    pub fn reads_at_once(&self) -> bool {
        self.watcher.is_some() && self.read.state().idle_connections > 1
    }

    /// Runs work that reads, unless something of this generation is ready made.
    pub fn read_unless_kept<T>(
        &self,
        mut ready_made: impl FnMut(&Generation) -> Option<T>,
        mut work: impl FnMut(&mut Conn, &Generation) -> Result<T, Problem>,
    ) -> Result<Read<T>, Problem> {
        if let Some((replicas, reader)) = self.public() {
            return self.of_public(replicas, reader, ready_made, work);
        }
        self.read.get().map_err(Problem::unavailable)?.run(|conn| {
            let generation = self.generation(conn)?;
            let value = match ready_made(&generation) {
                Some(value) => value,
                // SQLite locks and unlocks its file for each statement that is alone.
                None if self.watcher.is_some() => at_one_moment(conn, |conn| work(conn, &generation))?,
                None => work(conn, &generation)?,
            };
            Ok(Read { value, is_of_one: true })
        })
    }

    fn public(&self) -> Option<(&Replicas, &Reader)> {
        Some((self.replicas.as_deref()?, self.reader.as_deref()?))
    }

    /// A read of the public: from a replica that has come far enough, otherwise from the primary.
    fn of_public<T>(
        &self,
        replicas: &Replicas,
        reader: &Reader,
        mut ready_made: impl FnMut(&Generation) -> Option<T>,
        mut work: impl FnMut(&mut Conn, &Generation) -> Result<T, Problem>,
    ) -> Result<Read<T>, Problem> {
        let mut from_one = |pooled: &mut Pooled, position: &Position| {
            reader.begins(position);
            let generation = Generation(position.generation());
            if let Some(value) = ready_made(&generation) {
                replicas.shown(position);
                reader.saw(position);
                return Ok(Read { value, is_of_one: true });
            }
            let result = pooled.run(|conn| work(conn, &generation));
            if result.as_ref().is_err_and(is_of_server) {
                return Err(result.err().unwrap_or_else(|| Problem::internal("no error")));
            }
            // A 404 also tells the reader something: it must not see the record again at an earlier position.
            let after = pooled.position()?.position;
            replicas.shown(&after);
            reader.saw(&after);
            result.map(|value| Read { value, is_of_one: after.generation() == position.generation() })
        };
        let required = reader.required();
        if let Some(mut lease) = replicas.pick(required) {
            let position = lease.position.clone();
            match from_one(&mut lease.pooled, &position) {
                Err(problem) if is_of_server(&problem) => lease.failed(&problem.detail_or_cause()),
                result => {
                    lease.give_back();
                    return result;
                }
            }
        }
        let [first, then] = WAITS_FOR_PRIMARY;
        match self.of_primary(replicas, first, &mut from_one) {
            // The primary is away: perhaps a replica has caught up by now.
            Err(problem) if is_of_server(&problem) => {
                let Some(mut lease) = replicas.pick_any(required) else {
                    return self.of_primary(replicas, then, &mut from_one);
                };
                let position = lease.position.clone();
                let result = from_one(&mut lease.pooled, &position);
                match &result {
                    Err(problem) if is_of_server(problem) => lease.failed(&problem.detail_or_cause()),
                    _ => lease.give_back(),
                }
                result
            }
            result => result,
        }
    }

    /// A read of the public from the primary. After a failover every connection of the pool fails once, so it tries as many times.
    fn of_primary<T>(
        &self,
        replicas: &Replicas,
        patience: Duration,
        from_one: &mut impl FnMut(&mut Pooled, &Position) -> Result<Read<T>, Problem>,
    ) -> Result<Read<T>, Problem> {
        let mut attempts = self.read.max_size();
        loop {
            let mut pooled = self.read.get_timeout(patience).map_err(Problem::unavailable)?;
            let least = replicas.least();
            let result = pooled.position().and_then(|seen| {
                if !least.is_met_by(&seen.position) {
                    if seen.is_standby || attempts > 0 {
                        pooled.give_up();
                        return Err(Problem::unwritable("this server lacks commits that were already shown"));
                    }
                    // A failover that lost commits.
                    tracing::error!(
                        "the primary lost commits that were already shown; the public now reads its present state"
                    );
                    replicas.begin_again(&least, &seen.position);
                }
                from_one(&mut pooled, &seen.position)
            });
            match result {
                Err(_) if pooled.is_lost() && attempts > 0 => attempts -= 1,
                result => return result,
            }
        }
    }
}

/// Whether a problem is of one server, so that another one may do better.
fn is_of_server(problem: &Problem) -> bool {
    problem.unwritable
        || problem.cause.as_deref().is_some_and(|cause| cause.contains("conflict with recovery"))
        || problem.cause.as_deref().is_some_and(|cause| cause.contains("timed out waiting for connection"))
}
