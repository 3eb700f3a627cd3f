//! Statements: public claims about what an indicator measures, with who made them and when.

mod checks;
mod dto;
mod model;
mod validate;

pub use model::Statement;
