//! Questions that were put to a meeting, with their answers. Who asked is never recorded.

mod checks;
mod dto;
mod model;

pub use dto::{AskedBy, Handling};
pub use model::Question;
