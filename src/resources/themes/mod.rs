//! Themes: threats, risks and national requirements that the work responds to.

mod dto;
mod model;

pub use model::Theme;
