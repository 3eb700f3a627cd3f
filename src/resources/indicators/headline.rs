//! The headline of an indicator: the one series that stands for it in an overview, and how its latest figure is compared.

#![warn(missing_docs)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::comparison::Method;

/// The series that stands for an indicator in an overview.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorHeadline {
    /// The code of each dimension, such as `{"AREA": "E23000018", "OFFENCE": "burglary"}`. A dimension with a single code, or with one of which all others are parts, can be left out, and so can `AREA`, if the body's area is meant.
    pub codes: BTreeMap<String, String>,
}

/// How the latest figure of the headline is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeadlineComparison {
    /// With the period before.
    Previous,
    /// With the same period a year before.
    #[default]
    Yoy,
    /// From April to the last complete month, with the year before.
    Ytd,
    /// Twelve months, with the twelve before.
    Rolling12,
    /// With the declared baseline.
    Baseline,
}

impl HeadlineComparison {
    /// The method of comparison.
    pub const fn method(self) -> Method {
        match self {
            HeadlineComparison::Previous => Method::Previous,
            HeadlineComparison::Yoy => Method::YearOnYear,
            HeadlineComparison::Ytd => Method::YearToDate,
            HeadlineComparison::Rolling12 => Method::RollingYear,
            HeadlineComparison::Baseline => Method::Baseline,
        }
    }
}
