//! Themes: threats, risks and national requirements that the work answers to.

mod checks;
mod dto;
mod model;

pub use model::Theme;
