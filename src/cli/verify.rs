//! `verify`: recomputes the audit trail and the records.

use onrecord::access::audit::heads;
use onrecord::access::audit::verify::{self, Stop};
use onrecord::access::keys::{FILE, Keys};
use onrecord::config::Config;
use onrecord::problem::Problem;
use onrecord::record::verify::check_records;
use onrecord::resources;
use onrecord::store::{Conn, Count, Db, Sql, Target};

use super::database::check_migrations;
use super::out;

/// Checks everything and prints what was checked, or fails with the first thing that is broken.
pub fn verify(config: &Config) -> Result<(), String> {
    out::text(&report(config)?);
    Ok(())
}

/// Checks everything and says what was checked, a line each, or fails with the first thing that is broken.
pub fn report(config: &Config) -> Result<String, String> {
    let db = Db::open(Target::parse(&config.database_url), 1)?;
    check_migrations(&db)?;
    let message = |stop: Stop| match stop {
        Stop::Broken(what) => format!("broken: {what}"),
        Stop::Failed(problem) => problem.detail_or_cause(),
    };
    let entries = db.read(verify::sealed).map_err(|problem| problem.detail_or_cause())?;
    let bar = bar(entries, "entries")?;
    let chain = verify::trail(&db, |done| bar.set_position(done)).map_err(message)?;
    bar.finish_and_clear();
    let records = db
        .read(|conn| {
            Ok(diesel::RunQueryDsl::get_result::<Count>(Sql::new("SELECT count(*) AS n FROM record"), conn)?
                .n)
        })
        .map_err(|problem| problem.detail_or_cause())?;
    let bar = self::bar(records, "records")?;
    let kinds = resources::kinds();
    let found = check_records(&db, &kinds, |done| bar.set_position(done)).map_err(message)?;
    bar.finish_and_clear();
    let cells = db.read(cells).map_err(|problem| problem.detail_or_cause())?;
    let bar = self::bar(cells, "cells of releases")?;
    let figures = resources::verify_observations(&db, |done| bar.set_position(done))
        .map_err(|problem| problem.detail_or_cause())?
        .map_err(|what| format!("broken: {what}"))?;
    bar.finish_and_clear();
    let unsealed = db.read(verify::unsealed).map_err(|problem| problem.detail_or_cause())?;
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    line(format!("{:>9} entries of the audit trail are intact and in order", chain.entries));
    line(format!("{:>9} of them were redacted, as is on record", chain.redacted));
    line(format!("{unsealed:>9} more are not sealed yet"));
    line(format!("{:>9} stored nodes of the tree are correct", chain.nodes));
    line(format!("{:>9} signed heads match this trail", chain.heads));
    if let Some(unknown) = unknown_keys(config, &db)? {
        line(format!("{unknown:>9} keys that signed heads are not in the file of keys"));
    }
    line(format!("{:>9} records are as their last entry left them", found.records));
    line(format!("{:>9} versions have the content that was written", found.versions - found.redacted));
    line(format!("{:>9} cells of {} releases are as they were submitted", figures.cells, figures.releases));
    line(format!("{:>9} cells that are concealed are as they were submitted", figures.concealed));
    if figures.uncovered > 0 {
        line(format!(
            "{:>9} concealed cells are older than their digests and were not checked",
            figures.uncovered
        ));
    }
    line(format!("{:>9} contents were redacted, as is on record", found.redacted));
    Ok(text)
}

fn cells(conn: &mut Conn) -> Result<i64, Problem> {
    let sql = Sql::new("SELECT CAST(coalesce(sum(cells), 0) AS bigint) AS n FROM release_figures");
    Ok(diesel::RunQueryDsl::get_result::<Count>(sql, conn)?.n)
}

/// How many stored keys of heads are not the server's own: someone who can write to the database could sign all heads
/// again and add their key. `None` if there are no keys to compare with.
fn unknown_keys(config: &Config, db: &Db) -> Result<Option<usize>, String> {
    let own = match &config.keys_json {
        Some(text) => Keys::from_json(&text.0)?,
        None if config.keys_dir.join(FILE).exists() => Keys::load(&config.keys_dir.join(FILE))?,
        None => return Ok(None),
    };
    let own = own.public_keys();
    let stored = db.read(heads::keys).map_err(|problem| problem.detail_or_cause())?;
    Ok(Some(stored.iter().filter(|key| !own.iter().any(|known| known.public == key.x)).count()))
}

fn bar(length: i64, what: &str) -> Result<indicatif::ProgressBar, String> {
    let template = format!("{{bar:40}} {{pos}} of {{len}} {what}, {{elapsed}} gone, {{eta}} to go");
    let style = indicatif::ProgressStyle::with_template(&template).map_err(|error| error.to_string())?;
    Ok(indicatif::ProgressBar::new(length.unsigned_abs()).with_style(style))
}
