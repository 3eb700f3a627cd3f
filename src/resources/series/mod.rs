//! Series: the figures of indicators, with every revision, by the time of their publication.

mod answer;
mod asked;
mod cell;
mod formats;
mod frame;
mod list;
mod observations;
mod queries;
mod vintages;

pub use formats::reserved;
pub use list::schemas;
pub use queries::difference::{HandedIn, handed_in, largest};
pub use queries::figures::{FIGURES, Figures, figures_of};
pub use queries::giving::{Published, is_public, published};
pub use queries::keys::{Wanted, dimensions, frozen};
pub use queries::publication::{destroy, end, publish, recall};
pub use queries::staging::{DELETED, Handed, INCOMPLETE, NewCell, day, flags, stage, statuses};
pub use vintages::Vintage;

use crate::http::operation::Operation;

/// This room's rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut all = list::operations();
    all.extend(observations::operations());
    all.push(vintages::operation());
    all
}
