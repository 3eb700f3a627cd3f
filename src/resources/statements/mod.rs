//! Statements: public claims about what an indicator measures, with who made them and when.

mod check;
mod checks;
mod dto;
mod model;
mod validate;

pub use check::{StatementCheck, operations};
pub use model::Statement;
