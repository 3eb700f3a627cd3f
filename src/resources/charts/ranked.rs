//! Bars side by side: several series in one period.

use super::frame::{Frame, gap_notes, index, signs};
use super::model::{Dot, Line, Picture};
use super::px::Px;
use super::scale::ValueScale;
use super::svg::{Anchor, Stroke};
use super::text::{bold, plain};
use super::theme::Theme;
use crate::stats::period::Period;

const ROW: Px = Px::of(38);

/// The period in which the series are compared: the latest with a value of the first.
pub fn period(lines: &[Line]) -> Option<Period> {
    lines.first().and_then(|line| line.latest()).map(|(dot, _)| dot.period)
}

/// Draws it. The lines have the one period only, in which they are compared.
pub fn draw(picture: &Picture, width: i64, theme: &'static Theme) -> String {
    let measure = &picture.measure;
    let of = |line: &Line| -> Option<Dot> { line.dots.first().cloned() };
    let values: Vec<_> = picture.lines.iter().filter_map(|line| of(line)?.value.ok()).collect();
    let scale = ValueScale::new(measure, &values, true, 5);
    let words = period(&picture.lines).map(|period| measure.period(period)).unwrap_or_default();
    let frame = Frame::new(picture, &format!("{}, {words}", super::words::unit(measure.unit)), width, theme);
    let texts: Vec<String> = values.iter().map(|value| measure.value(*value)).collect();
    let room = texts.iter().map(|text| bold(13).width(text)).max().unwrap_or_default() + Px::of(8);
    let (left, right) = (frame.margin, frame.width - frame.margin - room);
    // The scale runs from left to right.
    let scale = scale.between(right, left);
    let end = frame.head + ROW * index(picture.lines.len());
    let mut notes = gap_notes(picture);
    notes.extend(picture.notes.iter().cloned());
    let key = signs(picture.lines.iter().flat_map(|line| &line.dots));
    let mut svg = frame.begin(end, &key, &notes);
    let zero = scale.y_of_zero();
    svg.group("series");
    for (n, line) in picture.lines.iter().enumerate() {
        let top = frame.head + ROW * index(n);
        let face = if n == 0 { bold(13) } else { plain(13) };
        let label = face.cut(&line.label, frame.width - frame.margin * 2);
        svg.write(&label, (left, top + Px::of(12)), face, Anchor::Start, theme.ink);
        let Some(dot) = of(line) else { continue };
        let base = top + Px::of(29);
        svg.line((zero, top + Px::of(16)), (zero, top + Px::of(33)), Stroke::new(theme.muted, 10));
        match dot.value {
            Ok(value) => {
                let x = scale.y(value);
                let colour = if n == 0 { theme.series[0] } else { theme.muted };
                svg.element("rect")
                    .px("x", x.min(zero))
                    .px("y", top + Px::of(18))
                    .px("width", if x < zero { zero - x } else { x - zero }.max(Px::of(1)))
                    .px("height", Px::of(13))
                    .set("fill", if dot.is_hollow { theme.background } else { colour })
                    .stroke(Stroke::new(colour, 12))
                    .end();
                let at = (x.max(zero) + Px::of(6), base);
                svg.write(&measure.value(value), at, face, Anchor::Start, theme.ink);
            }
            Err(missing) => svg.write(missing.words(), (left, base), plain(13), Anchor::Start, theme.muted),
        }
    }
    svg.finish()
}
