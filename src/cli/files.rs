//! `import` and `export`: the record as files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use onrecord::access::audit;
use onrecord::access::keys::Keys;
use onrecord::access::oidc::Oidc;
use onrecord::bundle::{self, Archive, Bundle, Folder, Import, Progress, Who};
use onrecord::clock::{Clock, Ts};
use onrecord::config::Config;
use onrecord::http::{State, StateConfig};
use onrecord::problem::{At, Fault, Problem};
use onrecord::record::{changes, due};
use onrecord::resources;
use onrecord::store::{Db, Target};
use serde_json::json;

use super::database::check_migrations;
use super::out::{say, say_error};
use super::serve::state;
use onrecord::config::DatabaseSettings;

/// The arguments of `import`.
#[derive(Args)]
pub struct ImportCommand {
    /// The folder, the archive or the file.
    path: PathBuf,
    /// Check everything and store nothing.
    #[arg(long)]
    dry_run: bool,
    /// The policing body of records that do not name one, by reference.
    #[arg(long)]
    body: Option<String>,
    /// The organisation that owns records that do not name one, by reference.
    #[arg(long)]
    owner: Option<String>,
    /// When records without a time of publication were published, by RFC 3339; they are drafts when left out.
    #[arg(long)]
    published_at: Option<String>,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Imports a bundle, or prints every fault in it.
pub fn import(command: ImportCommand) -> Result<(), String> {
    let message = |problem: Problem| problem.detail_or_cause();
    let published_at = match command.published_at.as_deref().map(Ts::parse) {
        Some(None) => {
            return Err("--published-at is a moment by RFC 3339, such as 2024-04-01T00:00:00Z".to_owned());
        }
        at => at.flatten(),
    };
    let state = offline(command.settings.resolve()?)?;
    let mut bundle = Bundle::open(&command.path, &state.kinds).map_err(print_faults)?;
    let bar = indicatif::ProgressBar::no_length().with_style(bar_style()?);
    let now = state.now();
    let written = state.db.write_bulk(!command.dry_run, |conn| {
        let who = Who::Operator { body: command.body, owner: command.owner, published_at };
        let mut progress = |progress: Progress| match progress {
            Progress::Lines(lines) => bar.set_length(lines),
            Progress::Done(lines) => bar.set_position(lines),
        };
        let import = Import { state: &state, who, now, request: None, progress: &mut progress };
        bundle::import(conn, &mut bundle, import)
    });
    bar.finish_and_clear();
    let summary = written.map_err(print_faults)?;
    for remark in &summary.remarks {
        say_error!("note: {}", fault_line(remark));
    }
    if !command.dry_run {
        due::catch_up(&state.db, &state.clock, &state.kinds, now).map_err(message)?;
    }
    for (path, count) in &summary.records {
        say!("{count:>9} {path}");
    }
    let done = if command.dry_run { "would be imported; nothing was stored" } else { "imported" };
    say!("{:>9} publications and drafts {done}", summary.versions);
    Ok(())
}

/// The progress bar of an import.
fn bar_style() -> Result<indicatif::ProgressStyle, String> {
    let template = "{bar:40} {pos} of {len} lines, {elapsed} gone, {eta} to go";
    indicatif::ProgressStyle::with_template(template).map_err(|error| error.to_string())
}

/// Prints each fault on a line; returns the message that counts them.
pub(super) fn print_faults(problem: Problem) -> String {
    for fault in &problem.errors {
        say_error!("{}", fault_line(fault));
    }
    problem.detail_or_cause()
}

/// A fault as compilers write theirs: `plans.jsonl:3: /from: …`.
pub(super) fn fault_line(fault: &Fault) -> String {
    let file = fault.file.as_deref().map(|file| format!("{file}:")).unwrap_or_default();
    let line = fault.line.map(|line| format!("{line}:")).unwrap_or_default();
    let at = match &fault.at {
        At::Pointer(at) | At::Parameter(at) | At::Header(at) | At::Column(at) if at.is_empty() => {
            String::new()
        }
        At::Pointer(at) | At::Parameter(at) | At::Header(at) | At::Column(at) => format!(" {at}:"),
    };
    format!("{file}{line}{at} {} ({})", fault.detail, fault.code).trim_start().to_owned()
}

/// Writes the public record into a folder or an archive.
pub fn export(config: &Config, path: &Path) -> Result<(), String> {
    let message = |problem: Problem| problem.detail_or_cause();
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            format!("{}: this exists already; name an empty folder or a new archive", path.display())
        }
        _ => format!("{}: {error}", path.display()),
    };
    let db = Db::open(Target::parse(&config.database_url), 1)?;
    check_migrations(&db)?;
    let (kinds, licence) = (resources::kinds(), &config.site.licence);
    let watermark = db.read(changes::latest_watermark).map_err(message)?;
    let moment = Clock::system().now().max(watermark);
    let written = if path.extension().is_some_and(|ending| ending == "zip") {
        let file = std::fs::File::create_new(path).map_err(cannot)?;
        let mut archive = Archive::new(std::io::BufWriter::new(file));
        let written = bundle::export(&db, &kinds, moment, licence, &mut archive).map_err(message)?;
        archive.finish().map_err(cannot)?;
        written
    } else {
        let mut folder = Folder::new(path).map_err(cannot)?;
        bundle::export(&db, &kinds, moment, licence, &mut folder).map_err(message)?
    };
    let detail = json!({"files": written.keys().collect::<Vec<_>>()});
    db.write(|conn| audit::note_of_operator(conn, &Clock::system(), "export", &detail)).map_err(message)?;
    for (file, lines) in &written {
        say!("{lines:>9} {file}");
    }
    Ok(())
}

/// A server's state for work on the command line, with temporary keys.
pub(super) fn offline(config: Config) -> Result<Arc<State>, String> {
    let db = Db::open(Target::parse(&config.database_url), 2)?;
    check_migrations(&db)?;
    let keys = Keys::from_json(&Keys::generate(&Clock::system())?)?;
    let config = StateConfig {
        public_url: config.public_url,
        cors_origins: vec![],
        oidc: Oidc::default(),
        limits: config.limits,
        site: config.site,
    };
    let state = state(db, keys, config);
    state.refresh_watermark().map_err(|problem| problem.detail_or_cause())?;
    Ok(state)
}
