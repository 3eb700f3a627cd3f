//! The characters that a text may have.

/// The codes of the faults.
pub const CODES: [&str; 2] = ["null_character", "control_character"];

/// The code of the fault that reports a character.
pub fn code(character: char) -> &'static str {
    CODES[usize::from(character != '\0')]
}

/// The first character of a text that cannot be stored: a control character other than a tab and the ends of lines, one that
/// turns the direction of what follows, or a tag. Such characters cannot be seen, programs that read the text may take them for
/// commands, and people would read something else than is stored.
pub fn refused(text: &str) -> Option<char> {
    let is_refused = |character: &char| {
        let is_control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
        let is_hidden = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E0000}'..='\u{E007F}');
        is_control || is_hidden
    };
    text.chars().find(is_refused)
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
    use super::refused;

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
        assert_eq!(refused("£ é 中 \u{a0}\u{2028} ~"), None);
    }
}
