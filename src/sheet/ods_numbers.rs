//! The numbers of sheets of OpenDocument, which say what they hold and what they show.

use super::cell::Shown;
use crate::stats::decimal::shifted;

/// A number with all its decimals, in what the cell shows around the digits.
pub fn shown_number(number: &str, shown: &str, is_percentage: bool) -> (String, Option<Shown>) {
    let instead = |decimals| Some(Shown::InsteadOf(number.to_owned(), decimals));
    let places_of = |digits: &str| digits.split_once('.').map_or(0, |(_, places)| places.len());
    let shown = shown.trim();
    let digits: String = shown.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let decimals = places_of(&digits);
    if is_percentage {
        let (sign, size) = number.strip_prefix('-').map_or(("", number), |size| ("-", size));
        let size = shifted(size, 2);
        let rounded = (places_of(&size) > decimals && !digits.is_empty()).then_some(decimals);
        return (format!("{sign}{size}%"), instead(rounded));
    }
    let size = number.strip_prefix('-').unwrap_or(number);
    let Some(around) = around(shown) else {
        // No digit, or text between them.
        return if shown.is_empty() { (number.to_owned(), None) } else { (shown.to_owned(), instead(None)) };
    };
    if !agrees(size, &digits) {
        // It shows thousands, or something that is not the number.
        return (shown.replace(',', ""), instead(None));
    }
    let sign = if number.starts_with('-') { "-" } else { "" };
    let bare: String = around.0.chars().filter(|c| !matches!(c, '-' | '(' | '\u{2212}')).collect();
    let after: String = around.1.chars().filter(|c| !matches!(c, '-' | ')')).collect();
    let (bare, after) = (bare.trim(), after.trim());
    // Words keep their distance from the number: `4.2 per 1,000`.
    let is_word = around.1.starts_with(char::is_whitespace) && after.starts_with(char::is_alphabetic);
    let gap = if is_word { " " } else { "" };
    let text = format!("{sign}{bare}{size}{gap}{after}");
    let rounded = (places_of(size) > decimals).then_some(decimals);
    let note =
        if !bare.is_empty() || !after.is_empty() { instead(rounded) } else { rounded.map(Shown::Rounded) };
    (text, note)
}

/// A sum with the sign or the code of its currency before it.
pub fn in_currency(
    currency: &str,
    number: &str,
    (text, shown): (String, Option<Shown>),
) -> (String, Option<Shown>) {
    let code = currency.to_ascii_uppercase();
    let before = match code.as_str() {
        "GBP" => "£".to_owned(),
        "EUR" => "€".to_owned(),
        "USD" => "$".to_owned(),
        "JPY" => "¥".to_owned(),
        _ => format!("{} ", code.chars().take(20).collect::<String>()),
    };
    let decimals = match shown {
        Some(Shown::Rounded(decimals)) => Some(decimals),
        Some(Shown::InsteadOf(_, decimals)) => decimals,
        _ => None,
    };
    let (sign, size) = text.strip_prefix('-').map_or(("", text.as_str()), |size| ("-", size));
    (format!("{sign}{before}{size}"), Some(Shown::InsteadOf(number.to_owned(), decimals)))
}

/// What is before and after the digits of a text. None if there are no digits, or other text between them.
fn around(text: &str) -> Option<(&str, &str)> {
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let middle = &text[first..=last];
    let fits = middle.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',') || c.is_whitespace());
    fits.then_some((&text[..first], &text[last + 1..]))
}

/// Whether shown digits are those of a number, as far as they go.
fn agrees(size: &str, digits: &str) -> bool {
    use rust_decimal::{Decimal, RoundingStrategy};
    let (Ok(size), Ok(shown)) = (size.parse::<Decimal>(), digits.parse::<Decimal>()) else { return false };
    size.round_dp_with_strategy(shown.scale(), RoundingStrategy::MidpointAwayFromZero) == shown
}
