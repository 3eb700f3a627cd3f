//! How often a series is published.

use super::{Period, PeriodFault};

/// How often there is a period, and how long it is; a window and its step where they overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// Each month.
    Monthly,
    /// Each quarter.
    Quarterly,
    /// Each half year.
    HalfYearly,
    /// Each year.
    Yearly,
    /// A year, each quarter.
    YearByQuarter,
    /// A year, each month.
    YearByMonth,
    /// At no fixed times.
    Irregular,
}

impl Frequency {
    /// All of them.
    pub const ALL: &[Frequency] = &[
        Frequency::Monthly,
        Frequency::Quarterly,
        Frequency::HalfYearly,
        Frequency::Yearly,
        Frequency::YearByQuarter,
        Frequency::YearByMonth,
        Frequency::Irregular,
    ];

    /// The frequency of this code.
    pub fn parse(code: &str) -> Option<Frequency> {
        Self::ALL.iter().copied().find(|frequency| frequency.code() == code)
    }

    /// Its code: an ISO 8601 duration, or two, or `irregular`.
    pub fn code(self) -> &'static str {
        match self {
            Frequency::Monthly => "P1M",
            Frequency::Quarterly => "P3M",
            Frequency::HalfYearly => "P6M",
            Frequency::Yearly => "P1Y",
            Frequency::YearByQuarter => "P1Y-P3M",
            Frequency::YearByMonth => "P1Y-P1M",
            Frequency::Irregular => "irregular",
        }
    }

    /// The same for people.
    pub fn words(self) -> &'static str {
        match self {
            Frequency::Monthly => "each month",
            Frequency::Quarterly => "each quarter",
            Frequency::HalfYearly => "each half year",
            Frequency::Yearly => "each year",
            Frequency::YearByQuarter => "a rolling year, each quarter",
            Frequency::YearByMonth => "a rolling year, each month",
            Frequency::Irregular => "at no fixed times",
        }
    }

    /// How many months its periods are long.
    pub fn months(self) -> Option<u32> {
        match self {
            Frequency::Monthly => Some(1),
            Frequency::Quarterly => Some(3),
            Frequency::HalfYearly => Some(6),
            Frequency::Yearly | Frequency::YearByQuarter | Frequency::YearByMonth => Some(12),
            Frequency::Irregular => None,
        }
    }

    /// How many months it is from one period to the next.
    pub fn step(self) -> Option<u32> {
        match self {
            Frequency::YearByQuarter => Some(3),
            Frequency::YearByMonth => Some(1),
            _ => self.months(),
        }
    }

    /// True when its periods overlap.
    pub fn rolls(self) -> bool {
        self.step() < self.months()
    }

    /// Refuses what is no period of it, with what would be one.
    pub fn fits(self, period: Period) -> Result<(), PeriodFault> {
        let length = self.months().is_none() || period.whole_months() == self.months();
        let start = match self {
            Frequency::Quarterly | Frequency::HalfYearly | Frequency::YearByQuarter => {
                period.begins_a_quarter()
            }
            Frequency::Monthly | Frequency::Yearly | Frequency::YearByMonth | Frequency::Irregular => true,
        };
        if length && start { Ok(()) } else { Err(PeriodFault::Frequency(self)) }
    }
}
