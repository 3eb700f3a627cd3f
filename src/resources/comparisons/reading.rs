//! What comparisons are computed from: the request, the figures of some series and of their peers, areas and baselines.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::peers::{self, PeerSeries};
use super::request::{ComparisonRequest, Periods};
use crate::clock::Ts;
use crate::http::Call;
use crate::problem::{Fault, Problem};
use crate::resources::areas::Areas;
use crate::resources::indicators::Baseline;
use crate::resources::series::{CellsBySeries, Figures, SeriesInfo};
use crate::stats::comparison::{Method, suits};
use crate::stats::measure::Measure;
use crate::stats::period::Period;
use crate::stats::point::{Point, Series};
use crate::stats::target::Target;
use crate::store::Conn;

/// The most comparisons of many series in one answer.
const MOST_RESULTS: usize = 200_000;

/// The most figures of other areas in the comparisons of many series.
const MOST_FIGURES: usize = 200_000;

/// What all comparisons of an answer are computed from.
pub struct Reading {
    pub request: ComparisonRequest,
    pub figures: Figures,
    pub areas: Arc<Areas>,
    pub measure: Measure,
    pub targets: Vec<Target>,
    pub breaks: Vec<NaiveDate>,
}

/// The figures of some series, and of the series that they are compared with.
#[derive(Default)]
pub struct SeriesFigures {
    pub cells: CellsBySeries,
    /// The cells that baselines are pinned to, by the day of their publication.
    pub pinned: HashMap<NaiveDate, CellsBySeries>,
}

impl Reading {
    /// Checks the request against the indicator. The problem lists all faults.
    pub fn new(
        call: &Call,
        conn: &mut Conn,
        request: ComparisonRequest,
        figures: Figures,
    ) -> Result<Reading, Problem> {
        let measure = figures.content().measure();
        let mut faults = vec![];
        peers::faults(&request, &figures, &mut faults);
        let one = if let Periods::One(period) = request.periods { Some(period) } else { None };
        for (name, period) in [("period", one), ("base", request.base)] {
            if let Some(Err(fault)) = period.map(|period| measure.frequency.fits(period)) {
                faults.push(Fault::parameter(name, fault.code(), fault.to_string()));
            }
        }
        if !faults.is_empty() {
            return Err(Problem::bad_request(faults));
        }
        for method in &request.methods {
            if let Err(refusal) = suits(*method, &measure) {
                faults.push(Fault::parameter("method", refusal.code(), refusal.to_string()));
            }
        }
        if !faults.is_empty() {
            return Err(Problem::unprocessable(faults));
        }
        Ok(Reading::unchecked(request, figures, Areas::of(call, conn)?))
    }

    /// With a request that is not checked: a comparison that makes no sense has no result.
    pub fn unchecked(request: ComparisonRequest, figures: Figures, areas: Arc<Areas>) -> Reading {
        let content = figures.content();
        let (measure, targets, breaks) =
            (content.measure(), content.targets_of_measure(), content.break_days());
        Reading { request, figures, areas, measure, targets, breaks }
    }

    /// Refuses so many comparisons of many series that the answer would have no end: all series, by the periods that any of them
    /// has, by the methods.
    pub fn refuse_too_many(&self, conn: &mut Conn) -> Result<(), Problem> {
        let Periods::Within(window) = self.request.periods else { return Ok(()) };
        let (series, methods) = (self.figures.requested.len(), self.request.methods.len());
        let periods = self.figures.period_count(conn, window)?;
        if series.saturating_mul(methods).saturating_mul(periods) <= MOST_RESULTS {
            return Ok(());
        }
        let detail = format!(
            "These are {series} series by up to {periods} periods by {methods} methods, and an answer has at most {MOST_RESULTS} comparisons. Name fewer codes in `c[DIMENSION]`, or give `startPeriod` and `endPeriod` closer together."
        );
        Err(Problem::bad_request(vec![Fault::parameter("startPeriod", "too_many", detail)]))
    }

    /// Refuses comparisons of many series with so many areas that their figures would be more than an answer holds: what it costs
    /// grows with the square of the areas, and is known before a figure is read.
    pub fn refuse_too_many_peers(&self, call: &Call) -> Result<(), Problem> {
        let (request, peers) = (&self.request, self.most_peers());
        if peers == 0 {
            return Ok(());
        }
        let fault = |name: &str, detail: String| {
            Err(Problem::bad_request(vec![Fault::parameter(name, "too_many", detail)]))
        };
        if let Periods::Within(_) = request.periods {
            let name = if call.params.has("startPeriod") { "startPeriod" } else { "endPeriod" };
            return fault(
                name,
                "Areas are compared for many series in one period only. Give `period`, or neither of the two for the latest; several periods of one series are at /v1/series/{key}/comparisons.".to_owned(),
            );
        }
        let series = self.figures.requested.len();
        let with_peers = request
            .methods
            .iter()
            .filter(|method| matches!(method, Method::PeerRank | Method::PeerMean))
            .count();
        let Some(figures) = excess(series, with_peers, peers) else { return Ok(()) };
        fault(
            "peers",
            format!(
                "These are {series} series, each compared with up to {peers} areas: up to {figures} figures, and an answer has at most {MOST_FIGURES}. Name fewer codes in `c[DIMENSION]`, or fewer areas."
            ),
        )
    }

    /// A tag of everything that the answer follows from.
    pub fn tag(&self, call: &Call) -> String {
        let format: &[u8] = if self.request.csv.is_some() { b"csv" } else { b"json" };
        self.figures.tag(call, &[&self.areas.digest, format])
    }

    /// What a series measures.
    pub fn measure_of(&self, series: &SeriesInfo) -> Measure {
        Measure { frequency: series.frequency, ..self.measure }
    }

    /// Reads the figures of some series: two statements and one for each pinned baseline, whatever the number of cells.
    pub fn read(&self, conn: &mut Conn, series: &[Arc<SeriesInfo>]) -> Result<SeriesFigures, Problem> {
        let (figures, at) = (&self.figures, self.request.at);
        let numbers = || series.iter().map(|one| one.number);
        let mut read =
            SeriesFigures { cells: figures.cells(conn, numbers(), None, at)?, pinned: HashMap::new() };
        if self.request.methods.contains(&Method::Baseline) {
            read.pinned = pinned_cells(figures, conn, numbers(), at)?;
        }
        if self.request.names_peers() {
            self.read_peers(conn, series, &mut read)?;
        }
        Ok(read)
    }

    /// Reads the figures of the peers of some series, in the periods that are compared.
    fn read_peers(
        &self,
        conn: &mut Conn,
        series: &[Arc<SeriesInfo>],
        read: &mut SeriesFigures,
    ) -> Result<(), Problem> {
        let mut numbers = vec![];
        let mut within: Option<Period> = None;
        for one in series {
            let points = points_of(read, one);
            for period in self.periods_of(one, &points) {
                within = Some(within.map_or(period, |known| Period {
                    start: known.start.min(period.start),
                    end: known.end.max(period.end),
                }));
                numbers.extend(self.peers_of(one, period).into_iter().filter_map(|peer| peer.series));
            }
        }
        let Some(within) = within else { return Ok(()) };
        let own: Vec<i64> = series.iter().map(|one| one.number).collect();
        let numbers = numbers.iter().map(|peer| peer.number).filter(|number| !own.contains(number));
        let cells = self.figures.cells(conn, numbers, Some(within), self.request.at)?;
        read.cells.extend(cells);
        Ok(())
    }

    /// The other areas that a series is compared with in a period.
    pub fn peers_of(&self, series: &SeriesInfo, period: Period) -> Vec<PeerSeries> {
        peers::peers_of(&self.request, &self.figures, &self.areas, series, period)
    }

    /// How many other areas a series is compared with, at most.
    pub fn most_peers(&self) -> usize {
        peers::most_peers(&self.request, &self.figures)
    }

    /// The periods of a series that are compared, in their order.
    pub fn periods_of(&self, series: &SeriesInfo, points: &[Point]) -> Vec<Period> {
        match self.request.periods {
            Periods::One(period) => vec![period],
            Periods::Latest => {
                let measure = self.measure_of(series);
                let series = Series { measure: &measure, points, breaks: &self.breaks };
                series.latest().into_iter().collect()
            }
            Periods::Within(window) => {
                points.iter().map(|point| point.period).filter(|period| window.includes(*period)).collect()
            }
        }
    }
}

/// How many figures of areas the comparisons of many series have, if those are too many.
fn excess(series: usize, methods: usize, peers: usize) -> Option<usize> {
    let figures = series.saturating_mul(methods).saturating_mul(peers.saturating_add(1));
    (figures > MOST_FIGURES).then_some(figures)
}

/// The cells of some series that baselines are pinned to, by the day of their publication.
pub fn pinned_cells(
    figures: &Figures,
    conn: &mut Conn,
    numbers: impl IntoIterator<Item = i64> + Clone,
    at: Ts,
) -> Result<HashMap<NaiveDate, CellsBySeries>, Problem> {
    let mut pinned: HashMap<NaiveDate, CellsBySeries> = HashMap::new();
    for (day, period) in pinned_baselines(figures) {
        let then = Ts::end_of_day(day).min(at);
        let cells = figures.cells(conn, numbers.clone(), Some(period), then)?;
        let known = pinned.entry(day).or_default();
        for (number, more) in cells {
            known.entry(number).or_default().extend(more);
        }
    }
    Ok(pinned)
}

/// The baselines that are pinned to a publication: the day of that, and the period.
pub fn pinned_baselines(figures: &Figures) -> Vec<(NaiveDate, Period)> {
    let of = |baseline: &Baseline| Some((baseline.pinned_to?, baseline.period()?));
    let unvalued = figures.content().baselines.iter().filter(|baseline| baseline.value.is_none());
    unvalued.filter_map(of).collect()
}

/// The cells of a series, in the order of their periods.
pub fn points_of(read: &SeriesFigures, series: &SeriesInfo) -> Vec<Point> {
    let cells = read.cells.get(&series.number).map_or(&[][..], Vec::as_slice);
    cells.iter().map(|cell| cell.point()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_areas_are_counted_by_series_method_and_area() {
        assert_eq!(excess(2_000, 1, 49), None);
        assert_eq!(excess(4_001, 1, 49), Some(200_050));
        assert_eq!(excess(2_001, 2, 49), Some(200_100));
        assert_eq!(excess(usize::MAX, 2, usize::MAX), Some(usize::MAX));
    }
}
