//! The figures of a release as a file of a bundle: in our own form, whatever form they were handed in.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use super::demo::DEMO;
use super::figures::{self, Gathered};
use super::follow::follow;
use super::summary;
use super::upload::{self, Form, Found, Shape};
use crate::clock::{Id, Ts};
use crate::http::csv::guarded;
use crate::problem::{self, Fault, Problem};
use crate::record::kind::{ExportLine, FileImport, Files, ImportOutcome, LifecycleEvent, Step};
use crate::resources::indicators::IndicatorContent;
use crate::resources::series::{self, Figures, Published};
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql};

/// How many cells are read at a time.
const PIECE: i64 = 1_000;

/// The files.
pub const FILES: Files = Files {
    folder: "observations",
    about: "The figures of this release as it published them, in the form in which they are handed in.",
    demo: DEMO,
    moment,
    take,
    give,
};

/// When its figures were published.
fn moment(content: &Value, published: Option<Ts>) -> Option<Ts> {
    published.map(|at| figures::moment(content, at))
}

/// The indicator of a release, and its content; none where it has been withdrawn.
fn indicator_of(conn: &mut Conn, release: Id) -> Result<Option<(Id, IndicatorContent)>, Problem> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Uid)]
        record: Id,
        #[diesel(sql_type = st::Text)]
        content: String,
    }
    let line: Option<Line> = Sql::new(
        "SELECT v.record, v.content FROM data_release r JOIN record_version v ON v.record = r.indicator
         WHERE r.is_head AND v.is_head AND v.listed AND r.record = ",
    )
    .bind(release)
    .get_result(conn)
    .optional()?;
    let Some(line) = line else { return Ok(None) };
    Ok(Some((line.record, serde_json::from_str(&line.content).map_err(Problem::internal)?)))
}

/// Takes figures in: they stay handed in where the release is a draft, and are published with it where it was.
fn take(conn: &mut Conn, taken: &mut FileImport<'_>) -> Result<ImportOutcome, Problem> {
    let Some((indicator, content)) = indicator_of(conn, taken.record)? else {
        // A release outlives its indicator; its figures are not shown any more.
        return Ok(match taken.file {
            None => ImportOutcome::default(),
            Some(_) => {
                wrong("withdrawn", "The indicator of this release has been withdrawn; leave the file out.")
            }
        });
    };
    let Some(file) = taken.file else {
        return Ok(match taken.public_from {
            None => ImportOutcome::default(),
            // As a list of releases that was given out comes in again.
            Some(_) => {
                let detail = "This release is published without figures: there is no such file of them.";
                ImportOutcome {
                    remarks: vec![Fault::pointer("", "no_figures", detail)],
                    ..ImportOutcome::default()
                }
            }
        });
    };
    let strict = figures::shape(&content);
    let lenient;
    let (mut gathered, mut found) = read(taken, file, &strict)?;
    let again = taken.public_from.is_some() && !taken.declared;
    let mut remarks = if again { vec![] } else { std::mem::take(&mut found.warnings) };
    if again && is_judged_only(&found) {
        // They went out like that: what was public stays as it was, and is told.
        remarks = std::mem::take(&mut found.errors);
        lenient = unjudging(strict.clone());
        (gathered, found) = read(taken, file, &lenient)?;
    }
    if found.error_count > 0 {
        let more = found.error_count.saturating_sub(found.errors.len() as u64);
        return Ok(ImportOutcome { faults: found.errors, more, remarks, ..ImportOutcome::default() });
    }
    if found.observations == 0 {
        return Ok(wrong("empty", "There is no figure in it."));
    }
    match put_observations(conn, taken, indicator, &mut gathered) {
        Ok(changes) => {
            Ok(ImportOutcome { rows: found.observations, remarks, changes, ..ImportOutcome::default() })
        }
        Err(problem) if problem.kind.status == problem::CONFLICT.status => {
            Ok(wrong("conflict", problem.detail))
        }
        Err(problem) => Err(problem),
    }
}

fn wrong(code: &'static str, detail: impl Into<String>) -> ImportOutcome {
    ImportOutcome { faults: vec![Fault::pointer("", code, detail)], ..ImportOutcome::default() }
}

/// Reads the rows: in our own form, or in the one that the release declares.
fn read<'a>(
    taken: &mut FileImport<'_>,
    file: &[u8],
    shape: &'a Shape,
) -> Result<(Gathered<'a>, Found), Problem> {
    let mapping = match &taken.content["mapping"] {
        Value::Null => None,
        mapping => Some(serde_json::from_value(mapping.clone()).map_err(Problem::internal)?),
    };
    let mapping = mapping.as_ref().filter(|_| taken.declared);
    let form = if taken.workbook { Form::Xlsx } else { Form::Csv };
    let mut gathered = Gathered::new(shape);
    let mut rows = 0;
    let found = upload::read(file, form, mapping, shape, &mut |row| {
        rows += 1;
        if rows % 500 == 0 {
            (taken.progress)(rows);
        }
        gathered.take(row)
    })?;
    (taken.progress)(rows);
    Ok((gathered, found))
}

/// What is asked of figures by judgement, which a rule of a mapping may let pass.
const JUDGED: &[&str] = &["negative_count", "outside_life"];

fn is_judged_only(found: &Found) -> bool {
    found.error_count > 0 && found.errors_by_code.keys().all(|code| JUDGED.contains(code))
}

/// The same shape without what is asked by judgement.
fn unjudging(mut shape: Shape) -> Shape {
    shape.counts = false;
    for code in shape.dimensions.iter_mut().flat_map(|dimension| &mut dimension.codes) {
        (code.from, code.to) = (None, None);
    }
    shape
}

/// Puts the cells in, and has them published where the release was; of a file that is new to everyone it tells how they
/// change what is public.
fn put_observations(
    conn: &mut Conn,
    taken: &FileImport<'_>,
    indicator: Id,
    gathered: &mut Gathered<'_>,
) -> Result<Value, Problem> {
    let at = figures::moment(taken.content, taken.public_from.unwrap_or(taken.now));
    let figures = figures::stage(conn, taken.record, indicator, gathered, at)?;
    let changes = if taken.declared { changes(conn, &figures, at)? } else { Value::Null };
    if let Some(from) = taken.public_from {
        let step = Step::Published { from, scheduled: false };
        follow(conn, &LifecycleEvent { record: taken.record, content: taken.content, step, now: taken.now })?;
    }
    Ok(changes)
}

fn changes(conn: &mut Conn, figures: &Figures, at: Ts) -> Result<Value, Problem> {
    Ok(json!({
        "cells": figures.cells, "inserted": figures.inserted, "revised": figures.revised,
        "unchanged": figures.unchanged, "deleted": figures.deleted,
        "largest_revisions": summary::largest(conn, figures, at)?,
    }))
}

/// Gives the published figures of a release out; nothing where its indicator has been withdrawn, since nobody could take
/// them in.
fn give(db: &Db, release: Id, moment: Ts, line: &mut ExportLine<'_>) -> Result<(), Problem> {
    let figures: Option<Figures> = db.read(|conn| {
        let Some(figures) = series::figures_of(conn, release)? else { return Ok(None) };
        let public = figures.valid_from.is_some_and(|from| from <= moment);
        Ok((public && series::is_public(conn, figures.indicator, moment)?).then_some(figures))
    })?;
    let Some(figures) = figures else { return Ok(()) };
    let dimensions = db.read(|conn| series::dimensions(conn, figures.measure))?;
    let header = [
        "TIME_PERIOD",
        "value",
        "numerator",
        "denominator",
        "OBS_STATUS",
        "CONF_STATUS",
        "complete",
        "reason",
        "note",
        "ACTION",
    ];
    line(&record(dimensions.split('.').chain(header)))?;
    let mut after: Option<Published> = None;
    loop {
        let cells = db.read(|conn| series::published(conn, &figures, after.as_ref(), PIECE))?;
        for cell in &cells {
            line(&row(cell)?)?;
        }
        if (cells.len() as i64) < PIECE {
            return Ok(());
        }
        after = cells.into_iter().last();
    }
}

/// A cell in our own form.
fn row(cell: &Published) -> Result<String, Problem> {
    let odd = || Problem::internal("a stored cell is not one any more");
    let flags = i16::try_from(cell.flags).map_err(Problem::internal)?;
    let (obs, conf) = series::statuses(flags).ok_or_else(odd)?;
    let days = |days| series::day(days).ok_or_else(odd);
    let period = Period::new(days(cell.starts)?, days(cell.ends)?).ok_or_else(odd)?;
    let frequency = Frequency::parse(&cell.frequency).ok_or_else(odd)?;
    let number = |raw: Option<i64>| raw.map_or_else(String::new, |raw| Scaled::from_raw(raw).to_string());
    let words = |text: &Option<String>| text.as_deref().map_or_else(String::new, guarded);
    let complete = flags & series::INCOMPLETE == 0;
    let cells = [
        period.text(frequency),
        number(cell.value),
        number(cell.numerator),
        number(cell.denominator),
        obs.code().to_owned(),
        conf.code().to_owned(),
        complete.to_string(),
        words(&cell.reason),
        words(&cell.note),
        if flags & series::DELETED == 0 { String::new() } else { "D".to_owned() },
    ];
    Ok(record(cell.codes.split('.').chain(cells.iter().map(String::as_str))))
}

/// Cells with commas between (RFC 4180).
fn record<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            line.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line
}
