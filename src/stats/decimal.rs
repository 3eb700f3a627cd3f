//! Exact decimals: whole numbers of millionths, up to 10^12. No value is ever a binary floating-point number.

use std::fmt;

use serde::{Serialize, Serializer};

/// One, in millionths.
const ONE: i64 = 1_000_000;

/// The most bytes of a text: a sign, the digits of the largest `i64` and a point.
pub const LONGEST: usize = 21;

/// The number of decimal places.
const PLACES: usize = 6;

/// The largest value, 10^12, in millionths. The smallest is its negative.
const MAX: i64 = 1_000_000_000_000 * ONE;

/// A value with six decimal places, stored as a whole number of millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scaled(i64);

impl Scaled {
    /// Zero.
    pub const ZERO: Scaled = Scaled(0);

    /// The value of this number of millionths.
    pub fn from_raw(millionths: i64) -> Scaled {
        Scaled(millionths)
    }

    /// A whole number.
    pub fn whole(number: i64) -> Scaled {
        Scaled(number.saturating_mul(1_000_000))
    }

    /// The whole number that it is; none if it has decimals.
    pub fn as_whole(self) -> Option<i64> {
        self.is_whole().then_some(self.0 / ONE)
    }

    /// The value in millionths.
    pub fn raw(self) -> i64 {
        self.0
    }

    /// Parses digits with an optional `-` before them and an optional decimal point and digits after them. Everything
    /// else that people write (thousands separators, percent signs, spaces) is refused: the caller knows what it means.
    pub fn parse(text: &str) -> Result<Scaled, DecimalFault> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, places) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        if !all_digits(whole) || !all_digits(places) {
            return Err(DecimalFault::NotANumber);
        }
        let whole = number(whole.trim_start_matches('0')).filter(|whole| *whole <= MAX / ONE);
        let whole = whole.ok_or(DecimalFault::TooLarge)?;
        let places = places.trim_end_matches('0');
        let missing = PLACES.checked_sub(places.len()).ok_or(DecimalFault::TooPrecise)?;
        // Appends zeros until the places are millionths.
        let places = (0..missing).fold(number(places).unwrap_or(0), |places, _| places * 10);
        let size = whole * ONE + places;
        if size > MAX {
            return Err(DecimalFault::TooLarge);
        }
        Ok(Scaled(if text.starts_with('-') { -size } else { size }))
    }

    /// The shortest exact text, written into `digits`: `51687`, `0.5`, `-3.25`; zero is `0`. It is written from its end, and
    /// without the machinery of formats, since an answer can have a million values.
    pub fn text(self, digits: &mut [u8; LONGEST]) -> &str {
        let size = self.0.unsigned_abs();
        let (mut whole, mut places) = (size / ONE.unsigned_abs(), size % ONE.unsigned_abs());
        let mut start = LONGEST;
        let mut put = |byte: u8| {
            start -= 1;
            digits[start] = byte;
        };
        if places > 0 {
            let mut width = PLACES;
            while places % 10 == 0 {
                places /= 10;
                width -= 1;
            }
            for _ in 0..width {
                put(last_digit(places));
                places /= 10;
            }
            put(b'.');
        }
        loop {
            put(last_digit(whole));
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.is_negative() {
            put(b'-');
        }
        std::str::from_utf8(&digits[start..]).unwrap_or_default()
    }

    /// True if the value is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The difference. None on overflow.
    pub fn checked_sub(self, other: Scaled) -> Option<Scaled> {
        self.0.checked_sub(other.0).map(Scaled)
    }

    /// The absolute value. None on overflow.
    pub fn checked_abs(self) -> Option<Scaled> {
        self.0.checked_abs().map(Scaled)
    }

    /// True if the value has no decimals, as a count of things has none.
    pub fn is_whole(self) -> bool {
        self.0 % ONE == 0
    }
}

/// A number without a sign, with its point moved to the right by so many places, in its shortest form.
pub fn shifted(number: &str, places: i32) -> String {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let count = usize::try_from(places.unsigned_abs()).unwrap_or(0);
    let (whole, decimals) = if places >= 0 {
        let moved: String = decimals.chars().chain(std::iter::repeat('0')).take(count).collect();
        (format!("{whole}{moved}"), decimals.chars().skip(count).collect::<String>())
    } else {
        let padded = format!("{}{whole}", "0".repeat((count + 1).saturating_sub(whole.len())));
        let (left, right) = padded.split_at(padded.len() - count);
        (left.to_owned(), format!("{right}{decimals}"))
    };
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    match decimals.trim_end_matches('0') {
        "" => whole.to_owned(),
        decimals => format!("{whole}.{decimals}"),
    }
}

/// The last decimal digit of a number.
fn last_digit(number: u64) -> u8 {
    b"0123456789"[(number % 10) as usize]
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that these digits make; 0 for no digits. None on overflow.
fn number(digits: &str) -> Option<i64> {
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(&mut [0; LONGEST]))
    }
}

/// As text, since most readers would parse a JSON number as binary floating point.
impl Serialize for Scaled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalFault {
    /// It is not written as a number.
    NotANumber,
    /// It has more than six decimal places.
    TooPrecise,
    /// The number's absolute value is greater than 10^12.
    TooLarge,
}

impl DecimalFault {
    /// The code in the API's errors.
    pub fn code(self) -> &'static str {
        match self {
            DecimalFault::NotANumber => "not_a_number",
            DecimalFault::TooPrecise => "too_precise",
            DecimalFault::TooLarge => "too_large",
        }
    }
}

/// What to write instead.
impl fmt::Display for DecimalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DecimalFault::NotANumber => {
                "Write a number in digits only, with `-` before a negative number and `.` before the decimals: `51687`, \
                 `-3.25`."
            }
            DecimalFault::TooPrecise => "Give at most six decimal places.",
            DecimalFault::TooLarge => "Give a number from -1000000000000 to 1000000000000.",
        })
    }
}

impl std::error::Error for DecimalFault {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_held_exactly_and_written_in_its_shortest_form() {
        for (text, raw, shortest) in [
            ("51687", 51_687_000_000, "51687"),
            ("0", 0, "0"),
            ("-0", 0, "0"),
            ("-0.000", 0, "0"),
            ("0.5", 500_000, "0.5"),
            ("-3.25", -3_250_000, "-3.25"),
            ("-0.000001", -1, "-0.000001"),
            ("98.10", 98_100_000, "98.1"),
            ("1.20000000000", 1_200_000, "1.2"),
            ("007", 7_000_000, "7"),
            ("100.000001", 100_000_001, "100.000001"),
            ("00000000000000000000001", 1_000_000, "1"),
            ("1000000000000", MAX, "1000000000000"),
            ("-1000000000000.0000000", -MAX, "-1000000000000"),
        ] {
            let value = Scaled::parse(text).unwrap();
            assert_eq!((value.raw(), value.to_string().as_str()), (raw, shortest), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_and_says_what_would_be_right() {
        for text in [
            "",
            "-",
            "+1",
            "--1",
            "1-",
            ".5",
            "5.",
            ".",
            "1.2.3",
            "1e3",
            " 1",
            "1 ",
            "1,000",
            "1_0",
            "\u{663}",
            "\u{2212}1",
            "12%",
            "..",
            "[c]",
            "NaN",
            "inf",
        ] {
            assert_eq!(Scaled::parse(text), Err(DecimalFault::NotANumber), "{text}");
        }
        for text in ["0.0000001", "-1.1234567", "1000000000000.0000001"] {
            assert_eq!(Scaled::parse(text), Err(DecimalFault::TooPrecise), "{text}");
        }
        for text in ["1000000000000.000001", "-1000000000001", "10000000000000", &"9".repeat(60)] {
            assert_eq!(Scaled::parse(text), Err(DecimalFault::TooLarge), "{text}");
        }
        for fault in [DecimalFault::NotANumber, DecimalFault::TooPrecise, DecimalFault::TooLarge] {
            assert!(fault.to_string().ends_with('.') && !fault.code().contains(' '));
        }
    }

    #[test]
    fn a_point_is_moved_in_the_digits() {
        for (number, places, moved) in [
            ("0.915", 2, "91.5"),
            ("1", 2, "100"),
            ("0.30000000000000004", 2, "30.000000000000004"),
            ("1204000", -3, "1204"),
            ("7", -3, "0.007"),
            ("0", -6, "0"),
        ] {
            assert_eq!(shifted(number, places), moved, "{number}");
        }
    }

    #[test]
    fn in_json_a_value_is_text() {
        assert_eq!(serde_json::to_string(&Scaled::from_raw(-3_250_000)).unwrap(), r#""-3.25""#);
    }

    #[test]
    fn differences_are_exact_and_never_wrap() {
        let value = |text| Scaled::parse(text).unwrap();
        assert_eq!(value("53007").checked_sub(value("51687")), Some(value("1320")));
        assert_eq!(value("-769").checked_abs(), Some(value("769")));
        assert_eq!(value("0.3").checked_sub(value("0.1")), Some(value("0.2")));
        assert_eq!(Scaled::from_raw(i64::MIN).checked_abs(), None);
        assert_eq!(Scaled::from_raw(i64::MIN).checked_sub(Scaled::from_raw(1)), None);
        assert_eq!(Scaled::from_raw(i64::MIN).to_string(), "-9223372036854.775808");
        assert!(value("25").is_whole() && !value("25.5").is_whole() && Scaled::ZERO.is_whole());
        assert!(value("-0.1").is_negative() && !value("-0").is_negative());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_value(raw in -MAX..=MAX) {
            let value = Scaled::from_raw(raw);
            let text = value.to_string();
            prop_assert_eq!(Scaled::parse(&text), Ok(value));
            // The shortest form: no zero after the last decimal, no leading zero.
            prop_assert!(!text.contains('.') || !text.ends_with('0'));
            prop_assert!(!text.trim_start_matches('-').starts_with('0') || text.contains('.') || text == "0");
        }

        #[test]
        fn no_text_stops_the_reader(text in ".{0,40}") {
            let _ = Scaled::parse(&text);
        }

        #[test]
        fn values_and_their_texts_have_one_order(a in -MAX..=MAX, b in -MAX..=MAX) {
            let (a, b) = (Scaled::from_raw(a), Scaled::from_raw(b));
            prop_assert_eq!(a < b, b.checked_sub(a).is_some_and(|more| !more.is_negative() && more != Scaled::ZERO));
        }
    }
}
