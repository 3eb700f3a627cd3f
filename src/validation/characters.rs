//! The characters that a text may have.

use serde_json::Value;

use crate::problem::Fault;

/// The codes of the faults.
pub const CODES: [&str; 2] = ["null_character", "control_character"];

/// The code of the fault that reports a character.
pub fn code(character: char) -> &'static str {
    CODES[usize::from(character != '\0')]
}

/// A text shortened to be quoted in a sentence.
pub fn brief(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The first character of a text that cannot be stored: a control character other than a tab and the ends of lines, one that
/// turns the direction of what follows, a tag, or what Unicode keeps free of characters. Such characters cannot be seen, programs that read the text may take them for
/// commands, and people would read something else than is stored.
pub fn refused(text: &str) -> Option<char> {
    let is_refused = |character: &char| {
        let is_control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
        let is_hidden = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E0000}'..='\u{E007F}');
        let code = u32::from(*character);
        let is_none = (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE;
        is_control || is_hidden || is_none
    };
    text.chars().find(is_refused)
}

/// Whether a character leaves no trace on a screen by itself: those that Unicode calls default ignorable, the fillers of Hangul,
/// the blank of Braille and what turns the direction of a text.
pub fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// Whether a text, as it is shown, is empty.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|character| character.is_whitespace() || is_invisible(character))
}

/// What a mapping names that may be a blank: what separates thousands, and cells.
const MAY_BE_BLANK: [&str; 2] = ["/mapping/value/thousands", "/mapping/delimiter"];

/// Adds a fault for each text that has something, but nothing that can be seen. An empty one is the schema's.
pub fn add_blank(value: &Value, pointer: &mut String, faults: &mut Vec<Fault>) {
    let mut within = |step: &str, value: &Value| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        add_blank(value, pointer, faults);
        pointer.truncate(length);
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| within(&n.to_string(), item)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| within(name, field)),
        Value::String(text)
            if !text.is_empty() && is_blank(text) && !MAY_BE_BLANK.contains(&pointer.as_str()) =>
        {
            let detail = "Nothing of this text can be seen. Write something, or leave the field out.";
            faults.push(Fault::pointer(pointer.as_str(), "invisible", detail));
        }
        _ => {}
    }
}

/// What to do.
pub fn detail(character: char) -> String {
    format!(
        "The text has the control character U+{:04X}, which cannot be seen and is not stored; leave it out.",
        u32::from(character)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{add_blank, is_blank, refused};

    #[test]
    fn control_characters_are_refused_but_for_tabs_and_line_ends() {
        for character in ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}') {
            let is_allowed = matches!(character, '\t' | '\n' | '\r');
            assert_eq!(refused(&format!("a{character}b")), (!is_allowed).then_some(character));
        }
        let turns = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        for character in turns.chain('\u{e0000}'..='\u{e007f}') {
            assert_eq!(refused(&format!("a{character}b")), Some(character));
        }
        assert_eq!(refused("שלום \u{200f}\u{2065}\u{206a}\u{2029}\u{e0080}"), None);
        assert_eq!(refused("£ é 中 \u{a0}\u{2028} ~ \u{fffd}"), None);
        for character in ['\u{fdd0}', '\u{fffe}', '\u{ffff}', '\u{10ffff}'] {
            assert_eq!(refused(&format!("a{character}b")), Some(character));
        }
    }

    #[test]
    fn what_separates_thousands_and_cells_may_be_a_blank() {
        let found = |content: serde_json::Value| {
            let mut faults = vec![];
            add_blank(&content, &mut String::new(), &mut faults);
            faults.len()
        };
        let mapping = json!({"mapping": {"delimiter": "\t", "value": {"thousands": " "}}});
        assert_eq!(found(mapping), 0);
        assert_eq!(found(json!({"thousands": " ", "mapping": {"sheet": " ", "value": {"column": " "}}})), 3);
    }

    #[test]
    fn a_text_of_nothing_that_is_seen_is_blank() {
        for text in ["", "   ", "\r\n\t", "\u{200b}", "\u{2060} \u{3164}", "\u{a0}"] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["a", " . ", "\u{200b}é"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
