//! Exact fractions: results are rounded once, where they are written, and never before.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::{BigInt, Sign};

use super::decimal::Scaled;
use super::words::thousands;

/// A fraction in lowest terms. Its denominator is positive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: BigInt,
    denominator: BigInt,
}

impl Fraction {
    /// The fraction of two whole numbers. None if the denominator is zero.
    pub fn new(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Option<Fraction> {
        let (numerator, denominator) = (numerator.into(), denominator.into());
        match denominator.sign() {
            Sign::NoSign => None,
            Sign::Plus => Some(Fraction::reduced(numerator, denominator)),
            Sign::Minus => Some(Fraction::reduced(-numerator, -denominator)),
        }
    }

    /// Zero.
    pub fn zero() -> Fraction {
        Fraction::from(0)
    }

    fn reduced(numerator: BigInt, denominator: BigInt) -> Fraction {
        let divisor = greatest_common_divisor(&numerator, &denominator);
        if divisor == BigInt::from(1) {
            return Fraction { numerator, denominator };
        }
        Fraction { numerator: numerator / &divisor, denominator: denominator / divisor }
    }

    /// The quotient. None if the divisor is zero.
    pub fn over(&self, divisor: &Fraction) -> Option<Fraction> {
        Fraction::new(&self.numerator * &divisor.denominator, &self.denominator * &divisor.numerator)
    }

    /// The absolute value.
    pub fn abs(&self) -> Fraction {
        if self.sign() == Ordering::Less { -self } else { self.clone() }
    }

    /// Whether it is below, at or above zero.
    pub fn sign(&self) -> Ordering {
        match self.numerator.sign() {
            Sign::Minus => Ordering::Less,
            Sign::NoSign => Ordering::Equal,
            Sign::Plus => Ordering::Greater,
        }
    }

    /// The nearest number with this many decimals, half away from zero.
    pub fn nearest(&self, decimals: u32) -> Fraction {
        let power = BigInt::from(10).pow(decimals);
        Fraction::reduced(self.in_units_of(&power), power)
    }

    /// It, times `power`, as the nearest whole number; half away from zero.
    fn in_units_of(&self, power: &BigInt) -> BigInt {
        let size = BigInt::from(self.numerator.magnitude().clone());
        let doubled = size * power * 2 + &self.denominator;
        let rounded: BigInt = doubled / (&self.denominator * 2);
        if self.numerator.sign() == Sign::Minus { -rounded } else { rounded }
    }

    /// The text with exactly this many decimals, rounded half away from zero. A result that rounds to zero has no sign.
    pub fn text(&self, decimals: u32) -> String {
        let (sign, whole, places) = self.digits(decimals);
        let sign = if sign { "-" } else { "" };
        if decimals == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{places}") }
    }

    /// The fraction for a sentence: with a comma between thousands, and a true minus sign.
    pub fn in_words(&self, decimals: u32) -> String {
        let (sign, whole, places) = self.digits(decimals);
        let grouped = thousands(&whole);
        let sign = if sign { "−" } else { "" };
        if decimals == 0 { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{places}") }
    }

    /// All its decimals for a sentence, at least this many. Where they do not end, four more than that and `…`.
    pub fn all_in_words(&self, least: u32) -> String {
        match (least..=6).find(|decimals| self.nearest(*decimals) == *self) {
            Some(decimals) => self.in_words(decimals),
            None => format!("{}…", self.in_words(least + 4)),
        }
    }

    /// The sign, the digits before the point, and those after it.
    fn digits(&self, decimals: u32) -> (bool, String, String) {
        let units = self.in_units_of(&BigInt::from(10).pow(decimals));
        let places = usize::try_from(decimals).unwrap_or(0);
        let digits = format!("{:0>width$}", units.magnitude().to_string(), width = places + 1);
        let (whole, places) = digits.split_at(digits.len() - places);
        (units.sign() == Sign::Minus, whole.to_owned(), places.to_owned())
    }

    /// The decimal, if it is one with at most six places.
    pub fn as_decimal(&self) -> Option<Scaled> {
        let millionths = &self.numerator * 1_000_000;
        let rest: BigInt = &millionths % &self.denominator;
        let raw = i64::try_from(millionths / &self.denominator).ok()?;
        (rest.sign() == Sign::NoSign).then(|| Scaled::from_raw(raw))
    }
}

/// Euclid's algorithm. The result is positive, since the second number is.
fn greatest_common_divisor(a: &BigInt, b: &BigInt) -> BigInt {
    let (mut a, mut b) = (BigInt::from(a.magnitude().clone()), b.clone());
    while b.sign() != Sign::NoSign {
        let rest = a % &b;
        a = std::mem::replace(&mut b, rest);
    }
    a
}

impl From<i64> for Fraction {
    fn from(whole: i64) -> Fraction {
        Fraction { numerator: BigInt::from(whole), denominator: BigInt::from(1) }
    }
}

impl From<Scaled> for Fraction {
    fn from(value: Scaled) -> Fraction {
        Fraction::reduced(BigInt::from(value.raw()), BigInt::from(1_000_000))
    }
}

impl Add for &Fraction {
    type Output = Fraction;

    fn add(self, other: &Fraction) -> Fraction {
        let numerator = &self.numerator * &other.denominator + &other.numerator * &self.denominator;
        Fraction::reduced(numerator, &self.denominator * &other.denominator)
    }
}

impl Sub for &Fraction {
    type Output = Fraction;

    fn sub(self, other: &Fraction) -> Fraction {
        self + &-other
    }
}

impl Mul for &Fraction {
    type Output = Fraction;

    fn mul(self, other: &Fraction) -> Fraction {
        Fraction::reduced(&self.numerator * &other.numerator, &self.denominator * &other.denominator)
    }
}

impl Neg for &Fraction {
    type Output = Fraction;

    fn neg(self) -> Fraction {
        Fraction { numerator: -&self.numerator, denominator: self.denominator.clone() }
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Fraction) -> Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Fraction) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> std::iter::Sum<&'a Fraction> for Fraction {
    fn sum<I: Iterator<Item = &'a Fraction>>(fractions: I) -> Fraction {
        fractions.fold(Fraction::zero(), |sum, next| &sum + next)
    }
}

/// The decimal where it is one, otherwise the two whole numbers: `52.5`, `160/3`.
impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_decimal() {
            Some(decimal) => write!(f, "{decimal}"),
            None => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fraction(numerator: i64, denominator: i64) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn a_half_is_rounded_away_from_zero_and_nothing_has_a_negative_zero() {
        for (numerator, denominator, decimals, text) in [
            (5, 10, 0, "1"),
            (-5, 10, 0, "-1"),
            (25, 100, 1, "0.3"),
            (-25, 100, 1, "-0.3"),
            (-4, 100, 1, "0.0"),
            (-5, 100, 1, "-0.1"),
            (160, 3, 2, "53.33"),
            (2, 3, 0, "1"),
            (0, 7, 2, "0.00"),
            (1_320, 51_687, 4, "0.0255"),
            (7, -2, 1, "-3.5"),
        ] {
            assert_eq!(fraction(numerator, denominator).text(decimals), text, "{numerator}/{denominator}");
        }
        assert_eq!(fraction(-1_234_567_891, 1_000).in_words(2), "−1,234,567.89");
        assert_eq!(
            [fraction(105, 2), fraction(160, 3), fraction(7, 1)].map(|number| number.all_in_words(1)),
            ["52.5", "53.33333…", "7.0"]
        );
        assert_eq!(
            (fraction(999, 1).in_words(0), fraction(1_000, 1).in_words(0)),
            ("999".into(), "1,000".into())
        );
    }

    #[test]
    fn a_fraction_is_written_as_a_decimal_where_it_is_one() {
        assert_eq!(
            [fraction(105, 2), fraction(160, 3), fraction(0, 5)].map(|fraction| fraction.to_string()),
            ["52.5", "160/3", "0"]
        );
        assert_eq!(Fraction::new(1, 0), None);
        assert_eq!(fraction(1, 2).over(&Fraction::zero()), None);
    }

    fn any_fraction() -> impl Strategy<Value = Fraction> {
        (any::<i64>(), 1..i64::MAX).prop_map(|(numerator, denominator)| fraction(numerator, denominator))
    }

    proptest! {
        #[test]
        fn sums_and_products_are_undone_exactly(a in any_fraction(), b in any_fraction()) {
            prop_assert_eq!(&(&a + &b) - &b, a.clone());
            prop_assert_eq!(&a + &b, &b + &a);
            if b.sign() != Ordering::Equal {
                prop_assert_eq!(&a.over(&b).unwrap() * &b, a.clone());
            }
            prop_assert_eq!(a.cmp(&b), (&a - &b).sign());
            prop_assert_eq!(a.nearest(3).text(3), a.text(3));
        }

        #[test]
        fn rounding_moves_by_half_a_unit_at_most_and_keeps_the_sign(a in any_fraction(), decimals in 0..8_u32) {
            let unit = Fraction::new(1, BigInt::from(10).pow(decimals)).unwrap();
            let moved = (&a.nearest(decimals) - &a).abs();
            prop_assert!(&moved + &moved <= unit);
            let size = |fraction: &Fraction| fraction.text(decimals).replace('-', "");
            prop_assert_eq!(size(&-&a), size(&a));
        }
    }
}
