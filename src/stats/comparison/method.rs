//! The methods of comparison.

/// A method of comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// With the period before.
    Previous,
    /// With the same period a year before.
    YearOnYear,
    /// From April to the last complete month, with the same months a year before.
    YearToDate,
    /// The twelve months to the end of the period, with the twelve before.
    RollingYear,
    /// With the baseline that the indicator declares.
    Baseline,
    /// With a period that the caller names.
    Since,
    /// The count per 1,000 people.
    Rate,
    /// With the target in force.
    AgainstTarget,
    /// The rank among named areas.
    PeerRank,
    /// With the mean of named areas.
    PeerMean,
}

impl Method {
    /// All methods.
    pub const ALL: &[Method] = &[
        Method::Previous,
        Method::YearOnYear,
        Method::YearToDate,
        Method::RollingYear,
        Method::Baseline,
        Method::Since,
        Method::Rate,
        Method::AgainstTarget,
        Method::PeerRank,
        Method::PeerMean,
    ];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Method::Previous => "previous",
            Method::YearOnYear => "yoy",
            Method::YearToDate => "ytd",
            Method::RollingYear => "rolling12",
            Method::Baseline => "baseline",
            Method::Since => "since",
            Method::Rate => "rate",
            Method::AgainstTarget => "against_target",
            Method::PeerRank => "peer_rank",
            Method::PeerMean => "peer_mean",
        }
    }

    /// The method with this code.
    pub fn parse(code: &str) -> Option<Method> {
        Self::ALL.iter().copied().find(|method| method.code() == code)
    }

    /// The method in words.
    pub fn words(self) -> &'static str {
        match self {
            Method::Previous => "the period before",
            Method::YearOnYear => "the same period a year before",
            Method::YearToDate => "April to the last complete month, with the same months a year before",
            Method::RollingYear => "twelve months, with the twelve months before",
            Method::Baseline => "the declared baseline",
            Method::Since => "a named period",
            Method::Rate => "the count per 1,000 people",
            Method::AgainstTarget => "the target in force",
            Method::PeerRank => "the rank among named areas",
            Method::PeerMean => "the mean of named areas",
        }
    }
}
