//! What the database's files still hold of rows that were deleted, and how it is removed.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::{Conn, Count, Db, Found, Sql};
use crate::problem::Problem;

/// The tables of all kinds in which a redaction deletes or empties rows.
pub(super) const SHARED: &[&str] =
    &["record_version", "record", "link", "search_doc", "approval", "idempotency", "audit"];

/// How many seconds to wait for transactions that began earlier.
const PATIENCE: usize = 60;

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = st::BigInt)]
    busy: i64,
}

#[derive(QueryableByName)]
struct Moment {
    #[diesel(sql_type = st::Text)]
    at: String,
}

impl Db {
    /// Removes what can be removed at once while others work: SQLite's journal (deleted pages are overwritten when they
    /// are deleted), PostgreSQL's dead rows in these tables and in those that every kind has, whose bytes stay in the files
    /// until they are overwritten. False if a reader still uses the journal: try again.
    pub fn scrub(&self, tables: &[&'static str]) -> Result<bool, Problem> {
        self.on_files(|conn| match conn {
            Conn::Lite(_) => truncate_journal(conn),
            Conn::Pg(pg) => for_all(pg, "VACUUM", SHARED.iter().chain(tables)).map(|()| true),
        })
    }

    /// Rewrites the files of these tables and of those that every kind has, so that nothing is left in them of what was
    /// deleted. On PostgreSQL each table is locked meanwhile, and then again holds no more than its rows; nor do the
    /// samples of its values that the planner keeps. False if others still use what was deleted, or do the same: try again.
    pub fn rewrite(&self, tables: &[&'static str]) -> Result<bool, Problem> {
        self.on_files(|conn| match conn {
            Conn::Lite(_) => truncate_journal(conn),
            Conn::Pg(pg) => rewrite_alone(pg, SHARED, tables),
        })
    }

    /// [`Db::rewrite`] of these tables alone.
    pub fn rewrite_only(&self, tables: &[&'static str]) -> Result<bool, Problem> {
        self.on_files(|conn| match conn {
            Conn::Lite(_) => truncate_journal(conn),
            Conn::Pg(pg) => rewrite_alone(pg, &[], tables),
        })
    }

    /// Works on the files outside a transaction, however long it takes.
    fn on_files(&self, work: impl FnOnce(&mut Conn) -> QueryResult<bool>) -> Result<bool, Problem> {
        let mut done = Ok(false);
        self.on_writer(|conn| {
            done = limit(conn, "0").and_then(|()| work(conn));
            if let Err(error) = limit(conn, "'30s'") {
                done = Err(error);
            }
        })?;
        Ok(done?)
    }
}

/// Sets the time limit of a statement, on PostgreSQL.
fn limit(conn: &mut Conn, time: &str) -> QueryResult<()> {
    match conn {
        Conn::Lite(_) => Ok(()),
        Conn::Pg(pg) => pg.batch_execute(&format!("SET statement_timeout = {time}")),
    }
}

fn truncate_journal(conn: &mut Conn) -> QueryResult<bool> {
    let checkpoint: Checkpoint = Sql::new("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn)?;
    Ok(checkpoint.busy == 0)
}

fn for_all<'a>(
    pg: &mut PgConnection,
    statement: &str,
    mut tables: impl Iterator<Item = &'a &'static str>,
) -> QueryResult<()> {
    tables.try_for_each(|table| pg.batch_execute(&format!("{statement} {table}")))
}

/// Rewrites the tables, unless another process does.
fn rewrite_alone(
    pg: &mut PgConnection,
    shared: &[&'static str],
    tables: &[&'static str],
) -> QueryResult<bool> {
    const LOCK: &str = "hashtextextended('onrecord rewrites its files', 0)";
    let free = format!("SELECT pg_try_advisory_lock({LOCK}) AS found");
    if !diesel::sql_query(free).get_result::<Found>(pg)?.found {
        return Ok(false);
    }
    let done = rewrite_tables(pg, shared, tables);
    pg.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    done
}

fn rewrite_tables(
    pg: &mut PgConnection,
    shared: &[&'static str],
    tables: &[&'static str],
) -> QueryResult<bool> {
    if !wait_for_earlier(pg)? {
        return Ok(false);
    }
    for_all(pg, "VACUUM (FULL, ANALYZE)", shared.iter().chain(tables))?;
    // The samples of values are rows of this table. Whoever does not own the database is only warned.
    pg.batch_execute("VACUUM FULL pg_statistic")?;
    // The old files are removed at the next checkpoint, which not every role may ask for.
    let _ = pg.batch_execute("CHECKPOINT");
    Ok(true)
}

/// Waits until no transaction is left that began before this moment: it could still see what was deleted, and a rewriting
/// would copy it. False if one stays.
fn wait_for_earlier(pg: &mut PgConnection) -> QueryResult<bool> {
    let now: Moment = diesel::sql_query("SELECT clock_timestamp()::text AS at").get_result(pg)?;
    let earlier = format!(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND backend_xmin IS NOT NULL AND xact_start < '{}'::timestamptz",
        now.at
    );
    for _ in 0..PATIENCE {
        if diesel::sql_query(&earlier).get_result::<Count>(pg)?.n == 0 {
            return Ok(true);
        }
        pg.batch_execute("SELECT pg_sleep(1)")?;
    }
    Ok(false)
}
