//! The part of a mapping that says how numbers are read.

#![warn(missing_docs)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::map_schemas;

/// The thousands separator. Spaces of every kind are one, and where any separator is declared, spaces may separate
/// thousands too: they can mean nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ThousandsSeparator {
    /// A comma.
    #[serde(rename = ",")]
    Comma,
    /// A space.
    #[serde(rename = " ")]
    Space,
    /// An apostrophe.
    #[serde(rename = "'")]
    Apostrophe,
}

/// What brackets around a number mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Brackets {
    /// The number is negative.
    Negative,
}

/// Which number of a cell is read, where a cell of a workbook shows another one than it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellNumbers {
    /// The number that it shows.
    Shown,
    /// The number that it holds.
    Held,
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
    /// What brackets around a number mean. By default, they are an error, except around a sum of money, which they make
    /// negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brackets: Option<Brackets>,
    /// A number that every value is multiplied by: `1000` where the file has thousands, `100` where it has 0.915 for 91.5 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 30)]
    pub factor: Option<String>,
    /// Which number is read where a cell of a workbook shows another one than it holds, such as thousands. By default, that
    /// is an error, except a percentage of a `PERCENT` indicator, which is read as it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<CellNumbers>,
    /// The number of decimals to which values are rounded, half away from zero. By default, they are not rounded.
    #[schema(minimum = 0, maximum = 6, format = "int64")]
    pub round_to: Option<i64>,
    /// Symbols that may stand in the place of a number (such as `..` or `[x]`; the empty text for an empty cell), each with
    /// its meaning.
    #[serde(default)]
    #[schema(value_type = SymbolMeanings)]
    pub marks: BTreeMap<String, SymbolMeaning>,
    /// Symbols that may follow a number (such as `[p]` or `r`), each with its meaning; several may follow one number. Symbols
    /// are compared without regard to case and kind of dash. `[note]` stands for `[note 1]` and all other notes.
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
