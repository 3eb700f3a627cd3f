//! Pictures over time: lines, bars and control charts.

use super::frame::{Frame, Sign, gap_notes, grid, index, signs};
use super::labels::{self, EndLabel};
use super::model::{Dot, LevelSort, Line, Picture, PictureKind, Shape};
use super::px::Px;
use super::scale::{DayScale, ValueScale};
use super::shapes;
use super::svg::{Anchor, Stroke, Svg};
use super::text::plain;
use super::theme::{DASHES, Theme};
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};

/// The most points of which each has a shape, also where it says nothing.
const MOST_SHAPES: usize = 48;

/// Draws a picture over time.
pub fn draw(picture: &Picture, width: i64, theme: &'static Theme) -> String {
    let steps = if width < 520 { 5 } else { 6 };
    let values = ValueScale::new(&picture.measure, &values(picture), picture.kind == PictureKind::Bar, steps);
    let frame = Frame::new(picture, &subtitle(picture, &values), width, theme);
    let face = plain(labels::SIZE);
    let gutter = values.ticks().iter().map(|(_, text, _)| face.width(text)).max().unwrap_or_default();
    let left = frame.margin + gutter + Px::of(8);
    let mut plot =
        Plot { picture, theme, values, left, right: left, top: frame.head, bottom: frame.head, days: None };
    let widest = plot.end_labels().iter().map(|label| plain(labels::SIZE + 1).width(&label.text)).max();
    let label_width = widest.unwrap_or_default().min(Px::of(width) * 27 / 100);
    plot.right =
        frame.width - frame.margin - label_width - if widest.is_some() { Px::of(12) } else { Px::of(0) };
    let days = DayScale::new(&picture.measure, &periods(picture), plot.left, plot.right);
    let breaks = plot.break_labels(&days);
    let rows = breaks.iter().filter_map(|one| one.row).max().map_or(0, |row| row + 1);
    plot.top = frame.head + Px::of(8) + Px::of(16) * rows;
    plot.bottom = plot.top + Px::of((width * 9 / 20).clamp(190, 420));
    plot.values = plot.values.between(plot.top, plot.bottom);
    plot.days = Some(days);
    let mut notes = vec![];
    if !plot.values.begins_at_zero() {
        notes.push(format!("The axis begins at {}, not at 0.", plot.values.foot()));
    }
    notes.extend(gap_notes(picture));
    notes.extend(picture.notes.iter().cloned());
    let mut key = signs(picture.lines.iter().flat_map(|line| &line.dots));
    if plot.has_hatching() {
        key.push(Sign::Gap);
    }
    let mut svg = frame.begin(plot.bottom + Px::of(24), &key, &notes);
    plot.write_gaps(&mut svg);
    plot.write_axes(&mut svg);
    plot.write_breaks(&mut svg, &breaks, frame.head + Px::of(6));
    plot.write_phases(&mut svg);
    match picture.kind {
        PictureKind::Bar => {
            plot.write_bars(&mut svg);
            plot.write_levels(&mut svg);
        }
        _ => {
            plot.write_levels(&mut svg);
            plot.write_lines(&mut svg);
        }
    }
    let labels = plot.end_labels();
    labels::write(&mut svg, &labels, plot.right, label_width, (plot.top, plot.bottom), theme.muted);
    svg.finish()
}

/// The unit and how often: what the axis counts.
fn subtitle(picture: &Picture, values: &ValueScale) -> String {
    let measure = &picture.measure;
    let millions = if values.counts_in_millions() { ", in millions" } else { "" };
    let often = match measure.frequency {
        Frequency::Irregular => String::new(),
        _ if measure.frequency.rolls() && measure.step == Some(12) => ", one year in each".to_owned(),
        frequency => format!(", {}", frequency.words()),
    };
    format!("{}{millions}{often}", super::words::unit(measure.unit))
}

fn values(picture: &Picture) -> Vec<Scaled> {
    let dots = picture.lines.iter().flat_map(|line| &line.dots).filter_map(|dot| dot.value.ok());
    let phases = picture.phases.iter().flat_map(|phase| [phase.centre, phase.upper, phase.lower]);
    dots.chain(phases.flatten()).chain(picture.levels.iter().map(|level| level.value)).collect()
}

fn periods(picture: &Picture) -> Vec<Period> {
    picture.lines.iter().flat_map(|line| line.dots.iter().map(|dot| dot.period)).collect()
}

struct Plot<'a> {
    picture: &'a Picture,
    theme: &'static Theme,
    values: ValueScale,
    left: Px,
    right: Px,
    top: Px,
    bottom: Px,
    days: Option<DayScale>,
}

/// Where the words of a break stand.
struct BreakLabel {
    x: Px,
    text: String,
    anchor: Anchor,
    /// None where there is no room: the note has them.
    row: Option<i64>,
}

impl Plot<'_> {
    fn x(&self, period: Period) -> Px {
        self.days.as_ref().map_or(self.left, |days| days.x(period))
    }

    fn span(&self, first: Period, last: Period) -> (Px, Px) {
        let days = self.days.as_ref();
        days.map_or((self.left, self.right), |days| days.span(&self.picture.measure, first, last))
    }

    fn colour(&self, n: usize) -> &'static str {
        self.theme.series.get(n).copied().unwrap_or(self.theme.ink)
    }

    /// What stands beside the right end: the latest values, and the lines across.
    fn end_labels(&self) -> Vec<EndLabel> {
        let (picture, theme) = (self.picture, self.theme);
        let mut labels = vec![];
        for (n, line) in picture.lines.iter().enumerate() {
            let Some((_, value)) = line.latest() else { continue };
            let shown = picture.measure.value(value);
            let text = if picture.lines.len() > 1 { format!("{} {shown}", line.label) } else { shown };
            labels.push(EndLabel { y: self.values.y(value), text, colour: self.colour(n), is_bold: n == 0 });
        }
        for level in picture.levels.iter().filter(|level| level.to.is_none()) {
            let (y, text) = (self.values.y(level.value), level.label.clone());
            labels.push(EndLabel { y, text, colour: theme.ink, is_bold: false });
        }
        if let Some(phase) = picture.phases.last() {
            for (name, value) in
                [("Upper limit", phase.upper), ("Mean", phase.centre), ("Lower limit", phase.lower)]
            {
                let Some(value) = value else { continue };
                let number = crate::stats::fraction::Fraction::from(value).in_words(phase.decimals);
                let text = format!("{name} {}", picture.measure.unit.of(&number));
                labels.push(EndLabel { y: self.values.y(value), text, colour: theme.muted, is_bold: false });
            }
        }
        labels
    }

    fn break_labels(&self, days: &DayScale) -> Vec<BreakLabel> {
        let face = plain(11);
        let mut ends: [Vec<(Px, Px)>; 3] = Default::default();
        let mut all = vec![];
        for one in &self.picture.breaks {
            let Some(x) = days.x_of_day(one.day) else { continue };
            let text = one.label.clone();
            let width = face.width(&text) + Px::of(6);
            let fits_right = x + width <= self.right;
            let (anchor, from) = if fits_right { (Anchor::Start, x) } else { (Anchor::End, x - width) };
            let room = (from, from + width);
            let is_free = |row: &Vec<(Px, Px)>| row.iter().all(|used| used.1 <= room.0 || room.1 <= used.0);
            let row = ends.iter().position(is_free).filter(|_| from >= self.left);
            if let Some(row) = row {
                ends[row].push(room);
            }
            all.push(BreakLabel { x, text, anchor, row: row.map(index) });
        }
        all
    }

    fn write_breaks(&self, svg: &mut Svg, breaks: &[BreakLabel], head: Px) {
        if breaks.is_empty() {
            return;
        }
        svg.group("breaks");
        for one in breaks {
            let y = head + Px::of(16) * one.row.unwrap_or(0);
            svg.line((one.x, y), (one.x, self.bottom), Stroke::new(self.theme.ink, 10).dashed("4 3"));
            if one.row.is_some() {
                let dx = if one.anchor == Anchor::Start { Px::of(4) } else { -Px::of(4) };
                svg.write(&one.text, (one.x + dx, y + Px::of(9)), plain(11), one.anchor, self.theme.ink);
            }
        }
        svg.close();
    }

    fn gaps(&self) -> Vec<(Px, Px)> {
        let [line] = &self.picture.lines[..] else { return vec![] };
        let gaps = line.gaps(&self.picture.measure);
        gaps.iter().map(|(_, first, last)| self.span(*first, *last)).collect()
    }

    fn has_hatching(&self) -> bool {
        !self.gaps().is_empty()
    }

    fn write_gaps(&self, svg: &mut Svg) {
        let gaps = self.gaps();
        if gaps.is_empty() {
            return;
        }
        svg.group("gaps");
        for (left, right) in gaps {
            shapes::hatch(
                svg,
                (left.max(self.left), right.min(self.right)),
                (self.top, self.bottom),
                self.theme.hatch,
            );
        }
        svg.close();
    }

    fn write_axes(&self, svg: &mut Svg) {
        let theme = self.theme;
        let face = plain(labels::SIZE);
        svg.group("values");
        for (y, text, is_zero) in self.values.ticks() {
            let stroke = if is_zero { Stroke::new(theme.muted, 10) } else { grid(theme) };
            svg.line((self.left, y), (self.right, y), stroke);
            svg.write(&text, (self.left - Px::of(8), y + Px::of(4)), face, Anchor::End, theme.muted);
        }
        svg.close();
        svg.group("periods");
        svg.line((self.left, self.bottom), (self.right, self.bottom), Stroke::new(theme.muted, 10));
        for (x, text) in self.period_ticks() {
            svg.line((x, self.bottom), (x, self.bottom + Px::of(5)), Stroke::new(theme.muted, 10));
            let half = face.width(&text) / 2;
            let x = x.max(half).min(self.right + Px::of(10) - half);
            svg.write(&text, (x, self.bottom + Px::of(18)), face, Anchor::Middle, theme.muted);
        }
        svg.close();
    }

    /// What the axis of days names: each period of a series of years, otherwise years or months.
    fn period_ticks(&self) -> Vec<(Px, String)> {
        let face = plain(labels::SIZE);
        let measure = &self.picture.measure;
        let Some(days) = &self.days else { return vec![] };
        if measure.frequency != Frequency::Yearly {
            return days.ticks(|text| face.width(text));
        }
        let mut periods = periods(self.picture);
        periods.sort_unstable();
        periods.dedup();
        // From the latest back, as many as have room.
        let mut ticks: Vec<(Px, String)> = vec![];
        let mut free = self.right + Px::of(10);
        for period in periods.into_iter().rev() {
            let (x, text) = (days.x(period), measure.period(period));
            let half = face.width(&text) / 2;
            if x + half <= free {
                free = x - half - Px::of(12);
                ticks.push((x, text));
            }
        }
        ticks
    }

    fn write_levels(&self, svg: &mut Svg) {
        let Some(days) = &self.days else { return };
        for level in &self.picture.levels {
            let (class, dash) = match level.sort {
                LevelSort::Target => ("target", "8 4"),
                LevelSort::Baseline => ("baseline", "2 3"),
            };
            let y = self.values.y(level.value);
            let (from, to) = (days.x_within(level.from, self.left), days.x_within(level.to, self.right));
            svg.group(class);
            if self.picture.kind == PictureKind::Bar {
                // A rim, so that it can be seen on the bars.
                svg.path(&[(from, y), (to, y)], Stroke::new(self.theme.background, 45));
            }
            svg.line((from, y), (to, y), Stroke::new(self.theme.ink, 15).dashed(dash));
            svg.close();
        }
    }

    fn write_phases(&self, svg: &mut Svg) {
        for phase in &self.picture.phases {
            let (from, to) = self.span(phase.first, phase.last);
            svg.group("phase");
            for (value, dash) in [(phase.upper, "6 4"), (phase.centre, ""), (phase.lower, "6 4")] {
                let Some(value) = value else { continue };
                let y = self.values.y(value);
                svg.line((from, y), (to, y), Stroke::new(self.theme.muted, 12).dashed(dash));
            }
            svg.close();
        }
    }

    fn write_lines(&self, svg: &mut Svg) {
        let picture = self.picture;
        // The first series is drawn last: it lies on the others.
        for (n, line) in picture.lines.iter().enumerate().rev() {
            let width = if n == 0 && picture.lines.len() > 1 { 28 } else { 20 };
            let colour = self.colour(n);
            let dash = DASHES.get(n).copied().unwrap_or_default();
            svg.group("series");
            for run in line.runs(&picture.measure, &picture.breaks) {
                let points: Vec<(Px, Px)> = run.iter().map(|(dot, value)| self.place(dot, *value)).collect();
                match &points[..] {
                    [one] => shapes::draw(svg, Shape::Circle, *one, Px::tenths(28), colour, colour),
                    points => svg.path(points, Stroke::new(colour, width).dashed(dash)),
                }
            }
            self.write_points(svg, line, colour);
            svg.close();
        }
    }

    fn place(&self, dot: &Dot, value: Scaled) -> (Px, Px) {
        (self.x(dot.period), self.values.y(value))
    }

    fn write_points(&self, svg: &mut Svg, line: &Line, colour: &'static str) {
        let theme = self.theme;
        let has_room = Px::of(9) * index(line.dots.len()) <= self.right - self.left;
        let shows_all = has_room && line.dots.len() <= MOST_SHAPES && self.picture.lines.len() == 1;
        let last = line.latest().map(|(dot, _)| dot.period);
        for dot in &line.dots {
            let Ok(value) = dot.value else { continue };
            let is_plain = dot.shape == Shape::Circle && !dot.is_hollow;
            if is_plain && !shows_all && Some(dot.period) != last {
                continue;
            }
            let colour = match dot.shape {
                Shape::Circle | Shape::Diamond => colour,
                Shape::Square | Shape::Triangle => theme.signal,
            };
            let fill = if dot.is_hollow { theme.background } else { colour };
            let size = if is_plain { Px::tenths(28) } else { Px::tenths(36) };
            shapes::draw(svg, dot.shape, self.place(dot, value), size, colour, fill);
        }
    }

    fn write_bars(&self, svg: &mut Svg) {
        let Some(line) = self.picture.lines.first() else { return };
        let (theme, colour) = (self.theme, self.colour(0));
        let zero = self.values.y_of_zero();
        svg.group("series");
        for dot in &line.dots {
            let Ok(value) = dot.value else { continue };
            let (from, to) = self.span(dot.period, dot.period);
            let room = (to - from) * 15 / 100;
            let (from, width) = (from + room, (to - from - room * 2).max(Px::of(1)));
            let y = self.values.y(value);
            let (top, height) = (y.min(zero), if y < zero { zero - y } else { y - zero });
            let fill = if dot.is_hollow { theme.background } else { colour };
            svg.element("rect")
                .px("x", from)
                .px("y", top)
                .px("width", width)
                .px("height", height)
                .set("fill", fill)
                .stroke(Stroke::new(colour, 12))
                .end();
            if dot.shape != Shape::Circle {
                let at = (from + width / 2, top - Px::of(7));
                shapes::draw(svg, dot.shape, at, Px::of(3), colour, colour);
            }
        }
        svg.close();
    }
}
