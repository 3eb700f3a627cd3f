//! Figures with their units, and codes with their tone.

use serde_json::Value;

use super::codes::tone;
use super::shown::Shown;

pub use super::codes::of;
pub use super::written::{figure, signed};

/// The words of a code with their tone.
pub fn word(code: &str) -> Shown {
    Shown::Word { words: of(code), tone: tone(code) }
}

/// The words of a field's code with their tone; nothing where the field has none.
pub fn word_of(value: &Value) -> Shown {
    value.as_str().map_or(Shown::Nothing, word)
}

/// What a status of an observation says of its value, if it is no ordinary one.
pub fn certainty(status: &str) -> Option<&'static str> {
    Some(match status {
        "E" => "estimated",
        "P" => "provisional",
        "B" => "first after a break",
        "U" => "of low reliability",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_its_unit() {
        for (value, unit, words) in [
            ("6115", "COUNT", "6,115"),
            ("98.1", "PERCENT", "98.1%"),
            ("-1200", "GBP", "−£1,200"),
            ("1", "MINUTES", "1 minute"),
            ("6", "SECONDS", "6 seconds"),
            ("5.12", "RATE_1000", "5.12 per 1,000"),
            ("0.5", "RATIO", "0.5"),
            ("2000000", "GBP", "£2,000,000"),
        ] {
            assert_eq!(figure(value, unit), words);
        }
        assert_eq!((signed("847", "COUNT"), signed("-6", "COUNT")), ("+847".into(), "−6".into()));
        assert_eq!((signed("0", "COUNT"), signed("0.0", "PERCENT")), ("0".into(), "0.0%".into()));
    }

    #[test]
    fn a_code_without_words_is_shown_with_spaces() {
        assert_eq!((of("no_such_code"), of("kept")), ("no such code".into(), "kept".into()));
    }
}
