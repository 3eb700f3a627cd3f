//! What PostgreSQL's planner needs around an import, which changes how many records there are by far more than it expects.
//! SQLite's planner works without.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;

use super::files::SHARED;
use super::{Conn, Sql};
use crate::problem::Problem;

/// Before: PostgreSQL caches the plan of a statement, made when there were few records, and would scan all records that
/// have been added since. In this transaction it discards such plans and uses indexes.
pub fn plan_for_many(conn: &mut Conn) -> Result<(), Problem> {
    if conn.is_pg() {
        Sql::new("DISCARD PLANS").one_off().execute(conn)?;
        Sql::new("SET LOCAL enable_seqscan = off").one_off().execute(conn)?;
    }
    Ok(())
}

/// Afterwards: counts the values of these tables and of those that every kind has. Until autovacuum has done so, after a
/// minute or more, PostgreSQL would plan for the few records that there were before, and the first reads would take seconds.
pub fn count_values(conn: &mut Conn, tables: &[&'static str]) -> Result<(), Problem> {
    match conn {
        Conn::Lite(_) => Ok(()),
        // A role that does not own a table gets a warning, and the statement goes on.
        Conn::Pg(pg) => {
            let all = [SHARED, &["change"], tables].concat().join(", ");
            Ok(pg.batch_execute(&format!("ANALYZE {all}"))?)
        }
    }
}
