//! The names of the columns of the canonical form.

/// The columns that are read, in addition to those of the dimensions.
pub const COLUMNS: &[&str] = &[
    "series",
    "FREQ",
    "TIME_PERIOD",
    "value",
    "numerator",
    "denominator",
    "OBS_STATUS",
    "CONF_STATUS",
    "complete",
    "reason",
    "note",
    "ACTION",
    "STRUCTURE_ID",
    "UNIT_MEASURE",
];

/// Those of [`COLUMNS`] that say what a row is of, and that every row of a release has alike.
pub const ORIGIN: &[&str] = &["series", "FREQ", "STRUCTURE_ID", "UNIT_MEASURE"];

/// The columns of responses that are ignored, so that a downloaded file can be corrected and submitted.
pub const IGNORED: &[&str] = &[
    "STRUCTURE",
    "STRUCTURE_NAME",
    "DECIMALS",
    "SHORTHAND",
    "period_start",
    "period_end",
    "PERIOD_WORDS",
    "LABEL",
    "RELEASE",
    "VALID_FROM",
    "VALID_TO",
    "REVISED",
    "REVISION",
    "WITHDRAWN",
];

/// Indexes of [`COLUMNS`].
#[derive(Clone, Copy)]
pub enum Name {
    Series,
    Freq,
    Period,
    Value,
    Numerator,
    Denominator,
    Obs,
    Conf,
    Complete,
    Reason,
    Note,
    Action,
    Structure,
    Unit,
}
