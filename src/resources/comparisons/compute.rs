//! The comparisons of one series.

use std::collections::HashMap;
use std::sync::Arc;

use super::peers::{PeerSeries, area_of, part_and_whole};
use super::reading::{Reading, SeriesFigures, points_of};
use crate::resources::indicators::Baseline;
use crate::resources::series::{Cell, SeriesInfo};
use crate::stats::comparison::{
    self, BaselineBase, Comparison, Method, Peer, Peers, Population, Refusal, Warning,
};
use crate::stats::measure::Measure;
use crate::stats::period::Period;
use crate::stats::point::{Point, Series};

/// A comparison of a period, or why it makes no sense.
pub struct Compared {
    pub method: Method,
    pub period: Period,
    pub result: Result<Comparison, Refusal>,
    /// The baseline that was used.
    pub baseline: Option<Base>,
    /// The series of the other areas with which it is compared, by their codes.
    pub peers: HashMap<String, Arc<SeriesInfo>>,
}

/// A declared baseline, with the cell that it was read from.
#[derive(Clone)]
pub struct Base {
    pub base: BaselineBase,
    pub cell: Option<Cell>,
}

impl Reading {
    /// The comparisons of a series: its periods in order, each by all methods in the order of the request.
    pub fn compare(&self, read: &SeriesFigures, series: &SeriesInfo) -> Vec<Compared> {
        let points = points_of(read, series);
        let measure = self.measure_of(series);
        let of_series = Series { measure: &measure, points: &points, breaks: &self.breaks };
        let mut all = vec![];
        for period in self.periods_of(series, &points) {
            for method in &self.request.methods {
                all.push(self.compare_period(read, series, &of_series, period, *method));
            }
        }
        all
    }

    fn compare_period(
        &self,
        read: &SeriesFigures,
        series: &SeriesInfo,
        of_series: &Series<'_>,
        period: Period,
        method: Method,
    ) -> Compared {
        if let Some(refusal) = Refusal::of_year(of_series, period) {
            return Compared { method, period, result: Err(refusal), baseline: None, peers: HashMap::new() };
        }
        let options = &self.request.options;
        let mut used = None;
        let mut peers = HashMap::new();
        let result = match method {
            Method::Previous => comparison::previous(of_series, period, options),
            Method::YearOnYear => comparison::year_on_year(of_series, period, options),
            Method::YearToDate => comparison::year_to_date(of_series, period, options),
            Method::RollingYear => comparison::rolling_year(of_series, period, options),
            Method::Since => match self.request.base {
                Some(base) => comparison::since(of_series, period, base, options),
                None => Err(Refusal::BaseNotEarlier),
            },
            Method::Baseline => {
                let (result, baseline) = self.against_baseline(read, series, of_series, period);
                used = baseline;
                result
            }
            Method::Rate => {
                let population = self.population(series, period).map(|point| Population { point });
                comparison::rate(of_series, period, population.as_ref())
            }
            Method::AgainstTarget => comparison::against_target(of_series, period, &self.targets, options),
            Method::PeerRank | Method::PeerMean => {
                let others = self.peers_of(series, period);
                let result = self.against_peers(read, series, &others, of_series.measure, period, method);
                peers = others.into_iter().filter_map(|peer| Some((peer.area, peer.series?))).collect();
                result
            }
        };
        Compared { method, period, result, baseline: used, peers }
    }

    fn population(&self, series: &SeriesInfo, period: Period) -> Option<Point> {
        self.areas.population(area_of(&self.figures, series)?, period)
    }

    /// Against the latest declared baseline that the period can be compared with.
    fn against_baseline(
        &self,
        read: &SeriesFigures,
        series: &SeriesInfo,
        of_series: &Series<'_>,
        period: Period,
    ) -> (Result<Comparison, Refusal>, Option<Base>) {
        let options = &self.request.options;
        let mut declared: Vec<Base> = self
            .figures
            .content()
            .baselines
            .iter()
            .filter_map(|baseline| base_of(baseline, read, series, of_series))
            .collect();
        declared.sort_by_key(|one| one.base.period);
        let (mut refusal, mut latest) = (None, None);
        for one in declared.into_iter().rev() {
            match (comparison::baseline(of_series, period, Some(&one.base), options), &mut latest) {
                (Ok(result), None) => latest = Some((result, one)),
                (Ok(_), Some((result, _))) => {
                    result.warnings.push(Warning::SeveralBaselines);
                    break;
                }
                (Err(Refusal::BaseNotEarlier), _) => {
                    refusal = refusal.or(Some(Refusal::BaselineNotEarlier));
                }
                (Err(refused), _) => refusal = refusal.or(Some(refused)),
            }
        }
        match (latest, refusal) {
            (Some((result, one)), _) => (Ok(result), Some(one)),
            (None, Some(refusal)) => (Err(refusal), None),
            (None, None) => (comparison::baseline(of_series, period, None, options), None),
        }
    }

    fn against_peers(
        &self,
        read: &SeriesFigures,
        series: &SeriesInfo,
        others: &[PeerSeries],
        measure: &Measure,
        period: Period,
        method: Method,
    ) -> Result<Comparison, Refusal> {
        let counts = comparison::counts(measure);
        let mut areas = vec![area_of(&self.figures, series).unwrap_or_default()];
        areas.extend(others.iter().map(|one| one.area.as_str()));
        if method == Method::PeerMean {
            let included = areas.get(usize::from(!self.request.with_self)..).unwrap_or_default();
            if let Some((part, whole)) = part_and_whole(&self.figures, &self.areas, included, period) {
                return Err(Refusal::PartOfAnother { part: part.to_owned(), whole: whole.to_owned() });
            }
        }
        let all = std::iter::once(Some(series)).chain(others.iter().map(|one| one.series.as_deref()));
        let populations = self.areas.populations(&areas, period);
        let mut others =
            areas.into_iter().zip(all).zip(populations).map(|((area, series), population)| Peer {
                area: area.to_owned(),
                point: series.and_then(|series| cell_at(read, series, period)).map(Cell::point),
                population: population.filter(|_| counts),
            });
        let own = others.next().ok_or(Refusal::NoPeers)?;
        let others: Vec<Peer> = others.collect();
        let peers = Peers { measure, period, own: &own, others: &others };
        match method {
            Method::PeerRank => comparison::peer_rank(&peers),
            _ => comparison::peer_mean(
                &peers,
                self.request.mean,
                self.request.with_self,
                &self.request.options,
            ),
        }
    }
}

/// The cell of a series in a period.
pub fn cell_at<'a>(read: &'a SeriesFigures, series: &SeriesInfo, period: Period) -> Option<&'a Cell> {
    let cells = read.cells.get(&series.number)?;
    cells.binary_search_by_key(&period, |cell| cell.period).ok().and_then(|index| cells.get(index))
}

/// A declared baseline with its value: a fixed one, that of the publication that it is pinned to, or the one on record. None if
/// its period is none of the series'.
pub fn base_of(
    baseline: &Baseline,
    read: &SeriesFigures,
    series: &SeriesInfo,
    of_series: &Series<'_>,
) -> Option<Base> {
    let period = baseline.period()?;
    of_series.measure.frequency.fits(period).ok()?;
    let cell = match (baseline.fixed_value(), baseline.pinned_to) {
        (Some(_), _) => None,
        (None, Some(day)) => {
            let cells = read.pinned.get(&day).and_then(|cells| cells.get(&series.number));
            cells.and_then(|cells| cells.iter().find(|cell| cell.period == period)).cloned()
        }
        (None, None) => cell_at(read, series, period).cloned(),
    };
    let fixed = baseline.fixed_value().map(|value| Point::of(period, value));
    let point = fixed.or_else(|| cell.as_ref().map(Cell::point));
    Some(Base { base: BaselineBase { label: baseline.label.clone(), period, point }, cell })
}
