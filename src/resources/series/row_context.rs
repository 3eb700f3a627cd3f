//! What turns stored rows into the cells of a response: the indicator's dimensions, its series and its releases.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::{Cell, CodeName, DimensionInfo, ReleaseInfo, ResponseInfo, SeriesInfo};
use super::queries::days::day;
use super::queries::flags::{DELETED, INCOMPLETE, statuses};
use super::queries::keys::SeriesRow;
use super::queries::reading::{PublishedRelease, Row};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::resources::indicators::{DimensionCode, IndicatorContent};
use crate::stats::decimal::Scaled;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// The dimensions of an indicator with all their codes.
pub fn dimensions(content: &IndicatorContent) -> Vec<DimensionInfo> {
    let codes = |codes: &[DimensionCode]| {
        codes.iter().map(|code| CodeName { code: code.code.clone(), name: code.name.clone() }).collect()
    };
    content
        .dimensions
        .iter()
        .map(|dimension| DimensionInfo {
            code: dimension.code.clone(),
            name: dimension.name.clone(),
            codes: codes(&dimension.codes),
        })
        .collect()
}

/// The series that match a filter by codes: the index of each filtered dimension, with its codes.
pub fn matching(rows: Vec<SeriesRow>, filter: &[(usize, Vec<String>)]) -> Vec<SeriesRow> {
    let has_code = |row: &SeriesRow, index: usize, codes: &[String]| {
        row.codes.split('.').nth(index).is_some_and(|code| codes.iter().any(|known| known == code))
    };
    let matches = |row: &SeriesRow| filter.iter().all(|(index, codes)| has_code(row, *index, codes));
    rows.into_iter().filter(matches).collect()
}

/// The series of cells, by number. Removes the codes that do not occur from the dimensions.
pub fn series_by_number(
    rows: &[SeriesRow],
    dimensions: &mut [DimensionInfo],
) -> Result<HashMap<i64, Arc<SeriesInfo>>, Problem> {
    let mut code_indexes: Vec<HashMap<String, usize>> = vec![];
    for (n, dimension) in dimensions.iter_mut().enumerate() {
        let mut used: HashMap<&str, bool> =
            rows.iter().filter_map(|row| row.codes.split('.').nth(n)).map(|code| (code, false)).collect();
        dimension.codes.retain(|code| {
            used.get_mut(code.code.as_str()).is_some_and(|named| !std::mem::replace(named, true))
        });
        // A code that the public version of the indicator lacks has no name. It is shown by its code, so that all other
        // observations stay readable.
        let mut unnamed: Vec<&str> =
            used.iter().filter(|(_, named)| !**named).map(|(code, _)| *code).collect();
        unnamed.sort_unstable();
        let without_name = |code: &str| CodeName { code: code.to_owned(), name: code.to_owned() };
        dimension.codes.extend(unnamed.into_iter().map(without_name));
        let codes = dimension.codes.iter().enumerate();
        code_indexes.push(codes.map(|(index, code)| (code.code.clone(), index)).collect());
    }
    let unknown = || Problem::internal("a series has a code or a frequency that its indicator lacks");
    rows.iter()
        .map(|row| {
            let codes =
                row.codes.split('.').zip(&code_indexes).map(|(code, indexes)| indexes.get(code).copied());
            let codes = codes.collect::<Option<Vec<usize>>>().ok_or_else(unknown)?;
            let frequency = Frequency::parse(&row.frequency).ok_or_else(unknown)?;
            Ok((
                row.number,
                Arc::new(SeriesInfo { number: row.number, key: row.series_key.clone(), codes, frequency }),
            ))
        })
        .collect()
}

/// The releases of cells, by number.
pub fn releases_by_number(releases: &[PublishedRelease]) -> HashMap<i64, Arc<ReleaseInfo>> {
    let info = |release: &PublishedRelease| {
        Arc::new(ReleaseInfo {
            id: release.record,
            reference: release.full_reference(),
            withdrawn: release.ended_at,
        })
    };
    releases.iter().map(|release| (release.number, info(release))).collect()
}

/// What turns rows into cells.
pub struct RowContext {
    pub info: ResponseInfo,
    /// The series, by number.
    pub series: HashMap<i64, Arc<SeriesInfo>>,
    /// The releases, by number.
    pub releases: HashMap<i64, Arc<ReleaseInfo>>,
    /// The moment of the query. An interval that ended later had not ended by then, and the end of an interval in the future
    /// would reveal a scheduled release.
    pub at: Ts,
}

impl RowContext {
    /// The cell of a row. If its release was withdrawn, the cell has no value, and nothing else of its content is shown.
    pub fn cell(&self, row: Row) -> Result<Cell, Problem> {
        let inconsistent =
            || Problem::internal("a stored observation has an unknown series, release, period or status");
        let (series, starts, ends, valid_from, valid_to, release, revision, flags, ..) = row;
        let (value, numerator, denominator, reason, note) = (row.8, row.9, row.10, row.11, row.12);
        let series = self.series.get(&i64::from(series)).ok_or_else(inconsistent)?.clone();
        let release = self.releases.get(&i64::from(release)).ok_or_else(inconsistent)?.clone();
        let period = match (day(starts.into()), day(ends.into())) {
            (Some(start), Some(end)) => Period { start, end },
            _ => return Err(inconsistent()),
        };
        let (obs, conf) = statuses(flags).ok_or_else(inconsistent)?;
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
