//! The sums of a table of observations: over areas and categories by the parents of their codes, over time, and the
//! cells that successive vintages share.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months};

use super::table::{Cell, Relation, Table};
use crate::stats::period::{Frequency, Period};

/// A dimension with the parents of its codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    /// Such as `AREA`.
    pub name: String,
    /// The parent of each code that has one. A parent is the sum of all its children.
    pub parents: BTreeMap<String, String>,
}

/// What an observation is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// One code for each dimension.
    pub codes: Vec<String>,
    pub period: Period,
}

/// An observation as one release has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    pub key: Key,
    /// The number of the publication, in their order.
    pub vintage: u32,
    /// None if this publication takes the observation back.
    pub people: Option<i64>,
}

/// All publications of the counts of an indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub axes: Vec<Axis>,
    pub rows: Vec<TableRow>,
}

/// The table, and which of its cells shows each row. Rows of several vintages with one value show one cell: an outsider
/// is assumed to know what was not revised, so that it must be hidden in all of them or in none.
pub fn build(input: &Rows) -> (Table, Vec<Option<usize>>) {
    let mut builder = Builder { axes: &input.axes, ..Builder::default() };
    let mut cell_of_row = vec![None; input.rows.len()];
    let mut vintages: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (n, row) in input.rows.iter().enumerate() {
        vintages.entry(row.vintage).or_default().push(n);
    }
    let mut current: BTreeMap<Key, usize> = BTreeMap::new();
    for (vintage, rows) in &vintages {
        for n in rows {
            let row = &input.rows[*n];
            let Some(people) = row.people else {
                current.remove(&row.key);
                continue;
            };
            let same = current.get(&row.key).copied();
            let same = same.filter(|cell| builder.table.cells[*cell].people == Some(people));
            let cell = same.unwrap_or_else(|| builder.cell(name_of(&row.key, *vintage), Some(people)));
            current.insert(row.key.clone(), cell);
            cell_of_row[*n] = Some(cell);
        }
        builder.relations(&current, *vintage);
    }
    (builder.table, cell_of_row)
}

/// The name sorts by code, then by time.
fn name_of(key: &Key, vintage: u32) -> String {
    format!("{} {} #{vintage}", key.codes.join("."), key.period.text(Frequency::Irregular))
}

#[derive(Default)]
struct Builder<'a> {
    axes: &'a [Axis],
    table: Table,
    /// The sums that are there already: those of an earlier vintage that nothing has changed.
    seen: BTreeSet<(usize, Vec<usize>)>,
    /// The parts of sums that are not published, by what they are of.
    unpublished: BTreeMap<(Key, u32), usize>,
}

impl Builder<'_> {
    fn cell(&mut self, name: String, people: Option<i64>) -> usize {
        self.table.cells.push(Cell { name, people });
        self.table.cells.len() - 1
    }

    fn relations(&mut self, current: &BTreeMap<Key, usize>, vintage: u32) {
        for (dimension, axis) in self.axes.iter().enumerate() {
            self.over_codes(current, vintage, dimension, axis);
        }
        let mut series: BTreeMap<&[String], BTreeMap<Period, usize>> = BTreeMap::new();
        for (key, cell) in current {
            series.entry(&key.codes).or_default().insert(key.period, *cell);
        }
        for (codes, cells) in series {
            self.over_time(codes, &cells, vintage);
        }
    }

    /// A code is the sum of its children. Children that are not published make it an upper bound.
    fn over_codes(&mut self, current: &BTreeMap<Key, usize>, vintage: u32, dimension: usize, axis: &Axis) {
        let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (child, parent) in &axis.parents {
            children.entry(parent).or_default().push(child);
        }
        for (key, total) in current {
            let Some(children) = key.codes.get(dimension).and_then(|code| children.get(code.as_str())) else {
                continue;
            };
            let mut parts = vec![];
            for child in children {
                let mut key = key.clone();
                key.codes[dimension] = (*child).to_owned();
                parts.extend(current.get(&key));
            }
            let missing = children.len() - parts.len();
            if parts.is_empty() {
                continue;
            }
            let period = key.period.words(Frequency::Irregular);
            let name = format!("{}: {} = {} parts, {period}", axis.name, key.codes.join("."), children.len());
            if missing > 0 {
                // One unknown number for all of them together.
                let rest = format!("{} rest", name_of(key, vintage));
                parts.push(self.cell(rest, None));
            }
            self.relation(name, *total, parts);
        }
    }

    /// A period is the sum of shorter ones that follow each other. Where periods overlap, or not all parts are published,
    /// the parts are the steps of the finest grid on which all of them begin and end.
    fn over_time(&mut self, codes: &[String], cells: &BTreeMap<Period, usize>, vintage: u32) {
        let periods: Vec<Period> =
            cells.keys().copied().filter(|period| period.whole_months().is_some()).collect();
        let grid = grid_of(&periods);
        let lengths: BTreeSet<u32> = periods.iter().filter_map(|period| period.whole_months()).collect();
        for period in &periods {
            let Some(months) = period.whole_months() else { continue };
            let total = cells[period];
            let mut tiled_by_grid = months <= grid;
            for length in lengths.iter().copied().filter(|length| *length < months && months % length == 0) {
                let Some(tiles) = tiles(*period, length) else { continue };
                let parts: Option<Vec<usize>> = tiles.iter().map(|tile| cells.get(tile).copied()).collect();
                if let Some(parts) = parts {
                    tiled_by_grid |= length == grid;
                    self.relation(time_name(codes, *period, tiles.len()), total, parts);
                }
            }
            let meets =
                |other: &&Period| **other != *period && other.start < period.end && period.start < other.end;
            if tiled_by_grid || !periods.iter().any(|other| meets(&other)) {
                continue;
            }
            let Some(tiles) = tiles(*period, grid) else { continue };
            let mut parts = vec![];
            for tile in &tiles {
                parts.push(
                    cells.get(tile).copied().unwrap_or_else(|| self.unpublished(codes, *tile, vintage)),
                );
            }
            self.relation(time_name(codes, *period, tiles.len()), total, parts);
        }
    }

    fn unpublished(&mut self, codes: &[String], period: Period, vintage: u32) -> usize {
        let key = Key { codes: codes.to_vec(), period };
        let name = name_of(&key, vintage);
        if let Some(cell) = self.unpublished.get(&(key.clone(), vintage)) {
            return *cell;
        }
        let cell = self.cell(name, None);
        self.unpublished.insert((key, vintage), cell);
        cell
    }

    fn relation(&mut self, name: String, total: usize, mut parts: Vec<usize>) {
        parts.sort_unstable();
        if !self.seen.insert((total, parts.clone())) {
            return;
        }
        let people = |cell: usize| self.table.cells[cell].people.map(i128::from);
        let sum: Option<i128> = parts.iter().map(|part| people(*part)).sum();
        let unknown = sum.is_none();
        let sum = sum.unwrap_or_else(|| parts.iter().filter_map(|part| people(*part)).sum());
        let rest = people(total).unwrap_or(0) - sum;
        // Unpublished parts take up what is missing, but not what is too much.
        let difference = if unknown { rest.min(0) } else { rest };
        let difference = i64::try_from(difference).unwrap_or(0);
        self.table.relations.push(Relation { name, total, parts, difference });
    }
}

fn time_name(codes: &[String], period: Period, tiles: usize) -> String {
    format!("time: {}, {} = {tiles} periods", codes.join("."), period.words(Frequency::Irregular))
}

/// The longest step, in months, at whose multiples all periods begin and end.
fn grid_of(periods: &[Period]) -> u32 {
    let first = periods.iter().map(|period| period.start).min();
    periods.iter().fold(0, |grid, period| {
        let offset = first.and_then(|first| Period::new(first, period.start)).and_then(Period::whole_months);
        [offset, period.whole_months()].into_iter().flatten().fold(grid, greatest_common_divisor)
    })
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The periods of this many months that make up the period.
fn tiles(period: Period, months: u32) -> Option<Vec<Period>> {
    let mut tiles = vec![];
    let mut start = period.start;
    while start < period.end && start.day() == 1 {
        let end = start.checked_add_months(Months::new(months))?;
        tiles.push(Period::new(start, end)?);
        start = end;
    }
    (start == period.end).then_some(tiles)
}
