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
    /// The database lacks these; `onrecord migrate` runs them.
    Behind(Vec<String>),
    /// The database has these, which this binary lacks: it belongs to a newer version or another program.
    Foreign(Vec<String>),
}

/// The versions of this binary's migrations, in order.
pub fn own(postgres: bool) -> Result<Vec<String>, String> {
    let names = |source: Vec<Box<dyn diesel::migration::Migration<diesel::pg::Pg>>>| {
        source.iter().map(|migration| migration.name().version().as_owned().to_string()).collect::<Vec<_>>()
    };
    let mut all = if postgres {
        names(MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES).map_err(|e| e.to_string())?)
    } else {
        names(MigrationSource::<diesel::pg::Pg>::migrations(&SQLITE).map_err(|e| e.to_string())?)
    };
    all.sort();
    Ok(all)
}

/// Runs the missing migrations. Fails if the database has migrations that this binary lacks.
pub fn run(conn: &mut Conn) -> Result<Vec<String>, String> {
    if let MigrationStatus::Foreign(foreign) = status(conn)? {
        return Err(foreign_message(&foreign));
    }
    match conn {
        Conn::Pg(conn) => run_on(conn, POSTGRES),
        Conn::Lite(conn) => run_on(conn, SQLITE),
    }
}

fn run_on<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<Vec<String>, String>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    match conn.run_pending_migrations(source) {
        Ok(ran) => Ok(ran.iter().map(ToString::to_string).collect()),
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
    let foreign: Vec<_> = applied.iter().filter(|version| !own.contains(version)).cloned().collect();
    if !foreign.is_empty() {
        return Ok(MigrationStatus::Foreign(foreign));
    }
    let missing: Vec<_> = own.into_iter().filter(|version| !applied.contains(version)).collect();
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
