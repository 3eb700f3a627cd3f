//! The store: one schema on two databases, a pool of connections that read and a pool of connections that write.
//!
//! On SQLite a process has exactly one writer, so two of ours never conflict, and transactions begin IMMEDIATE, so that
//! another process waits at the beginning and not in the middle. On PostgreSQL there are as many writers as configured,
//! and a change of a record locks that record's row.

pub mod canonical;
pub mod connection;
pub mod migrations;
pub mod sql;
pub mod tables;
mod target;
pub mod types;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::{Error as PoolError, ManageConnection, Pool, R2D2Connection};
use diesel::sql_types as st;

pub use connection::Conn;
pub(crate) use connection::in_dialect;
pub use sql::{Sql, Typed, Val};
pub use target::Target;

use crate::problem::Problem;

/// Opens connections and sets up their session. Diesel's own manager would try one database after the other, and so
/// create a file called `postgres://…` when the server is down.
struct Manager {
    location: Target,
    read_only: bool,
}

impl Manager {
    fn open(&self) -> Result<Conn, PoolError> {
        match &self.location {
            Target::Pg(url) => {
                let mut conn = diesel::PgConnection::establish(url).map_err(PoolError::ConnectionError)?;
                conn.batch_execute(if self.read_only {
                    "SET default_transaction_read_only = on; SET statement_timeout = '5s'; SET jit = off; SET timezone = 'UTC'"
                } else {
                    "SET statement_timeout = '30s'; SET lock_timeout = '5s'; SET jit = off; SET timezone = 'UTC';
                     SET idle_in_transaction_session_timeout = '30s'"
                })
                .map_err(PoolError::QueryError)?;
                Ok(Conn::Pg(conn))
            }
            Target::Lite(path) => {
                disable_scan_status();
                let mut conn =
                    diesel::SqliteConnection::establish(path).map_err(PoolError::ConnectionError)?;
                conn.batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                     PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;
                     PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;",
                )
                .map_err(PoolError::QueryError)?;
                if self.read_only {
                    conn.batch_execute("PRAGMA query_only = ON").map_err(PoolError::QueryError)?;
                }
                Ok(Conn::Lite(conn))
            }
        }
    }
}

/// Turns SQLite's scan status off on every connection. It is compiled in for the test of query plans, is on by default,
/// and reads a clock before and after each step of the virtual machine, which would double the time of a GET.
#[expect(unsafe_code, reason = "neither Diesel nor SQL can set it")]
fn disable_scan_status() {
    use libsqlite3_sys as lite;
    use std::ffi::{c_char, c_int};

    unsafe extern "C" fn off(
        db: *mut lite::sqlite3,
        _error: *mut *mut c_char,
        _api: *const lite::sqlite3_api_routines,
    ) -> c_int {
        // SAFETY: SQLite calls this with the connection that it opens; the option takes an int and a pointer
        // to one, which may be null.
        unsafe {
            lite::sqlite3_db_config(
                db,
                lite::SQLITE_DBCONFIG_STMT_SCANSTATUS,
                0 as c_int,
                std::ptr::null_mut::<c_int>(),
            );
        }
        lite::SQLITE_OK
    }

    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: the function has the signature that SQLite requires, and lives as long as the program. MULTITHREAD is set
    // before any connection is opened; it removes the locks for connections that several threads use at once, which ours
    // are not: the pool lends each to one thread at a time.
    ONCE.call_once(|| unsafe {
        lite::sqlite3_config(lite::SQLITE_CONFIG_MULTITHREAD);
        lite::sqlite3_auto_extension(Some(off));
    });
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = PoolError;

    fn connect(&self) -> Result<Conn, PoolError> {
        self.open()
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), PoolError> {
        conn.ping().map_err(PoolError::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        // A panic in the middle of a transaction leaves it open, so such a connection is discarded.
        std::thread::panicking() || R2D2Connection::is_broken(conn)
    }
}

/// A token that is equal at two moments only if no transaction was committed between them. A cached response is valid for
/// one generation.
///
/// On SQLite it is the count of commits by all other connections (`PRAGMA data_version`), on PostgreSQL the snapshot of a
/// statement. Neither reads a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation(String);

/// A handle on the database.
#[derive(Clone)]
pub struct Db {
    location: Target,
    read: Pool<Manager>,
    write: Pool<Manager>,
    /// SQLite only: counts the commits of all other connections, so it never writes itself.
    watcher: Option<Arc<Mutex<Conn>>>,
    committed: Arc<tokio::sync::Notify>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = st::BigInt)]
    data_version: i64,
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = st::BigInt)]
    busy: i64,
}

/// Removes dead rows, however long it takes.
fn vacuum(pg: &mut diesel::PgConnection, tables: &[&'static str]) -> QueryResult<()> {
    pg.batch_execute("SET statement_timeout = 0")?;
    let all = ["record_version", "record", "link", "search_doc", "approval", "idempotency", "audit"];
    let done = all.iter().chain(tables).try_for_each(|table| pg.batch_execute(&format!("VACUUM {table}")));
    pg.batch_execute("SET statement_timeout = '30s'")?;
    done
}

#[derive(QueryableByName)]
struct Snapshot {
    #[diesel(sql_type = st::Text)]
    token: String,
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
                .connection_timeout(Duration::from_secs(10))
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
                Some(Arc::new(Mutex::new(manager.open().map_err(|error| failed(error.to_string()))?)))
            }
        };
        Ok(Db { location, read, write, watcher, committed: Arc::default() })
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

    /// The generation, if it is available at once: on SQLite it is in shared memory and takes a few microseconds.
    pub fn generation_now(&self) -> Option<Generation> {
        let watcher = self.watcher.as_ref()?;
        let mut conn = watcher.lock().ok()?;
        let row = Sql::new("PRAGMA data_version").get_result::<Version>(&mut *conn).ok()?;
        Some(Generation(row.data_version.to_string()))
    }

    /// The generation before reading through this connection.
    pub fn generation(&self, conn: &mut Conn) -> Result<Generation, Problem> {
        match self.generation_now() {
            Some(generation) => Ok(generation),
            None => {
                let row =
                    Sql::new("SELECT pg_current_snapshot()::text AS token").get_result::<Snapshot>(conn)?;
                Ok(Generation(row.token))
            }
        }
    }

    /// Runs work that reads. Blocks the thread.
    pub fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut conn = self.read.get().map_err(Problem::unavailable)?;
        work(&mut conn)
    }

    /// Runs work that reads, all at one moment: it does not see what others commit meanwhile.
    pub fn snapshot<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut conn = self.read.get().map_err(Problem::unavailable)?;
        match &mut *conn {
            Conn::Lite(lite) => AnsiTransactionManager::begin_transaction_sql(lite, "BEGIN")?,
            Conn::Pg(pg) => AnsiTransactionManager::begin_transaction_sql(
                pg,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            )?,
        }
        let result = work(&mut conn);
        match &mut *conn {
            Conn::Lite(lite) => AnsiTransactionManager::rollback_transaction(lite)?,
            Conn::Pg(pg) => AnsiTransactionManager::rollback_transaction(pg)?,
        }
        result
    }

    /// Runs work on a writing connection outside a transaction, for migrations, which have their own.
    pub fn on_writer(&self, work: impl FnOnce(&mut Conn)) -> Result<(), Problem> {
        let mut conn = self.write.get().map_err(Problem::unavailable)?;
        work(&mut conn);
        Ok(())
    }

    /// Copies a SQLite database, as it is at one moment, to a new file. Others read and write meanwhile.
    pub fn copy_to(&self, path: &str) -> Result<(), Problem> {
        let mut done = Ok(0);
        self.on_writer(|conn| done = Sql::new("VACUUM INTO ").bind(path.to_owned()).execute(conn))?;
        done?;
        Ok(())
    }

    /// Removes what the files still contain of deleted rows: SQLite's journal (deleted pages are overwritten at once),
    /// PostgreSQL's dead rows in these tables and in those that every kind has. False if a reader still uses the journal:
    /// try again.
    pub fn scrub(&self, tables: &[&'static str]) -> Result<bool, Problem> {
        let mut done = Ok(false);
        self.on_writer(|conn| {
            done = match conn {
                Conn::Lite(_) => Sql::new("PRAGMA wal_checkpoint(TRUNCATE)")
                    .get_result::<Checkpoint>(conn)
                    .map(|checkpoint| checkpoint.busy == 0),
                Conn::Pg(pg) => vacuum(pg, tables).map(|()| true),
            };
        })?;
        Ok(done?)
    }

    /// Runs work in one transaction, which an error rolls back. Blocks the thread.
    pub fn write<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut conn = self.write.get().map_err(Problem::unavailable)?;
        let result = Db::transaction(&mut conn, work)?;
        self.committed.notify_one();
        Ok(result)
    }

    /// Notified after each transaction of [`Db::write`] and [`Db::write_bulk`] that was committed: wakes the sealer,
    /// whoever wrote.
    pub fn committed(&self) -> &tokio::sync::Notify {
        &self.committed
    }

    /// [`Db::write`] for very many rows: meanwhile SQLite has a cache of 64 MiB, so that it need not write out and reread
    /// pages for each row. Without `keep` the transaction is rolled back in the end.
    pub fn write_bulk<T>(
        &self,
        keep: bool,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut conn = self.write.get().map_err(Problem::unavailable)?;
        let cache = |conn: &mut Conn, size: &str| match conn {
            Conn::Lite(lite) => lite.batch_execute(size),
            Conn::Pg(_) => Ok(()),
        };
        cache(&mut conn, "PRAGMA cache_size = -65536")?;
        let result = Db::transaction_if(&mut conn, keep, work);
        cache(&mut conn, "PRAGMA cache_size = -4096; PRAGMA shrink_memory")?;
        if keep && result.is_ok() {
            self.committed.notify_one();
        }
        result
    }

    /// [`Db::write`], if a writing connection is free within that time; otherwise `None`.
    pub fn write_within<T>(
        &self,
        patience: Duration,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        match self.write.get_timeout(patience) {
            Ok(mut conn) => Db::transaction(&mut conn, work).map(Some),
            Err(_) => Ok(None),
        }
    }

    fn transaction<T>(
        conn: &mut Conn,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        Db::transaction_if(conn, true, work)
    }

    fn transaction_if<T>(
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
            (Ok(_), Err(error)) => Err(error.into()),
            (Err(problem), _) => Err(problem),
        }
    }
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
