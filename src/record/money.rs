//! Sums of money: exact decimals in JSON, pence in the database.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

/// The pattern of a sum: pounds, at most two decimals, not negative.
pub const PATTERN: &str = "^[0-9]{1,11}(\\.[0-9]{1,2})?$";

/// The greatest length of a sum, in characters.
pub const LENGTH: usize = 14;

/// Parses a sum; none for text that is no sum.
pub fn parse(text: &str) -> Option<Decimal> {
    let (pounds, pence) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |part: &str, max| (1..=max).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(pounds, 11) || !digits(pence, 2) {
        return None;
    }
    let mut sum = Decimal::from_str_exact(text).ok()?;
    sum.rescale(2);
    Some(sum)
}

/// Parses a sum into pence.
pub fn pence(text: &str) -> Option<i64> {
    (parse(text)? * Decimal::ONE_HUNDRED).to_i64()
}

/// The pence of a field that has a sum: an object with its `amount`.
pub fn pence_of(field: &Value) -> Option<i64> {
    pence(field["amount"].as_str()?)
}

/// Pence as pounds, with two decimals.
pub fn pounds(pence: i64) -> String {
    Decimal::new(pence, 2).to_string()
}

/// Pence as a field of a response: an object, or null for no sum.
pub fn to_json(pence: Option<i64>) -> Value {
    pence.map_or(Value::Null, |pence| json!({"amount": pounds(pence), "currency": "GBP"}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pence_are_written_as_pounds() {
        for (pence, text) in [(0, "0.00"), (5, "0.05"), (30, "0.30"), (9_999_999_999_999, "99999999999.99")] {
            assert_eq!(pounds(pence), text);
        }
        assert_eq!(to_json(None), Value::Null);
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(pence("0"), Some(0));
        assert_eq!(pence("1000.5"), Some(100_050));
        assert_eq!(pence("99999999999.99"), Some(9_999_999_999_999));
        assert_eq!(parse("7").map(|sum| sum.to_string()).as_deref(), Some("7.00"));
        for wrong in ["", "-1", "+1", "1.", ".5", "1.005", "100000000000", "1e3", "1_0", " 1", "\u{663}"] {
            assert_eq!(pence(wrong), None, "{wrong}");
        }
    }
}
