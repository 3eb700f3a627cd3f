//! The form in which a file writes its numbers.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use super::text;
use crate::stats::decimal::{DecimalFault, Scaled, shifted};

/// The most digits that an exponent may move the point by.
const MAX_EXPONENT: i32 = 30;

/// How numbers are written, and what is done with them.
#[derive(Clone, Debug, Default)]
pub struct NumberForm {
    /// Whether thousands may be separated: by commas, spaces or apostrophes.
    pub thousands: bool,
    /// Whether brackets around a number mean that it is negative.
    pub brackets: bool,
    /// The code of the unit of the indicator.
    pub unit: &'static str,
    /// What every number is multiplied by.
    pub factor: Option<Decimal>,
    /// The number of decimals to which every number is rounded.
    pub round_to: Option<u32>,
}

/// Why a text is no number of the indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberFault {
    Decimal(DecimalFault),
    /// It is a percentage, and the indicator's unit is not.
    Percent,
    /// It is a percentage as it is shown, and all numbers are to be multiplied.
    PercentAndFactor,
    /// It is a number per thousand, and the indicator's unit is not.
    PerMille,
    /// It is a sum of another currency than the indicator's unit.
    Currency(char),
    /// It is in brackets, and nothing says what that means.
    Brackets,
    /// It ends with letters that stand for thousands or millions.
    Multiple,
}

impl NumberFault {
    /// The code in the API's errors.
    pub fn code(&self) -> &'static str {
        match self {
            NumberFault::Decimal(fault) => fault.code(),
            NumberFault::Percent | NumberFault::PerMille | NumberFault::Currency(_) => "other_unit",
            NumberFault::PercentAndFactor => "contradiction",
            NumberFault::Brackets | NumberFault::Multiple => "not_a_number",
        }
    }
}

impl fmt::Display for NumberFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NumberFault::Decimal(fault) => fault.fmt(f),
            NumberFault::Percent => f.write_str(
                "It is a percentage, and the unit of the indicator is another. Correct the file or the indicator.",
            ),
            NumberFault::PercentAndFactor => f.write_str(
                "It is a percentage as it is shown, and `factor` would multiply it once more. Remove `factor`, or declare \
                 `\"cells\": \"held\"` if it is a cell of a workbook.",
            ),
            NumberFault::PerMille => f.write_str(
                "It is a number per thousand, and the unit of the indicator is another. Correct the file or the indicator.",
            ),
            NumberFault::Currency(symbol) => write!(
                f,
                "It is a sum in `{symbol}`, and the unit of the indicator is another. Correct the file or the indicator."
            ),
            NumberFault::Brackets => f.write_str(
                "If brackets mean that a number is negative, declare `\"brackets\": \"negative\"` in `value` of the mapping.",
            ),
            NumberFault::Multiple => f.write_str(
                "Write the number in full. If all numbers of the column are in thousands or millions, remove the letters and declare `factor` in `value` of the mapping.",
            ),
        }
    }
}

impl From<DecimalFault> for NumberFault {
    fn from(fault: DecimalFault) -> NumberFault {
        NumberFault::Decimal(fault)
    }
}

/// Whether a text has a number and the sign of a unit.
pub fn has_sign(text: &str) -> bool {
    text.contains(['%', '‰', '£', '€', '$', '¥']) && text.contains(|c: char| c.is_ascii_digit())
}

impl NumberForm {
    /// Reads a number.
    pub fn read(&self, text: &str) -> Result<Scaled, NumberFault> {
        let digits = self.decimal(text)?;
        let places = digits.split_once('.').map_or("", |(_, places)| places);
        if self.factor.is_none() && self.round_to.is_none_or(|round_to| places.len() <= round_to as usize) {
            return Ok(Scaled::parse(&digits)?);
        }
        let number = Decimal::from_str_exact(&digits).map_err(|_| DecimalFault::TooPrecise)?;
        let number = match self.factor {
            // With 28 digits, a product of numbers that can be stored is exact, or the number has too many digits.
            Some(factor) => number
                .checked_mul(factor)
                .filter(|product| product.scale() == number.scale() + factor.scale())
                .ok_or(DecimalFault::TooPrecise)?,
            None => number,
        };
        let number = match self.round_to {
            Some(round_to) => number.round_dp_with_strategy(round_to, RoundingStrategy::MidpointAwayFromZero),
            None => number,
        };
        Ok(Scaled::parse(&number.to_string())?)
    }

    /// The number as digits, with `-` before a negative one and a point before the decimals.
    fn decimal(&self, text: &str) -> Result<String, NumberFault> {
        let not_a_number = NumberFault::Decimal(DecimalFault::NotANumber);
        let text = text::with_plain_dashes(text.trim());
        let mut rest = text.strip_prefix(['\'', '\u{2019}']).unwrap_or(&text).trim();
        let mut negative = false;
        if let Some(inside) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            // A sum of money in brackets is an accountant's negative number.
            if !self.brackets && self.unit != "GBP" {
                return Err(NumberFault::Brackets);
            }
            (negative, rest) = (true, inside.trim());
        }
        let mut has_sign = negative;
        let mut sign = |rest: &mut &str| -> bool {
            for (symbol, is_minus) in [('-', true), ('+', false)] {
                if let Some(after) = rest.strip_prefix(symbol).filter(|_| !has_sign) {
                    (has_sign, negative) = (true, is_minus);
                    *rest = after.trim_start();
                    return true;
                }
            }
            false
        };
        sign(&mut rest);
        if let Some(symbol) = rest.chars().next().filter(|c| matches!(c, '£' | '€' | '$' | '¥')) {
            if symbol != '£' || self.unit != "GBP" {
                return Err(NumberFault::Currency(symbol));
            }
            rest = rest[symbol.len_utf8()..].trim_start();
            sign(&mut rest);
            if let Some(inside) =
                rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|_| !has_sign)
            {
                (has_sign, negative, rest) = (true, true, inside.trim());
            }
        }
        if let Some(before) = rest.strip_suffix('-').filter(|_| !has_sign) {
            (negative, rest) = (true, before.trim_end());
        }
        for (symbol, unit, fault) in
            [('%', "PERCENT", NumberFault::Percent), ('‰', "RATE_1000", NumberFault::PerMille)]
        {
            if let Some(before) = rest.strip_suffix(symbol) {
                let is_number = before.chars().any(|c| c.is_ascii_digit());
                if self.unit != unit {
                    return Err(if is_number { fault } else { not_a_number });
                }
                if self.factor.is_some() {
                    return Err(NumberFault::PercentAndFactor);
                }
                rest = before.trim_end();
            }
        }
        let letters = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '));
        if letters.len() < rest.len()
            && ["k", "m", "bn"].iter().any(|known| letters.eq_ignore_ascii_case(known))
        {
            return Err(NumberFault::Multiple);
        }
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..]).ok_or_else(|| not_a_number.clone())?),
            None => (rest, 0),
        };
        let (whole, places) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = self.without_separators(whole).ok_or_else(|| not_a_number.clone())?;
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && places.is_empty() || !is_digits(&whole) || !is_digits(places) {
            return Err(not_a_number);
        }
        let whole = if whole.is_empty() { "0" } else { &whole };
        let size = if places.is_empty() { whole.to_owned() } else { format!("{whole}.{places}") };
        let size = if exponent == 0 { size } else { shifted(&size, exponent) };
        Ok(if negative { format!("-{size}") } else { size })
    }

    /// The digits before the point without what separates their thousands. None if it separates something else.
    fn without_separators<'t>(&self, whole: &'t str) -> Option<Cow<'t, str>> {
        let is_separator = |c: char| c == ',' || c.is_whitespace() || matches!(c, '\'' | '\u{2019}');
        let Some(separator) = whole.chars().find(|c| is_separator(*c)) else {
            return Some(Cow::Borrowed(whole));
        };
        if !self.thousands {
            return None;
        }
        let mut groups = whole.split(separator);
        let first = groups.next().unwrap_or_default();
        // `0,915` is not 915: a number does not begin with 0 where its thousands are separated.
        if first.is_empty()
            || first.starts_with('0')
            || first.len() > 3
            || groups.any(|group| group.len() != 3)
        {
            return None;
        }
        Some(Cow::Owned(whole.split(separator).collect()))
    }
}

/// The exponent of a number: digits with or without a sign.
fn exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size: i32 = digits.parse().ok()?;
    (size <= MAX_EXPONENT).then_some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, form: &NumberForm) -> Result<String, &'static str> {
        form.read(text).map(|number| number.to_string()).map_err(|fault| fault.code())
    }

    fn of_unit(unit: &'static str) -> NumberForm {
        NumberForm { thousands: true, unit, ..NumberForm::default() }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, right) in [
            ("84,038", "84038"),
            ("84 038", "84038"),
            ("84\u{a0}038", "84038"),
            ("1\u{2009}284\u{2009}038.5", "1284038.5"),
            ("84'038", "84038"),
            ("-1,234.5", "-1234.5"),
            ("\u{2212}1204.50", "-1204.5"),
            ("–5", "-5"),
            ("1204.5-", "-1204.5"),
            ("'-5", "-5"),
            ("+1204", "1204"),
            ("1204.", "1204"),
            (".5", "0.5"),
            ("01204", "1204"),
            ("1.2E+3", "1200"),
            ("5e-3", "0.005"),
        ] {
            assert_eq!(read(text, &of_unit("COUNT")).as_deref(), Ok(right), "{text}");
        }
        for wrong in [
            "84,03",
            "0,915",
            "0 915",
            "012,915",
            "8403,8",
            ",038",
            "1,2345",
            "1,234,",
            "1.5,000",
            "1,20,4",
            "12,04",
            "1 204,500",
            "--1",
            "-1-",
            "1e",
            "1e3.5",
            "1e99",
            "",
            "-",
            ".",
            "1.2.3",
            "x",
            "<5",
            "5 6",
            "(5)",
            "1.2m",
            "3k",
            "1_0",
            "1\u{663}",
        ] {
            assert_eq!(read(wrong, &of_unit("COUNT")), Err("not_a_number"), "{wrong}");
        }
        let plain = NumberForm { thousands: false, ..of_unit("COUNT") };
        assert_eq!(read("84,038", &plain), Err("not_a_number"));
        assert_eq!(read("84 038", &plain), Err("not_a_number"));
    }

    #[test]
    fn the_signs_of_a_unit_are_those_of_the_indicator() {
        let brackets = NumberForm { brackets: true, ..of_unit("COUNT") };
        for (form, text, right) in [
            (of_unit("GBP"), "£1,204.50", Ok("1204.5")),
            (of_unit("GBP"), "-£5", Ok("-5")),
            (of_unit("GBP"), "£-5", Ok("-5")),
            (of_unit("GBP"), "(1,204.50)", Ok("-1204.5")),
            (of_unit("GBP"), "(£5)", Ok("-5")),
            (of_unit("GBP"), "£(1,204.50)", Ok("-1204.5")),
            (of_unit("GBP"), "£ (5)", Ok("-5")),
            (of_unit("GBP"), "-£(5)", Err("not_a_number")),
            (of_unit("GBP"), "(£(5))", Err("not_a_number")),
            (of_unit("GBP"), "£(-5)", Err("not_a_number")),
            (of_unit("GBP"), "(-5)", Err("not_a_number")),
            (of_unit("GBP"), "€5", Err("other_unit")),
            (of_unit("COUNT"), "£5", Err("other_unit")),
            (brackets, "(5)", Ok("-5")),
            (of_unit("PERCENT"), "5.1%", Ok("5.1")),
            (of_unit("PERCENT"), "5.1 %", Ok("5.1")),
            (of_unit("PERCENT"), "5.1‰", Err("other_unit")),
            (of_unit("RATIO"), "5.1%", Err("other_unit")),
            (of_unit("RATE_1000"), "5.1‰", Ok("5.1")),
            (of_unit("PERCENT"), "5%%", Err("not_a_number")),
        ] {
            assert_eq!(read(text, &form), right.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn rounding_and_a_factor_are_exact() {
        let form = |factor: Option<&str>, round_to: Option<u32>| NumberForm {
            factor: factor.map(|factor| factor.parse().unwrap()),
            round_to,
            ..of_unit("COUNT")
        };
        for (text, factor, round_to, right) in [
            ("3.873325233344328", None, Some(1), Ok("3.9")),
            ("-16.219667943805874", None, Some(1), Ok("-16.2")),
            ("0.30000000000000004", None, Some(2), Ok("0.3")),
            ("2.5", None, Some(0), Ok("3")),
            ("-2.5", None, Some(0), Ok("-3")),
            ("-0.04", None, Some(1), Ok("0")),
            ("99.95", None, Some(1), Ok("100")),
            ("7", None, Some(2), Ok("7")),
            ("1,234.56", None, Some(1), Ok("1234.6")),
            ("0.915", Some("100"), None, Ok("91.5")),
            ("1,204.5", Some("1000"), None, Ok("1204500")),
            ("5", Some("0.001"), None, Ok("0.005")),
            ("0.1234567", Some("100"), None, Ok("12.34567")),
            ("0.30000000000000004", Some("100"), None, Err("too_precise")),
            ("0.30000000000000004", Some("100"), Some(1), Ok("30")),
            ("9999999999", Some("1000000"), None, Err("too_large")),
        ] {
            let read = read(text, &form(factor, round_to));
            assert_eq!(read, right.map(str::to_owned), "{text} × {factor:?} to {round_to:?}");
        }
    }
}
