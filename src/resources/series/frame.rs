//! What all cells of an answer have in common: the indicator as everyone reads it, its series, its releases.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::{Cell, CodeName, DimensionInfo, Frame, ReleaseInfo, SeriesInfo};
use super::queries::keys::SeriesRow;
use super::queries::reading::{Row, Source};
use super::queries::staging::{DELETED, INCOMPLETE, day, statuses};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::resources::indicators::{Dimension, IndicatorContent};
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// The dimensions of an indicator.
pub fn dimensions(indicator: &IndicatorContent) -> Vec<DimensionInfo> {
    let codes = |dimension: &Dimension| {
        let codes = dimension.codes.iter();
        codes.map(|code| CodeName { code: code.code.clone(), name: code.name.clone() }).collect()
    };
    indicator
        .dimensions
        .iter()
        .map(|one| DimensionInfo { code: one.code.clone(), name: one.name.clone(), codes: codes(one) })
        .collect()
}

/// The series that have these codes, where any are asked for.
pub fn chosen(rows: Vec<SeriesRow>, wanted: &[(usize, Vec<String>)]) -> Vec<SeriesRow> {
    let has = |row: &SeriesRow, place: usize, codes: &[String]| {
        row.codes.split('.').nth(place).is_some_and(|code| codes.iter().any(|one| one == code))
    };
    let fits = |row: &SeriesRow| wanted.iter().all(|(place, codes)| has(row, *place, codes));
    rows.into_iter().filter(fits).collect()
}

/// The series as cells name them, by number; of the dimensions only the codes stay that occur.
pub fn series(
    rows: &[SeriesRow],
    dimensions: &mut [DimensionInfo],
) -> Result<HashMap<i64, Arc<SeriesInfo>>, Problem> {
    let mut places: Vec<HashMap<String, usize>> = vec![];
    for (n, dimension) in dimensions.iter_mut().enumerate() {
        let mut used: HashMap<&str, bool> =
            rows.iter().filter_map(|row| row.codes.split('.').nth(n)).map(|code| (code, false)).collect();
        dimension.codes.retain(|code| {
            used.get_mut(code.code.as_str()).is_some_and(|seen| !std::mem::replace(seen, true))
        });
        // A code that the indicator's public version lacks has no name; the figures of all others are still to be read.
        let mut unnamed: Vec<&str> = used.iter().filter(|(_, seen)| !**seen).map(|(code, _)| *code).collect();
        unnamed.sort_unstable();
        let bare = |code: &str| CodeName { code: code.to_owned(), name: code.to_owned() };
        dimension.codes.extend(unnamed.into_iter().map(bare));
        let codes = dimension.codes.iter().enumerate();
        places.push(codes.map(|(place, code)| (code.code.clone(), place)).collect());
    }
    let lost = || Problem::internal("a series has a code or a frequency that its indicator has not");
    rows.iter()
        .map(|row| {
            let codes = row.codes.split('.').zip(&places).map(|(code, known)| known.get(code).copied());
            let codes = codes.collect::<Option<Vec<usize>>>().ok_or_else(lost)?;
            let frequency = Frequency::parse(&row.frequency).ok_or_else(lost)?;
            Ok((
                row.number,
                Arc::new(SeriesInfo { number: row.number, key: row.series_key.clone(), codes, frequency }),
            ))
        })
        .collect()
}

/// The releases as cells name them, by number.
pub fn releases(sources: &[Source]) -> HashMap<i64, Arc<ReleaseInfo>> {
    let told = |source: &Source| {
        Arc::new(ReleaseInfo { id: source.record, reference: source.name(), withdrawn: source.ended_at })
    };
    sources.iter().map(|source| (source.number, told(source))).collect()
}

/// What rows become cells with.
pub struct Known {
    /// What they have in common.
    pub frame: Frame,
    /// The series, by number.
    pub series: HashMap<i64, Arc<SeriesInfo>>,
    /// The releases, by number.
    pub releases: HashMap<i64, Arc<ReleaseInfo>>,
    /// The moment asked for: what ended later had not ended by then, and what is to come is nobody's business.
    pub at: Ts,
}

impl Known {
    /// The cell that a row is. One whose release was withdrawn has no value; that it has none is all that is told.
    pub fn cell(&self, row: Row) -> Result<Cell, Problem> {
        let odd = || Problem::internal("a row of figures that nothing explains");
        let (series, starts, ends, valid_from, valid_to, release, revision, flags, ..) = row;
        let (value, numerator, denominator, reason, note) = (row.8, row.9, row.10, row.11, row.12);
        let series = self.series.get(&i64::from(series)).ok_or_else(odd)?.clone();
        let release = self.releases.get(&i64::from(release)).ok_or_else(odd)?.clone();
        let days = (day(starts.into()), day(ends.into()));
        let period = match days {
            (Some(start), Some(end)) => Period { start, end },
            _ => return Err(odd()),
        };
        let (obs, conf) = statuses(flags).ok_or_else(odd)?;
        let shown = release.withdrawn.is_none();
        let scaled = |raw: Option<i64>| raw.filter(|_| shown).map(Scaled::from_raw);
        Ok(Cell {
            series,
            period,
            value: scaled(value),
            numerator: scaled(numerator),
            denominator: scaled(denominator),
            obs: if shown { obs } else { ObsStatus::Missing },
            conf: if shown { conf } else { ConfStatus::Free },
            complete: flags & INCOMPLETE == 0,
            revision: revision.into(),
            deleted: flags & DELETED != 0,
            release,
            valid_from,
            valid_to: valid_to.filter(|to| *to <= self.at),
            reason: reason.filter(|_| shown),
            note: note.filter(|_| shown),
        })
    }
}
