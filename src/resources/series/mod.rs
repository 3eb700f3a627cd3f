//! Series: the figures of indicators, with every revision, by the time of their publication.

mod answer;
mod asked;
mod cell;
mod formats;
mod frame;
mod list;
mod observations;
mod queries;
mod template;
mod vintages;

pub use formats::reserved;
pub use list::schemas;
pub use queries::difference::{HandedIn, cells_of, largest};
pub use queries::export::{Published, is_public, published};
pub use queries::figures::{FIGURES, Figures, TABLES, figures_of, public_figures};
pub use queries::keys::{Wanted, codes_handed_in, dimensions, frozen, goes_out};
pub use queries::proof::prove;
pub use queries::publication::{destroy, end, publish, recall};
pub use queries::staging::{DELETED, Handed, INCOMPLETE, NewCell, day, flags, stage, statuses};
pub use vintages::Vintage;

use crate::http::operation::Operation;
use crate::record::kind::KindDef;

/// This room's rows of the table.
pub fn operations(indicator: &'static KindDef) -> Vec<Operation> {
    let mut all = list::operations();
    all.extend(observations::operations());
    all.push(vintages::operation());
    all.push(template::operation(indicator));
    all
}
