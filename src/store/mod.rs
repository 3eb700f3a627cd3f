//! The store: one schema on two databases, a pool that reads and one that writes.
//!
//! SQLite has exactly one writer in a process (so no two of ours ever clash) and begins its transactions
//! IMMEDIATE (so another process waits at the beginning and not in the middle). PostgreSQL writes through as
//! many connections as it is given, and a change of a record locks that record's row.

pub mod canonical;
pub mod connection;
pub mod migrations;
pub mod sql;
pub mod tables;
pub mod types;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::{Error as PoolError, ManageConnection, Pool, R2D2Connection};
use diesel::sql_types as st;

pub use connection::Conn;
pub(crate) use connection::in_dialect;
pub use sql::{Sql, Typed, Val};

use crate::problem::Problem;

/// Which database a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `postgres://…` or `postgresql://…`.
    Pg(String),
    /// Anything else is the path of a SQLite file (`sqlite://` in front is allowed).
    Lite(String),
}

impl Target {
    /// Reads a `DATABASE_URL`.
    pub fn parse(url: &str) -> Target {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Target::Pg(url.to_owned())
        } else {
            Target::Lite(url.strip_prefix("sqlite://").unwrap_or(url).to_owned())
        }
    }
}

/// Opens connections and sets up their session. Diesel's own manager would try one database after the other
/// and so open a file called `postgres://…` when the server is down.
struct Manager {
    target: Target,
    read_only: bool,
}

impl Manager {
    fn open(&self) -> Result<Conn, PoolError> {
        match &self.target {
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
                count_no_scans();
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

/// Has SQLite open every connection with its scan status off. It is compiled in for the test of the plans, is
/// on by default, and reads a clock before and after each step of the virtual machine: an item would take
/// twice the time.
#[expect(unsafe_code, reason = "neither Diesel nor SQL can say it")]
fn count_no_scans() {
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
    // SAFETY: the function has the form that SQLite asks for, and lives as long as the program. The setting is made before
    // any connection is opened; it spares the locks of connections that several threads use at once, and ours never are:
    // the pool lends each to one at a time.
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
        // A panic in the middle of a transaction leaves it open: such a connection is not lent again.
        std::thread::panicking() || R2D2Connection::is_broken(conn)
    }
}

/// A word that is equal for two moments only if no transaction was committed between them: what a cached
/// answer is valid for.
///
/// SQLite counts the commits of all other connections (`PRAGMA data_version`), PostgreSQL names the
/// snapshot that a statement sees. Neither costs a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation(String);

/// The handle on the database that the application passes around.
#[derive(Clone)]
pub struct Db {
    target: Target,
    read: Pool<Manager>,
    write: Pool<Manager>,
    /// SQLite only: counts the commits of all the others, hence never writes itself.
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

/// Takes dead rows away, however long that is.
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
    /// Connects. `readers` connections read (and as many write, on PostgreSQL).
    pub fn open(target: Target, readers: u32) -> Result<Db, String> {
        let pool = |read_only: bool, size: u32| {
            // r2d2 would only log why it cannot connect: the first connection tells.
            Manager { target: target.clone(), read_only }.open().map_err(|error| error.to_string())?;
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(Duration::from_secs(10))
                .test_on_check_out(false)
                .build(Manager { target: target.clone(), read_only })
                .map_err(|error| error.to_string())
        };
        let writers = if matches!(target, Target::Lite(_)) { 1 } else { readers };
        // The writer first: it makes the file and puts it into WAL mode.
        let write = pool(false, writers)?;
        let read = pool(true, readers)?;
        let watcher = match &target {
            Target::Pg(_) => None,
            Target::Lite(_) => {
                let manager = Manager { target: target.clone(), read_only: true };
                Some(Arc::new(Mutex::new(manager.open().map_err(|error| error.to_string())?)))
            }
        };
        Ok(Db { target, read, write, watcher, committed: Arc::default() })
    }

    /// Which database it is.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The generation, where it can be had at once (SQLite: it is in shared memory, a few microseconds).
    pub fn generation_now(&self) -> Option<Generation> {
        let watcher = self.watcher.as_ref()?;
        let mut conn = watcher.lock().ok()?;
        let row = Sql::new("PRAGMA data_version").get_result::<Version>(&mut *conn).ok()?;
        Some(Generation(row.data_version.to_string()))
    }

    /// The generation, asked before reading through this connection.
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

    /// Reads, blocking the thread.
    pub fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut conn = self.read.get().map_err(Problem::unavailable)?;
        work(&mut conn)
    }

    /// Reads all of it at one moment: what others commit meanwhile is not seen.
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

    /// Uses the writing connection outside a transaction: for migrations, which bring their own.
    pub fn on_writer(&self, work: impl FnOnce(&mut Conn)) -> Result<(), Problem> {
        let mut conn = self.write.get().map_err(Problem::unavailable)?;
        work(&mut conn);
        Ok(())
    }

    /// Clears away what the files still hold of rows that were destroyed: SQLite's journal (deleted pages are overwritten
    /// at once), PostgreSQL's dead rows in these tables and in those that every kind has.
    /// False where somebody still reads what the journal holds: to be tried again.
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

    /// Does the work in one transaction, blocking the thread: all of it, or with an error nothing.
    pub fn write<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut conn = self.write.get().map_err(Problem::unavailable)?;
        let result = Db::transaction(&mut conn, work)?;
        self.committed.notify_one();
        Ok(result)
    }

    /// Notified after each transaction of [`Db::write`] and [`Db::write_much`] that was committed: wakes the sealer,
    /// whoever wrote.
    pub fn committed(&self) -> &tokio::sync::Notify {
        &self.committed
    }

    /// The same for very much work. SQLite would write a page out each time that a small cache has to give it up,
    /// and read it again for the next row: for this while it has 64 MiB.
    /// What is not to be kept is done and undone.
    pub fn write_much<T>(
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

    /// The same, if the writer can be had within a time; else nothing.
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

/// A statement whose answer is yes or no.
#[derive(QueryableByName)]
pub struct Found {
    /// Which of the two.
    #[diesel(sql_type = st::Bool)]
    pub found: bool,
}

/// A statement whose answer is one count.
#[derive(QueryableByName)]
pub struct Count {
    /// The number.
    #[diesel(sql_type = st::BigInt)]
    pub n: i64,
}
