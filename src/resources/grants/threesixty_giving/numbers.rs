//! Numbers that are no amounts as they are written: what they would be.

use rust_decimal::Decimal;

use super::text::brief;
use super::titles::is_blank;
use crate::record::money;

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
    let mut rounded = number.round_dp(2);
    // A calculation leaves less than that; a third decimal that somebody wrote is more.
    if (number - rounded).abs() > Decimal::new(1, 6) {
        return None;
    }
    rounded.rescale(2);
    let rounded = rounded.to_string();
    money::parse(&rounded)?;
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
