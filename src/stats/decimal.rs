//! Exact decimals: whole numbers of millionths, up to a million million. No value is ever a binary fraction.

use std::fmt;

use serde::{Serialize, Serializer};

/// How many millionths one is.
const ONE: i64 = 1_000_000;

/// How many decimal places are kept.
const PLACES: usize = 6;

/// The largest value, and with a minus the smallest: 10^12.
const MOST: i64 = 1_000_000_000_000 * ONE;

/// A value with six decimal places, held as a whole number of millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scaled(i64);

impl Scaled {
    /// Nothing.
    pub const ZERO: Scaled = Scaled(0);

    /// The value of so many millionths.
    pub fn from_raw(millionths: i64) -> Scaled {
        Scaled(millionths)
    }

    /// Its millionths.
    pub fn raw(self) -> i64 {
        self.0
    }

    /// Reads a `-` or nothing, digits, and perhaps a point and digits. Everything else that people write (signs
    /// of thousands, percent, spaces) is for who knows what was meant.
    pub fn parse(text: &str) -> Result<Scaled, DecimalFault> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, places) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        if !all_digits(whole) || !all_digits(places) {
            return Err(DecimalFault::NotANumber);
        }
        let whole = number(whole.trim_start_matches('0')).filter(|whole| *whole <= MOST / ONE);
        let whole = whole.ok_or(DecimalFault::TooLarge)?;
        let places = places.trim_end_matches('0');
        let missing = PLACES.checked_sub(places.len()).ok_or(DecimalFault::TooPrecise)?;
        // Zeros behind the places until they are millionths.
        let places = (0..missing).fold(number(places).unwrap_or(0), |places, _| places * 10);
        let size = whole * ONE + places;
        if size > MOST {
            return Err(DecimalFault::TooLarge);
        }
        Ok(Scaled(if text.starts_with('-') { -size } else { size }))
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The difference; none where it is too large to be held.
    pub fn checked_sub(self, other: Scaled) -> Option<Scaled> {
        self.0.checked_sub(other.0).map(Scaled)
    }

    /// The value without its sign; none where it is too large to be held.
    pub fn checked_abs(self) -> Option<Scaled> {
        self.0.checked_abs().map(Scaled)
    }

    /// True when it has no decimals, as a count of things has none.
    pub fn whole(self) -> bool {
        self.0 % ONE == 0
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that digits are, no digits being 0; none where there are too many of them.
fn number(digits: &str) -> Option<i64> {
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

/// The shortest text that says it exactly: `51687`, `0.5`, `-3.25`; zero is `0`.
impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let sign = if self.is_negative() { "-" } else { "" };
        let (whole, mut places) = (size / ONE.unsigned_abs(), size % ONE.unsigned_abs());
        if places == 0 {
            return write!(f, "{sign}{whole}");
        }
        let mut width = PLACES;
        while places % 10 == 0 {
            places /= 10;
            width -= 1;
        }
        write!(f, "{sign}{whole}.{places:0width$}")
    }
}

/// As text, since a JSON number would be a binary fraction to most readers.
impl Serialize for Scaled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalFault {
    /// It is not written as a number is.
    NotANumber,
    /// It has places behind the sixth.
    TooPrecise,
    /// It is beyond 10^12.
    TooLarge,
}

impl DecimalFault {
    /// Its name in errors.
    pub fn code(self) -> &'static str {
        match self {
            DecimalFault::NotANumber => "not_a_number",
            DecimalFault::TooPrecise => "too_precise",
            DecimalFault::TooLarge => "too_large",
        }
    }
}

/// What would be right.
impl fmt::Display for DecimalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DecimalFault::NotANumber => {
                "Write a number in digits, with `-` in front where it is negative and `.` before its decimals, and \
                 nothing else: `51687`, `-3.25`."
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
            ("1000000000000", MOST, "1000000000000"),
            ("-1000000000000.0000000", -MOST, "-1000000000000"),
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
        assert!(value("25").whole() && !value("25.5").whole() && Scaled::ZERO.whole());
        assert!(value("-0.1").is_negative() && !value("-0").is_negative());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_value(raw in -MOST..=MOST) {
            let value = Scaled::from_raw(raw);
            let text = value.to_string();
            prop_assert_eq!(Scaled::parse(&text), Ok(value));
            // The shortest: no zero at the end of decimals, none that leads.
            prop_assert!(!text.contains('.') || !text.ends_with('0'));
            prop_assert!(!text.trim_start_matches('-').starts_with('0') || text.contains('.') || text == "0");
        }

        #[test]
        fn no_text_stops_the_reader(text in ".{0,40}") {
            let _ = Scaled::parse(&text);
        }

        #[test]
        fn values_and_their_texts_have_one_order(a in -MOST..=MOST, b in -MOST..=MOST) {
            let (a, b) = (Scaled::from_raw(a), Scaled::from_raw(b));
            prop_assert_eq!(a < b, b.checked_sub(a).is_some_and(|more| !more.is_negative() && more != Scaled::ZERO));
        }
    }
}
