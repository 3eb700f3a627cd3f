//! Numbers that are no amounts as they are written: what they would be.

use rust_decimal::Decimal;

use super::text::brief;
use super::titles::is_blank;
use crate::record::money;

/// What every amount is less than, in pounds: it has eleven digits.
const MOST: u64 = 100_000_000_000;

/// Why a text is no amount, with the amount that it would be; none where that is not clear.
pub fn amount_meant(text: &str) -> Option<String> {
    let shown = brief(text);
    let digits = plain(text)?;
    if money::parse(&digits).is_some() {
        return Some(format!(
            "`{shown}` has more than digits and a decimal point. Write it without currency sign, commas and spaces: `{digits}`."
        ));
    }
    if digits.contains(['e', 'E']) {
        let number = Decimal::from_scientific(&digits).ok().map(|number| number.normalize().to_string())?;
        money::parse(&number)?;
        return Some(format!(
            "`{shown}` is a number as a spreadsheet shortens it. If it has lost no digits, write `{number}`."
        ));
    }
    let number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = number.then(|| digits.parse::<Decimal>().ok()).flatten()?;
    if number >= Decimal::from(MOST) {
        return Some(format!("`{shown}` is more than an amount can be: it must be less than {MOST} pounds."));
    }
    let mut rounded = number.round_dp(2);
    let is_exact = rounded == number;
    // A calculation leaves less than that; a third decimal that somebody wrote is more.
    if (number - rounded).abs() > Decimal::new(1, 6) {
        return None;
    }
    rounded.rescale(2);
    let rounded = rounded.to_string();
    money::parse(&rounded)?;
    if is_exact {
        return Some(format!("`{shown}` is not written in full. Write `{rounded}`."));
    }
    Some(format!(
        "`{shown}` has decimals that a calculation left, beyond the penny. Round it to two: `{rounded}`."
    ))
}

/// A number without currency sign, blanks and the commas between thousands.
fn plain(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|letter| !is_blank(*letter)).collect();
    let text = text.strip_prefix("GBP").unwrap_or(&text);
    let text = text.strip_suffix("GBP").unwrap_or(text).replace('£', "");
    let (whole, rest) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    if whole.contains(',') && (first.is_empty() || first.len() > 3 || groups.any(|group| group.len() != 3)) {
        return None;
    }
    let whole = whole.replace(',', "");
    Some(rest.map_or_else(|| whole.clone(), |rest| format!("{whole}.{rest}")))
}

/// A number of a workbook with the 15 digits that a spreadsheet shows: the file has up to 17, of which a calculation leaves
/// the last two wrong. None if that is the number as it is.
pub fn as_shown(text: &str) -> Option<String> {
    let (whole, places) = text.split_once('.')?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits <= 15 || places.is_empty() {
        return None;
    }
    let before = whole.trim_start_matches(['-', '0']).len();
    // Zeros in front of the first digit of a number below one do not count.
    let zeros = if before == 0 { places.len() - places.trim_start_matches('0').len() } else { 0 };
    let decimals = u32::try_from((15 + zeros).checked_sub(before)?).ok()?;
    let shown = text.parse::<Decimal>().ok()?.round_dp(decimals).normalize().to_string();
    (shown != text).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::{amount_meant, as_shown};

    #[test]
    fn what_an_amount_would_be_is_said_for_what_is_wrong_with_it() {
        for (text, part) in [
            ("1000.", "not written in full. Write `1000.00`"),
            (".5", "not written in full. Write `0.50`"),
            ("999999999999.99", "less than 100000000000 pounds"),
            ("100,000,000,000", "less than 100000000000 pounds"),
            ("12.000000001", "a calculation left"),
            ("£5", "Write it without currency sign"),
        ] {
            let detail = amount_meant(text).unwrap_or_default();
            assert!(detail.contains(part), "{text}: {detail}");
        }
        assert_eq!((amount_meant("12.345"), amount_meant("-5")), (None, None));
    }

    #[test]
    fn numbers_of_a_workbook_have_the_digits_that_it_shows() {
        for (stored, shown) in [
            ("1133.3300000000002", Some("1133.33")),
            ("0.30000000000000004", Some("0.3")),
            ("-51.500000000000007", Some("-51.5")),
            ("0.0000012345678901234567", Some("0.00000123456789012346")),
            ("99999999999.99", None),
            ("2500.5", None),
            ("1200000", None),
            ("text.with.many.characters", None),
        ] {
            assert_eq!(as_shown(stored).as_deref(), shown, "{stored}");
        }
    }
}
