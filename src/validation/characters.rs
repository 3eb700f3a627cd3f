//! The characters that a text may have.

/// The codes of the faults.
pub const CODES: [&str; 2] = ["null_character", "control_character"];

/// The code of the fault that reports a character.
pub fn code(character: char) -> &'static str {
    CODES[usize::from(character != '\0')]
}

/// The first character of a text that cannot be stored: a control character other than a tab and the ends of lines. Such
/// characters cannot be seen, and programs that read the text may take them for commands.
pub fn refused(text: &str) -> Option<char> {
    text.chars().find(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r'))
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
        assert_eq!(refused("£ é 中 \u{a0}\u{2028} ~"), None);
    }
}
