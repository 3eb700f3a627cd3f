//! Collects the rows of an upload as the cells and series to store.

use std::collections::HashMap;
use std::sync::Arc;

use super::upload::{IndicatorShape, UploadRow};
use crate::allowance::{Allowance, amount};
use crate::clock::{Id, Ts};
use crate::problem::{self, Problem};
use crate::resources::series::{self, NewCell, NewObservations, NewSeries, ReleaseObservations};
use crate::stats::period::Frequency;
use crate::store::Conn;

/// The most cells of a release.
pub const MAX_CELLS: usize = 250_000;

/// The codes of a row, as indexes, and its frequency.
type SeriesCodes = (Vec<u32>, Frequency);

/// The cells and series of an upload.
pub struct Collector {
    shape: Arc<IndicatorShape>,
    /// The index in `series` of each series.
    indexes: HashMap<SeriesCodes, u32>,
    /// In the order in which they first occur.
    series: Vec<NewSeries>,
    cells: Vec<NewCell>,
    allowance: Allowance,
}

impl Collector {
    /// The cells stay in memory until they are stored: they are drawn from the allowance.
    pub fn new(shape: &Arc<IndicatorShape>, allowance: &Allowance) -> Collector {
        let (shape, allowance) = (shape.clone(), allowance.clone());
        Collector { shape, indexes: HashMap::new(), series: vec![], cells: vec![], allowance }
    }

    /// Adds a row.
    pub fn add(&mut self, row: UploadRow) -> Result<(), Problem> {
        if self.cells.len() >= MAX_CELLS {
            return Err(Problem::new(
                &problem::TOO_LARGE,
                format!(
                    "A release may have at most {MAX_CELLS} cells. Split the observations into several releases."
                ),
            ));
        }
        let texts = [&row.reason, &row.note].into_iter().flatten().map(String::len).sum::<usize>();
        self.allowance.hold(amount(size_of::<NewCell>() + texts))?;
        let codes = (row.codes, row.frequency);
        let series = match self.indexes.get(&codes) {
            Some(index) => *index,
            None => self.add_series(codes)?,
        };
        self.cells.push(NewCell {
            series,
            period: row.period,
            flags: series::flags(row.obs, row.conf, row.complete, row.delete),
            value: row.value,
            numerator: row.numerator,
            denominator: row.denominator,
            texts: (row.reason.is_some() || row.note.is_some()).then(|| Box::new((row.reason, row.note))),
        });
        Ok(())
    }

    fn add_series(&mut self, codes: SeriesCodes) -> Result<u32, Problem> {
        let texts: Vec<&str> = codes
            .0
            .iter()
            .zip(&self.shape.dimensions)
            .map(|(index, dimension)| dimension.at(*index).map_or("", |code| code.code.as_str()))
            .collect();
        let texts = texts.join(".");
        let frequency = codes.1.code();
        let key = format!("{}.{texts}.{frequency}", self.shape.slug);
        self.allowance.hold(amount(size_of::<NewSeries>() + key.len() + texts.len() + 8 * codes.0.len()))?;
        self.series.push(NewSeries { key, codes: texts, frequency });
        let index = u32::try_from(self.series.len() - 1).unwrap_or(u32::MAX);
        self.indexes.insert(codes, index);
        Ok(index)
    }

    /// Replaces the staged observations of a release by the collected ones.
    pub fn stage(
        &mut self,
        conn: &mut Conn,
        release: Id,
        indicator: Id,
        at: Ts,
    ) -> Result<ReleaseObservations, Problem> {
        let codes: Vec<&str> =
            self.shape.dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
        let new = NewObservations {
            release,
            indicator,
            slug: &self.shape.slug,
            dimensions: &codes.join("."),
            series: &self.series,
            cells: &mut self.cells,
            at,
        };
        series::stage(conn, new)
    }
}
