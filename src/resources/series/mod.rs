//! Series: the observations of indicators with every revision, by the time of their publication.

mod cell;
mod dto;
mod figures;
mod formats;
mod indicator;
mod observations;
mod queries;
mod releases;
mod request;
mod response;
mod row_context;
mod schema;
mod scope;
mod series_list;
mod several;
mod template;
mod vintages;

pub use cell::{Cell, SeriesInfo};
pub use dto::{SeriesLine, SeriesView, Vintage};
pub use figures::{CellsBySeries, Figures, codes_of_one};
pub use formats::{AGENCY, about_column, datatype_of_column, reserved};
pub use observations::KEY;
pub use queries::change_counts::ChangeCounts;
pub use queries::concealed::{
    CellSide, SubmittedCell, concealed_between, published_cells_of_measure, restage, staged_cells,
};
pub use queries::difference::{ComparedCell, compared_cells, largest_revisions};
pub use queries::export::{indicator_is_public, published_cells};
pub use queries::flags::flags;
pub use queries::keys::{
    NewSeries, PublishedProfile, dimensions, frozen, lock_measure, measure_number, published_profiles,
    staged_codes,
};
pub use queries::publication::{cancel_publication, publish, redact, withdraw};
pub use queries::reading::{PublishedRelease, published_releases};
pub use queries::release_observations::{
    COMPANION, CONTENT_TABLES, ReleaseObservations, of_release, public_of_releases,
};
pub use queries::staging::{NewCell, NewObservations, keep_staged, stage};
pub use queries::stored_cell::StoredCell;
pub use queries::verify::verify;
pub use request::{Window, period, series_params, window, window_params};
pub use schema::observation_schemas;
pub use several::{ReadTogether, SeriesOfIndicator};

use crate::http::operation::Operation;
use crate::record::kind::KindDef;

/// The operations of this module.
pub fn operations(indicator: &'static KindDef) -> Vec<Operation> {
    let mut all = series_list::operations();
    all.extend(observations::operations());
    all.push(vintages::operation());
    all.push(template::operation(indicator));
    all
}
