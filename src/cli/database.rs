//! `migrate`, and the look at a database before it is used.

use onrecord::access::client;
use onrecord::clock::Clock;
use onrecord::config::Config;
use onrecord::record::{search, trail};
use onrecord::store::migrations::{self, Standing};
use onrecord::store::{Db, Target};
use onrecord::{demo, resources};

/// Brings a database's tables and its index of words up to this program's.
pub fn migrate(config: &Config) -> Result<(), String> {
    let db = Db::open(Target::parse(&config.database_url), 1)?;
    let ran = demo::run_migrations(&db)?;
    match ran.len() {
        0 => println!("nothing to do: the database is up to date"),
        n => println!("ran {n} migrations: {}", ran.join(", ")),
    }
    match index_words(&db)? {
        0 => {}
        n => println!("indexed the words of {n} versions"),
    }
    match begin_trail(&db)? {
        0 => {}
        n => println!("put {n} records into the audit trail"),
    }
    Ok(())
}

/// Indexes what was stored before there was a search; gives the number of versions.
pub fn index_words(db: &Db) -> Result<usize, String> {
    search::backfill(db, &resources::kinds()).map_err(|problem| problem.detail_or_cause())
}

/// Puts into the audit trail what was stored before there was one; gives the number of records.
pub fn begin_trail(db: &Db) -> Result<usize, String> {
    trail::baseline(db, &Clock::system(), &resources::kinds()).map_err(|problem| problem.detail_or_cause())
}

/// Refuses a database whose tables are not this program's.
pub fn check_migrations(db: &Db) -> Result<(), String> {
    let standing =
        db.read(|conn| Ok(migrations::standing(conn))).map_err(|problem| problem.detail_or_cause())??;
    match standing {
        Standing::Current => Ok(()),
        Standing::Behind(missing) => {
            Err(format!("the database lacks {} migrations; run `onrecord migrate` first", missing.len()))
        }
        Standing::Foreign(foreign) => Err(migrations::foreign_sentence(&foreign)),
    }
}

/// Refuses what must not be served.
pub fn check_database(db: &Db) -> Result<(), String> {
    check_migrations(db)?;
    let persons = db.read(client::standing_for_persons).map_err(|problem| problem.detail_or_cause())?;
    if persons > 0 {
        return Err(format!(
            "the database holds {persons} demo clients that stand for persons; serve another database, or revoke them with `onrecord client revoke`"
        ));
    }
    Ok(())
}
