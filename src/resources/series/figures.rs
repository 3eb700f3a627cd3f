//! The figures of an indicator at one moment, for what is computed from them: comparisons and control charts. They are read
//! by the same queries as observations, so that nobody computes with what its reader does not see.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::cell::{BYTES_PER_SERIES, Cell, SeriesInfo};
use super::indicator::{IndicatorWithSources, public_indicator};
use super::queries::days::days;
use super::queries::keys::{self, SeriesRow};
use super::queries::reading::{self, PeriodLimit, Query, RowPosition};
use super::releases::Releases;
use super::row_context::{self, SeriesByNumber};
use super::{Window, observations, request};
use crate::clock::{Id, Ts};
use crate::http::{Call, conditional};
use crate::problem::Problem;
use crate::record::row;
use crate::resources::indicators::{Dimension, IndicatorContent};
use crate::stats::period::{Frequency, Period};
use crate::stats::point::Point;
use crate::store::Conn;

/// The number of cells read with one statement.
const PAGE: i64 = 5_000;

/// How many series are computed with at a time.
const SERIES: usize = 32;

/// The cells of each series, by its number; in the order of their periods.
pub type CellsBySeries = HashMap<i64, Vec<Cell>>;

/// An indicator with its series and releases, read at one moment.
#[derive(Clone)]
pub struct Figures {
    /// The public version of the indicator.
    pub row: row::Row,
    indicator: Arc<IndicatorWithSources>,
    /// The series that the request is about, in the order of their keys.
    pub requested: Vec<Arc<SeriesInfo>>,
    /// All series that cells may be read of, by their codes.
    by_codes: HashMap<(String, Frequency), Arc<SeriesInfo>>,
    codes: HashMap<i64, String>,
    series: SeriesByNumber,
    measure: i64,
    releases: Arc<Releases>,
    /// The moment of the figures.
    pub at: Ts,
}

impl Figures {
    /// The figures of the series in the path. With `peers`, those of the other series of its indicator too. 404 if the series
    /// has no public figures.
    pub fn of_path(call: &Call, conn: &mut Conn, at: Ts, peers: bool) -> Result<Figures, Problem> {
        let series = observations::requested_series(call, conn)?;
        let (row, indicator) = public_indicator(call, conn, series.indicator)?;
        let (measure, number) = (series.measure, series.number);
        let known = if peers { keys::public_series(conn, measure, call.now())? } else { vec![series] };
        call.state.wide.note(call.indicator_or_address(), known.len());
        Figures::new(call, conn, (row, indicator), measure, known, at, |row| row.number == number)
    }

    /// The figures of the series with this key. None if it has no public figures.
    pub fn of_key(call: &Call, conn: &mut Conn, key: &str, at: Ts) -> Result<Option<Figures>, Problem> {
        let Some(series) = keys::public_series_by_key(conn, key, call.now())? else { return Ok(None) };
        let (row, indicator) = match public_indicator(call, conn, series.indicator) {
            Err(problem) if [404, 410].contains(&problem.kind.status) => return Ok(None),
            found => found?,
        };
        let (measure, number) = (series.measure, series.number);
        Figures::new(call, conn, (row, indicator), measure, vec![series], at, |row| row.number == number)
            .map(Some)
    }

    /// The figures of the series that `indicator` and `c[…]` name.
    pub fn of_query(call: &Call, conn: &mut Conn, at: Ts) -> Result<Figures, Problem> {
        let id = super::indicator::requested_indicator(call, conn)?;
        let (row, indicator) = public_indicator(call, conn, id)?;
        let filter = request::code_filter(call, &indicator.content.dimensions)?;
        let measure = keys::measure_of_indicator(conn, id)?.map_or(0, |measure| measure.number);
        let known = keys::public_series(conn, measure, at)?;
        call.state.wide.note(call.indicator_or_address(), known.len());
        let matches = |row: &SeriesRow| row_context::matches(row, &filter);
        Figures::new(call, conn, (row, indicator), measure, known, at, matches)
    }

    /// The figures of one series: of an indicator and a code of each dimension, of which there is only one where none is given.
    /// `requested` is empty if the series has no public figures.
    pub fn of_codes(
        call: &Call,
        conn: &mut Conn,
        indicator: Id,
        codes: &BTreeMap<String, String>,
        at: Ts,
    ) -> Result<Figures, Problem> {
        let (row, indicator) = public_indicator(call, conn, indicator)?;
        let measure = keys::measure_of_indicator(conn, row.record)?.map_or(0, |measure| measure.number);
        let known = keys::public_series(conn, measure, call.now())?;
        let key = codes_of_one(&indicator.content, codes);
        let is_requested = |row: &SeriesRow| key.as_ref().is_some_and(|key| row.codes == *key);
        Figures::new(call, conn, (row, indicator), measure, known, at, is_requested)
    }

    fn new(
        call: &Call,
        conn: &mut Conn,
        (row, indicator): (row::Row, Arc<IndicatorWithSources>),
        measure: i64,
        known: Vec<SeriesRow>,
        at: Ts,
        is_requested: impl Fn(&SeriesRow) -> bool,
    ) -> Result<Figures, Problem> {
        let releases = Releases::of(call, conn, measure)?;
        Figures::with_releases((row, indicator), measure, known, releases, at, is_requested)
    }

    /// The figures of the series of an indicator, whose releases are known.
    pub fn with_releases(
        (row, indicator): (row::Row, Arc<IndicatorWithSources>),
        measure: i64,
        known: Vec<SeriesRow>,
        releases: Arc<Releases>,
        at: Ts,
        is_requested: impl Fn(&SeriesRow) -> bool,
    ) -> Result<Figures, Problem> {
        let (_, series) = row_context::dimensions_of_series(&known, &indicator)?;
        let info = |row: &SeriesRow| series.get(&row.number).cloned();
        let requested = known.iter().filter(|row| is_requested(row)).filter_map(info).collect();
        let by_codes = known.iter().filter_map(|row| {
            let info = info(row)?;
            Some(((row.codes.clone(), info.frequency), info))
        });
        let by_codes = by_codes.collect();
        let codes = known.iter().map(|row| (row.number, row.codes.clone())).collect();
        Ok(Figures { row, indicator, requested, by_codes, codes, series, measure, releases, at })
    }

    /// About how many bytes they hold in memory.
    pub fn memory(&self) -> usize {
        self.series.len() * BYTES_PER_SERIES
    }

    /// The figures at an earlier moment.
    pub fn as_of(&self, at: Ts) -> Figures {
        Figures { at, ..self.clone() }
    }

    /// The next of the requested series, after so many that the reader has passed, and whether these are the last.
    pub fn some_after(&self, passed: &mut usize) -> (Vec<Arc<SeriesInfo>>, bool) {
        let next: Vec<Arc<SeriesInfo>> = self.requested.iter().skip(*passed).take(SERIES).cloned().collect();
        *passed += next.len();
        (next, *passed >= self.requested.len())
    }

    /// The content of the indicator.
    pub fn content(&self) -> &IndicatorContent {
        &self.indicator.content
    }

    /// The references of the indicator's sources.
    pub fn sources(&self) -> &[String] {
        &self.indicator.sources
    }

    /// The codes of a series, in the order of the dimensions.
    pub fn codes_of(&self, series: &SeriesInfo) -> Vec<&str> {
        self.codes.get(&series.number).map(|codes| codes.split('.').collect()).unwrap_or_default()
    }

    /// The series with these codes.
    pub fn with_codes(&self, codes: &[&str], frequency: Frequency) -> Option<&Arc<SeriesInfo>> {
        self.by_codes.get(&(codes.join("."), frequency))
    }

    /// The moment from which on these figures are what they are: reading as of it gives the same ones.
    pub fn since(&self) -> Option<Ts> {
        self.releases.summary(self.at).updated
    }

    /// A tag of everything that these figures, and what is computed from them alone, follow from.
    pub fn tag(&self, call: &Call, more: &[&[u8]]) -> String {
        let mut hash = Context::new(&SHA256);
        hash.update(call.raw_path.as_bytes());
        hash.update(call.params.canonical(&[]).as_bytes());
        hash.update(call.tag_of_form().as_bytes());
        hash.update(&call.as_of.get().map_or(0, Ts::micros).to_be_bytes());
        hash.update(&self.row.digest);
        hash.update(&self.releases.summary(self.at).digest);
        more.iter().for_each(|part| hash.update(part));
        conditional::tag_of(hash.finish().as_ref())
    }

    /// How many periods within a window any of the requested series has.
    pub fn period_count(&self, conn: &mut Conn, window: Window) -> Result<usize, Problem> {
        let numbers = self.requested.iter().map(|series| series.number);
        let query = self.query(numbers, window, self.at);
        Ok(reading::periods(conn, &query)?.len())
    }

    /// The query of the cells that are valid at a moment, of some series, within a window.
    fn query(&self, numbers: impl IntoIterator<Item = i64>, window: Window, at: Ts) -> Query {
        let mut numbers: Vec<i64> = numbers.into_iter().collect();
        numbers.sort_unstable();
        numbers.dedup();
        Query {
            measure: self.measure,
            series: Some(numbers),
            from: window.start.map(|period| days(period.start)),
            to: window.end.map(|period| days(period.end)),
            at,
            history: false,
            updated_after: None,
            periods: PeriodLimit::All,
        }
    }

    /// The cells of some series at the moment of these figures, or at an earlier one: those of all periods, or of the periods
    /// that lie within two days.
    pub fn cells(
        &self,
        conn: &mut Conn,
        numbers: impl IntoIterator<Item = i64>,
        within: Option<Period>,
        at: Ts,
    ) -> Result<CellsBySeries, Problem> {
        let query = self.query(numbers, Window { start: within, end: within }, at);
        let mut all = CellsBySeries::new();
        if query.series.as_ref().is_some_and(Vec::is_empty) {
            return Ok(all);
        }
        let mut after = None;
        loop {
            let rows = reading::page(conn, &query, after, PAGE)?;
            let is_last = i64::try_from(rows.len()).unwrap_or(0) < PAGE;
            after = rows.last().map(RowPosition::of);
            let releases = self.releases_with(conn, rows.iter().map(|row| row.5.into()))?;
            for row in rows {
                let cell = self.cell(row, &releases, at)?;
                all.entry(cell.series.number).or_default().push(cell);
            }
            if is_last {
                return Ok(all);
            }
        }
    }
}

/// The codes of one series in the order of the dimensions, separated by dots: a code of each dimension, of which there is only
/// one where none is given.
pub fn codes_of_one(indicator: &IndicatorContent, codes: &BTreeMap<String, String>) -> Option<String> {
    let code_of = |dimension: &Dimension| match (codes.get(&dimension.code), dimension.codes.as_slice()) {
        (Some(code), _) => Some(code.clone()),
        (None, [only]) => Some(only.code.clone()),
        _ => None,
    };
    let codes: Option<Vec<String>> = indicator.dimensions.iter().map(code_of).collect();
    codes.map(|codes| codes.join("."))
}

impl Figures {
    /// The releases, read again if one of these numbers is not among them.
    pub fn releases_with(
        &self,
        conn: &mut Conn,
        numbers: impl Iterator<Item = i64>,
    ) -> Result<Arc<Releases>, Problem> {
        self.releases.clone().with_all(conn, self.measure, numbers)
    }

    /// The cell of a row of one of the series.
    pub fn cell(&self, row: reading::Row, releases: &Releases, at: Ts) -> Result<Cell, Problem> {
        let unknown = || Problem::internal("a stored observation has an unknown series or release");
        let series = self.series.get(&i64::from(row.0)).ok_or_else(unknown)?;
        let release = releases.info(i64::from(row.5)).ok_or_else(unknown)?.clone();
        row_context::cell(row, series, release, at)
    }
}

impl Cell {
    /// The cell as the arithmetic of statistics takes it.
    pub fn point(&self) -> Point {
        Point {
            period: self.period,
            value: self.value,
            numerator: self.numerator,
            denominator: self.denominator,
            obs: self.obs,
            complete: self.complete,
        }
    }
}
