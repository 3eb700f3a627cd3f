//! Tidies the texts of cells: spaces, dashes, and the notes that follow a name.

use std::borrow::Cow;

use crate::sheet::digit_of_raised;

/// A text without spaces at its ends, with one space in the place of several or of a line break, and with one kind of dash.
/// Characters without a width are left out.
pub fn tidy(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    let is_untidy = |(previous, letter): (char, char)| {
        letter.is_whitespace() && (letter != ' ' || previous == ' ')
            || is_dash(letter)
            || has_no_width(letter)
    };
    let pairs = std::iter::once('x').chain(trimmed.chars()).zip(trimmed.chars());
    if !pairs.into_iter().any(is_untidy) {
        return Cow::Borrowed(trimmed);
    }
    let plain: String =
        trimmed.chars().filter(|c| !has_no_width(*c)).map(|c| if is_dash(c) { '-' } else { c }).collect();
    Cow::Owned(plain.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a character is a dash, hyphen or minus other than `-`.
fn is_dash(letter: char) -> bool {
    matches!(letter, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

fn has_no_width(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// A text with `-` in the place of every dash.
pub fn with_plain_dashes(text: &str) -> Cow<'_, str> {
    if text.contains(is_dash) {
        return Cow::Owned(text.chars().map(|c| if is_dash(c) { '-' } else { c }).collect());
    }
    Cow::Borrowed(text)
}

/// A symbol as symbols are compared: without regard to case and kind of dash.
pub fn folded(symbol: &str) -> String {
    tidy(symbol).to_lowercase()
}

/// A tidy name without the notes that follow it, as government statisticians write them: `[note 1]`, `[Notes 2, 3]`.
pub fn without_notes(name: &str) -> &str {
    let mut rest = name;
    while let Some(before) = before_note(rest) {
        rest = before;
    }
    rest
}

/// A tidy name without its notes, wherever they are: those of a heading are in the middle of a joined title.
pub fn without_inner_notes(name: &str) -> Cow<'_, str> {
    if name.find(']').is_none_or(|end| end + 1 == name.len()) {
        return Cow::Borrowed(without_notes(name));
    }
    let pieces = name.split_inclusive(']').map(|piece| without_notes(piece.trim()));
    Cow::Owned(pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" "))
}

/// What is before the note that ends a text: `[note 1]`, or raised digits. None if it does not end with a note.
pub fn before_note(text: &str) -> Option<&str> {
    let before = text.trim_end_matches(|c: char| digit_of_raised(c).is_some());
    if before.len() < text.len() {
        // Between raised numbers there may be commas.
        return Some(before.trim_end_matches([',', ' ']));
    }
    let (before, note) = text.strip_suffix(']')?.rsplit_once('[')?;
    let note = note.trim().to_ascii_lowercase();
    let numbers = note.strip_prefix("notes").or_else(|| note.strip_prefix("note"))?;
    let is_list = numbers.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | ',' | '-' | '&'));
    (is_list && numbers.contains(|c: char| c.is_ascii_digit())).then(|| before.trim_end())
}

/// What is before a note of any kind that ends a title: `[p]`, `(note 2)`, `(r)`, `(provisional)`. None if there is none.
pub fn before_any_note(title: &str) -> Option<&str> {
    let in_square = title.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    if let Some((before, _)) = in_square {
        return Some(before.trim_end());
    }
    let (before, inside) = title.strip_suffix(')')?.rsplit_once('(')?;
    let inside = inside.trim().to_lowercase();
    let is_word = ["note", "notes", "provisional", "revised", "estimated", "estimate"]
        .iter()
        .any(|word| inside.split(|c: char| !c.is_ascii_alphabetic()).any(|part| part == *word));
    (is_word || inside.chars().count() <= 2).then(|| before.trim_end())
}

/// A tidy name without its footnote numbers: digits, separated by commas, after the last word or before the bracket that ends
/// the name; small raised digits; digits in square brackets; and notes.
pub fn without_footnotes(name: &str) -> Cow<'_, str> {
    let is_raised = |letter: char| matches!(letter, '¹' | '²' | '³' | '⁰' | '⁴'..='⁹' | '*' | '†' | '‡');
    let in_footnote =
        |letter: char| letter.is_ascii_digit() || matches!(letter, ',' | ' ') || is_raised(letter);
    let mut name = without_notes(name);
    while let Some((before, inside)) = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('['))
        && !before.is_empty()
        && inside.chars().all(in_footnote)
    {
        name = without_notes(before.trim_end());
    }
    if let Some(inside) = name.strip_suffix(')') {
        let stripped = inside.trim_end_matches(in_footnote);
        if stripped.len() < inside.len() {
            return Cow::Owned(format!("{stripped})"));
        }
        return Cow::Borrowed(name);
    }
    let stripped = name.trim_end_matches(in_footnote);
    // A name of digits only has no footnotes.
    Cow::Borrowed(if stripped.is_empty() { name } else { stripped })
}

/// A name with its raised digits on the line, as it was typed: `Burglary2` for `Burglary²`.
pub fn with_plain_digits(name: &str) -> Cow<'_, str> {
    if !name.contains(|c: char| digit_of_raised(c).is_some()) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().map(|c| digit_of_raised(c).unwrap_or(c)).collect())
}

/// The letters of a column in square brackets, counted as in spreadsheets: `[A]`, `[AB]`.
pub fn letters(column: usize) -> String {
    let (mut rest, mut name) = (column + 1, vec![]);
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        name.insert(0, char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    format!("[{}]", name.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_line_breaks_and_dashes_of_every_kind_are_one() {
        assert_eq!(tidy(" Police Force\nArea code "), "Police Force Area code");
        assert_eq!(
            tidy("Total recorded crime\n (excluding fraud)"),
            "Total recorded crime (excluding fraud)"
        );
        assert_eq!(tidy("Non\u{2011}domestic\u{a0}burglary\u{200b}"), "Non-domestic burglary");
        assert!(matches!(tidy("Derbyshire "), Cow::Borrowed("Derbyshire")));
        assert_eq!(folded(" N/A"), "n/a");
        assert_eq!(folded("\u{2013}"), "-");
    }

    #[test]
    fn footnote_numbers_are_removed_from_a_name_and_not_from_a_number() {
        for (name, without) in [
            ("ENGLAND AND WALES7,8", "ENGLAND AND WALES"),
            ("North West 7,8", "North West"),
            ("North West [7]", "North West"),
            ("North West¹", "North West"),
            ("North West [note 1]", "North West"),
            ("Total recorded crime (excluding fraud4)", "Total recorded crime (excluding fraud)"),
            ("London (all)", "London (all)"),
            ("2018", "2018"),
        ] {
            assert_eq!(without_footnotes(name), without);
        }
    }

    #[test]
    fn notes_are_removed_and_nothing_else_in_brackets() {
        for (name, without) in [
            ("Burglary [note 1]", "Burglary"),
            ("Burglary [Note 1] [notes 2, 3]", "Burglary"),
            ("Burglary [r]", "Burglary [r]"),
            ("[x]", "[x]"),
            ("Burglary [note]", "Burglary [note]"),
        ] {
            assert_eq!(without_notes(name), without);
        }
        for (name, without) in [
            ("2023/24 [note 1] Q1", "2023/24 Q1"),
            ("2023/24 [note 1] [note 2] Q1 [note 3]", "2023/24 Q1"),
            ("2023/24 [r] Q1", "2023/24 [r] Q1"),
            ("2023/24", "2023/24"),
            ("[note 1]", ""),
        ] {
            assert_eq!(without_inner_notes(name), without);
        }
        // However many there are: a title is as long as whoever sends the file makes it.
        let many = format!("{}a", "]".repeat(20_000));
        assert!(without_inner_notes(&many).ends_with("] a"));
        assert_eq!(without_footnotes(&format!("a{}", " [1]".repeat(5_000))), "a");
    }
}
