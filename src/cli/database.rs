//! `migrate`, and the checks of a database before it is used.

use super::out::say;
use onrecord::access::client;
use onrecord::clock::Clock;
use onrecord::config::{Config, DatabaseSettings};
use onrecord::record::{erasure, search, trail};
use onrecord::store::migrations::{self, MigrationStatus};
use onrecord::store::{Db, Target};
use onrecord::{demo, resources};

/// Updates a database's tables and its search index to those of this program.
pub fn migrate(config: &Config) -> Result<(), String> {
    let db = Db::create(Target::parse(&config.database_url), 1)?;
    let ran = demo::run_migrations(&db)?;
    match ran.len() {
        0 => say!("nothing to do: the database is up to date"),
        _ => say!("ran {}", migrations::counted(&ran)),
    }
    match index_words(&db)? {
        0 => {}
        n => say!("indexed the words of {n} versions"),
    }
    match begin_trail(&db)? {
        0 => {}
        n => say!("put {n} records into the audit trail"),
    }
    Ok(())
}

/// Opens an existing database for a command, and checks that its tables are this program's.
pub fn open(settings: DatabaseSettings) -> Result<Db, String> {
    let db = Db::open(Target::parse(&settings.resolve()?.database_url), 1)?;
    check_migrations(&db)?;
    Ok(db)
}

/// Rewrites a database's files, so that they hold nothing of what was redacted.
pub fn rewrite(settings: DatabaseSettings) -> Result<(), String> {
    let db = open(settings)?;
    let done = erasure::rewrite(&db, &resources::kinds(), &Clock::system());
    match done.map_err(|problem| problem.detail_or_cause())? {
        Some(redactions) => {
            say!("the files were rewritten; {redactions} redactions waited for it");
            Ok(())
        }
        None => Err("others still use what was deleted, or rewrite the files; try again".to_owned()),
    }
}

/// Indexes versions that were stored before the search existed; returns their number.
pub fn index_words(db: &Db) -> Result<usize, String> {
    search::backfill(db, &resources::kinds()).map_err(|problem| problem.detail_or_cause())
}

/// Adds records that were stored before the audit trail existed to it; returns their number.
pub fn begin_trail(db: &Db) -> Result<usize, String> {
    trail::baseline(db, &Clock::system(), &resources::kinds()).map_err(|problem| problem.detail_or_cause())
}

/// Refuses a database whose tables are not this program's.
pub fn check_migrations(db: &Db) -> Result<(), String> {
    let status =
        db.read(|conn| Ok(migrations::status(conn))).map_err(|problem| problem.detail_or_cause())??;
    match status {
        MigrationStatus::Current => Ok(()),
        MigrationStatus::Behind(missing) => {
            let missing = migrations::counted(&missing);
            Err(format!("run `onrecord migrate` first; the database lacks {missing}"))
        }
        MigrationStatus::Foreign(foreign) => Err(migrations::foreign_message(&foreign)),
    }
}

/// Refuses a database that must not be served.
pub fn check_database(db: &Db) -> Result<(), String> {
    check_migrations(db)?;
    let persons = db.read(client::standing_for_persons).map_err(|problem| problem.detail_or_cause())?;
    if persons > 0 {
        return Err(format!(
            "the database has {persons} demo accounts of people; serve another database, or revoke them with `onrecord client revoke`"
        ));
    }
    Ok(())
}
