//! What a value is worth, and who may know it: SDMX's `OBS_STATUS` and `CONF_STATUS`, and the shorthand that the
//! United Kingdom's statisticians write beside a number.

/// What there is to know of an observation's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObsStatus {
    /// An ordinary value.
    Normal,
    /// The first value after a break in the series.
    Break,
    /// Estimated.
    Estimated,
    /// To be replaced by a final value.
    Provisional,
    /// Of low reliability.
    LowReliability,
    /// There can be no such value.
    CannotExist,
    /// There is one, or may be; it is not known.
    Missing,
    /// There is one; it is not shown.
    Suppressed,
}

/// Whether an observation may be shown, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfStatus {
    /// To everyone.
    Free,
    /// Hidden since it is a small count of people.
    Primary,
    /// Hidden since another that is hidden could be worked out from it.
    Secondary,
    /// For the office alone.
    Internal,
    /// Not before its release is published.
    Embargoed,
}

impl ObsStatus {
    /// All of them, each at the place of its number.
    pub const ALL: &[ObsStatus] = &[
        ObsStatus::Normal,
        ObsStatus::Break,
        ObsStatus::Estimated,
        ObsStatus::Provisional,
        ObsStatus::LowReliability,
        ObsStatus::CannotExist,
        ObsStatus::Missing,
        ObsStatus::Suppressed,
    ];

    /// The status of a code of SDMX.
    pub fn parse(code: &str) -> Option<ObsStatus> {
        Self::ALL.iter().copied().find(|status| status.code() == code)
    }

    /// Its code in SDMX.
    pub fn code(self) -> &'static str {
        match self {
            ObsStatus::Normal => "A",
            ObsStatus::Break => "B",
            ObsStatus::Estimated => "E",
            ObsStatus::Provisional => "P",
            ObsStatus::LowReliability => "U",
            ObsStatus::CannotExist => "M",
            ObsStatus::Missing => "O",
            ObsStatus::Suppressed => "Q",
        }
    }

    /// What it means.
    pub fn words(self) -> &'static str {
        match self {
            ObsStatus::Normal => "normal value",
            ObsStatus::Break => "break in the series",
            ObsStatus::Estimated => "estimated value",
            ObsStatus::Provisional => "provisional value",
            ObsStatus::LowReliability => "value of low reliability",
            ObsStatus::CannotExist => "value cannot exist",
            ObsStatus::Missing => "value missing",
            ObsStatus::Suppressed => "value suppressed",
        }
    }

    /// The number that it is stored as. A number once given keeps its meaning.
    pub fn number(self) -> i16 {
        match self {
            ObsStatus::Normal => 0,
            ObsStatus::Break => 1,
            ObsStatus::Estimated => 2,
            ObsStatus::Provisional => 3,
            ObsStatus::LowReliability => 4,
            ObsStatus::CannotExist => 5,
            ObsStatus::Missing => 6,
            ObsStatus::Suppressed => 7,
        }
    }

    /// The status that is stored as this number.
    pub fn from_number(number: i16) -> Option<ObsStatus> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// True when the value is null, as it is with these and with no other.
    pub fn without_value(self) -> bool {
        matches!(self, ObsStatus::CannotExist | ObsStatus::Missing | ObsStatus::Suppressed)
    }
}

impl ConfStatus {
    /// All of them, each at the place of its number.
    pub const ALL: &[ConfStatus] = &[
        ConfStatus::Free,
        ConfStatus::Primary,
        ConfStatus::Secondary,
        ConfStatus::Internal,
        ConfStatus::Embargoed,
    ];

    /// The status of a code of SDMX.
    pub fn parse(code: &str) -> Option<ConfStatus> {
        Self::ALL.iter().copied().find(|status| status.code() == code)
    }

    /// Its code in SDMX.
    pub fn code(self) -> &'static str {
        match self {
            ConfStatus::Free => "F",
            ConfStatus::Primary => "A",
            ConfStatus::Secondary => "D",
            ConfStatus::Internal => "N",
            ConfStatus::Embargoed => "E",
        }
    }

    /// What it means.
    pub fn words(self) -> &'static str {
        match self {
            ConfStatus::Free => "free",
            ConfStatus::Primary => "confidential, a small count",
            ConfStatus::Secondary => "confidential, to protect another value",
            ConfStatus::Internal => "not for publication",
            ConfStatus::Embargoed => "under embargo",
        }
    }

    /// The number that it is stored as. A number once given keeps its meaning.
    pub fn number(self) -> i16 {
        match self {
            ConfStatus::Free => 0,
            ConfStatus::Primary => 1,
            ConfStatus::Secondary => 2,
            ConfStatus::Internal => 3,
            ConfStatus::Embargoed => 4,
        }
    }

    /// The status that is stored as this number.
    pub fn from_number(number: i16) -> Option<ConfStatus> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// The mark of a status, where it has one. Not in it: `[c]`, which the confidentiality gives, too, and `[r]`.
fn mark(status: ObsStatus) -> Option<&'static str> {
    match status {
        ObsStatus::Normal | ObsStatus::Suppressed => None,
        ObsStatus::Break => Some("[b]"),
        ObsStatus::Estimated => Some("[e]"),
        ObsStatus::Provisional => Some("[p]"),
        ObsStatus::LowReliability => Some("[u]"),
        ObsStatus::CannotExist | ObsStatus::Missing => Some("[x]"),
    }
}

/// The marks of an observation, joined by spaces: `[c]` confidential, `[b]` break, `[e]` estimated, `[p]`
/// provisional, `[u]` low reliability, `[x]` not available, `[r]` revised. Empty when nothing is to be marked.
pub fn shorthand(obs: ObsStatus, conf: ConfStatus, revised: bool) -> String {
    let hidden = obs == ObsStatus::Suppressed || matches!(conf, ConfStatus::Primary | ConfStatus::Secondary);
    let marks = [hidden.then_some("[c]"), mark(obs), revised.then_some("[r]")];
    marks.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What marks say, as [`shorthand`] writes them; none for anything else, and for no marks at all.
///
/// `[c]` alone is a value that is not shown, and counts as hidden for itself; beside another mark it says only that
/// the value is confidential. `[x]` is missing: that a value cannot exist is not told by it. `[r]` says nothing
/// here, since what is revised is computed. `[low]` is not read, nor are two marks that are two statuses.
pub fn from_shorthand(text: &str) -> Option<(ObsStatus, ConfStatus)> {
    let (mut obs, mut hidden, mut marks) = (None, false, 0);
    for given in text.split_ascii_whitespace() {
        marks += 1;
        let status = match given {
            "[c]" => {
                hidden = true;
                continue;
            }
            "[r]" => continue,
            "[x]" => ObsStatus::Missing,
            _ => ObsStatus::ALL.iter().copied().find(|status| mark(*status) == Some(given))?,
        };
        if obs.replace(status).is_some() {
            return None;
        }
    }
    let conf = if hidden { ConfStatus::Primary } else { ConfStatus::Free };
    let unmarked = if hidden { ObsStatus::Suppressed } else { ObsStatus::Normal };
    (marks > 0).then(|| (obs.unwrap_or(unmarked), conf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_numbers_read_back_and_are_each_their_own() {
        let codes: String = ObsStatus::ALL.iter().map(|status| status.code()).collect();
        assert_eq!(codes, "ABEPUMOQ");
        for (n, status) in ObsStatus::ALL.iter().copied().enumerate() {
            assert_eq!(ObsStatus::parse(status.code()), Some(status));
            assert_eq!(ObsStatus::from_number(status.number()), Some(status));
            assert_eq!(usize::try_from(status.number()), Ok(n));
        }
        let codes: String = ConfStatus::ALL.iter().map(|status| status.code()).collect();
        assert_eq!(codes, "FADNE");
        for (n, status) in ConfStatus::ALL.iter().copied().enumerate() {
            assert_eq!(ConfStatus::parse(status.code()), Some(status));
            assert_eq!(ConfStatus::from_number(status.number()), Some(status));
            assert_eq!(usize::try_from(status.number()), Ok(n));
        }
        for wrong in ["", "a", "X", "AB", " A"] {
            assert_eq!((ObsStatus::parse(wrong), ConfStatus::parse(wrong)), (None, None));
        }
        for wrong in [-1, 8, i16::MIN, i16::MAX] {
            assert_eq!((ObsStatus::from_number(wrong), ConfStatus::from_number(wrong)), (None, None));
        }
    }

    #[test]
    fn the_value_is_null_exactly_when_it_cannot_exist_is_missing_or_is_suppressed() {
        let null: String = ObsStatus::ALL
            .iter()
            .filter(|status| status.without_value())
            .map(|status| status.code())
            .collect();
        assert_eq!(null, "MOQ");
    }

    #[test]
    fn marks_are_those_of_the_statisticians() {
        for (obs, conf, revised, marks) in [
            ("A", "F", false, ""),
            ("A", "F", true, "[r]"),
            ("P", "F", false, "[p]"),
            ("P", "F", true, "[p] [r]"),
            ("B", "F", false, "[b]"),
            ("E", "F", false, "[e]"),
            ("U", "F", false, "[u]"),
            ("M", "F", false, "[x]"),
            ("O", "F", true, "[x] [r]"),
            ("Q", "A", false, "[c]"),
            ("Q", "D", true, "[c] [r]"),
            ("Q", "F", false, "[c]"),
            // The owner sees a value that the public does not.
            ("A", "A", false, "[c]"),
            ("P", "D", false, "[c] [p]"),
            ("A", "N", false, ""),
            ("A", "E", false, ""),
        ] {
            let (obs, conf) = (ObsStatus::parse(obs).unwrap(), ConfStatus::parse(conf).unwrap());
            assert_eq!(shorthand(obs, conf, revised), marks);
        }
    }

    #[test]
    fn marks_are_read_and_what_is_none_is_not_guessed() {
        for (marks, obs, conf) in [
            ("[c]", "Q", "A"),
            ("[p]", "P", "F"),
            ("[r]", "A", "F"),
            ("[p] [r]", "P", "F"),
            ("[r] [p]", "P", "F"),
            ("[x]", "O", "F"),
            ("[b]", "B", "F"),
            ("[e]", "E", "F"),
            ("[u]", "U", "F"),
            ("[c] [p]", "P", "A"),
            ("[c] [r]", "Q", "A"),
        ] {
            let expected = (ObsStatus::parse(obs).unwrap(), ConfStatus::parse(conf).unwrap());
            assert_eq!(from_shorthand(marks), Some(expected), "{marks}");
        }
        for wrong in
            ["", " ", "c", "[C]", "[low]", "[z]", "..", "-", "[p] [e]", "[x] [x]", "[p][r]", "[p] 12", "12"]
        {
            assert_eq!(from_shorthand(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn marks_that_are_read_are_written_again() {
        for obs in ObsStatus::ALL {
            for conf in ConfStatus::ALL {
                let marks = shorthand(*obs, *conf, false);
                let read = from_shorthand(&marks);
                assert_eq!(read.is_none(), marks.is_empty());
                if let Some((obs, conf)) = read {
                    assert_eq!(shorthand(obs, conf, false), marks);
                }
            }
        }
    }
}
