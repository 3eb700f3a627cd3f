//! Reports: what an inspectorate, the Panel, a committee or a review has found.

mod checks;
mod counts;
mod dto;
mod model;

pub use dto::ReportContent;
pub use model::Report;
