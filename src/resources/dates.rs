//! Days that a source may not state.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::problem::Fault;

/// Where a day comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateBasis {
    /// The source states it.
    Stated,
    /// It is inferred from the source; the note says how.
    Inferred,
    /// The source does not state it, and nothing is assumed.
    NotStated,
}

impl DateBasis {
    /// Checks that a field has a day, unless none is stated.
    pub fn check(self, field: &str, day: Option<NaiveDate>, faults: &mut Vec<Fault>) {
        let pointer = format!("/{field}");
        match (self, day) {
            (DateBasis::Stated | DateBasis::Inferred, None) => {
                let detail = "Give the day, or `not_stated` as `date_basis` if the source does not state it.";
                faults.push(Fault::pointer(pointer, "required", detail));
            }
            (DateBasis::NotStated, Some(_)) => {
                let detail = "There is no day where none is stated. Remove it, or say in `date_basis` where it comes from.";
                faults.push(Fault::pointer(pointer, "not_here", detail));
            }
            _ => {}
        }
    }
}
