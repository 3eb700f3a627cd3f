//! Reads what a picture shows: by the functions that the JSON of series and control charts comes from.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::model::{BreakLine, Dot, Line, Missing, PhaseLines, Picture, PictureKind, Shape, Shown};
use super::request::PictureRequest;
use super::shows::{self, Shows};
use super::{levels, ranked, sparkline, words};
use crate::http::Call;
use crate::problem::{Fault, Problem};
use crate::record::kind::SOURCES;
use crate::record::read::{self, Name};
use crate::record::visible::Visibility;
use crate::resources::comparisons::{SeriesFigures, pinned_cells};
use crate::resources::control_charts::{ChartRequest, Drawing, refusal_problem};
use crate::resources::indicators::Unit;
use crate::resources::receipts::ReceiptParts;
use crate::resources::series::{Cell, Figures};
use crate::stats::decimal::Scaled;
use crate::stats::point::Absence;
use crate::stats::spc::{Chart, Signal};
use crate::stats::status::ObsStatus;
use crate::stats::words::capitalised;
use crate::store::Conn;

/// What is shown, and the figures that the answer is about.
pub fn read(
    call: &Call,
    conn: &mut Conn,
    request: &PictureRequest,
    chart: ChartRequest,
) -> Result<(Picture, Figures), Problem> {
    let figures = Figures::of_path(call, conn, chart.at, false)?;
    let others = others(call, conn, request, &chart, &figures)?;
    let drawing = Drawing::unchecked(call, chart, figures);
    let Some(series) = drawing.figures.requested.first().cloned() else { return Err(Problem::not_found()) };
    let at = drawing.request.at;
    let pinned = pinned_cells(&drawing.figures, conn, [series.number], at)?;
    let all = SeriesFigures { cells: drawing.figures.cells(conn, [series.number], None, at)?, pinned };
    let mut cells = all.cells.clone();
    for of_series in cells.values_mut() {
        of_series.retain(|cell| drawing.request.window.includes(cell.period));
    }
    let drawn = drawing.draw(&cells, &series);
    let own = Shows {
        figures: drawing.figures.clone(),
        cells: cells.remove(&series.number).unwrap_or_default(),
        series,
    };
    let spc = match (&drawn, request.kind) {
        (Ok(chart), PictureKind::Spc) => Some(chart),
        (Err(refusal), PictureKind::Spc) => return Err(refusal_problem(refusal)),
        _ => None,
    };
    let mut shows = vec![own];
    shows.extend(others);
    let sources = source_titles(call, conn, &shows)?;
    let footer = footer(request, &drawing, &shows, &sources);
    let picture = picture(request, &drawing, &shows, &all, spc, words::verdict(&drawn), footer);
    Ok((picture, drawing.figures))
}

/// The other series, with their figures. The problem lists all that cannot be compared.
fn others(
    call: &Call,
    conn: &mut Conn,
    request: &PictureRequest,
    chart: &ChartRequest,
    own: &Figures,
) -> Result<Vec<Shows>, Problem> {
    let (mut all, mut faults) = (vec![], vec![]);
    let Some(first) = own.requested.first() else { return Err(Problem::not_found()) };
    for key in &request.compare {
        let found = Figures::of_key(call, conn, key, chart.at)?;
        let found = found.and_then(|figures| Some((figures.requested.first()?.clone(), figures)));
        let Some((series, figures)) = found else {
            let detail = format!(
                "There is no series `{key}` with public figures. `GET /v1/series?indicator=…` lists those of an indicator."
            );
            faults.push(Fault::parameter("compare", "unknown", detail));
            continue;
        };
        let (unit, other) = (own.content().unit.code(), figures.content().unit.code());
        if unit != other {
            let detail = format!(
                "`{key}` has the unit {other}, and the series of the picture {unit}. Give series of the same unit."
            );
            faults.push(Fault::parameter("compare", "other_unit", detail));
            continue;
        }
        if series.frequency != first.frequency {
            let detail = format!(
                "`{key}` has the frequency {}, and the series of the picture {}. Give series of the same frequency.",
                series.frequency.code(),
                first.frequency.code()
            );
            faults.push(Fault::parameter("compare", "other_frequency", detail));
            continue;
        }
        let mut cells =
            figures.cells(conn, [series.number], None, chart.at)?.remove(&series.number).unwrap_or_default();
        cells.retain(|cell| chart.window.includes(cell.period));
        all.push(Shows { figures, series, cells });
    }
    if faults.is_empty() { Ok(all) } else { Err(Problem::bad_request(faults)) }
}

fn picture(
    request: &PictureRequest,
    drawing: &Drawing,
    shows: &[Shows],
    all: &SeriesFigures,
    spc: Option<&Chart>,
    verdict: String,
    footer: Vec<String>,
) -> Picture {
    let content = drawing.figures.content();
    let own = &shows[0];
    let measure = drawing.measure_of(&own.series);
    let shown = Shown {
        unit: measure.unit,
        decimals: measure.decimals,
        frequency: own.series.frequency,
        step: if drawing.request.options.every.is_some() { Some(12) } else { own.series.frequency.step() },
        is_whole: content.unit == Unit::Count && measure.decimals == 0,
    };
    let labels = shows::labels(shows);
    let mut lines: Vec<Line> = shows
        .iter()
        .zip(labels)
        .map(|(one, label)| Line { label, dots: one.cells.iter().map(dot).collect() })
        .collect();
    if let (Some(chart), Some(line)) = (spc, lines.first_mut()) {
        line.dots = chart_dots(chart, &own.cells);
    }
    match request.kind {
        PictureKind::Sparkline => {
            let dots = &mut lines[0].dots;
            dots.drain(..dots.len().saturating_sub(sparkline::POINTS));
        }
        PictureKind::Bar if lines.len() > 1 => {
            let period = ranked::period(&lines);
            lines.iter_mut().for_each(|line| line.dots.retain(|dot| Some(dot.period) == period));
        }
        _ => {}
    }
    let is_over_time =
        request.kind != PictureKind::Sparkline && !(request.kind == PictureKind::Bar && lines.len() > 1);
    let (mut levels, mut notes) = (vec![], vec![]);
    if is_over_time {
        levels::targets(content, &shown, &lines, &mut levels, &mut notes);
        if lines.len() == 1 {
            levels::baselines(drawing, own, all, &shown, &mut levels, &mut notes);
        }
    }
    let breaks = breaks(shows, &lines, is_over_time, &mut notes);
    if let Some(chart) = spc {
        notes.extend(chart.warnings.iter().map(ToString::to_string));
        notes.push("Limits: mean ± 2.66 × mean of the moving ranges (XmR, Making Data Count).".to_owned());
    }
    let description = words::description(&lines, &shown, &verdict);
    Picture {
        kind: request.kind,
        title: request.title.clone().unwrap_or_else(|| shows::title(shows)),
        is_titled: request.is_titled,
        description,
        verdict: spc.map(|_| verdict),
        measure: shown,
        lines,
        levels,
        breaks,
        phases: spc.map(|chart| phases(drawing, own, chart)).unwrap_or_default(),
        notes,
        footer,
    }
}

fn dot(cell: &Cell) -> Dot {
    Dot {
        period: cell.period,
        value: cell.point().usable().map_err(missing),
        shape: if cell.revision > 1 { Shape::Diamond } else { Shape::Circle },
        is_hollow: is_uncertain(cell.obs),
    }
}

/// The points of a control chart. A signal has a shape of its own.
fn chart_dots(chart: &Chart, cells: &[Cell]) -> Vec<Dot> {
    let of = |point: &crate::stats::spc::ChartPoint| {
        let signals = point.signals.all();
        let revised = cells.iter().any(|cell| cell.period == point.period && cell.revision > 1);
        Dot {
            period: point.period,
            value: point.value.map_err(missing),
            shape: match signals.first() {
                _ if signals.contains(&Signal::OutsideLimits) => Shape::Triangle,
                Some(_) => Shape::Square,
                None if revised => Shape::Diamond,
                None => Shape::Circle,
            },
            is_hollow: is_uncertain(point.obs),
        }
    };
    chart.points.iter().map(of).collect()
}

fn missing(absence: Absence) -> Missing {
    match absence {
        Absence::Suppressed => Missing::Suppressed,
        Absence::Incomplete => Missing::Incomplete,
        Absence::NotPublished => Missing::NotPublished,
    }
}

fn is_uncertain(obs: ObsStatus) -> bool {
    matches!(obs, ObsStatus::Provisional | ObsStatus::Estimated | ObsStatus::LowReliability)
}

/// The breaks on record within the picture, and those that a figure itself says, each with a note.
fn breaks(shows: &[Shows], lines: &[Line], has_notes: bool, notes: &mut Vec<String>) -> Vec<BreakLine> {
    let periods = || lines.iter().flat_map(|line| &line.dots).map(|dot| dot.period);
    let (Some(first), Some(last)) =
        (periods().map(|one| one.start).min(), periods().map(|one| one.end).max())
    else {
        return vec![];
    };
    let mut found: Vec<(NaiveDate, &'static str, Option<&str>)> = vec![];
    for one in shows {
        let content = one.figures.content();
        found.extend(
            content
                .breaks
                .iter()
                .map(|one| (one.date, words::break_reason(one.reason), one.summary.as_deref())),
        );
        let by_status = one.cells.iter().filter(|cell| cell.obs == ObsStatus::Break);
        found.extend(
            by_status
                .map(|cell| (cell.period.start, "break", cell.reason.as_deref().or(cell.note.as_deref()))),
        );
    }
    found.retain(|(day, ..)| first < *day && *day < last);
    found.sort_by_key(|(day, ..)| *day);
    found.dedup_by_key(|(day, ..)| *day);
    if has_notes {
        for (date, reason, summary) in &found {
            let summary = summary.map(|text| format!(" {text}")).unwrap_or_default();
            let end = if summary.is_empty() { "." } else { ":" };
            notes.push(format!("{}, {reason}{end}{summary}", words::day(*date)));
        }
    }
    let label = |day: NaiveDate, reason: &str| format!("{}, {}", capitalised(reason), day.format("%b %Y"));
    found.into_iter().map(|(day, reason, _)| BreakLine { day, label: label(day, reason) }).collect()
}

/// Centre and limits as the control chart's JSON has them, rounded.
fn phases(drawing: &Drawing, own: &Shows, chart: &Chart) -> Vec<PhaseLines> {
    let view = drawing.chart_view(&own.series, &own.cells, chart);
    let number = |text: &Option<String>| text.as_ref().and_then(|text| Scaled::parse(text).ok());
    let of =
        |(phase, shown): (&crate::stats::spc::Phase, &crate::resources::control_charts::ControlPhase)| {
            let period = |index: usize| chart.points.get(index).map(|point| point.period);
            Some(PhaseLines {
                first: period(phase.first)?,
                last: period(phase.last)?,
                centre: number(&shown.limits.centre),
                upper: number(&shown.limits.upper_limit),
                lower: number(&shown.limits.lower_limit),
                decimals: shown.limits.centre.as_deref().map_or(0, words::decimals_of),
            })
        };
    chart.phases.iter().zip(&view.phases).filter_map(of).collect()
}

/// The titles of the sources of the figures, by the names by which the figures know them.
fn source_titles(call: &Call, conn: &mut Conn, shows: &[Shows]) -> Result<HashMap<String, String>, Problem> {
    let Some(kind) = call.state.kind(SOURCES.kind) else { return Ok(HashMap::new()) };
    let sources = || shows.iter().flat_map(|one| one.figures.sources());
    let names: Vec<_> = sources().filter_map(|source| Some((kind, Name::parse(kind, source)?))).collect();
    let rows = read::named(conn, &names, &Visibility::as_of(call.now()))?;
    let title_of = |source: &String| {
        let row = rows.iter().find(|row| row.reference == *source || row.record.to_string() == *source)?;
        Some((source.clone(), row.title.clone()))
    };
    Ok(sources().filter_map(title_of).collect())
}

/// Source, licence, moment and address.
fn footer(
    request: &PictureRequest,
    drawing: &Drawing,
    shows: &[Shows],
    titles: &HashMap<String, String>,
) -> Vec<String> {
    let own = &shows[0];
    let receipt = drawing.context.receipt(ReceiptParts {
        formula: String::new(),
        inputs: vec![],
        unit: drawing.figures.content().unit.code(),
        rounding: String::new(),
        warnings: vec![],
        about: &format!("picture of {}", own.series.key),
        path: format!("/v1/series/{}/chart.svg", own.series.key),
        query: request.query(&drawing.request),
    });
    let unique = |texts: Vec<String>| {
        let mut all: Vec<String> = vec![];
        texts.into_iter().for_each(|text| {
            if !all.contains(&text) {
                all.push(text)
            }
        });
        if all.is_empty() { "not stated".to_owned() } else { all.join(", ") }
    };
    let title = |source: &String| titles.get(source).unwrap_or(source).clone();
    let source = unique(shows.iter().flat_map(|one| one.figures.sources().iter().map(title)).collect());
    let licence = unique(shows.iter().filter_map(|one| one.figures.content().licence.clone()).collect());
    let as_of = receipt
        .as_of
        .map(|moment| format!(" Figures as of {}.", words::day(moment.day())))
        .unwrap_or_default();
    let address = receipt.citation.rsplit_once(' ').map(|(_, address)| address.to_owned());
    let mut footer = vec![format!("Source: {source}. Licence: {licence}.{as_of}")];
    footer.extend(address);
    footer
}
