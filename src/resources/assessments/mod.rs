//! Assessments: ratings of pledges by the office or by an independent assessor.

use std::sync::LazyLock;

pub(super) mod dto;
mod model;

pub use model::Assessment;

/// The codes of a rating.
pub static RATINGS: LazyLock<Vec<String>> = LazyLock::new(super::codes::codes_of::<dto::Rating>);
