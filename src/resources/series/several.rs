//! The figures of one series of each of several indicators, read together: the number of statements does not depend on that of
//! the indicators.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::cell::Cell;
use super::figures::{CellsBySeries, Figures};
use super::indicator::{IndicatorWithSources, content_of};
use super::queries::flags::DELETED;
use super::queries::keys::SeriesRow;
use super::queries::reading::Row as StoredRow;
use super::queries::several;
use super::releases::Releases;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::row::Row;
use crate::store::Conn;

/// A series of an indicator: the indicator's public version, and a code of each of its dimensions.
pub struct SeriesOfIndicator {
    pub row: Row,
    pub codes: Vec<String>,
}

/// The figures of several indicators, of one series each.
pub struct ReadTogether {
    /// By indicator. One whose series has no public figures is absent.
    pub figures: HashMap<Id, Figures>,
    /// The cells of all these series at their moment.
    pub cells: CellsBySeries,
    at: Ts,
}

impl ReadTogether {
    /// Reads the series: three statements. `now` is the moment at which they are public, `at` that of the figures.
    pub fn read(
        conn: &mut Conn,
        requested: Vec<SeriesOfIndicator>,
        now: Ts,
        at: Ts,
    ) -> Result<ReadTogether, Problem> {
        let mut by_key: HashMap<(Id, String), (Row, Arc<IndicatorWithSources>)> = HashMap::new();
        for one in requested {
            let indicator = content_of(&one.row)?;
            let (slug, frequency) = (&indicator.content.slug, indicator.content.frequency.of_periods());
            let codes: String = one.codes.iter().map(|code| format!("{code}.")).collect();
            let key = format!("{slug}.{codes}{}", frequency.code());
            by_key.insert((one.row.record, key), (one.row, indicator));
        }
        let keys: Vec<String> = by_key.keys().map(|(_, key)| key.clone()).collect();
        let series = several::public_series_by_keys(conn, &keys, now)?;
        let mut measures: Vec<i64> = series.iter().map(|one| one.measure).collect();
        measures.sort_unstable();
        measures.dedup();
        let mut releases = several::published_releases(conn, &measures)?;
        let mut figures = HashMap::new();
        for known in series {
            let Some(indicator) = by_key.remove(&(known.indicator, known.series_key.clone())) else {
                continue;
            };
            let of_measure = releases.remove(&known.measure).unwrap_or_default();
            let one = of_one(indicator, known, Arc::new(Releases::new(of_measure)), at)?;
            figures.insert(one.row.record, one);
        }
        let mut all = ReadTogether { figures, cells: CellsBySeries::new(), at };
        let numbers = all.numbers(|_| true);
        let rows = several::rows(conn, &numbers, at, false)?;
        all.cells = all.cells_of(conn, rows, at)?;
        Ok(all)
    }

    fn numbers(&self, of: impl Fn(&Id) -> bool) -> Vec<i64> {
        let chosen = self.figures.iter().filter(|(indicator, _)| of(indicator));
        let mut numbers: Vec<i64> =
            chosen.flat_map(|(_, figures)| figures.requested.iter().map(|one| one.number)).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The cells of the series of some indicators as they were at the end of some days, by day: one statement.
    pub fn cells_on_days(
        &self,
        conn: &mut Conn,
        days: &BTreeMap<Id, Vec<NaiveDate>>,
    ) -> Result<HashMap<NaiveDate, CellsBySeries>, Problem> {
        let numbers = self.numbers(|indicator| days.contains_key(indicator));
        let rows = several::rows(conn, &numbers, self.at, true)?;
        let mut all = HashMap::new();
        for day in days.values().flatten() {
            let then = Ts::end_of_day(*day).min(self.at);
            let is_valid =
                |row: &&StoredRow| row.3 <= then && row.4.is_none_or(|to| then < to) && row.7 & DELETED == 0;
            let valid = rows.iter().filter(is_valid).cloned().collect();
            all.insert(*day, self.cells_of(conn, valid, then)?);
        }
        Ok(all)
    }

    fn cells_of(&self, conn: &mut Conn, rows: Vec<StoredRow>, at: Ts) -> Result<CellsBySeries, Problem> {
        let of_series = |figures: &Figures| figures.requested.first().map(|one| one.number);
        let by_series: HashMap<i64, &Figures> =
            self.figures.values().filter_map(|figures| Some((of_series(figures)?, figures))).collect();
        let mut rows_of: BTreeMap<i64, Vec<StoredRow>> = BTreeMap::new();
        for row in rows {
            rows_of.entry(i64::from(row.0)).or_default().push(row);
        }
        let mut cells = CellsBySeries::new();
        for (number, rows) in rows_of {
            let figures = by_series.get(&number).ok_or_else(unknown)?;
            cells.insert(number, figures.cells_of_rows(conn, rows, at)?);
        }
        Ok(cells)
    }
}

fn of_one(
    (row, indicator): (Row, Arc<IndicatorWithSources>),
    known: SeriesRow,
    releases: Arc<Releases>,
    at: Ts,
) -> Result<Figures, Problem> {
    let (measure, number) = (known.measure, known.number);
    Figures::with_releases((row, indicator), measure, vec![known], releases, at, |row| row.number == number)
}

fn unknown() -> Problem {
    Problem::internal("a stored observation has an unknown series or release")
}

impl Figures {
    /// The cells of rows of its series.
    fn cells_of_rows(&self, conn: &mut Conn, rows: Vec<StoredRow>, at: Ts) -> Result<Vec<Cell>, Problem> {
        let releases = self.releases_with(conn, rows.iter().map(|row| row.5.into()))?;
        rows.into_iter().map(|row| self.cell(row, &releases, at)).collect()
    }
}
