//! Lengths in a picture: whole tenths of a pixel, so that a drawing is exact and the same everywhere.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A length in tenths of a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Px(i64);

impl Px {
    /// So many whole pixels.
    pub const fn of(pixels: i64) -> Px {
        Px(pixels * 10)
    }

    /// So many tenths of a pixel.
    pub const fn tenths(tenths: i64) -> Px {
        Px(tenths)
    }

    /// In tenths of a pixel.
    pub const fn raw(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, tenth) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        if tenth == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{tenth}") }
    }
}

impl Add for Px {
    type Output = Px;

    fn add(self, other: Px) -> Px {
        Px(self.0 + other.0)
    }
}

impl AddAssign for Px {
    fn add_assign(&mut self, other: Px) {
        self.0 += other.0;
    }
}

impl Sub for Px {
    type Output = Px;

    fn sub(self, other: Px) -> Px {
        Px(self.0 - other.0)
    }
}

impl Neg for Px {
    type Output = Px;

    fn neg(self) -> Px {
        Px(-self.0)
    }
}

impl Mul<i64> for Px {
    type Output = Px;

    fn mul(self, times: i64) -> Px {
        Px(self.0 * times)
    }
}

impl Div<i64> for Px {
    type Output = Px;

    fn div(self, by: i64) -> Px {
        Px(self.0 / by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_with_one_decimal_at_most() {
        let texts = [Px::of(7), Px::tenths(75), Px::tenths(-5), Px::tenths(-120)].map(|px| px.to_string());
        assert_eq!(texts, ["7", "7.5", "-0.5", "-12"]);
    }
}
