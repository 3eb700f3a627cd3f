//! Terms of office: who held which office, from when to when.

mod dto;
mod model;

pub use dto::OfficeTermContent;
pub use model::OfficeTerm;
