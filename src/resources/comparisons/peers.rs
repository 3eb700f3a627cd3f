//! The areas that a series is compared with, and their series.

use std::sync::Arc;

use super::request::{ComparisonRequest, PeerAreas};
use crate::problem::{Fault, unknown_name};
use crate::resources::areas::Areas;
use crate::resources::indicators::Dimension;
use crate::resources::series::{Figures, SeriesInfo};
use crate::stats::period::Period;

/// Another area, and the series of it that has the same other codes.
pub struct PeerSeries {
    pub area: String,
    pub series: Option<Arc<SeriesInfo>>,
}

/// The code of a series' area, if its indicator has a dimension of areas.
pub fn area_of<'a>(figures: &'a Figures, series: &SeriesInfo) -> Option<&'a str> {
    let index = figures.content().area_dimension()?;
    figures.codes_of(series).get(index).copied()
}

/// The other areas that a series is compared with in a period, in the order of the request; siblings in the order of the
/// indicator. The area itself is left out.
pub fn peers_of(
    request: &ComparisonRequest,
    figures: &Figures,
    areas: &Areas,
    series: &SeriesInfo,
    period: Period,
) -> Vec<PeerSeries> {
    let (Some(index), Some(own)) = (figures.content().area_dimension(), area_of(figures, series)) else {
        return vec![];
    };
    let codes: Vec<&str> = match &request.peers {
        None => vec![],
        Some(PeerAreas::Named(codes)) => codes.iter().map(String::as_str).collect(),
        Some(PeerAreas::Siblings) => {
            let known = figures.content().dimensions.get(index).map_or(&[][..], |dimension| &dimension.codes);
            let day = period.last_day();
            known
                .iter()
                .map(|code| code.code.as_str())
                .filter(|code| areas.are_siblings(own, code, day))
                .collect()
        }
    };
    let peer = |code: &str| {
        let codes = figures.codes_of(series).into_iter().enumerate();
        let codes: Vec<&str> =
            codes.map(|(n, of_series)| if n == index { code } else { of_series }).collect();
        PeerSeries { area: code.to_owned(), series: figures.with_codes(&codes, series.frequency).cloned() }
    };
    codes.into_iter().filter(|code| *code != own).map(peer).collect()
}

/// Two of these areas of which the first is a part of the second on the last day of a period: as the areas themselves say, or
/// the codes of the indicator.
pub fn part_and_whole<'a>(
    figures: &Figures,
    areas: &Areas,
    codes: &[&'a str],
    period: Period,
) -> Option<(&'a str, &'a str)> {
    let declared = dimension_of_areas(figures).and_then(|dimension| dimension.part_and_whole(codes));
    declared.or_else(|| areas.part_and_whole(codes, period.last_day()))
}

/// The dimension of areas, if the indicator has one.
fn dimension_of_areas(figures: &Figures) -> Option<&Dimension> {
    figures.content().area_dimension().and_then(|index| figures.content().dimensions.get(index))
}

/// How many other areas a series is compared with, at most.
pub fn most_peers(request: &ComparisonRequest, figures: &Figures) -> usize {
    match &request.peers {
        None => 0,
        Some(PeerAreas::Named(codes)) => codes.len(),
        Some(PeerAreas::Siblings) => dimension_of_areas(figures).map_or(0, |dimension| dimension.codes.len()),
    }
}

/// What is wrong with the named areas, for this indicator.
pub fn faults(request: &ComparisonRequest, figures: &Figures, faults: &mut Vec<Fault>) {
    let Some(peers) = &request.peers else { return };
    let Some(dimension) = dimension_of_areas(figures) else {
        let detail = "The indicator has no dimension `AREA`, so its figures are not those of areas that could be compared. Leave `peers`, `peer_rank` and `peer_mean` out.";
        faults.push(Fault::parameter("peers", "not_applicable", detail));
        return;
    };
    let PeerAreas::Named(codes) = peers else { return };
    let known: Vec<&str> = dimension.codes.iter().map(|code| code.code.as_str()).collect();
    for (n, code) in codes.iter().enumerate() {
        if !known.contains(&code.as_str()) {
            faults.push(Fault::parameter("peers", "unknown", unknown_name("area", code, &known)));
        } else if codes.get(..n).is_some_and(|before| before.contains(code)) {
            let detail = format!("Name each area once: {code} is repeated.");
            faults.push(Fault::parameter("peers", "duplicate", detail));
        }
        if faults.len() >= crate::problem::FAULTS {
            return;
        }
    }
}
