//! Figures with their units, and codes with their tone.

use serde_json::Value;

use super::codes::tone;
use super::shown::{Shown, grouped};

pub use super::codes::of;

/// The words of a code with their tone.
pub fn word(code: &str) -> Shown {
    Shown::Word { words: of(code), tone: tone(code) }
}

/// The words of a field's code with their tone; nothing where the field has none.
pub fn word_of(value: &Value) -> Shown {
    value.as_str().map_or(Shown::Nothing, word)
}

/// A value with its unit.
pub fn figure(value: &str, unit: &str) -> String {
    let number = grouped_whole(value);
    match unit {
        "PERCENT" => format!("{number}%"),
        "GBP" => number.strip_prefix('−').map_or_else(|| format!("£{number}"), |rest| format!("−£{rest}")),
        "SECONDS" | "MINUTES" | "HOURS" | "DAYS" => {
            let unit = unit.to_ascii_lowercase();
            let unit = if value == "1" { unit.trim_end_matches('s').to_owned() } else { unit };
            format!("{number} {unit}")
        }
        unit => match unit.strip_prefix("RATE_") {
            Some(base) => format!("{number} per {}", grouped_whole(base)),
            None => number,
        },
    }
}

/// A number with separators; unlike [`grouped`], which leaves years as they are, from four digits on.
pub fn grouped_whole(value: &str) -> String {
    let digits = value.trim_start_matches('-');
    let whole = digits.split('.').next().unwrap_or_default();
    if whole.len() != 4 {
        return grouped(value);
    }
    let sign = if value.starts_with('-') { "−" } else { "" };
    let (thousands, rest) = digits.split_at(1);
    format!("{sign}{thousands},{rest}")
}

/// A change with its sign.
pub fn signed(value: &str, unit: &str) -> String {
    let shown = figure(value, unit);
    if value.starts_with('-') || value.trim_matches(['0', '.']).is_empty() {
        shown
    } else {
        format!("+{shown}")
    }
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
