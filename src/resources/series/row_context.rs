//! What turns stored rows into the cells of a response: the indicator's dimensions, its series and its releases.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::{Cell, CodeName, DimensionInfo, ReleaseInfo, ResponseInfo, SeriesHead, SeriesInfo};
use super::indicator::IndicatorWithSources;
use super::queries::days::day;
use super::queries::flags::{DELETED, INCOMPLETE, statuses};
use super::queries::keys::SeriesRow;
use super::queries::reading::Row;
use super::releases::Releases;
use crate::clock::Ts;
use crate::problem::Problem;
use crate::resources::indicators::{DimensionCode, IndicatorContent};
use crate::stats::calendar::PartCovered;
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

/// Codes that series must have: the index of each filtered dimension, with its codes.
pub type CodeFilter = Vec<(usize, Vec<String>)>;

/// Whether a series matches a filter by codes.
pub fn matches(row: &SeriesRow, filter: &CodeFilter) -> bool {
    filter.iter().all(|(index, codes)| {
        row.codes.split('.').nth(*index).is_some_and(|code| codes.iter().any(|known| known == code))
    })
}

/// The series that match a filter by codes.
pub fn matching(rows: Vec<SeriesRow>, filter: &CodeFilter) -> Vec<SeriesRow> {
    rows.into_iter().filter(|row| matches(row, filter)).collect()
}

/// The series of cells, by number.
pub type SeriesByNumber = HashMap<i64, Arc<SeriesInfo>>;

/// The dimensions of an indicator with the codes that some series have, and these series by number.
pub fn dimensions_of_series(
    rows: &[SeriesRow],
    indicator: &IndicatorWithSources,
) -> Result<(Vec<DimensionInfo>, SeriesByNumber), Problem> {
    let dimensions: Vec<DimensionInfo> = (0..indicator.content.dimensions.len())
        .filter_map(|index| {
            indicator.dimension(index, rows.iter().filter_map(|row| row.codes.split('.').nth(index)))
        })
        .collect();
    let index_by_code = |dimension: &DimensionInfo| {
        let codes = dimension.codes.iter().enumerate();
        codes.map(|(index, code)| (code.code.clone(), index)).collect::<HashMap<String, usize>>()
    };
    let code_indexes: Vec<HashMap<String, usize>> = dimensions.iter().map(index_by_code).collect();
    let unknown = || Problem::internal("a series has a code or a frequency that its indicator lacks");
    let series = rows
        .iter()
        .map(|row| {
            let codes =
                row.codes.split('.').zip(&code_indexes).map(|(code, indexes)| indexes.get(code).copied());
            let codes = codes.collect::<Option<Vec<usize>>>().ok_or_else(unknown)?;
            let frequency = Frequency::parse(&row.frequency).ok_or_else(unknown)?;
            let coverage = indicator.coverage(row.codes.split('.'));
            let (number, key) = (row.number, row.series_key.clone());
            Ok((number, Arc::new(SeriesInfo { number, key, codes, frequency, coverage })))
        })
        .collect::<Result<_, Problem>>()?;
    Ok((dimensions, series))
}

/// What turns rows into cells.
pub struct RowContext {
    pub info: ResponseInfo,
    pub series: SeriesByNumber,
    pub releases: Arc<Releases>,
    /// The moment of the query. An interval that ended later had not ended by then, and the end of an interval in the future
    /// would reveal a scheduled release.
    pub at: Ts,
}

impl RowContext {
    /// The series of a row, with what its cells have in common, as far as the rows show that follow.
    pub fn head(&self, first: &Row, following: &[Row]) -> Result<SeriesHead, Problem> {
        let of_series = following.iter().take_while(|row| row.0 == first.0);
        let (release, valid_from) = most_common(first, of_series);
        match (self.series.get(&i64::from(first.0)), self.releases.info(i64::from(release))) {
            (Some(series), Some(release)) => {
                Ok(SeriesHead { series: series.clone(), release: release.clone(), valid_from })
            }
            _ => Err(inconsistent()),
        }
    }

    /// The cell of a row.
    pub fn cell(&self, row: Row, head: &SeriesHead) -> Result<Cell, Problem> {
        let release = match i64::from(row.5) {
            common if common == head.release.number => head.release.clone(),
            other => self.releases.info(other).ok_or_else(inconsistent)?.clone(),
        };
        cell(row, &head.series, release, self.at)
    }
}

/// The cell of a row of a series, as it is read at a moment. If its release was withdrawn, the cell has no value, and nothing
/// else of its content is shown.
pub fn cell(row: Row, series: &Arc<SeriesInfo>, release: Arc<ReleaseInfo>, at: Ts) -> Result<Cell, Problem> {
    let (_, starts, ends, valid_from, valid_to, _, revision, flags, ..) = row;
    let (value, numerator, denominator, reason, note) = (row.8, row.9, row.10, row.11, row.12);
    let period = match (day(starts.into()), day(ends.into())) {
        (Some(start), Some(end)) => Period { start, end },
        _ => return Err(inconsistent()),
    };
    let (obs, conf) = statuses(flags).ok_or_else(inconsistent)?;
    let shown = release.withdrawn.is_none();
    let deleted = flags & DELETED != 0;
    let scaled = |raw: Option<i64>| raw.filter(|_| shown).map(Scaled::from_raw);
    // What cannot exist or is missing covers nothing.
    let is_figure = shown && !deleted && !matches!(obs, ObsStatus::CannotExist | ObsStatus::Missing);
    let part_covered = match is_figure {
        true => series.coverage.of(period, valid_from.day()).err(),
        false => None,
    };
    let reason = reason.filter(|_| shown);
    Ok(Cell {
        series: series.clone(),
        period,
        value: scaled(value),
        numerator: scaled(numerator),
        denominator: scaled(denominator),
        // A deleted cell has no value either.
        obs: if shown && !deleted { obs } else { ObsStatus::Missing },
        conf: if shown { conf } else { ConfStatus::Free },
        complete: flags & INCOMPLETE == 0 && part_covered.is_none(),
        revision: revision.into(),
        deleted,
        release,
        valid_from,
        valid_to: valid_to.filter(|to| *to <= at),
        reason: match part_covered {
            Some(part) => Some(with_reason(reason, part)),
            None => reason,
        },
        note: note.filter(|_| shown),
    })
}

/// The most characters of a reason.
const MAX_REASON: usize = 1_000;

/// Why a cell is what it is, by its release and by what it can cover.
fn with_reason(reason: Option<String>, part: PartCovered) -> String {
    let Some(reason) = reason else { return part.to_string() };
    let both = format!("{reason} {part}");
    if both.chars().count() <= MAX_REASON { both } else { reason }
}

fn inconsistent() -> Problem {
    Problem::internal("a stored observation has an unknown series, release, period or status")
}

/// The release and the moment that more than half of the rows have, if any have; otherwise those of one of the rows. One
/// pass and no memory (the vote of Boyer and Moore), since every response of figures pays for it.
fn most_common<'a>(first: &Row, others: impl Iterator<Item = &'a Row>) -> (i32, Ts) {
    let origin = |row: &Row| (row.5, row.3);
    let (mut common, mut votes) = (origin(first), 1_usize);
    for own in others.map(origin) {
        match votes {
            0 => (common, votes) = (own, 1),
            _ if own == common => votes += 1,
            _ => votes -= 1,
        }
    }
    common
}
