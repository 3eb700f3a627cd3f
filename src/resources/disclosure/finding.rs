//! What the public could work out of a hidden figure.

#![warn(missing_docs)]

use serde::Serialize;

use crate::problem::Fault;
use crate::resources::series::SubmittedCell;

/// A sum that the public knows to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SumOfTable {
    /// The sum in words: the dimension, or `time`, the total, and its parts.
    #[schema(max_length = 700)]
    pub sum: String,
    /// The release that completes it.
    #[schema(max_length = 150)]
    pub release: String,
}

/// A figure that is hidden, or ought to be, and that the public could work out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// The key of the series.
    #[schema(max_length = 400)]
    pub series: String,
    /// The period, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The least that the figure can be, for all that is public.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub least: i64,
    /// The most that it can be.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub most: i64,
    /// The sums that together say so.
    #[schema(max_items = 1000)]
    pub sums: Vec<SumOfTable>,
    /// What would prevent it.
    #[schema(max_length = 4000)]
    pub mend: String,
}

impl Finding {
    /// A finding about a cell, with the interval that the public can work out.
    pub fn new(
        cell: &SubmittedCell,
        (least, most): (i64, i64),
        mut sums: Vec<SumOfTable>,
        mend: String,
    ) -> Finding {
        sums.truncate(1000);
        Finding {
            series: cell.series_key.clone(),
            time_period: cell.period.text(cell.frequency),
            period: cell.period.words(cell.frequency),
            least,
            most,
            sums,
            mend,
        }
    }

    /// The finding in a sentence or two.
    pub fn sentence(&self) -> String {
        let interval = match self.least == self.most {
            true => format!("is {}", self.least),
            false => format!("is {} to {}", self.least, self.most),
        };
        let sums: Vec<String> =
            self.sums.iter().map(|one| format!("{} ({})", one.sum, one.release)).collect();
        let from = if sums.is_empty() { String::new() } else { format!(", from {}", sums.join("; ")) };
        format!(
            "{}, {}: the public could tell that it {interval}{from}. {}",
            self.series, self.period, self.mend
        )
    }

    /// The finding as a fault of a request.
    pub fn fault(&self) -> Fault {
        Fault::pointer("", "disclosure_open", self.sentence())
    }
}
