//! The status of an observation, as SDMX has it (`OBS_STATUS` and `CONF_STATUS`), and the shorthand that UK government
//! statisticians write next to a number.

/// SDMX's status of an observation (`OBS_STATUS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObsStatus {
    /// A normal value.
    Normal,
    /// The first value after a break in the series.
    Break,
    /// An estimated value.
    Estimated,
    /// A provisional value: a final one will replace it.
    Provisional,
    /// A value of low reliability.
    LowReliability,
    /// No value can exist.
    CannotExist,
    /// The value is missing: it may exist, but it is not known.
    Missing,
    /// The value is suppressed: it exists and is not shown.
    Suppressed,
}

/// SDMX's confidentiality status of an observation (`CONF_STATUS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfStatus {
    /// Free to show.
    Free,
    /// Primary suppression: confidential, because it is a small count of people.
    Primary,
    /// Secondary suppression: confidential, because another confidential value could be derived from it.
    Secondary,
    /// For the office only.
    Internal,
    /// Under embargo until its release is published.
    Embargoed,
}

impl ObsStatus {
    /// All statuses, each at the index of its stored number.
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

    /// The status with this SDMX code.
    pub fn parse(code: &str) -> Option<ObsStatus> {
        Self::ALL.iter().copied().find(|status| status.code() == code)
    }

    /// The SDMX code.
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

    /// The meaning in words.
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

    /// The number in the database. Its meaning never changes.
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

    /// The status with this number in the database.
    pub fn from_number(number: i16) -> Option<ObsStatus> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// True if an observation of this status has no value. Observations of all other statuses have one.
    pub fn without_value(self) -> bool {
        matches!(self, ObsStatus::CannotExist | ObsStatus::Missing | ObsStatus::Suppressed)
    }
}

impl ConfStatus {
    /// All statuses, each at the index of its stored number.
    pub const ALL: &[ConfStatus] = &[
        ConfStatus::Free,
        ConfStatus::Primary,
        ConfStatus::Secondary,
        ConfStatus::Internal,
        ConfStatus::Embargoed,
    ];

    /// The status with this SDMX code.
    pub fn parse(code: &str) -> Option<ConfStatus> {
        Self::ALL.iter().copied().find(|status| status.code() == code)
    }

    /// The SDMX code.
    pub fn code(self) -> &'static str {
        match self {
            ConfStatus::Free => "F",
            ConfStatus::Primary => "A",
            ConfStatus::Secondary => "D",
            ConfStatus::Internal => "N",
            ConfStatus::Embargoed => "E",
        }
    }

    /// The meaning in words.
    pub fn words(self) -> &'static str {
        match self {
            ConfStatus::Free => "free",
            ConfStatus::Primary => "confidential, a small count",
            ConfStatus::Secondary => "confidential, to protect another value",
            ConfStatus::Internal => "not for publication",
            ConfStatus::Embargoed => "under embargo",
        }
    }

    /// The number in the database. Its meaning never changes.
    pub fn number(self) -> i16 {
        match self {
            ConfStatus::Free => 0,
            ConfStatus::Primary => 1,
            ConfStatus::Secondary => 2,
            ConfStatus::Internal => 3,
            ConfStatus::Embargoed => 4,
        }
    }

    /// The status with this number in the database.
    pub fn from_number(number: i16) -> Option<ConfStatus> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// The shorthand of a status, if it has one. `[c]` is not included, since confidentiality causes it too, nor is `[r]`.
fn symbol(status: ObsStatus) -> Option<&'static str> {
    match status {
        ObsStatus::Normal | ObsStatus::Suppressed => None,
        ObsStatus::Break => Some("[b]"),
        ObsStatus::Estimated => Some("[e]"),
        ObsStatus::Provisional => Some("[p]"),
        ObsStatus::LowReliability => Some("[u]"),
        ObsStatus::CannotExist | ObsStatus::Missing => Some("[x]"),
    }
}

/// The shorthand of an observation, separated by spaces: `[c]` confidential, `[b]` break, `[e]` estimated, `[p]`
/// provisional, `[u]` low reliability, `[x]` not available, `[r]` revised. Empty for a normal value.
pub fn shorthand(obs: ObsStatus, conf: ConfStatus, revised: bool) -> String {
    let hidden = obs == ObsStatus::Suppressed || matches!(conf, ConfStatus::Primary | ConfStatus::Secondary);
    let symbols = [hidden.then_some("[c]"), symbol(obs), revised.then_some("[r]")];
    symbols.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Parses what [`shorthand`] writes. None for any other text, and for an empty one.
///
/// `[c]` alone means a suppressed value (primary suppression); together with another symbol it only says that the value is
/// confidential. `[x]` means missing: the shorthand cannot say that a value cannot exist. `[r]` is ignored, since revisions
/// are computed. `[low]` is not accepted, nor are two symbols that stand for two statuses.
pub fn from_shorthand(text: &str) -> Option<(ObsStatus, ConfStatus)> {
    let (mut obs, mut hidden, mut symbols) = (None, false, 0);
    for word in text.split_ascii_whitespace() {
        symbols += 1;
        let status = match word {
            "[c]" => {
                hidden = true;
                continue;
            }
            "[r]" => continue,
            "[x]" => ObsStatus::Missing,
            _ => ObsStatus::ALL.iter().copied().find(|status| symbol(*status) == Some(word))?,
        };
        if obs.replace(status).is_some() {
            return None;
        }
    }
    let conf = if hidden { ConfStatus::Primary } else { ConfStatus::Free };
    let unmarked = if hidden { ObsStatus::Suppressed } else { ObsStatus::Normal };
    (symbols > 0).then(|| (obs.unwrap_or(unmarked), conf))
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
    fn the_shorthand_is_that_of_government_statisticians() {
        for (obs, conf, revised, symbols) in [
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
            // A value that only its owner sees.
            ("A", "A", false, "[c]"),
            ("P", "D", false, "[c] [p]"),
            ("A", "N", false, ""),
            ("A", "E", false, ""),
        ] {
            let (obs, conf) = (ObsStatus::parse(obs).unwrap(), ConfStatus::parse(conf).unwrap());
            assert_eq!(shorthand(obs, conf, revised), symbols);
        }
    }

    #[test]
    fn shorthand_is_parsed_and_other_text_is_not_guessed() {
        for (symbols, obs, conf) in [
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
            assert_eq!(from_shorthand(symbols), Some(expected), "{symbols}");
        }
        for wrong in
            ["", " ", "c", "[C]", "[low]", "[z]", "..", "-", "[p] [e]", "[x] [x]", "[p][r]", "[p] 12", "12"]
        {
            assert_eq!(from_shorthand(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn parsed_shorthand_is_written_again() {
        for obs in ObsStatus::ALL {
            for conf in ConfStatus::ALL {
                let symbols = shorthand(*obs, *conf, false);
                let parsed = from_shorthand(&symbols);
                assert_eq!(parsed.is_none(), symbols.is_empty());
                if let Some((obs, conf)) = parsed {
                    assert_eq!(shorthand(obs, conf, false), symbols);
                }
            }
        }
    }
}
