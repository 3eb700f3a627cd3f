//! `import-series`: imports a file of observations as a new release.

use std::path::{Path, PathBuf};

use clap::Args;
use onrecord::bundle::{self, Bundle, Import, Progress, Summary, Who};
use onrecord::problem::Problem;
use onrecord::record::due;
use onrecord::resources::Release;
use serde_json::{Value, json};

use super::files::{fault_line, offline, print_faults};
use super::out::{say, say_error};
use onrecord::config::DatabaseSettings;

/// The arguments of `import-series`.
#[derive(Args)]
pub struct ImportSeriesCommand {
    /// The file: CSV, or a workbook (.xlsx, .ods).
    file: PathBuf,
    /// A JSON file that declares how the file is read; without it the file is in our own form.
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// The indicator that the figures are of: `body:REFERENCE`.
    #[arg(long)]
    indicator: String,
    /// The reference of the new release.
    #[arg(long)]
    reference: String,
    /// Its title [default: the name of the file].
    #[arg(long)]
    title: Option<String>,
    /// The policing body that it belongs to, by reference.
    #[arg(long)]
    body: String,
    /// The organisation that owns it, by reference.
    #[arg(long)]
    owner: String,
    /// The organisation that publishes the figures, by reference.
    #[arg(long)]
    organisation: Option<String>,
    /// The licence of the figures, such as OGL-UK-3.0.
    #[arg(long)]
    licence: Option<String>,
    /// When the figures were first published elsewhere, by RFC 3339.
    #[arg(long)]
    first_published: Option<String>,
    /// Publish it at once; without this it is a draft.
    #[arg(long)]
    publish: bool,
    /// Check everything and store nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

impl ImportSeriesCommand {
    /// The release, as a line of a bundle has it.
    fn release(&self) -> Result<Value, String> {
        let mapping = self.mapping.as_deref().map(read_json).transpose()?;
        let file = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(json!({
            "reference": self.reference,
            "title": self.title.clone().unwrap_or(file),
            "indicator": self.indicator,
            "organisation": self.organisation,
            "first_published": self.first_published,
            "mapping": mapping,
            "licence": self.licence,
        }))
    }
}

/// Imports a file of observations as a new release, or prints every fault in it.
pub fn import_series(command: ImportSeriesCommand) -> Result<(), String> {
    let message = |problem: Problem| problem.detail_or_cause();
    let release = command.release()?;
    let bytes =
        std::fs::read(&command.file).map_err(|error| format!("{}: {error}", command.file.display()))?;
    let rows = bytes.iter().filter(|byte| **byte == b'\n').count();
    let ImportSeriesCommand { settings, file, reference, body, owner, publish, dry_run, .. } = command;
    let state = offline(settings.resolve()?)?;
    let kind = state.kinds.iter().position(|kind| kind.is::<Release>());
    let kind = kind.ok_or("this build has no releases")?;
    let path = state.kinds[kind].def.path;
    let mut bundle =
        Bundle::of_records(kind, path, vec![release]).with_declared(kind, &reference, &file, bytes);
    let bar = indicatif::ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX)).with_style(bar_style()?);
    let now = state.now();
    let written = state.db.write_bulk(!dry_run, |conn| {
        let who =
            Who::Operator { body: Some(body), owner: Some(owner), published_at: publish.then_some(now) };
        let mut progress = |progress: Progress| {
            if let Progress::Done(rows) = progress {
                bar.set_position(rows);
            }
        };
        let import = Import { state: &state, who, now, request: None, progress: &mut progress };
        bundle::import(conn, &mut bundle, import)
    });
    bar.finish_and_clear();
    let summary = written.map_err(print_faults)?;
    if !dry_run {
        due::catch_up(&state.db, &state.clock, &state.kinds, now).map_err(message)?;
    }
    print_summary(&summary, dry_run);
    Ok(())
}

fn read_json(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The progress bar of reading; the rows are written once all are read.
fn bar_style() -> Result<indicatif::ProgressStyle, String> {
    let template = "{bar:40} {pos} of {len} rows, {elapsed} gone";
    indicatif::ProgressStyle::with_template(template).map_err(|error| error.to_string())
}

/// Prints the remarks, then how the observations change what is public.
fn print_summary(summary: &Summary, dry_run: bool) {
    for remark in &summary.remarks {
        say_error!("note: {}", fault_line(remark));
    }
    for changes in &summary.changes {
        for name in ["cells", "inserted", "revised", "unchanged", "deleted"] {
            say!("{:>9} {name}", changes[name].to_string());
        }
        print_understood(&changes["understood"]);
        let largest = changes["largest_revisions"].as_array().map_or(&[][..], Vec::as_slice);
        if !largest.is_empty() {
            say!("The largest revisions:");
        }
        for one in largest {
            let text = |name: &str| one[name].as_str().unwrap_or_default();
            let (series, period) = (text("series"), text("TIME_PERIOD"));
            say!("  {series} {period}: {} -> {} ({})", text("before"), text("value"), text("change"));
        }
    }
    say!("{}", if dry_run { "It would be imported; nothing was stored." } else { "Imported." });
}

/// Prints what was understood of the file: the first observations of each series, in words.
fn print_understood(understood: &Value) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for series in list(understood) {
        let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
        say!(
            "{} ({}), {} observations:",
            text(&series, "series"),
            text(&series, "words"),
            series["observations"]
        );
        for one in list(&series["first"]) {
            say!(
                "  {} (row {}): {}: {}",
                text(&one, "cell"),
                one["row"],
                text(&one, "period"),
                text(&one, "value")
            );
        }
    }
}
