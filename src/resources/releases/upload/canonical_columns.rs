//! The columns of the canonical form.

use super::shape::IndicatorShape;

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

/// What a column of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The column with this index in [`COLUMNS`].
    Known(usize),
    /// The dimension with this index.
    Dimension(usize),
    Ignored,
}

/// What a column with this title is. None if it is not known.
pub fn column(shape: &IndicatorShape, title: &str) -> Option<Column> {
    let name = without_name(title);
    if let Some(n) = shape.dimensions.iter().position(|dimension| dimension.code.eq_ignore_ascii_case(name)) {
        return Some(Column::Dimension(n));
    }
    let name = if name.eq_ignore_ascii_case("OBS_VALUE") { "value" } else { name };
    if let Some(n) = COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name)) {
        return Some(Column::Known(n));
    }
    let is_ignored = IGNORED.iter().any(|known| known.eq_ignore_ascii_case(name));
    // With `labels=name`, names have columns of their own.
    let is_name =
        name.strip_suffix("_NAME").is_some_and(|of| !of.ends_with("_NAME") && column(shape, of).is_some());
    (is_ignored || is_name).then_some(Column::Ignored)
}

/// The only title of a header, if it is none of a column: the name of a table, whose header is below it.
pub fn is_above_header<'t>(titles: &'t [String], shape: &IndicatorShape) -> Option<&'t str> {
    let mut filled = titles.iter().filter(|title| !title.is_empty());
    let only = filled.next().filter(|title| column(shape, title).is_none())?;
    let has_separator = only.contains([';', '|']) || only.contains("TIME_PERIOD");
    (filled.next().is_none() && !has_separator).then_some(only.as_str())
}

/// The code of a cell, or the id of a title, without the name after it, as SDMX-CSV writes both: `E23000018: Derbyshire`.
pub fn without_name(cell: &str) -> &str {
    cell.split_once(": ").map_or(cell, |(code, _)| code)
}
