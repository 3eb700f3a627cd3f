//! A mapping declares how a file is read: what each column is, what its texts and symbols mean, and what is corrected.
//!
//! Nothing is guessed. A column is named by its title in the header, with one space where the file has several spaces or a line
//! break. A column without a title, or with the title of another column, is named by its letters in square brackets, such as
//! `[C]`.

#![warn(missing_docs)]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::PartialSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

pub use super::value_mapping::{CellNumbers, SymbolMeaning, ValueMapping};

use super::draft::AcceptableFault;
use super::map_schemas;

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
    /// How a header of several rows makes titles. The default is `lowest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_titles: Option<HeaderTitles>,
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
    /// Columns in which an empty cell has the text of the cell above it: labels in merged cells, or written once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub fill_down: Vec<String>,
    /// Whether hidden rows, columns and sheets, and cells under merged ones, are read like those that are shown, or left out.
    /// Without it, figures in them are an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<HiddenCells>,
    /// Figures of the file that are meant to be left out. Without it, figures that are not read are an error.
    #[serde(default, skip_serializing_if = "IgnoredFigures::is_none")]
    pub ignore: IgnoredFigures,
    /// Reads only rows that have one of these texts in each of these columns.
    #[serde(default)]
    #[schema(value_type = map_schemas::TextLists)]
    pub keep: BTreeMap<String, Vec<String>>,
    /// Corrections, applied in this order.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub rules: Vec<MappingRule>,
}

/// How a header of several rows makes titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeaderTitles {
    /// The title of a column is its lowest cell that is not empty.
    Lowest,
    /// The title of a column is all its cells from the highest to the lowest, with a space between them. An empty cell
    /// above the lowest row has the text of the cell to its left, as merged cells have: `2023/24 Q1`.
    Joined,
}

/// What is done with hidden rows, columns and sheets of a workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HiddenCells {
    /// They are read like those that are shown.
    Read,
    /// They are left out.
    Skip,
}

/// Figures of the file that are meant to be left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IgnoredFigures {
    /// Columns with figures that the mapping does not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub columns: Vec<String>,
    /// Figures between the header and `first_row`.
    #[serde(default)]
    pub before_first_row: bool,
    /// Figures after `last_row`.
    #[serde(default)]
    pub after_last_row: bool,
}

impl IgnoredFigures {
    fn is_none(&self) -> bool {
        self.columns.is_empty() && !self.before_first_row && !self.after_last_row
    }
}

/// The separator of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

// Written here: the macro would give the tab as a backslash and a `t`.
impl PartialSchema for Delimiter {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The separator of cells."))
            .enum_values(Some([",", ";", "|", "\t"]))
            .into()
    }
}

impl utoipa::ToSchema for Delimiter {}

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

/// Where the period comes from: exactly one of `column`, `columns`, `constant`, `titles` and `titles_form`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodMapping {
    /// The column of the period.
    #[schema(min_length = 1, max_length = 300)]
    pub column: Option<String>,
    /// Columns that make up the period together, such as a year and a quarter: their texts in this order, with a space
    /// between them, have the form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 3)]
    pub columns: Vec<String>,
    /// The form of the text: `iso` for a period in ISO 8601, `serial` for the number of a day as sheets count them, or a text
    /// with YYYY, YY, MM, MMM (a month's name), DD, q (a quarter, 1 to 4), h (a half year) and w (a week of ISO 8601) in
    /// the places of what varies: `MMM YYYY`, `YYYY/YY`, `Qq YYYY-YY`, `MMM to MMM YYYY`, `Year ending MMMM YYYY`.
    #[schema(min_length = 2, max_length = 60)]
    pub form: Option<String>,
    /// The end of the period that the text gives. Required unless the form says the whole period.
    pub is: Option<PeriodEnd>,
    /// The length of the period. Required unless the form says the whole period.
    #[schema(min_length = 3, max_length = 5, pattern = "^P[0-9]{1,3}[YMWD]$")]
    pub length: Option<String>,
    /// The month, 1 to 12, in which the years of the form begin. By default, split years such as 2023/24 begin in April (4),
    /// others in January (1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 12, format = "int64")]
    pub year_begins: Option<i64>,
    /// For a wide table whose titles are periods: their form. Every column with a title in this form is a column of values,
    /// so that the next file may have one more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 2, max_length = 60)]
    pub titles_form: Option<String>,
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

impl PeriodMapping {
    /// The month in which the years of the form begin, if it is declared.
    pub fn first_month(&self) -> Option<u32> {
        self.year_begins.and_then(|month| u32::try_from(month).ok())
    }
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
