//! Statements: public claims about what an indicator measures, with who made them and when.

mod check;
mod checks;
mod dto;
mod judging;
mod model;
mod preview;
mod validate;
mod verdicts;

pub use check::{CHECK, StatementCheck, operations};
pub use judging::judge_some;
pub use model::Statement;
pub use preview::{VerdictPreview, changed_verdicts};
pub use verdicts::{VerdictChange, changes_of};
