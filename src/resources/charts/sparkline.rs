//! A line without axes, to stand in a row of a table: the latest 24 points.

use super::model::Picture;
use super::px::Px;
use super::shapes;
use super::svg::{Stroke, Svg};
use super::theme::Theme;
use crate::stats::decimal::Scaled;

pub const POINTS: usize = 24;
pub const WIDTH: i64 = 160;
const HEIGHT: i64 = 40;
const MARGIN: Px = Px::of(5);

/// Draws it. The background is left out, so that it stands on that of the page.
pub fn draw(picture: &Picture, theme: &'static Theme) -> String {
    let (width, height) = (Px::of(WIDTH), Px::of(HEIGHT));
    let mut svg = Svg::new((width, height), &picture.title, &picture.description);
    let Some(line) = picture.lines.first() else { return svg.finish() };
    let values = || line.dots.iter().filter_map(|dot| dot.value.ok()).map(|value| i128::from(value.raw()));
    let (low, high) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
    let colour = theme.series[0];
    let y = |value: Scaled| {
        let room = i128::from((height - MARGIN * 2).raw());
        let up = match high - low {
            0 => room / 2,
            range => (i128::from(value.raw()) - low) * room / range,
        };
        height - MARGIN - Px::tenths(i64::try_from(up).unwrap_or(0))
    };
    let first = line.dots.first().map(|dot| dot.period.start);
    let last = line.dots.last().map(|dot| dot.period.start);
    let days = |from: chrono::NaiveDate, to: chrono::NaiveDate| (to - from).num_days();
    let x = |day: chrono::NaiveDate| match (first, last) {
        (Some(first), Some(last)) if first < last => {
            MARGIN + (width - MARGIN * 2) * days(first, day) / days(first, last)
        }
        _ => width / 2,
    };
    svg.group("series");
    for run in line.runs(&picture.measure, &picture.breaks) {
        let points: Vec<(Px, Px)> = run.iter().map(|(dot, value)| (x(dot.period.start), y(*value))).collect();
        match &points[..] {
            [one] => {
                shapes::draw(&mut svg, super::model::Shape::Circle, *one, Px::tenths(12), colour, colour)
            }
            points => svg.path(points, Stroke::new(colour, 16)),
        }
    }
    if let Some((dot, value)) = line.latest() {
        let fill = if dot.is_hollow { theme.background } else { colour };
        shapes::draw(&mut svg, dot.shape, (x(dot.period.start), y(value)), Px::tenths(28), colour, fill);
    }
    svg.finish()
}
