//! Checks of texts: what can be said with certainty, without guessing what was meant.

pub use crate::validation::characters::brief;

/// The characters of Windows-1252 from 0x80 to 0x9F. Codes that it does not define are the control characters.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text as it was before its UTF-8 was read as Windows-1252; none if that did not happen.
///
/// This is nearly certain: the bytes of such a text form valid UTF-8 again.
pub fn misread_utf8(text: &str) -> Option<String> {
    let mut repaired = String::new();
    let mut bytes: Vec<u8> = vec![];
    let mut found = false;
    // A space at the end closes the last run of bytes. It is removed again.
    for letter in text.chars().chain([' ']) {
        match byte(letter) {
            Some(byte) => bytes.push(byte),
            None => {
                found |= decode(&mut bytes, &mut repaired);
                repaired.push(letter);
            }
        }
    }
    repaired.pop();
    found.then_some(repaired)
}

/// Appends a run of bytes to the text: as UTF-8 if it is valid, else as Windows-1252. True if it was UTF-8.
fn decode(bytes: &mut Vec<u8>, text: &mut String) -> bool {
    let run = std::mem::take(bytes);
    match std::str::from_utf8(&run) {
        Ok(read) => {
            text.push_str(read);
            !run.is_empty()
        }
        Err(_) => {
            text.extend(run.into_iter().map(letter));
            false
        }
    }
}

fn byte(letter: char) -> Option<u8> {
    if let Some(at) = WINDOWS.iter().position(|known| *known == letter) {
        return u8::try_from(0x80 + at).ok();
    }
    u8::try_from(u32::from(letter)).ok().filter(|byte| *byte >= 0xa0)
}

fn letter(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// Whether characters were lost: the text has replacement characters, or control characters that no text has.
pub fn has_lost_characters(text: &str) -> bool {
    text.chars().any(|letter| {
        letter == '\u{fffd}'
            || ('\u{80}'..='\u{9f}').contains(&letter)
            || (letter.is_ascii_control() && !['\t', '\r', '\n'].contains(&letter))
    })
}

/// What is unusual about the spaces of a text, if anything.
pub fn odd_spaces(text: &str) -> Option<&'static str> {
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        Some("begins or ends with a space")
    } else if text.contains("  ") {
        Some("has two spaces in a row")
    } else if text.contains('\u{a0}') {
        Some("has a non-breaking space (U+00A0)")
    } else {
        None
    }
}

/// The sign that a text may be incomplete, if there is one.
pub fn incomplete(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let count = |letter: char| text.chars().filter(|other| *other == letter).count();
    if text.starts_with(char::is_lowercase) {
        Some("begins with a lower-case letter")
    } else if text.ends_with([',', ';', ':', '-', '–', '—', '&', '(']) {
        Some("ends with a punctuation mark that more text usually follows")
    } else if count('(') > count(')') {
        Some("opens a bracket and does not close it")
    } else if count(')') > count('(') {
        Some("closes a bracket that was not opened")
    } else if count('"') % 2 == 1 || count('“') != count('”') {
        Some("has an unmatched quotation mark")
    } else {
        None
    }
}

/// Whether a text has the form of a postcode of the United Kingdom.
pub fn is_postcode(text: &str) -> bool {
    let Some((area, place)) = text.split_once(' ') else { return false };
    let form = |part: &str| -> String {
        part.chars()
            .map(|letter| match letter {
                'A'..='Z' => 'A',
                '0'..='9' => '9',
                _ => '?',
            })
            .collect()
    };
    ["A9", "A99", "AA9", "AA99", "A9A", "AA9A", "AAA"].contains(&form(area).as_str()) && form(place) == "9AA"
}

/// The name of an organisation without the parts that are written inconsistently: capitals, punctuation, text in
/// brackets, legal forms.
pub fn simplified_name(name: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    for letter in name.to_lowercase().replace('&', " and ").chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 || letter == '\'' || letter == '’' || letter == '.' => {}
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ => plain.push(' '),
        }
    }
    let ignored = ["the", "ltd", "limited", "cic", "cio", "plc"];
    let words: Vec<&str> = plain.split_whitespace().filter(|word| !ignored.contains(word)).collect();
    if words.is_empty() { name.to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_that_was_misread_is_recognised_and_nothing_else_is() {
        assert_eq!(misread_utf8("girlâ€™s cafÃ© for Â£5").as_deref(), Some("girl’s café for £5"));
        for right in ["", "plain", "café", "girl’s", "“£5” – naïve", "Ærø â€", "Łódź"] {
            assert_eq!(misread_utf8(right), None, "{right}");
        }
        assert!(
            has_lost_characters("girl\u{fffd}s")
                && has_lost_characters("\u{92}")
                && !has_lost_characters("café\r\n")
        );
    }

    #[test]
    fn odd_spaces_incomplete_texts_names_and_postcodes() {
        assert!(odd_spaces(" a").is_some() && odd_spaces("a ").is_some() && odd_spaces("a  b").is_some());
        assert!(odd_spaces("a\u{a0}b").is_some() && odd_spaces("a b").is_none());
        for cut in ["he focus", "Baskets,", "a (b".to_uppercase().as_str(), "People) all", "The \"end", "A –"]
        {
            assert!(incomplete(cut).is_some(), "{cut}");
        }
        for whole in ["The (whole) \"thing\".", "5-a-side", "‘Café’", "’Twas"] {
            assert_eq!(incomplete(whole), None, "{whole}");
        }
        assert_eq!(simplified_name("The Friends of X & Y Ltd. (Hub)"), simplified_name("Friends of X and Y"));
        assert_ne!(simplified_name("Friends of X"), simplified_name("Friends of Y"));
        assert!(is_postcode("WA14 2SZ") && is_postcode("M16 7GX") && is_postcode("EC1A 1BB"));
        assert!(!is_postcode("M167GX") && !is_postcode("M16 7G") && !is_postcode("m16 7gx"));
    }
}
