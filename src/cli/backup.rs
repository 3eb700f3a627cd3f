//! `backup`: copies the database while the service runs, and checks the copy.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use onrecord::access::audit::{self, BACKUP_MADE};
use onrecord::clock::Clock;
use onrecord::config::Config;
use onrecord::store::{Db, Target, migrations};
use serde_json::json;

use super::database::check_migrations;
use super::out::say;
use super::verify;

/// Copies the database to a new file, verifies the copy, and notes the backup in the audit trail.
pub fn backup(config: &Config, path: &Path, check_in: Option<&str>) -> Result<(), String> {
    if path.exists() {
        return Err(format!("{}: this exists already; name a new file", path.display()));
    }
    let target = Target::parse(&config.database_url);
    if let Some(into) = check_in {
        check_scratch(&target, into).map_err(|message| format!("--restore-into: {message}"))?;
    }
    let db = Db::open(target, 1)?;
    check_migrations(&db)?;
    // The name shows that a copy is incomplete until it is verified.
    let partial = partial_name(path);
    if partial.exists() {
        return Err(format!(
            "{}: an earlier backup was interrupted, or another is running; remove this file if none is",
            partial.display()
        ));
    }
    let made = match db.location() {
        Target::Lite(_) => sqlite(&db, &partial, config),
        Target::Pg(url) => postgres(url, &partial, config, check_in),
    };
    let finished = made.and_then(|checked| {
        let file = std::fs::File::open(&partial).map_err(|error| cannot(&partial, &error))?;
        file.sync_all().map_err(|error| cannot(&partial, &error))?;
        let bytes = file.metadata().map_err(|error| cannot(&partial, &error))?.len();
        std::fs::rename(&partial, path).map_err(|error| cannot(path, &error))?;
        Ok((checked, bytes))
    });
    let (checked, bytes) = finished.inspect_err(|_| {
        let _ = std::fs::remove_file(&partial);
    })?;
    let detail = json!({"bytes": bytes});
    db.write(|conn| audit::note_of_operator(conn, &Clock::system(), BACKUP_MADE, &detail))
        .map_err(|problem| problem.detail_or_cause())?;
    say!("{checked}{bytes:>9} bytes are in {}", path.display());
    Ok(())
}

/// Refuses a database that no archive can be restored into: what `pg_restore` says names one table, and not what is wrong.
fn check_scratch(target: &Target, into: &str) -> Result<(), String> {
    match target {
        Target::Lite(_) => {
            return Err(
                "this is for PostgreSQL. Leave it out: a copy of SQLite is verified where it is".to_owned()
            );
        }
        Target::Pg(url) if url == into => {
            return Err("this is the database of the service. Name an empty one beside it".to_owned());
        }
        Target::Pg(_) => {}
    }
    let scratch = Target::parse(into);
    if matches!(scratch, Target::Lite(_)) {
        return Err(format!("`{into}` is no address of PostgreSQL. Give `postgres://…`"));
    }
    let is_empty = Db::open(scratch, 1)?.read(|conn| Ok(migrations::is_empty(conn)?));
    match is_empty.map_err(|problem| problem.detail_or_cause())? {
        true => Ok(()),
        false => Err("this database has tables. Name an empty one, as `createdb` makes it".to_owned()),
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// One consistent moment of the database, without its free pages; then all of `onrecord verify` on the copy.
fn sqlite(db: &Db, partial: &Path, config: &Config) -> Result<String, String> {
    let Some(text) = partial.to_str() else {
        return Err(format!("{}: the path must be UTF-8", partial.display()));
    };
    db.copy_to(text).map_err(|problem| format!("{text}: {}", problem.detail_or_cause()))?;
    let copied = Config { database_url: text.to_owned(), ..config.clone() };
    let report = verify::report(&copied);
    // Opening the copy makes these beside it.
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{text}{suffix}"));
    }
    report.map_err(|message| format!("the copy is not sound: {message}"))
}

/// An archive of `pg_dump`, read through once; with an empty database to restore it into, all of `onrecord verify` on the
/// copy, otherwise on the database itself.
fn postgres(url: &str, partial: &Path, config: &Config, check_in: Option<&str>) -> Result<String, String> {
    run(Command::new("pg_dump")
        .args(["--format=custom", "--no-owner", "--file"])
        .arg(partial)
        .arg("--dbname")
        .arg(url))?;
    run(Command::new("pg_restore").args(["--no-owner", "--file=/dev/null"]).arg(partial))?;
    let Some(scratch) = check_in else {
        return verify::report(config);
    };
    run(Command::new("pg_restore")
        .args(["--no-owner", "--exit-on-error", "--single-transaction", "--dbname"])
        .arg(scratch)
        .arg(partial))?;
    verify::report(&Config { database_url: scratch.to_owned(), ..config.clone() })
        .map_err(|message| format!("the copy is not sound: {message}"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("{name} is not on this machine; install PostgreSQL's client programs (Debian: postgresql-client)")
        }
        _ => format!("{name}: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
