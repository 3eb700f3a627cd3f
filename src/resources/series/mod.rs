//! Series: the figures of indicators, with every revision, by the time of their publication.

mod cell;
mod queries;

pub use queries::figures::{FIGURES, Figures, figures_of};
pub use queries::keys::{Frozen, Wanted, frozen};
pub use queries::publication::{destroy, end, publish, recall};
pub use queries::staging::{Change, Handed, NewCell, flags, stage};
