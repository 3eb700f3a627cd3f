//! Whether a text looks like a figure.

use super::text;
use crate::sheet::digit_of_raised;

/// Whether a text looks like a figure, whatever its form: digits with what people write around and between them.
pub fn is_figure(text: &str) -> bool {
    let text = text::with_plain_dashes(text.trim());
    // Notes in brackets or above the line, and a letter or two that mark a figure.
    let text = text.split('[').next().unwrap_or_default().trim_end();
    let is_mark = |c: char| matches!(c, '*' | '†' | '‡') || digit_of_raised(c).is_some();
    let text = text.trim_end_matches(is_mark);
    let without_letters = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let text = if text.len() - without_letters.len() <= 2 { without_letters } else { text };
    let text = text.trim_end_matches(is_mark);
    let text = text
        .trim_start_matches(['-', '+', '(', '\'', '<', '>', '~'])
        .trim_end_matches(['-', ')', '%', '‰', ' ']);
    let between = |c: char| matches!(c, ',' | '.' | '\'' | '\u{2019}' | '£' | '€' | '$' | '%' | '(' | ')');
    let is_part = |c: char| c.is_ascii_digit() || between(c) || c.is_whitespace() || c == '-';
    // Not a day such as 2024-04-01, nor a code such as 04-17.
    let has_dash_within = text.trim_start_matches(['£', '-', ' ']).contains('-');
    text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(is_part) && !has_dash_within
}

#[cfg(test)]
mod tests {
    use super::is_figure;

    #[test]
    fn a_figure_is_known_in_whatever_form() {
        for figure in [
            "5",
            "-5",
            "1,204.50",
            "£5",
            "(5)",
            "5%",
            "1 204",
            "5p",
            "1,204 r",
            "5 [note 1]",
            "5*",
            "120¹",
            "5 rp",
            "<5",
            "−5",
            "0",
            "£-5",
        ] {
            assert!(is_figure(figure), "{figure}");
        }
        for other in [
            "",
            "-",
            "..",
            "[x]",
            "North",
            "2024-04-01",
            "N01",
            "E23000018",
            "1. Some are provisional",
            "1. Note",
            "2) Source",
            "¹",
            "Q1",
            "2023/24",
            "12:30",
            "n/a",
        ] {
            assert!(!is_figure(other), "{other}");
        }
    }
}
