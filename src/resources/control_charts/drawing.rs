//! Draws the charts of series: reads their figures and computes.

use std::sync::Arc;

use chrono::NaiveDate;

use super::request::ChartRequest;
use crate::http::Call;
use crate::problem::{Fault, Problem};
use crate::resources::receipts::ReceiptContext;
use crate::resources::series::{CellsBySeries, Figures, SeriesInfo};
use crate::stats::measure::Measure;
use crate::stats::point::{Point, Series};
use crate::stats::spc::{self, Chart, Refusal, check_windows};
use crate::stats::target::Target;
use crate::store::Conn;

/// What all charts of an answer are drawn from.
pub struct Drawing {
    pub request: ChartRequest,
    pub figures: Figures,
    pub context: ReceiptContext,
    pub measure: Measure,
    targets: Vec<Target>,
    breaks: Vec<NaiveDate>,
}

impl Drawing {
    /// Checks the request against the indicator.
    pub fn new(call: &Call, request: ChartRequest, figures: Figures) -> Result<Drawing, Problem> {
        check_windows(figures.content().measure().frequency, request.options.every)
            .map_err(|refusal| refusal_problem(&refusal))?;
        Ok(Drawing::unchecked(call, request, figures))
    }

    /// With a request that is not checked: a chart that makes no sense is refused when it is drawn.
    pub fn unchecked(call: &Call, request: ChartRequest, figures: Figures) -> Drawing {
        let content = figures.content();
        let (measure, targets, breaks) =
            (content.measure(), content.targets_of_measure(), content.break_days());
        let context = ReceiptContext::new(call, &figures);
        Drawing { request, figures, context, measure, targets, breaks }
    }

    /// What a series measures.
    pub fn measure_of(&self, series: &SeriesInfo) -> Measure {
        Measure { frequency: series.frequency, ..self.measure }
    }

    /// The cells of some series that lie between the periods of the request.
    pub fn read(&self, conn: &mut Conn, series: &[Arc<SeriesInfo>]) -> Result<CellsBySeries, Problem> {
        let numbers = series.iter().map(|one| one.number);
        let mut cells = self.figures.cells(conn, numbers, None, self.request.at)?;
        for of_series in cells.values_mut() {
            of_series.retain(|cell| self.request.window.includes(cell.period));
        }
        Ok(cells)
    }

    /// The chart of a series.
    pub fn draw(&self, cells: &CellsBySeries, series: &SeriesInfo) -> Result<Chart, Refusal> {
        let cells = cells.get(&series.number).map_or(&[][..], Vec::as_slice);
        let points: Vec<Point> = cells.iter().map(|cell| cell.point()).collect();
        let measure = self.measure_of(series);
        let of_series = Series { measure: &measure, points: &points, breaks: &self.breaks };
        spc::chart(&of_series, &self.targets, &self.request.options)
    }
}

/// 422 if the series cannot have such a chart, 400 if a parameter has a wrong value.
pub fn refusal_problem(refusal: &Refusal) -> Problem {
    let (name, of_series) = match refusal {
        Refusal::Overlap(_) | Refusal::NoOverlap => ("every", true),
        Refusal::Anchor(_) => ("anchor", false),
        Refusal::Fix(_) => ("fix", false),
        Refusal::OverlappingPeriods | Refusal::UnequalPeriods => ("startPeriod", true),
        Refusal::TooMany => ("startPeriod", false),
    };
    let fault = Fault::parameter(name, refusal.code(), refusal.to_string());
    if of_series { Problem::unprocessable(vec![fault]) } else { Problem::bad_request(vec![fault]) }
}
