//! How wide a text is, and how it is broken into lines. The font is the one that PNG is drawn with; its widths are those of
//! Arial, which most readers of an SVG have.

use std::collections::HashMap;
use std::sync::LazyLock;

use skrifa::raw::TableProvider;
use skrifa::{FontRef, MetadataProvider};

use super::px::Px;

pub const REGULAR: &[u8] = include_bytes!("font/Arimo-Regular.ttf");
pub const BOLD: &[u8] = include_bytes!("font/Arimo-Bold.ttf");

/// What an SVG names as its font. All have the same widths.
pub const FAMILY: &str = "Arimo, Arial, 'Liberation Sans', Helvetica, sans-serif";

/// A size and a weight of the font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    /// In whole pixels.
    pub size: i64,
    pub bold: bool,
}

/// The face of this size.
pub const fn plain(size: i64) -> Face {
    Face { size, bold: false }
}

/// The bold face of this size.
pub const fn bold(size: i64) -> Face {
    Face { size, bold: true }
}

struct Widths {
    of: HashMap<char, i64>,
    /// Units of an em.
    em: i64,
}

impl Widths {
    fn read(font: &[u8]) -> Widths {
        let mut widths = Widths { of: HashMap::new(), em: 1 };
        let Ok(font) = FontRef::new(font) else { return widths };
        let (Ok(head), Ok(metrics)) = (font.head(), font.hmtx()) else { return widths };
        widths.em = i64::from(head.units_per_em()).max(1);
        for (code, glyph) in font.charmap().mappings() {
            if let (Some(letter), Some(width)) = (char::from_u32(code), metrics.advance(glyph)) {
                widths.of.insert(letter, width.into());
            }
        }
        widths
    }
}

static WIDTHS: LazyLock<[Widths; 2]> = LazyLock::new(|| [Widths::read(REGULAR), Widths::read(BOLD)]);

impl Face {
    /// The width of a text, rounded up. A letter that the font lacks is as wide as it is high.
    pub fn width(self, text: &str) -> Px {
        let widths = &WIDTHS[usize::from(self.bold)];
        let units: i64 =
            text.chars().map(|letter| widths.of.get(&letter).copied().unwrap_or(widths.em)).sum();
        Px::tenths((units * self.size * 10 + widths.em - 1) / widths.em)
    }

    /// The text in lines of at most this width; what does not fit into so many lines is cut with `…`.
    pub fn lines(self, text: &str, within: Px, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = vec![];
        let mut words = text.split_whitespace().peekable();
        let mut line = String::new();
        while let Some(word) = words.peek() {
            let longer = if line.is_empty() { (*word).to_owned() } else { format!("{line} {word}") };
            if self.width(&longer) <= within {
                line = longer;
                words.next();
                continue;
            }
            if line.is_empty() {
                // A word that is wider than a line, such as an address, is broken.
                return self.broken(lines, &words.collect::<Vec<_>>().join(" "), within, most);
            }
            if lines.len() + 1 >= most {
                let rest = format!("{line} {}", words.collect::<Vec<_>>().join(" "));
                lines.push(self.cut(&rest, within));
                return lines;
            }
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// The lines of a text whose first word is wider than a line.
    fn broken(self, mut lines: Vec<String>, text: &str, within: Px, most: usize) -> Vec<String> {
        if lines.len() + 1 >= most {
            lines.push(self.cut(text, within));
            return lines;
        }
        let end = self.fitting(text, within).max(text.chars().next().map_or(0, char::len_utf8));
        let (start, rest) = text.split_at(end);
        lines.push(start.trim_end().to_owned());
        let more = most - lines.len();
        lines.extend(self.lines(rest, within, more));
        lines
    }

    /// How many bytes of the text fit.
    fn fitting(self, text: &str, within: Px) -> usize {
        let mut end = 0;
        for (start, letter) in text.char_indices() {
            let next = start + letter.len_utf8();
            if self.width(&text[..next]) > within {
                break;
            }
            end = next;
        }
        end
    }

    /// The text, or as much of it as fits, and `…`.
    pub fn cut(self, text: &str, within: Px) -> String {
        if self.width(text) <= within {
            return text.to_owned();
        }
        let end = self.fitting(text, within - self.width("…"));
        format!("{}…", text[..end].trim_end())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn widths_are_those_of_arial() {
        // In thousandths of an em: Arial's own table.
        for (text, thousandths) in [("0", 556), ("i", 222), ("W", 944), ("…", 1_000), ("−", 584), ("≤", 549)]
        {
            let width = plain(100).width(text);
            let arial = Px::tenths(thousandths);
            assert!(width - arial <= Px::tenths(1) && arial - width <= Px::tenths(1), "{text}: {width}");
        }
        assert!(bold(16).width("Burglary") > plain(16).width("Burglary"));
    }

    #[test]
    fn a_text_is_broken_between_words_and_cut_at_the_end() {
        let face = plain(10);
        let lines = face.lines("Recorded crime in the East Midlands, by quarter", Px::of(100), 3);
        assert_eq!(lines, ["Recorded crime in the", "East Midlands, by", "quarter"]);
        let cut = face.lines("Recorded crime in the East Midlands, by quarter", Px::of(100), 2);
        assert_eq!((cut.len(), &cut[0], cut[1].ends_with('…')), (2, &lines[0], true));
        let address = face.lines("http://127.0.0.1/v1/series/a-very-long-key.P1Y", Px::of(100), 9).concat();
        assert_eq!(address, "http://127.0.0.1/v1/series/a-very-long-key.P1Y");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_none_is_too_many(text in ".{0,120}", within in 20..400_i64, most in 1..5_usize) {
            let face = plain(12);
            let lines = face.lines(&text, Px::of(within), most);
            prop_assert!(lines.len() <= most);
            prop_assert!(lines.iter().all(|line| face.width(line) <= Px::of(within)), "{:?}", lines);
        }
    }
}
