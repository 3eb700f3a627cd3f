//! Characters that leave no trace by themselves, and that people type all the same: what joins the parts of a sign, and what joins
//! or parts letters in scripts whose letters change their form beside others.

use unicode_normalization::char::is_combining_mark;

use super::characters::is_invisible;

/// Shows the sign before it as a picture.
const PICTURE: char = '\u{FE0F}';
/// Makes a key of the digit before it.
const KEY: char = '\u{20E3}';

/// The places of a text, from and to, with characters that cannot be seen and do nothing for those beside them.
pub fn hidden(text: &str) -> Vec<(usize, usize)> {
    let characters: Vec<char> = text.chars().collect();
    let mut places: Vec<(usize, usize)> = vec![];
    for (at, character) in characters.iter().enumerate() {
        if !is_invisible(*character) || belongs(&characters, at, *character) {
            continue;
        }
        match places.last_mut() {
            Some((_, to)) if *to == at => *to = at + 1,
            _ => places.push((at, at + 1)),
        }
    }
    places
}

/// Whether an invisible character belongs to those beside it.
fn belongs(characters: &[char], at: usize, character: char) -> bool {
    let before = |steps: usize| at.checked_sub(steps).and_then(|n| characters.get(n)).copied();
    let after = characters.get(at + 1).copied();
    match character {
        PICTURE if after == Some(KEY) => before(1).is_some_and(|c| is_sign(c) || is_key(c)),
        PICTURE => before(1).is_some_and(is_sign),
        '\u{200C}' | '\u{200D}' if before(1).is_some_and(changes) => after.is_some_and(changes),
        '\u{200D}' => {
            let sign = if before(1) == Some(PICTURE) { before(2) } else { before(1) };
            sign.is_some_and(is_picture) && after.is_some_and(is_picture)
        }
        _ => false,
    }
}

/// Whether a character is a sign, of which [`PICTURE`] makes a picture, as in ❤️.
fn is_sign(c: char) -> bool {
    let is_other = !c.is_alphanumeric() && !is_invisible(c) && !is_combining_mark(c);
    is_picture(c) || (u32::from(c) >= 0xA9 && is_other)
}

/// Whether a character is among those that are shown as pictures.
fn is_picture(c: char) -> bool {
    matches!(u32::from(c), 0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x2BFF | 0x3030 | 0x303D | 0x3297 | 0x3299
        | 0x1F000..=0x1FAFF)
}

/// Whether a character is on the keys of a telephone.
fn is_key(c: char) -> bool {
    c.is_ascii_digit() || c == '#' || c == '*'
}

/// Whether a letter, or a mark on one, is of a script whose letters change beside others: Arabic and its neighbours, those of India
/// and of what is south-east of it, Mongolian.
fn changes(c: char) -> bool {
    let is_of_script = matches!(u32::from(c), 0x600..=0x109F | 0x1780..=0x18AF | 0x1900..=0x1CFF | 0xA800..=0xABFF
        | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC | 0x10A00..=0x11FFF | 0x1E900..=0x1E95F);
    is_of_script && !is_invisible(c) && (c.is_alphabetic() || is_combining_mark(c))
}

#[cfg(test)]
mod tests {
    use super::hidden;
    use crate::validation::characters::refused;

    #[test]
    fn what_people_type_has_nothing_hidden_and_is_refused_nowhere() {
        for text in [
            "👩🏽\u{200d}🚒 and 👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}\u{200d}🔥 🏳\u{fe0f}\u{200d}🌈 🏃\u{200d}♀\u{fe0f}",
            "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3} *\u{fe0f}\u{20e3}",
            "❤\u{fe0f} ℹ\u{fe0f} 🅰\u{fe0f} Ⓜ\u{fe0f} ™\u{fe0f} ‼\u{fe0f}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "ශ්\u{200d}රී ලංකා",
            "ಕ್\u{200c}ಷ",
        ] {
            assert_eq!(hidden(text), [], "{text:?}");
            assert_eq!(refused(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_does_nothing_is_hidden() {
        for (text, places) in [
            ("a\u{200d}b", vec![(1, 2)]),
            ("é\u{200d}é ж\u{200c}ж 中\u{200d}中", vec![(1, 2), (5, 6), (9, 10)]),
            ("می\u{200c}\u{200c}خ", vec![(2, 4)]),
            ("می\u{200c} خ", vec![(2, 3)]),
            ("🚒\u{200d}", vec![(1, 2)]),
            ("\u{200d}🚒", vec![(0, 1)]),
            ("🚒\u{200d}a", vec![(1, 2)]),
            ("1\u{fe0f}2", vec![(1, 2)]),
            ("a\u{fe0f}\u{20e3}", vec![(1, 2)]),
            ("❤\u{fe0f}\u{fe0f}", vec![(2, 3)]),
            ("\u{200b}a\u{2060}\u{ad}", vec![(0, 1), (2, 4)]),
        ] {
            assert_eq!(hidden(text), places, "{text:?}");
        }
    }
}
