//! What can be told of a text without guessing what was meant.

/// The characters of Windows-1252 from 0x80 to 0x9F; those that it leaves open stand for themselves.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text as it was before somebody read its UTF-8 as Windows-1252; none where that did not happen.
///
/// This is certain as guesses go: the bytes of such a text form characters of UTF-8 again.
pub fn mended(text: &str) -> Option<String> {
    let mut mended = String::new();
    let mut bytes: Vec<u8> = vec![];
    let mut found = false;
    // A blank at the end closes the last run; it is taken off again.
    for letter in text.chars().chain([' ']) {
        match byte(letter) {
            Some(byte) => bytes.push(byte),
            None => {
                found |= close(&mut bytes, &mut mended);
                mended.push(letter);
            }
        }
    }
    mended.pop();
    found.then_some(mended)
}

/// Puts a run of bytes behind the text: as UTF-8 where it is that, as Windows-1252 where not.
fn close(bytes: &mut Vec<u8>, text: &mut String) -> bool {
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

/// Whether characters were lost: the replacement character, or controls that no text has.
pub fn lost(text: &str) -> bool {
    text.chars().any(|letter| {
        letter == '\u{fffd}'
            || ('\u{80}'..='\u{9f}').contains(&letter)
            || (letter.is_ascii_control() && !['\t', '\r', '\n'].contains(&letter))
    })
}

/// What is odd about its blanks, if anything.
pub fn blanks(text: &str) -> Option<&'static str> {
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        Some("stands between blanks: it begins or ends with one")
    } else if text.contains("  ") {
        Some("has two blanks one after the other")
    } else if text.contains('\u{a0}') {
        Some("has a blank that does not break (U+00A0)")
    } else {
        None
    }
}

/// How one sees that a text may be cut off, if one does.
pub fn cut_off(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let count = |wanted: char| text.chars().filter(|letter| *letter == wanted).count();
    if text.starts_with(char::is_lowercase) {
        Some("begins with a small letter")
    } else if text.ends_with([',', ';', ':', '-', '–', '—', '&', '(']) {
        Some("ends with a sign after which something follows")
    } else if count('(') > count(')') {
        Some("opens a bracket that it does not close")
    } else if count(')') > count('(') {
        Some("closes a bracket that it does not open")
    } else if count('"') % 2 == 1 || count('“') != count('”') {
        Some("has a quotation mark without its other half")
    } else {
        None
    }
}

/// Whether a postcode is of the form that they have in the United Kingdom.
pub fn postcode(text: &str) -> bool {
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

/// An organisation's name without what is written now so, now otherwise: capitals, signs, brackets, legal forms.
pub fn folded(name: &str) -> String {
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
    let small = ["the", "ltd", "limited", "cic", "cio", "plc"];
    let words: Vec<&str> = plain.split_whitespace().filter(|word| !small.contains(word)).collect();
    if words.is_empty() { name.to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_reading_is_seen_and_nothing_else_is() {
        assert_eq!(mended("girlâ€™s cafÃ© for Â£5").as_deref(), Some("girl’s café for £5"));
        for right in ["", "plain", "café", "girl’s", "“£5” – naïve", "Ærø â€", "Łódź"] {
            assert_eq!(mended(right), None, "{right}");
        }
        assert!(lost("girl\u{fffd}s") && lost("\u{92}") && !lost("café\r\n"));
    }

    #[test]
    fn blanks_and_loose_ends() {
        assert!(blanks(" a").is_some() && blanks("a ").is_some() && blanks("a  b").is_some());
        assert!(blanks("a\u{a0}b").is_some() && blanks("a b").is_none());
        for cut in ["he focus", "Baskets,", "a (b".to_uppercase().as_str(), "People) all", "The \"end", "A –"]
        {
            assert!(cut_off(cut).is_some(), "{cut}");
        }
        for whole in ["The (whole) \"thing\".", "5-a-side", "‘Café’", "’Twas"] {
            assert_eq!(cut_off(whole), None, "{whole}");
        }
        assert_eq!(folded("The Friends of X & Y Ltd. (Hub)"), folded("Friends of X and Y"));
        assert_ne!(folded("Friends of X"), folded("Friends of Y"));
        assert!(postcode("WA14 2SZ") && postcode("M16 7GX") && postcode("EC1A 1BB"));
        assert!(!postcode("M167GX") && !postcode("M16 7G") && !postcode("m16 7gx"));
    }
}
