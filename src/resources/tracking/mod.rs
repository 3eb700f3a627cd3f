//! What became of recommendations: the answers, the progress and the verifications that a reader sees, and what follows
//! from them.

mod facts;
mod stage;

pub use facts::{Facts, days, facts};
pub use stage::STAGES;
