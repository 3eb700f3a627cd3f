//! What was understood of a file: the first rows of each series, in words, so that a misread file is seen before it is
//! published.

#![warn(missing_docs)]

use std::collections::HashMap;

use serde::Serialize;

use super::row::UploadRow;
use super::shape::IndicatorShape;
use crate::stats::status::{ConfStatus, ObsStatus};

/// The most series that are shown.
const MAX_SERIES: usize = 50;

/// The most rows of a series that are shown.
const MAX_ROWS: usize = 3;

/// The first observations of a series, as they were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnderstoodSeries {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// Its codes by their names: `Area: Derbyshire; Offence: Burglary`.
    #[schema(max_length = 8000)]
    pub words: String,
    /// The number of its observations in the file.
    #[schema(minimum = 0, maximum = 1_000_000_000, format = "int64")]
    pub observations: u64,
    /// The first three of them.
    #[schema(max_items = 3)]
    pub first: Vec<UnderstoodObservation>,
}

/// An observation, as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnderstoodObservation {
    /// The row of the sheet or of the CSV, or the element of the JSON list, from 1.
    #[schema(minimum = 1, maximum = 1_000_000_000, format = "int64")]
    pub row: u64,
    /// The cell of the value, such as `C5`. Null for JSON.
    #[schema(required = true, max_length = 12)]
    pub cell: Option<String>,
    /// The period, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The value with its unit, or why there is none: `91.5 per cent (provisional value)`.
    #[schema(max_length = 200)]
    pub value: String,
}

/// Collects the first rows of each series.
#[derive(Debug, Default)]
pub struct Understood {
    series: Vec<UnderstoodSeries>,
    indexes: HashMap<Vec<u32>, usize>,
}

impl Understood {
    /// Adds an observation whose value is in this column, from 0.
    pub fn add(&mut self, row: &UploadRow, column: Option<usize>, shape: &IndicatorShape) {
        let index = match self.indexes.get(&row.codes) {
            Some(index) => *index,
            None if self.series.len() >= MAX_SERIES => return,
            None => {
                self.series.push(series(row, shape));
                self.indexes.insert(row.codes.clone(), self.series.len() - 1);
                self.series.len() - 1
            }
        };
        let series = &mut self.series[index];
        series.observations += 1;
        if series.first.len() < MAX_ROWS {
            series.first.push(UnderstoodObservation {
                row: row.row,
                cell: column.map(|column| {
                    let letters = super::text::letters(column);
                    format!("{}{}", letters.trim_matches(['[', ']']), row.row)
                }),
                time_period: row.period.text(row.frequency),
                period: row.period.words(row.frequency),
                value: value_in_words(row, shape),
            });
        }
    }

    /// The series in the order in which they first occur.
    pub fn series(&self) -> &[UnderstoodSeries] {
        &self.series
    }
}

fn series(row: &UploadRow, shape: &IndicatorShape) -> UnderstoodSeries {
    let codes = row.codes.iter().zip(&shape.dimensions);
    let codes: Vec<(&str, &str, &str)> = codes
        .filter_map(|(code, dimension)| {
            let code = dimension.at(*code)?;
            Some((dimension.name.as_str(), code.code.as_str(), code.name.as_str()))
        })
        .collect();
    let key: Vec<&str> = codes.iter().map(|(_, code, _)| *code).collect();
    let words: Vec<String> = codes
        .iter()
        .map(|(dimension, code, name)| format!("{dimension}: {}", if name.is_empty() { code } else { name }))
        .collect();
    UnderstoodSeries {
        series: format!("{}.{}.{}", shape.slug, key.join("."), row.frequency.code()),
        words: words.join("; "),
        observations: 0,
        first: vec![],
    }
}

/// The unit of a value, in words that follow the number.
fn unit_in_words(unit: &str) -> &'static str {
    match unit {
        "PERCENT" => " per cent",
        "RATE_1000" => " per 1,000",
        "RATE_10000" => " per 10,000",
        "RATE_100000" => " per 100,000",
        "SECONDS" => " seconds",
        "MINUTES" => " minutes",
        "HOURS" => " hours",
        "DAYS" => " days",
        "GBP" => " pounds",
        _ => "",
    }
}

fn value_in_words(row: &UploadRow, shape: &IndicatorShape) -> String {
    if row.delete {
        return "deleted".to_owned();
    }
    let mut words = match row.value {
        Some(value) => format!("{value}{}", unit_in_words(shape.unit)),
        None => "no value".to_owned(),
    };
    if let (Some(above), Some(below)) = (row.numerator, row.denominator) {
        words.push_str(&format!(" ({above} of {below})"));
    }
    let mut notes = vec![];
    if row.obs != ObsStatus::Normal {
        notes.push(row.obs.words());
    }
    if row.conf != ConfStatus::Free {
        notes.push(row.conf.words());
    }
    if !row.complete {
        notes.push("incomplete period");
    }
    if !notes.is_empty() {
        words.push_str(&format!(" ({})", notes.join(", ")));
    }
    words
}
