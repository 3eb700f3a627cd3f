//! A mapping declares how a file is read: what each column is, what its texts and symbols mean, and what is corrected.
//!
//! Nothing is guessed. A column is named by its title in the header, with one space where the file has several spaces or a line
//! break. A column without a title, or with the title of another column, is named by its letters in square brackets, such as
//! `[C]`.

#![warn(missing_docs)]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::draft::AcceptableFault;
use super::map_schemas;
use super::table::Layout;

/// How a file that is not in the canonical form is read.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The sheet of a workbook. Required if it has several.
    #[schema(min_length = 1, max_length = 100)]
    pub sheet: Option<String>,
    /// The line of a CSV file, or the row of a sheet, in which the header begins. The default is 1.
    #[schema(minimum = 1, maximum = 10_000, format = "int64")]
    pub header_row: Option<i64>,
    /// The number of rows of the header. The title of a column is its lowest cell that is not empty. The default is 1.
    #[schema(minimum = 1, maximum = 10, format = "int64")]
    pub header_rows: Option<i64>,
    /// The line or row in which the data begin. By default, they follow the header.
    #[schema(minimum = 1, maximum = 10_000_000, format = "int64")]
    pub first_row: Option<i64>,
    /// The line or row in which the data end. By default, they end with the file.
    #[schema(minimum = 1, maximum = 10_000_000, format = "int64")]
    pub last_row: Option<i64>,
    /// The separator of the cells of a CSV file, which must be in UTF-8. The default is a comma.
    pub delimiter: Option<Delimiter>,
    /// Where the code of each dimension of the indicator comes from.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub dimensions: Vec<DimensionMapping>,
    /// Where the period comes from.
    #[serde(default)]
    pub period: PeriodMapping,
    /// Where the value comes from.
    #[serde(default)]
    pub value: ValueMapping,
    /// The column of the numerator.
    #[schema(min_length = 1, max_length = 300)]
    pub numerator: Option<String>,
    /// The column of the denominator.
    #[schema(min_length = 1, max_length = 300)]
    pub denominator: Option<String>,
    /// The column of OBS_STATUS.
    #[schema(min_length = 1, max_length = 300)]
    pub status: Option<String>,
    /// The column of the reason.
    #[schema(min_length = 1, max_length = 300)]
    pub reason: Option<String>,
    /// The column of the note.
    #[schema(min_length = 1, max_length = 300)]
    pub note: Option<String>,
    /// Reads only rows that have one of these texts in each of these columns.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextLists)]
    pub keep: BTreeMap<String, Vec<String>>,
    /// Corrections, applied in this order.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub rules: Vec<MappingRule>,
}

impl Mapping {
    /// Where the header and the data are.
    pub fn layout(&self) -> Layout {
        let row = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        Layout {
            header_row: row(self.header_row).unwrap_or(1),
            header_rows: row(self.header_rows).unwrap_or(1).max(1),
            first_row: row(self.first_row),
            last_row: row(self.last_row),
        }
    }
}

/// The separator of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Delimiter {
    /// A comma.
    #[serde(rename = ",")]
    Comma,
    /// A semicolon.
    #[serde(rename = ";")]
    Semicolon,
    /// A vertical bar.
    #[serde(rename = "|")]
    Bar,
    /// A tab.
    #[serde(rename = "\t")]
    Tab,
}

impl Delimiter {
    /// The separator as a byte.
    pub fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Bar => b'|',
            Delimiter::Tab => b'\t',
        }
    }
}

/// Where the code of a dimension comes from: exactly one of `columns`, `constant` and `titles`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionMapping {
    /// The code of the dimension.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Z][A-Z0-9_]*$")]
    pub dimension: String,
    /// Columns. In each row, the first that is not empty has the code.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub columns: Vec<String>,
    /// The code for all rows.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub constant: Option<String>,
    /// For a wide table: the columns of values by their titles, each with the code of its values.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextsByText)]
    pub titles: BTreeMap<String, String>,
    /// Texts of the file, each with the code that it stands for. A text that is not listed must be a code itself.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextsByText)]
    pub codes: BTreeMap<String, String>,
    /// Whether digits after a name, in cells and in titles, may be footnote numbers. If so, `England7,8` is read as
    /// `England`, unless the text with the digits is known.
    #[serde(default)]
    pub strip_footnotes: bool,
}

/// The end of a period that a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodEnd {
    /// The first day of the period, or the month or year of that day.
    Start,
    /// The last day of the period, or the month or year of that day.
    End,
}

/// Where the period comes from: exactly one of `column`, `constant` and `titles`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodMapping {
    /// The column of the period.
    #[schema(min_length = 1, max_length = 300)]
    pub column: Option<String>,
    /// The form of the text: `iso` for a period in ISO 8601, or a form made of YYYY, MM, MMM (Mar), MMMM (March), DD and
    /// the punctuation and spaces between them.
    #[schema(min_length = 3, max_length = 40)]
    pub form: Option<String>,
    /// The end of the period that the text gives. Required unless the form is `iso`.
    pub is: Option<PeriodEnd>,
    /// The length of the period. Required unless the form is `iso`.
    #[schema(min_length = 3, max_length = 5, pattern = "^P[0-9]{1,3}[YM]$")]
    pub length: Option<String>,
    /// Texts that do not have that form, each with its period in ISO 8601.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextsByText)]
    pub texts: BTreeMap<String, String>,
    /// The period for all rows, in ISO 8601.
    #[schema(min_length = 1, max_length = 40)]
    pub constant: Option<String>,
    /// For a wide table: the columns of values by their titles, each with the period of its values.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextsByText)]
    pub titles: BTreeMap<String, String>,
}

/// The thousands separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ThousandsSeparator {
    /// A comma.
    #[serde(rename = ",")]
    Comma,
}

/// Where the value comes from: its column, unless the file is a wide table.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueMapping {
    /// The column of the value. Not for a wide table.
    #[schema(min_length = 1, max_length = 300)]
    pub column: Option<String>,
    /// The thousands separator. By default, there is none.
    pub thousands: Option<ThousandsSeparator>,
    /// The number of decimals to which values are rounded, half away from zero. By default, they are not rounded.
    #[schema(minimum = 0, maximum = 6, format = "int64")]
    pub round_to: Option<i64>,
    /// Symbols that may stand in the place of a number (such as `..` or `[x]`; the empty text for an empty cell), each with
    /// its meaning.
    #[serde(default)]
    #[schema(value_type = SymbolMeanings)]
    pub marks: BTreeMap<String, SymbolMeaning>,
    /// Symbols that may follow a number (such as `[p]` or `r`), each with its meaning.
    #[serde(default)]
    #[schema(value_type = SymbolMeanings)]
    pub footnotes: BTreeMap<String, SymbolMeaning>,
}

/// The meaning of a symbol.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SymbolMeaning {
    /// The `OBS_STATUS` of the observation.
    #[serde(rename = "OBS_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[ABEPUMOQ]$")]
    pub obs_status: Option<String>,
    /// The `CONF_STATUS` of the observation.
    #[serde(rename = "CONF_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[FADNE]$")]
    pub conf_status: Option<String>,
    /// The number that the symbol stands for.
    #[schema(min_length = 1, max_length = 30)]
    pub value: Option<String>,
}

/// A correction: where it applies, what it does, and why.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingRule {
    /// The rows to which the rule applies: those that meet all of these conditions.
    #[serde(default)]
    pub when: RuleCondition,
    /// What the rule does.
    pub then: RuleAction,
    /// Why. This becomes the reason of the observations that the rule changes.
    #[schema(min_length = 1, max_length = 500)]
    pub because: String,
}

/// The rows to which a rule applies.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleCondition {
    /// The row has one of these texts in each of these columns.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextLists)]
    pub columns: BTreeMap<String, Vec<String>>,
    /// The row has one of these codes of each of these dimensions.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextLists)]
    pub codes: BTreeMap<String, Vec<String>>,
    /// The period begins on or after this day.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The period ends on or before this day.
    #[schema(max_length = 10)]
    pub until: Option<NaiveDate>,
    /// The value is this number.
    #[schema(min_length = 1, max_length = 30)]
    pub value_is: Option<String>,
    /// The value is below this number.
    #[schema(min_length = 1, max_length = 30)]
    pub value_below: Option<String>,
}

/// What a rule does.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleAction {
    /// Skips the row.
    #[serde(default)]
    pub drop: bool,
    /// Replaces texts in columns: for each column, the text of the file and the text that is read instead.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextsByColumn)]
    pub text: BTreeMap<String, BTreeMap<String, String>>,
    /// Sets the code of a dimension.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextsByText)]
    pub codes: BTreeMap<String, String>,
    /// Sets `OBS_STATUS`. With `M`, `O` or `Q`, the value is removed.
    #[serde(rename = "OBS_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[ABEPUMOQ]$")]
    pub obs_status: Option<String>,
    /// Sets `CONF_STATUS`.
    #[serde(rename = "CONF_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[FADNE]$")]
    pub conf_status: Option<String>,
    /// Sets the value.
    #[schema(min_length = 1, max_length = 30)]
    pub value: Option<String>,
    /// Accepts what would be an error or a warning.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub accept: Vec<AcceptableFault>,
}

/// The most symbols of a map.
const MAX_SYMBOLS: usize = 50;

/// A map from a symbol to its meaning.
enum SymbolMeanings {}

impl PartialSchema for SymbolMeanings {
    fn schema() -> RefOr<Schema> {
        let of = RefOr::Ref(utoipa::openapi::Ref::from_schema_name(SymbolMeaning::name()));
        map_schemas::map(MAX_SYMBOLS, of, "Symbols, each with its meaning.").into()
    }
}

impl ToSchema for SymbolMeanings {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((SymbolMeaning::name().into_owned(), SymbolMeaning::schema()));
        SymbolMeaning::schemas(schemas);
    }
}
