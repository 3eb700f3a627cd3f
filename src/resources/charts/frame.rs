//! What surrounds a picture: title, key, notes. The places are found first, since the height of the whole follows from them.

use super::model::{Line, Missing, Picture, Shape};
use super::px::Px;
use super::shapes;
use super::svg::{Anchor, Stroke, Svg};
use super::text::{Face, bold, plain};
use super::theme::Theme;
use crate::stats::period::{Frequency, Period};

/// The width from which there is room for larger texts.
const WIDE: i64 = 520;
/// The most lines of the notes and the footer: the height of a picture has a bound.
const MOST_LINES: usize = 36;
/// The most lines of the address: a long one is cut only where it has six other series with long keys.
const MOST_LINES_OF_ADDRESS: usize = 20;
const NOTE: Face = plain(12);
const NOTE_LINE: Px = Px::of(16);

/// A sign that the key explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    Point(Shape),
    Hollow,
    Gap,
}

impl Sign {
    fn words(self) -> &'static str {
        match self {
            Sign::Point(Shape::Circle) => "Value",
            Sign::Point(Shape::Diamond) => "Revised",
            Sign::Point(Shape::Square) => "Run: no ordinary variation",
            Sign::Point(Shape::Triangle) => "Outside the limits",
            Sign::Hollow => "Hollow: provisional or estimated",
            Sign::Gap => "No value",
        }
    }
}

/// The places of a picture's parts.
pub struct Frame<'a> {
    pub theme: &'static Theme,
    pub width: Px,
    pub margin: Px,
    /// From where on there is room for the plot.
    pub head: Px,
    picture: &'a Picture,
    title: Vec<String>,
    subtitle: Vec<String>,
    verdict: Vec<String>,
}

impl<'a> Frame<'a> {
    pub fn new(picture: &'a Picture, subtitle: &str, width: i64, theme: &'static Theme) -> Frame<'a> {
        let margin = if width < WIDE { Px::of(12) } else { Px::of(20) };
        let within = Px::of(width) - margin * 2;
        let mut frame = Frame {
            theme,
            width: Px::of(width),
            margin,
            head: margin,
            picture,
            title: vec![],
            subtitle: vec![],
            verdict: vec![],
        };
        if picture.is_titled {
            frame.title = frame.title_face().lines(&picture.title, within, 3);
        }
        frame.subtitle = plain(13).lines(subtitle, within, 3);
        frame.verdict = picture.verdict.iter().flat_map(|text| bold(13).lines(text, within, 4)).collect();
        frame.head += frame.title_line() * count(&frame.title) + Px::of(18) * count(&frame.subtitle);
        frame.head += Px::of(18) * count(&frame.verdict) + Px::of(10);
        frame
    }

    pub fn is_wide(&self) -> bool {
        self.width >= Px::of(WIDE)
    }

    fn title_face(&self) -> Face {
        bold(if self.is_wide() { 19 } else { 16 })
    }

    fn title_line(&self) -> Px {
        if self.is_wide() { Px::of(24) } else { Px::of(21) }
    }

    /// Begins the picture, whose plot ends at this height; draws all around it. Returns it for the plot.
    pub fn begin(&self, plot_end: Px, signs: &[Sign], notes: &[String]) -> Svg {
        let within = self.width - self.margin * 2;
        let rows = self.key_rows(signs, within);
        let mut y = plot_end + Px::of(10);
        let key_top = y;
        y += Px::of(18) * count(&rows);
        if !rows.is_empty() {
            y += Px::of(6);
        }
        let notes_top = y;
        let notes = self.note_lines(notes, within);
        y += NOTE_LINE * count(&notes) + self.margin;
        let mut svg = Svg::new((self.width, y), &self.picture.title, &self.picture.description);
        svg.rect((Px::of(0), Px::of(0)), (self.width, y), self.theme.background);
        self.write_head(&mut svg);
        self.write_key(&mut svg, &rows, key_top);
        svg.group("notes");
        for (n, line) in notes.iter().enumerate() {
            let at = notes_top + NOTE_LINE * index(n) + Px::of(12);
            svg.write(line, (self.margin, at), NOTE, Anchor::Start, self.theme.muted);
        }
        svg.close();
        svg
    }

    fn write_head(&self, svg: &mut Svg) {
        svg.group("head");
        let mut y = self.margin + Px::of(5);
        for line in &self.title {
            svg.write(line, (self.margin, y + Px::of(11)), self.title_face(), Anchor::Start, self.theme.ink);
            y += self.title_line();
        }
        for line in &self.subtitle {
            svg.write(line, (self.margin, y + Px::of(9)), plain(13), Anchor::Start, self.theme.muted);
            y += Px::of(18);
        }
        for line in &self.verdict {
            svg.write(line, (self.margin, y + Px::of(9)), bold(13), Anchor::Start, self.theme.ink);
            y += Px::of(18);
        }
        svg.close();
    }

    /// The signs in rows, each with the place where it begins.
    fn key_rows(&self, signs: &[Sign], within: Px) -> Vec<Vec<(Px, Sign)>> {
        let mut rows: Vec<Vec<(Px, Sign)>> = vec![];
        let mut x = Px::of(0);
        for sign in signs {
            let width = Px::of(20) + NOTE.width(sign.words()) + Px::of(18);
            match rows.last_mut() {
                Some(row) if x + width <= within + Px::of(18) => row.push((x, *sign)),
                _ => {
                    x = Px::of(0);
                    rows.push(vec![(x, *sign)]);
                }
            }
            x += width;
        }
        rows
    }

    fn write_key(&self, svg: &mut Svg, rows: &[Vec<(Px, Sign)>], top: Px) {
        if rows.is_empty() {
            return;
        }
        let theme = self.theme;
        svg.group("key");
        for (n, row) in rows.iter().enumerate() {
            let y = top + Px::of(18) * index(n) + Px::of(8);
            for (x, sign) in row {
                let x = self.margin + *x;
                let at = (x + Px::of(7), y);
                match sign {
                    Sign::Point(shape) => {
                        let colour = match shape {
                            Shape::Circle | Shape::Diamond => theme.series[0],
                            Shape::Square | Shape::Triangle => theme.signal,
                        };
                        shapes::draw(svg, *shape, at, Px::of(4), colour, colour);
                    }
                    Sign::Hollow => {
                        shapes::draw(svg, Shape::Circle, at, Px::of(4), theme.series[0], theme.background);
                    }
                    Sign::Gap => {
                        shapes::hatch(svg, (x, x + Px::of(14)), (y - Px::of(6), y + Px::of(6)), theme.hatch);
                    }
                }
                svg.write(sign.words(), (x + Px::of(20), y + Px::of(4)), NOTE, Anchor::Start, theme.muted);
            }
        }
        svg.close();
    }

    /// The notes and the footer in lines. The footer has its place first.
    fn note_lines(&self, notes: &[String], within: Px) -> Vec<String> {
        let footer: Vec<String> = self
            .picture
            .footer
            .iter()
            .flat_map(|text| NOTE.lines(text, within, MOST_LINES_OF_ADDRESS))
            .collect();
        let room = MOST_LINES.saturating_sub(footer.len()).max(2);
        let mut lines: Vec<String> = notes.iter().flat_map(|text| NOTE.lines(text, within, 4)).collect();
        if lines.len() > room {
            lines.truncate(room - 1);
            lines.push("More notes are with the figures.".to_owned());
        }
        lines.extend(footer);
        lines
    }
}

/// The signs that some points need.
pub fn signs<'a>(dots: impl Iterator<Item = &'a super::model::Dot>) -> Vec<Sign> {
    let mut signs = vec![];
    for dot in dots {
        if dot.value.is_err() {
            continue;
        }
        if dot.shape != Shape::Circle {
            signs.push(Sign::Point(dot.shape));
        }
        if dot.is_hollow {
            signs.push(Sign::Hollow);
        }
    }
    signs.sort_unstable();
    signs.dedup();
    signs
}

/// The periods without a value, in a sentence for each reason: once for series that have the same, otherwise for each.
pub fn gap_notes(picture: &Picture) -> Vec<String> {
    let sentences = |line: &Line| -> Vec<String> {
        let gaps = line.gaps(&picture.measure);
        let of = |missing: Missing| {
            let of: Vec<String> = gaps
                .iter()
                .filter(|gap| gap.0 == missing)
                .map(|(_, first, last)| stretch(picture, *first, *last))
                .collect();
            (!of.is_empty()).then(|| format!("{}: {}.", missing.words(), of.join("; ")))
        };
        [Missing::Suppressed, Missing::Incomplete, Missing::NotPublished].into_iter().filter_map(of).collect()
    };
    let all: Vec<Vec<String>> = picture.lines.iter().map(sentences).collect();
    match all.first() {
        Some(first) if all.iter().all(|other| other == first) => first.clone(),
        _ => {
            let named = |(line, notes): (&Line, Vec<String>)| {
                notes.into_iter().map(|note| format!("{}: {note}", line.label)).collect::<Vec<_>>()
            };
            picture.lines.iter().zip(all).flat_map(named).collect()
        }
    }
}

/// From the first day of a period to the last of another.
fn stretch(picture: &Picture, first: Period, last: Period) -> String {
    let measure = &picture.measure;
    if first == last {
        return measure.period(first);
    }
    match Period::new(first.start, last.end) {
        Some(whole) if !measure.frequency.rolls() => whole.words(Frequency::Irregular),
        _ => format!("{} – {}", measure.period(first), measure.period(last)),
    }
}

/// How many there are, for lengths.
pub fn count<T>(all: &[T]) -> i64 {
    index(all.len())
}

pub fn index(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(0)
}

/// A line of a grid.
pub fn grid(theme: &Theme) -> Stroke<'static> {
    Stroke::new(theme.grid, 10)
}
