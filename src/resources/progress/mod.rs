//! Progress: what an organisation has done about a recommendation or a report, in dated entries.

mod checks;
mod dto;
mod model;

pub use dto::{ProgressContent, ProgressStatus};
pub use model::Progress;
