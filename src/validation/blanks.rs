//! What makes no difference in a table that people keep: blanks of every sort around a value, and the case of a title.

use unicode_normalization::UnicodeNormalization;

/// Whether a character shows nothing: a blank, a line break, or one without width.
pub fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// A text without what shows nothing at its ends.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// A title without what makes no difference.
pub fn title_key(title: &str) -> String {
    title.nfkc().filter(|letter| !is_blank(*letter)).flat_map(char::to_lowercase).collect()
}
