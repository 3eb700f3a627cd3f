//! The control chart of a single series, for what else is computed from it.

use super::drawing::Drawing;
use super::dto::ControlChartLine;
use super::request::ChartRequest;
use crate::http::Call;
use crate::resources::series::{CellsBySeries, Figures, Window};
use crate::stats::spc::Options;

/// What the control chart of the first series of the figures says. None if there is no series.
pub fn line_of(call: &Call, figures: Figures, cells: &CellsBySeries) -> Option<ControlChartLine> {
    let request = ChartRequest {
        options: Options::default(),
        window: Window { start: None, end: None },
        at: figures.at,
        as_of: call.as_of.get(),
        csv: None,
    };
    let drawing = Drawing::unchecked(call, request, figures);
    let series = drawing.figures.requested.first()?;
    let of_series = cells.get(&series.number).map_or(&[][..], Vec::as_slice);
    Some(drawing.line_view(series, of_series, &drawing.draw(cells, series)))
}
