//! Migrations: in pairs with the same name for both databases, embedded in the binary.

use diesel::RunQueryDsl;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;

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

/// Runs the missing migrations and returns their names. Fails if the database has migrations that this binary lacks.
pub fn run(conn: &mut Conn) -> Result<Vec<String>, String> {
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

/// The error message for a database with foreign migrations.
pub fn foreign_message(foreign: &[String]) -> String {
    format!(
        "the database has migrations that this program does not know ({}): it belongs to a newer version or to another program",
        foreign.join(", ")
    )
}
