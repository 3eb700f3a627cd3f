//! What is declared of a file: which column is what, what its words and marks stand for, and what is put right.
//!
//! Nothing is guessed. A column is named by its title in the header, with one blank where the file has several or a new
//! line; one that has no title, or shares it with another, by its letter in brackets, such as `[C]`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::draft::Acceptable;
use super::mapping_schema;
use super::table::Layout;

/// How a file is read.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The sheet of a workbook; needed where it has several.
    #[schema(min_length = 1, max_length = 100)]
    pub sheet: Option<String>,
    /// The line of a CSV file, or the row of a sheet, in which the header begins; 1 if it is not said.
    #[schema(minimum = 1, maximum = 10_000, format = "int64")]
    pub header_row: Option<i64>,
    /// How many rows the header has; of each column the lowest that is not empty is its title. 1 if it is not said.
    #[schema(minimum = 1, maximum = 10, format = "int64")]
    pub header_rows: Option<i64>,
    /// The line or row in which the data begin; right behind the header if it is not said.
    #[schema(minimum = 1, maximum = 10_000_000, format = "int64")]
    pub first_row: Option<i64>,
    /// The line or row in which the data end; with the file if it is not said.
    #[schema(minimum = 1, maximum = 10_000_000, format = "int64")]
    pub last_row: Option<i64>,
    /// What stands between the cells of a CSV file, which is in UTF-8; a comma if it is not said.
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
    /// The column of remarks.
    #[schema(min_length = 1, max_length = 300)]
    pub note: Option<String>,
    /// Only rows are read that have one of these texts in each of these columns.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::lists)]
    pub keep: BTreeMap<String, Vec<String>>,
    /// What is put right, in this order.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub rules: Vec<Rule>,
}

impl Mapping {
    /// Which rows of the file are what.
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

/// What stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Delimiter {
    /// A comma.
    #[serde(rename = ",")]
    Comma,
    /// A semicolon.
    #[serde(rename = ";")]
    Semicolon,
    /// A bar.
    #[serde(rename = "|")]
    Bar,
    /// A tabulator.
    #[serde(rename = "\t")]
    Tab,
}

impl Delimiter {
    /// The sign.
    pub fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Bar => b'|',
            Delimiter::Tab => b'\t',
        }
    }
}

/// Where the code of a dimension comes from: one of `columns`, `constant`, `titles`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionMapping {
    /// The dimension's code.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Z][A-Z0-9_]*$")]
    pub dimension: String,
    /// Columns of which the first that is not empty in a row names the code.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub columns: Vec<String>,
    /// The code of all rows.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")]
    pub constant: Option<String>,
    /// Of a wide table: the columns that hold values, by their titles, each with the code of its values.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::texts)]
    pub titles: BTreeMap<String, String>,
    /// What stands in the file, and which code is meant by it. A text that is not here has to be a code itself.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::texts)]
    pub codes: BTreeMap<String, String>,
    /// Whether digits behind a name may be marks of footnotes, in cells and in titles: `England7,8` is read as `England`
    /// then, unless it is known as it stands.
    #[serde(default)]
    pub strip_footnotes: bool,
}

/// Which end of a period a column tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodEnd {
    /// The first day, or what it lies in.
    Start,
    /// The last day, or what it lies in.
    End,
}

/// Where the period comes from: one of `column`, `constant`, `titles`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodMapping {
    /// The column.
    #[schema(min_length = 1, max_length = 300)]
    pub column: Option<String>,
    /// How it is written: `iso` for a period in ISO 8601, or a form made of YYYY, MM, MMM (Mar), MMMM (March), DD and signs
    /// between.
    #[schema(min_length = 3, max_length = 40)]
    pub form: Option<String>,
    /// Which end of the period that is, where the form is not `iso`.
    pub is: Option<PeriodEnd>,
    /// How long the period is, where the form is not `iso`.
    #[schema(min_length = 3, max_length = 5, pattern = "^P[0-9]{1,3}[YM]$")]
    pub length: Option<String>,
    /// Texts that are not of that form, and the period in ISO 8601 that is meant.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::texts)]
    pub texts: BTreeMap<String, String>,
    /// The period of all rows, in ISO 8601.
    #[schema(min_length = 1, max_length = 40)]
    pub constant: Option<String>,
    /// Of a wide table: the columns that hold values, by their titles, each with the period of its values.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::texts)]
    pub titles: BTreeMap<String, String>,
}

/// What stands between thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Thousands {
    /// A comma.
    #[serde(rename = ",")]
    Comma,
}

/// Where the value comes from; its column, unless the table is wide.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueMapping {
    /// The column; not of a wide table.
    #[schema(min_length = 1, max_length = 300)]
    pub column: Option<String>,
    /// What stands between thousands; nothing if it is not said.
    pub thousands: Option<Thousands>,
    /// To how many decimals values are rounded, half away from zero, before they are taken; they are taken as they are if it
    /// is not said.
    #[schema(minimum = 0, maximum = 6, format = "int64")]
    pub round_to: Option<i64>,
    /// What may stand in the place of a number (`..`, `[x]`; nothing at all is ``), and what it means.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::marks)]
    pub marks: BTreeMap<String, Mark>,
    /// What may stand behind a number (`[p]`, `r`), and what it means.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::marks)]
    pub footnotes: BTreeMap<String, Mark>,
}

/// What a mark means.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The status of the observation.
    #[serde(rename = "OBS_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[ABEPUMOQ]$")]
    pub obs_status: Option<String>,
    /// Whether it is free to be shown.
    #[serde(rename = "CONF_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[FADNE]$")]
    pub conf_status: Option<String>,
    /// The number that is meant.
    #[schema(min_length = 1, max_length = 30)]
    pub value: Option<String>,
}

/// What is put right, where, and why.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// To which rows it applies: to those that meet all that is said here.
    #[serde(default)]
    pub when: When,
    /// What it does.
    pub then: Then,
    /// Why; it is the reason of the observations that it changes.
    #[schema(min_length = 1, max_length = 500)]
    pub because: String,
}

/// To which rows a rule applies.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Columns of the file, and what stands there.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::lists)]
    pub columns: BTreeMap<String, Vec<String>>,
    /// Dimensions, and the codes that were read.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::lists)]
    pub codes: BTreeMap<String, Vec<String>>,
    /// The period begins on this day or later.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The period ends on this day or earlier.
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
pub struct Then {
    /// Leaves the row out.
    #[serde(default)]
    pub drop: bool,
    /// Reads another text than stands in a column: the text of the file, and what is read for it.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::texts_by_column)]
    pub text: BTreeMap<String, BTreeMap<String, String>>,
    /// Gives it another code of a dimension.
    #[serde(default)]
    #[schema(schema_with = mapping_schema::texts)]
    pub codes: BTreeMap<String, String>,
    /// Gives it a status; of `M`, `O` and `Q` there is no value any more.
    #[serde(rename = "OBS_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[ABEPUMOQ]$")]
    pub obs_status: Option<String>,
    /// Says whether it is free to be shown.
    #[serde(rename = "CONF_STATUS")]
    #[schema(min_length = 1, max_length = 1, pattern = "^[FADNE]$")]
    pub conf_status: Option<String>,
    /// Gives it a value.
    #[schema(min_length = 1, max_length = 30)]
    pub value: Option<String>,
    /// Lets pass what would be a fault or a warning.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub accept: Vec<Acceptable>,
}
