//! How often a series is published.

/// How often a period begins and how long it is. Where periods overlap, the code holds the length and the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
    /// Every half year.
    HalfYearly,
    /// Every year.
    Yearly,
    /// A rolling year, every quarter.
    YearByQuarter,
    /// A rolling year, every month.
    YearByMonth,
    /// No fixed times.
    Irregular,
}

impl Frequency {
    /// All frequencies.
    pub const ALL: &[Frequency] = &[
        Frequency::Monthly,
        Frequency::Quarterly,
        Frequency::HalfYearly,
        Frequency::Yearly,
        Frequency::YearByQuarter,
        Frequency::YearByMonth,
        Frequency::Irregular,
    ];

    /// The frequency with this code.
    pub fn parse(code: &str) -> Option<Frequency> {
        Self::ALL.iter().copied().find(|frequency| frequency.code() == code)
    }

    /// The code: an ISO 8601 duration, a duration and a step, or `irregular`.
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

    /// The frequency in words.
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

    /// The length of its periods in months.
    pub fn months(self) -> Option<u32> {
        match self {
            Frequency::Monthly => Some(1),
            Frequency::Quarterly => Some(3),
            Frequency::HalfYearly => Some(6),
            Frequency::Yearly | Frequency::YearByQuarter | Frequency::YearByMonth => Some(12),
            Frequency::Irregular => None,
        }
    }

    /// The number of months from the start of one period to the start of the next.
    pub fn step(self) -> Option<u32> {
        match self {
            Frequency::YearByQuarter => Some(3),
            Frequency::YearByMonth => Some(1),
            _ => self.months(),
        }
    }

    /// True if its periods overlap.
    pub fn rolls(self) -> bool {
        self.step() < self.months()
    }
}
