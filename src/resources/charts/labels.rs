//! Labels beside the right end of lines, moved apart where they would overlap.

use super::px::Px;
use super::svg::{Anchor, Stroke, Svg};
use super::text::Face;

/// A label of a line.
#[derive(Debug)]
pub struct EndLabel {
    /// The height of the end of the line.
    pub y: Px,
    pub text: String,
    pub colour: &'static str,
    pub is_bold: bool,
}

/// A label in lines, at its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed {
    /// The number of the label.
    pub number: usize,
    pub lines: Vec<String>,
    pub top: Px,
}

/// The size of labels, and the height of their lines.
pub const SIZE: i64 = 12;
pub const LINE: Px = Px::of(14);

/// The labels, at most two lines each, apart from each other and between two heights. Where there is no room for two lines,
/// each has one.
pub fn placed(labels: &[EndLabel], width: Px, top: Px, bottom: Px) -> Vec<Placed> {
    let in_lines = |most: usize| -> Vec<Vec<String>> {
        let face = |label: &EndLabel| Face { size: SIZE, bold: label.is_bold };
        labels.iter().map(|label| face(label).lines(&label.text, width, most)).collect()
    };
    let height =
        |lines: &[Vec<String>]| LINE * i64::try_from(lines.iter().map(Vec::len).sum::<usize>()).unwrap_or(0);
    let mut lines = in_lines(2);
    if height(&lines) > bottom - top {
        lines = in_lines(1);
    }
    let mut all: Vec<Placed> = labels
        .iter()
        .zip(lines)
        .enumerate()
        .map(|(number, (label, lines))| {
            let own = LINE * i64::try_from(lines.len()).unwrap_or(0);
            Placed { number, lines, top: label.y - own / 2 }
        })
        .collect();
    all.sort_by_key(|one| (labels[one.number].y, one.number));
    // Down from the top, then up from the bottom.
    let mut free = top;
    for one in &mut all {
        one.top = one.top.max(free);
        free = one.bottom();
    }
    let mut free = bottom.max(top + (0..all.len()).fold(Px::of(0), |sum, n| sum + all[n].height()));
    for one in all.iter_mut().rev() {
        one.top = one.top.min(free - one.height());
        free = one.top;
    }
    all
}

impl Placed {
    fn height(&self) -> Px {
        LINE * i64::try_from(self.lines.len()).unwrap_or(0)
    }

    fn bottom(&self) -> Px {
        self.top + self.height()
    }
}

/// Writes the labels to the right of `x`, each with a thin line to its own where it was moved.
pub fn write(svg: &mut Svg, labels: &[EndLabel], x: Px, width: Px, (top, bottom): (Px, Px), grid: &str) {
    svg.group("labels");
    for one in placed(labels, width, top, bottom) {
        let label = &labels[one.number];
        let middle = one.top + one.height() / 2;
        let moved = middle - label.y;
        if moved > Px::of(4) || moved < -Px::of(4) {
            svg.path(&[(x, label.y), (x + Px::of(8), middle)], Stroke::new(grid, 10));
        }
        let face = Face { size: SIZE, bold: label.is_bold };
        for (n, line) in one.lines.iter().enumerate() {
            let y = one.top + LINE * i64::try_from(n).unwrap_or(0) + Px::of(11);
            svg.write(line, (x + Px::of(10), y), face, Anchor::Start, label.colour);
        }
    }
    svg.close();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn labels_do_not_overlap_and_stay_where_there_is_room(ends in proptest::collection::vec((0..400_i64, "[A-Za-z ]{1,40}"), 1..14)) {
            let labels: Vec<EndLabel> = ends
                .into_iter()
                .map(|(y, text)| EndLabel { y: Px::of(y), text, colour: "#000", is_bold: false })
                .collect();
            let placed = placed(&labels, Px::of(90), Px::of(0), Px::of(400));
            prop_assert_eq!(placed.len(), labels.len());
            for pair in placed.windows(2) {
                prop_assert!(pair[1].top >= pair[0].bottom(), "{:?}", placed);
            }
            prop_assert!(placed.iter().all(|one| one.top >= Px::of(0) && one.bottom() <= Px::of(400)), "{:?}", placed);
        }
    }
}
