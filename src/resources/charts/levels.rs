//! The lines across a picture: targets and baselines.

use super::model::{Level, LevelSort, Line, Shown};
use super::shows::Shows;
use super::words;
use crate::resources::comparisons::{SeriesFigures, base_of};
use crate::resources::control_charts::Drawing;
use crate::resources::indicators::IndicatorContent;
use crate::resources::series::Cell;
use crate::stats::point::{Point, Series};

/// The targets that are in force within the picture.
pub fn targets(
    content: &IndicatorContent,
    shown: &Shown,
    lines: &[Line],
    levels: &mut Vec<Level>,
    notes: &mut Vec<String>,
) {
    let periods = || lines.iter().flat_map(|line| &line.dots).map(|dot| dot.period);
    let (Some(first), Some(last)) =
        (periods().map(|one| one.start).min(), periods().map(|one| one.last_day()).max())
    else {
        return;
    };
    for target in content.targets_of_measure() {
        let label = words::target(shown, &target);
        let from = target.from.filter(|from| *from > first);
        let to = target.to.filter(|to| *to < last);
        if let Some(from) = from.filter(|from| *from > last) {
            notes.push(format!("{label} from {}.", words::day(from)));
            continue;
        }
        if to.is_some_and(|to| to < first) {
            continue;
        }
        if let Some(to) = to {
            notes.push(format!("{label} until {}.", words::day(to)));
        }
        levels.push(Level { sort: LevelSort::Target, value: target.value, from, to, label });
    }
}

/// The declared baselines that have a value, the latest two.
pub fn baselines(
    drawing: &Drawing,
    own: &Shows,
    all: &SeriesFigures,
    shown: &Shown,
    levels: &mut Vec<Level>,
    notes: &mut Vec<String>,
) {
    let content = drawing.figures.content();
    let measure = drawing.measure_of(&own.series);
    let points: Vec<Point> = own.cells.iter().map(Cell::point).collect();
    let of_series = Series { measure: &measure, points: &points, breaks: &[] };
    let mut known: Vec<_> = content
        .baselines
        .iter()
        .filter_map(|baseline| {
            let base = base_of(baseline, all, &own.series, &of_series)?.base;
            let value = base.point.as_ref()?.usable().ok()?;
            Some((base.period, value, base.label))
        })
        .collect();
    known.sort_by_key(|(period, ..)| *period);
    for (period, value, label) in known.into_iter().rev().take(2) {
        let text = format!("Baseline {}: {}", shown.period(period), shown.value(value));
        notes.extend(label.map(|label| format!("Baseline {}: {label}.", shown.period(period))));
        levels.push(Level { sort: LevelSort::Baseline, value, from: None, to: None, label: text });
    }
}
