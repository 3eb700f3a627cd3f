//! A text as a program that looks for numbers and addresses reads it: letters and digits of other scripts that look like ours
//! as ours, without what cannot be seen.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::validation::characters::is_invisible;

use crate::problem::Span;

/// A character of the skeleton.
#[derive(Clone, Copy, Debug)]
pub struct Glyph {
    /// The character, in lower case.
    pub c: char,
    /// Whether it was in upper case.
    pub upper: bool,
    /// Which character of the text it comes from.
    at: usize,
}

/// The characters of a text by what they look like.
pub struct Skeleton(pub Vec<Glyph>);

/// The first of ten digits in a row, of scripts that NFKD leaves as they are.
const ZEROS: &[u32] = &[
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
    0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x11066, 0x1FBF0,
];

/// Letters of other scripts, and the Latin letters that they look like.
const LOOK_ALIKE: &[(&str, &str)] = &[
    ("аваес", "abaec"),
    ("нікмопрѕтухјԁԛԝһ", "hikmonpstyxjdqwh"),
    ("αβεηικμνορτυχ", "abenikmvoptyx"),
    ("ıȷɑɡℓⅼօѵ", "ijagllov"),
];

/// Circled and negative digits that NFKD leaves as they are: the first of nine, beginning with 1.
const ONES: &[u32] = &[0x2776, 0x2780, 0x278A, 0x24F5];

impl Skeleton {
    /// The skeleton of a text.
    pub fn of(text: &str) -> Skeleton {
        let mut glyphs = vec![];
        for (at, character) in text.chars().enumerate() {
            for part in std::iter::once(character).nfkd() {
                if is_unseen(part) {
                    continue;
                }
                let upper = part.is_uppercase();
                glyphs.extend(part.to_lowercase().map(|c| Glyph { c: plain(c), upper, at }));
            }
        }
        Skeleton(glyphs)
    }

    /// The place in the text of a range of the skeleton.
    pub fn span(&self, from: usize, to: usize) -> Span {
        let at = |n: usize| self.0.get(n).map_or(0, |glyph| glyph.at);
        Span { from: at(from), to: to.checked_sub(1).map_or(0, at) + 1 }
    }

    /// The character at a place; none beyond the end.
    pub fn at(&self, n: usize) -> Option<char> {
        self.0.get(n).map(|glyph| glyph.c)
    }

    /// The character before a place; none at the beginning.
    pub fn before(&self, n: usize) -> Option<char> {
        n.checked_sub(1).and_then(|n| self.at(n))
    }

    /// Whether a letter or a digit is at a place.
    pub fn is_word(&self, n: usize) -> bool {
        self.at(n).is_some_and(char::is_alphanumeric)
    }

    /// The end of the letters and digits that begin at a place.
    pub fn word_end(&self, from: usize) -> usize {
        (from..self.0.len()).find(|n| !self.is_word(*n)).unwrap_or(self.0.len())
    }

    /// The place after the spaces that begin at a place, at most that many.
    pub fn skip_spaces(&self, from: usize, most: usize) -> usize {
        let end = from.saturating_add(most);
        (from..end).find(|n| self.at(*n) != Some(' ')).unwrap_or(end)
    }

    /// Whether the text has this at a place.
    pub fn has(&self, from: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.at(from + n) == Some(c))
    }

    /// All its characters.
    pub fn whole(&self) -> String {
        self.0.iter().map(|glyph| glyph.c).collect()
    }

    /// The characters of a range.
    pub fn text(&self, from: usize, to: usize) -> String {
        self.0.get(from..to).unwrap_or_default().iter().map(|glyph| glyph.c).collect()
    }
}

/// Whether a character leaves no trace on a screen, or only changes the one before it.
fn is_unseen(character: char) -> bool {
    is_combining_mark(character) || is_invisible(character)
}

/// The plain character that one looks like.
fn plain(character: char) -> char {
    let code = u32::from(character);
    let digit = |zero: u32| char::from_digit(code.wrapping_sub(zero), 10);
    if character.is_ascii() {
        return if character.is_ascii_whitespace() { ' ' } else { character };
    }
    if let Some(digit) = ZEROS.iter().find_map(|zero| digit(*zero)) {
        return digit;
    }
    let one = |first: &u32| digit(first.wrapping_sub(1)).filter(|digit| *digit != '0');
    if let Some(digit) = ONES.iter().find_map(one) {
        return digit;
    }
    match character {
        _ if character.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2E3A}' | '\u{2E3B}' | '\u{30FC}' => '-',
        '\u{3002}' | '\u{00B7}' | '\u{2022}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{06D4}' => '.',
        '\u{2044}' | '\u{2215}' | '\u{29F8}' => '/',
        '\u{2236}' | '\u{A789}' => ':',
        _ => {
            let mut pairs = LOOK_ALIKE.iter().flat_map(|(theirs, ours)| theirs.chars().zip(ours.chars()));
            pairs.find(|(theirs, _)| *theirs == character).map_or(character, |(_, ours)| ours)
        }
    }
}
