//! Migrations: in pairs with the same name for both databases, embedded in the binary.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use super::folder_lock::lock_folder;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// A database's migrations, compared with those of this binary.
#[derive(Debug, PartialEq, Eq)]
pub enum MigrationStatus {
    /// Both have the same migrations.
    Current,
    /// The database lacks the migrations of these names; `onrecord migrate` runs them.
    Behind(Vec<String>),
    /// The database has these, which this binary lacks: it belongs to a newer version or another program.
    Foreign(Vec<String>),
}

/// A migration of this binary.
pub struct OwnMigration {
    /// As the database stores it: `00000000000036`.
    pub version: String,
    /// As people know it: `00000000000036_series`.
    pub name: String,
}

/// This binary's migrations, in order.
pub fn own(postgres: bool) -> Result<Vec<OwnMigration>, String> {
    let source = if postgres { &POSTGRES } else { &SQLITE };
    let migrations = MigrationSource::<diesel::pg::Pg>::migrations(source).map_err(|e| e.to_string())?;
    let mut all: Vec<OwnMigration> = migrations
        .iter()
        .map(|migration| OwnMigration {
            version: migration.name().version().as_owned().to_string(),
            name: migration.name().to_string(),
        })
        .collect();
    all.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(all)
}

/// How many migrations, and which: `2 migrations: 00000000000035_release, 00000000000036_series`.
pub fn counted(names: &[String]) -> String {
    let noun = if names.len() == 1 { "migration" } else { "migrations" };
    format!("{} {noun}: {}", names.len(), names.join(", "))
}

/// Runs the missing migrations and returns their names. Fails if the database has migrations that this binary lacks. Where
/// several processes do so at the same time, one runs them and the others wait.
pub fn run(conn: &mut Conn) -> Result<Vec<String>, String> {
    alone(conn, |conn| {
        let missing = match status(conn)? {
            MigrationStatus::Foreign(foreign) => return Err(foreign_message(&foreign)),
            MigrationStatus::Current => return Ok(vec![]),
            MigrationStatus::Behind(missing) => missing,
        };
        match conn {
            Conn::Pg(conn) => run_on(conn, POSTGRES)?,
            Conn::Lite(conn) => run_on(conn, SQLITE)?,
        }
        Ok(missing)
    })
}

/// Does some work while no other process does it on this database: with a lock of the session on PostgreSQL, and with one on the
/// folder of the file on SQLite.
fn alone<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, String>) -> Result<T, String> {
    const LOCK: &str = "hashtextextended('onrecord migrates', 0)";
    let failed =
        |error: &dyn std::fmt::Display| format!("the database cannot be locked for migrations: {error}");
    let _folder = match conn {
        Conn::Pg(conn) => {
            conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))
                .map_err(|error| failed(&error))?;
            None
        }
        Conn::Lite(conn) => lock_folder(conn).map_err(|error| failed(&error))?,
    };
    let done = work(conn);
    let unlocked = match conn {
        Conn::Pg(conn) => {
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})")).map_err(|error| failed(&error))
        }
        Conn::Lite(_) => Ok(()),
    };
    done.and_then(|done| unlocked.map(|()| done))
}

fn run_on<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<(), String>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    match conn.run_pending_migrations(source) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("a migration failed: {error}")),
    }
}

#[derive(diesel::QueryableByName)]
struct Applied {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

/// Compares the database with this binary. Writes nothing, so it works on a connection that only reads.
pub fn status(conn: &mut Conn) -> Result<MigrationStatus, String> {
    let own = own(conn.is_pg())?;
    let applied: Vec<String> = match has_table(conn).map_err(|error| error.to_string())? {
        false => vec![],
        true => super::Sql::new("SELECT version FROM __diesel_schema_migrations ORDER BY version")
            .load::<Applied>(conn)
            .map_err(|error| error.to_string())?
            .into_iter()
            .map(|row| row.version)
            .collect(),
    };
    let is_own = |version: &String| own.iter().any(|one| one.version == *version);
    let foreign: Vec<_> = applied.iter().filter(|version| !is_own(version)).cloned().collect();
    if !foreign.is_empty() {
        return Ok(MigrationStatus::Foreign(foreign));
    }
    let missing: Vec<_> =
        own.into_iter().filter(|one| !applied.contains(&one.version)).map(|one| one.name).collect();
    Ok(if missing.is_empty() { MigrationStatus::Current } else { MigrationStatus::Behind(missing) })
}

/// Whether Diesel's table of migrations exists.
fn has_table(conn: &mut Conn) -> diesel::QueryResult<bool> {
    let sql = match conn.is_pg() {
        true => super::Sql::new(
            "SELECT count(*) AS n FROM pg_class WHERE oid = to_regclass('__diesel_schema_migrations')",
        ),
        false => super::Sql::new(
            "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = '__diesel_schema_migrations'",
        ),
    };
    Ok(sql.get_result::<super::Count>(conn)?.n > 0)
}

/// Whether a database of PostgreSQL has no tables, so that something can be restored into it.
pub fn is_empty(conn: &mut Conn) -> diesel::QueryResult<bool> {
    let tables = super::Sql::new(
        "SELECT count(*) AS n FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    );
    Ok(tables.get_result::<super::Count>(conn)?.n == 0)
}

/// The error message for a database with foreign migrations.
pub fn foreign_message(foreign: &[String]) -> String {
    format!(
        "the database has migrations that this program does not know ({}): it belongs to a newer version or to another program",
        foreign.join(", ")
    )
}
