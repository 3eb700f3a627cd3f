//! Opens connections, and tells the pools which of them the database has ended.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{Error as PoolError, ManageConnection, R2D2Connection};

use super::connection::Conn;
use super::folder_lock::lock_folder;
use super::hosts::noticing_loss;
use super::position::{Position, Seen};
use super::target::Target;
use crate::problem::Problem;

/// Opens connections and sets up their session. Diesel's own manager would try one database after the other, and so
/// create a file called `postgres://…` when the server is down.
pub(super) struct Manager {
    pub(super) location: Target,
    pub(super) read_only: bool,
}

impl Manager {
    pub(super) fn open(&self) -> Result<Conn, PoolError> {
        match &self.location {
            Target::Pg(url) => {
                let mut conn = diesel::PgConnection::establish(&noticing_loss(url))
                    .map_err(PoolError::ConnectionError)?;
                conn.batch_execute(if self.read_only {
                    "SET default_transaction_read_only = on; SET statement_timeout = '5s'; SET jit = off; SET timezone = 'UTC';
                     SET idle_in_transaction_session_timeout = '30s'"
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
                conn.batch_execute("PRAGMA busy_timeout = 5000").map_err(PoolError::QueryError)?;
                use_write_ahead_log(&mut conn)?;
                conn.batch_execute(
                    "PRAGMA synchronous = FULL;
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

/// Has the database write to a log ahead of its file. SQLite remembers it, and does not wait for others while it changes it: two
/// processes that open a new database at the same time would fail, so one waits here.
fn use_write_ahead_log(conn: &mut SqliteConnection) -> Result<(), PoolError> {
    #[derive(diesel::QueryableByName)]
    struct Mode {
        #[diesel(sql_type = diesel::sql_types::Text)]
        journal_mode: String,
    }
    let mode: Mode =
        diesel::sql_query("PRAGMA journal_mode").get_result(conn).map_err(PoolError::QueryError)?;
    if mode.journal_mode == "wal" {
        return Ok(());
    }
    let failed = |error| PoolError::ConnectionError(ConnectionError::BadConnection(error));
    let _alone = lock_folder(conn).map_err(failed)?;
    conn.batch_execute("PRAGMA journal_mode = WAL").map_err(PoolError::QueryError)
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

/// A connection of a pool.
pub(super) struct Pooled {
    conn: Conn,
    /// Whether the database has ended it, so that the pool must open another one.
    is_lost: bool,
    /// How far the server had come when it was last asked through this connection.
    known: Option<Position>,
}

impl Pooled {
    /// A connection that is open.
    pub(super) fn new(conn: Conn) -> Pooled {
        Pooled { conn, is_lost: false, known: None }
    }

    /// Whether the database has ended it.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Has the pool open another one.
    pub(super) fn give_up(&mut self) {
        self.is_lost = true;
    }

    /// How far the server has come.
    pub(super) fn position(&mut self) -> Result<Seen, Problem> {
        let known = self.known.take();
        let seen = self.run(|conn| Position::read(conn, known.as_ref()))?;
        self.known = Some(seen.position.clone());
        Ok(seen)
    }

    /// Runs work on the connection. Where the database cannot be reached, the connection is tried.
    pub(super) fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let result = work(&mut self.conn);
        if result.as_ref().is_err_and(|problem| problem.unwritable) {
            self.is_lost = self.conn.ping().is_err();
        }
        result
    }
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = PoolError;

    fn connect(&self) -> Result<Pooled, PoolError> {
        self.open().map(Pooled::new)
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), PoolError> {
        pooled.conn.ping().map_err(PoolError::QueryError)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        // A panic in the middle of a transaction leaves it open, so such a connection is discarded.
        std::thread::panicking() || pooled.is_lost || R2D2Connection::is_broken(&mut pooled.conn)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::{Manager, Target};

    #[test]
    fn several_that_open_a_new_database_at_once_wait_for_one_another() {
        let folder = std::env::temp_dir().join(format!("onrecord-open-{}", std::process::id()));
        for round in 0..100 {
            std::fs::create_dir_all(&folder).expect("a folder for the test");
            let path = folder.join("new.sqlite").to_string_lossy().into_owned();
            let barrier = Barrier::new(4);
            let open = || {
                barrier.wait();
                let manager = Manager { location: Target::Lite(path.clone()), read_only: false };
                manager.open().map(drop).map_err(|error| error.to_string())
            };
            let opened: Vec<_> = std::thread::scope(|scope| {
                let all: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
                all.into_iter().map(|one| one.join().expect("a thread of the test")).collect()
            });
            assert!(opened.iter().all(Result::is_ok), "round {round}: {opened:?}");
            std::fs::remove_dir_all(&folder).expect("the folder of the test");
        }
    }
}
