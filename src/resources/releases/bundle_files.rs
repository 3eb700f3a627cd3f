//! The observations of a release as a file of a bundle, in the canonical form.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::Value;

use super::collector::Collector;
use super::demo::DEMO;
use super::dto::ReleaseContent;
use super::indicator_shape::indicator_shape;
use super::lifecycle_hook::lifecycle_hook;
use super::replace_observations::NO_OBSERVATIONS;
use super::summary::{self, Revision};
use super::upload::{self, Form, IndicatorShape, Report, UnderstoodSeries};
use crate::clock::{Id, Ts};
use crate::http::csv::push_field;
use crate::problem::{self, Fault, Problem};
use crate::record::kind::{ExportLine, FileImport, FileLines, Files, ImportOutcome, LifecycleEvent, Step};
use crate::resources::disclosure;
use crate::resources::indicators::IndicatorContent;
use crate::resources::series::{self, ChangeCounts, ReleaseObservations, StoredCell};
use crate::stats::decimal::Scaled;
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql};

/// The number of cells read with one statement.
const PAGE: i64 = 1_000;

/// The files of releases in a bundle.
pub const FILES: Files = Files {
    folder: "observations",
    about: "The observations of this release as it published them, in the form in which they are submitted.",
    demo: DEMO,
    moment: publication_moment,
    import,
    export,
};

/// When the observations were published.
fn publication_moment(content: &Value, published: Option<Ts>) -> Option<Ts> {
    Some(ReleaseContent::from_json(content).ok()?.publication_moment(published?))
}

/// The id and content of a release's indicator. None if the indicator was withdrawn.
fn indicator_of(conn: &mut Conn, release: Id) -> Result<Option<(Id, IndicatorContent)>, Problem> {
    #[derive(QueryableByName)]
    struct Indicator {
        #[diesel(sql_type = Uid)]
        record: Id,
        #[diesel(sql_type = st::Text)]
        content: String,
    }
    let row: Option<Indicator> = Sql::new(
        "SELECT v.record, v.content FROM data_release r JOIN record_version v ON v.record = r.indicator
         WHERE r.is_head AND v.is_head AND v.listed AND r.record = ",
    )
    .bind(release)
    .get_result(conn)
    .optional()?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((row.record, serde_json::from_str(&row.content).map_err(Problem::internal)?)))
}

/// Imports the observations of a release: they are staged if the release is a draft, and published if it is published.
fn import(conn: &mut Conn, file: &mut FileImport<'_>) -> Result<ImportOutcome, Problem> {
    let Some((indicator, content)) = indicator_of(conn, file.record)? else {
        // A release stays when its indicator is withdrawn, and its observations are no longer shown.
        return Ok(match file.file {
            None => ImportOutcome::default(),
            Some(_) => fault("withdrawn", "The indicator of this release was withdrawn. Remove the file."),
        });
    };
    let Some(body) = file.file else {
        return Ok(match file.public_from {
            None => ImportOutcome::default(),
            // For example, when an exported list of releases is imported without its files.
            Some(_) => {
                let detail =
                    "This release is published without observations, since the bundle has no file of them.";
                let remarks = vec![Fault::pointer("", "no_figures", detail)];
                ImportOutcome { remarks, ..ImportOutcome::default() }
            }
        });
    };
    let strict = Arc::new(indicator_shape(&content));
    let (mut collector, mut report) = read(file, body, &strict)?;
    let was_public = file.public_from.is_some() && !file.declared;
    let mut remarks = if was_public { vec![] } else { std::mem::take(&mut report.warnings) };
    if was_public && has_only_acceptable_faults(&report) {
        // The observations were published with these faults, so they are imported unchanged, and the faults become remarks.
        remarks = std::mem::take(&mut report.errors);
        // What was read first is gone.
        drop(collector);
        file.allowance.release_all();
        let lenient = Arc::new(without_acceptable_checks((*strict).clone()));
        (collector, report) = read(file, body, &lenient)?;
    }
    if report.error_count > 0 {
        let more = report.error_count.saturating_sub(report.errors.len() as u64);
        return Ok(ImportOutcome { faults: report.errors, more, remarks, ..ImportOutcome::default() });
    }
    if report.observations == 0 {
        return Ok(fault("empty", NO_OBSERVATIONS));
    }
    let understood = report.understood.series().to_vec();
    match store(conn, file, indicator, &mut collector, understood) {
        Ok(changes) => {
            Ok(ImportOutcome { rows: report.observations, remarks, changes, ..ImportOutcome::default() })
        }
        Err(problem) if problem.kind.status == problem::CONFLICT.status => {
            Ok(fault("conflict", problem.detail))
        }
        Err(problem) => Err(problem),
    }
}

fn fault(code: &'static str, detail: impl Into<String>) -> ImportOutcome {
    ImportOutcome { faults: vec![Fault::pointer("", code, detail)], ..ImportOutcome::default() }
}

/// Reads the rows, in the canonical form or by the mapping of the release.
fn read(
    file: &mut FileImport<'_>,
    body: &[u8],
    shape: &Arc<IndicatorShape>,
) -> Result<(Collector, Report), Problem> {
    let mapping = match file.declared {
        true => ReleaseContent::from_json(file.content)?.mapping,
        false => None,
    };
    let form = if file.workbook { Form::Workbook } else { Form::Csv };
    let mut collector = Collector::new(shape, &file.allowance);
    let mut rows = 0;
    let allowance = file.allowance.clone();
    let report = upload::read(body, form, mapping.as_ref(), shape, &allowance, &mut |row| {
        rows += 1;
        if rows % 500 == 0 {
            (file.progress)(rows);
        }
        collector.add(row)
    })?;
    (file.progress)(rows);
    Ok((collector, report))
}

/// The codes of faults that a rule of a mapping may accept.
const ACCEPTABLE: &[&str] = &["negative_count", "outside_life"];

fn has_only_acceptable_faults(report: &Report) -> bool {
    report.error_count > 0 && report.errors_by_code.keys().all(|code| ACCEPTABLE.contains(code))
}

/// The shape without the checks whose faults are acceptable.
fn without_acceptable_checks(mut shape: IndicatorShape) -> IndicatorShape {
    shape.counts = false;
    for code in shape.dimensions.iter_mut().flat_map(|dimension| &mut dimension.codes) {
        (code.from, code.to) = (None, None);
    }
    shape
}

/// Stores the observations, and publishes them if their release is published. For a file that the release declares, returns how
/// they change what is public.
fn store(
    conn: &mut Conn,
    file: &FileImport<'_>,
    indicator: Id,
    collector: &mut Collector,
    understood: Vec<UnderstoodSeries>,
) -> Result<Value, Problem> {
    let content = ReleaseContent::from_json(file.content)?;
    let at = content.publication_moment(file.public_from.unwrap_or(file.now));
    let release = collector.stage(conn, file.record, indicator, at)?;
    let (release, _) = disclosure::protect_staged(conn, release, at, file.now)?;
    let changes = if file.declared { changes(conn, &release, at, understood)? } else { Value::Null };
    if let Some(from) = file.public_from {
        let step = Step::Published { from, scheduled: false };
        let event = LifecycleEvent { record: file.record, content: file.content, step, now: file.now };
        lifecycle_hook(conn, &event)?;
    }
    Ok(changes)
}

/// How imported observations change what is public.
#[derive(Serialize)]
struct Changes {
    cells: i64,
    #[serde(flatten)]
    counts: ChangeCounts,
    largest_revisions: Vec<Revision>,
    /// What was understood of the file.
    understood: Vec<UnderstoodSeries>,
}

fn changes(
    conn: &mut Conn,
    release: &ReleaseObservations,
    at: Ts,
    understood: Vec<UnderstoodSeries>,
) -> Result<Value, Problem> {
    let changes = Changes {
        cells: release.cells,
        counts: release.counts,
        largest_revisions: summary::largest_revisions(conn, release, at)?,
        understood,
    };
    serde_json::to_value(changes).map_err(Problem::internal)
}

/// Opens the published observations of a release. None if its indicator was withdrawn, since such a file could not be
/// imported.
fn export(db: &Db, release: Id, moment: Ts) -> Result<Option<Box<dyn FileLines>>, Problem> {
    db.read(|conn| {
        let Some(observations) = series::of_release(conn, release)? else { return Ok(None) };
        let is_public = observations.valid_from.is_some_and(|from| from <= moment)
            && series::indicator_is_public(conn, observations.indicator, moment)?;
        if !is_public {
            return Ok(None);
        }
        let dimensions = series::dimensions(conn, observations.measure)?;
        let file = ExportedFile { observations, dimensions, has_begun: false, after: None };
        Ok(Some(Box::new(file) as Box<dyn FileLines>))
    })
}

/// The observations of a release that are being exported.
struct ExportedFile {
    observations: ReleaseObservations,
    dimensions: String,
    has_begun: bool,
    after: Option<StoredCell>,
}

impl FileLines for ExportedFile {
    fn next(&mut self, db: &Db, line: &mut ExportLine<'_>) -> Result<bool, Problem> {
        if !std::mem::replace(&mut self.has_begun, true) {
            // The dimensions and the period say what the other two columns would.
            let header = upload::COLUMNS.iter().copied().filter(|name| !upload::ORIGIN.contains(name));
            line(&csv_line(self.dimensions.split('.').chain(header)))?;
        }
        let after = self.after.as_ref();
        let cells = db.read(|conn| series::published_cells(conn, &self.observations, after, PAGE))?;
        for cell in &cells {
            let cell = cell_line(cell);
            line(&cell.ok_or_else(|| Problem::internal("a stored observation cannot be read"))?)?;
        }
        let more = cells.len() as i64 == PAGE;
        self.after = cells.into_iter().last();
        Ok(more)
    }
}

/// A cell as a line in the canonical form.
fn cell_line(cell: &StoredCell) -> Option<String> {
    let (obs, conf) = cell.statuses()?;
    let number = |value: Option<Scaled>| value.map_or_else(String::new, |value| value.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        cell.period()?.text(cell.frequency()?),
        number(cell.value()),
        number(cell.numerator()),
        number(cell.denominator()),
        obs.code().to_owned(),
        conf.code().to_owned(),
        cell.is_complete().to_string(),
        text(&cell.reason),
        text(&cell.note),
        if cell.is_deleted() { "D".to_owned() } else { String::new() },
    ];
    Some(csv_line(cell.codes.split('.').chain(cells.iter().map(String::as_str))))
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            line.push(',');
        }
        push_field(&mut line, cell);
    }
    line
}
