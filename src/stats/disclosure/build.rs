//! The sums of a table of observations: over areas and categories by the parents of their codes, over time, and the
//! cells that successive vintages share.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};

use super::table::{Cell, Relation, Shown, Table};
use crate::stats::period::{Frequency, Period};

/// A dimension with the parents of its codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    /// Such as `AREA`.
    pub name: String,
    /// The parent of each code that has one. A parent is the sum of all its children.
    pub parents: BTreeMap<String, String>,
    /// The first and the last day on which a code is used, where it has one. Without observations outside of its life it is
    /// known to be no part there.
    pub lives: BTreeMap<String, (Option<NaiveDate>, Option<NaiveDate>)>,
}

impl Axis {
    fn is_used_in(&self, code: &str, period: Period) -> bool {
        let (first, last) = self.lives.get(code).copied().unwrap_or_default();
        first.is_none_or(|first| first < period.end) && last.is_none_or(|last| last >= period.start)
    }
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
    /// None if it is not known.
    pub people: Option<i64>,
    /// What is public of it already. If this is none and the number is not known either, the publication takes the observation
    /// back.
    pub published: Option<Shown>,
}

/// All publications of the counts of an indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub axes: Vec<Axis>,
    pub rows: Vec<TableRow>,
    /// Whether a period is the sum of its parts. Numbers on a day are not.
    pub sums_over_time: bool,
}

/// The table, and which of its cells shows each row. Rows of several vintages with one value show one cell: an outsider
/// is assumed to know what was not revised, so that it must be hidden in all of them or in none.
pub fn build(input: &Rows) -> (Table, Vec<Option<usize>>) {
    let mut builder =
        Builder { axes: &input.axes, sums_over_time: input.sums_over_time, ..Builder::default() };
    let mut cell_of_row = vec![None; input.rows.len()];
    let mut vintages: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (n, row) in input.rows.iter().enumerate() {
        vintages.entry(row.vintage).or_default().push(n);
    }
    let mut current: BTreeMap<Key, usize> = BTreeMap::new();
    for (vintage, rows) in &vintages {
        for n in rows {
            let row = &input.rows[*n];
            if row.people.is_none() && row.published.is_none() {
                current.remove(&row.key);
                continue;
            }
            let same = current.get(&row.key).copied().filter(|cell| builder.is_same(*cell, row));
            let cell = same.unwrap_or_else(|| builder.cell(name_of(&row.key, *vintage), row.people));
            let published = &mut builder.table.cells[cell].published;
            *published = most_said(*published, row.published);
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

impl Key {
    /// The key of the cell with another code of this dimension.
    fn with(&self, dimension: usize, code: &str) -> Key {
        let mut key = self.clone();
        key.codes[dimension] = code.to_owned();
        key
    }
}

/// The children of each code that has any.
type Children<'a> = BTreeMap<&'a str, Vec<&'a str>>;

fn children_of(axis: &Axis) -> Children<'_> {
    let mut children: Children<'_> = BTreeMap::new();
    for (child, parent) in &axis.parents {
        children.entry(parent).or_default().push(child);
    }
    children
}

/// Of two publications of one number, the one that says more. A number that was shown once stays known.
fn most_said(one: Option<Shown>, other: Option<Shown>) -> Option<Shown> {
    let width = |shown: &Shown| {
        let (least, most) = shown.range();
        (most.map_or(i64::MAX, |most| most.saturating_sub(least)), matches!(shown, Shown::Unpublished))
    };
    one.into_iter().chain(other).min_by_key(width)
}

#[derive(Default)]
struct Builder<'a> {
    axes: &'a [Axis],
    sums_over_time: bool,
    table: Table,
    /// The sums that are there already: those of an earlier vintage that nothing has changed.
    seen: BTreeSet<(usize, Vec<usize>)>,
    /// The sums that were seen and have parts that are not published.
    seen_with_rest: BTreeSet<(usize, Vec<usize>)>,
    /// The parts of periods that are not published, by what they are of.
    unpublished: BTreeMap<Key, Unpublished>,
}

/// A part of periods that is not published.
struct Unpublished {
    cell: usize,
    /// The published periods that include it, each with its cell. While none of these is revised, it is the same number.
    within: Vec<(Period, usize)>,
}

impl Builder<'_> {
    fn cell(&mut self, name: String, people: Option<i64>) -> usize {
        self.table.cells.push(Cell { name, people, published: None });
        self.table.cells.len() - 1
    }

    /// Whether a row repeats the cell. Of two unknown numbers nobody can tell.
    fn is_same(&self, cell: usize, row: &TableRow) -> bool {
        row.people.is_some() && self.table.cells[cell].people == row.people
    }

    fn relations(&mut self, current: &BTreeMap<Key, usize>, vintage: u32) {
        let mut series: BTreeMap<&[String], BTreeMap<Period, usize>> = BTreeMap::new();
        for (key, cell) in current {
            series.entry(&key.codes).or_default().insert(key.period, *cell);
        }
        let mut known = current.clone();
        if self.sums_over_time {
            for (codes, cells) in series {
                self.over_time(codes, &cells, vintage, &mut known);
            }
        }
        for (dimension, axis) in self.axes.iter().enumerate() {
            let children = children_of(axis);
            // Parts of periods add up over codes too, published or not, unless the figures do not.
            let cells = if self.adds_up(current, dimension, &children) { &known } else { current };
            self.over_codes(cells, vintage, dimension, axis, &children);
        }
    }

    /// Whether no code differs from the sum of its children, as far as they are known.
    fn adds_up(&self, current: &BTreeMap<Key, usize>, dimension: usize, children: &Children<'_>) -> bool {
        current.iter().all(|(key, total)| {
            let Some(children) = key.codes.get(dimension).and_then(|code| children.get(code.as_str())) else {
                return true;
            };
            let cells: Vec<usize> = children
                .iter()
                .filter_map(|child| current.get(&key.with(dimension, child)).copied())
                .collect();
            let people = |cell: usize| self.table.cells[cell].people.map(i128::from);
            let sum: Option<i128> = cells.iter().map(|cell| people(*cell)).sum();
            match (people(*total), sum) {
                (Some(total), Some(sum)) if cells.len() == children.len() => total == sum,
                (Some(total), Some(sum)) => total >= sum,
                _ => true,
            }
        })
    }

    /// A code is the sum of its children. Children that are not published make it an upper bound.
    fn over_codes(
        &mut self,
        current: &BTreeMap<Key, usize>,
        vintage: u32,
        dimension: usize,
        axis: &Axis,
        children: &Children<'_>,
    ) {
        for (key, total) in current {
            let Some(children) = key.codes.get(dimension).and_then(|code| children.get(code.as_str())) else {
                continue;
            };
            let mut parts = vec![];
            let mut missing = false;
            for child in children {
                match current.get(&key.with(dimension, child)) {
                    Some(part) => parts.push(*part),
                    None => missing |= axis.is_used_in(child, key.period),
                }
            }
            if parts.is_empty() {
                continue;
            }
            let period = key.period.words(Frequency::Irregular);
            let count = parts.len() + usize::from(missing);
            let name = format!("{}: {} = {count} parts, {period}", axis.name, key.codes.join("."));
            if missing {
                let mut known = parts.clone();
                known.sort_unstable();
                if !self.seen_with_rest.insert((*total, known)) {
                    continue;
                }
                // One unknown number for all of them together.
                let rest = format!("{} rest", name_of(key, vintage));
                parts.push(self.cell(rest, None));
            }
            self.relation(name, *total, parts);
        }
    }

    /// A period is the sum of shorter ones that follow each other. Where periods overlap, or not all parts are published,
    /// the parts are the steps of the finest grid on which all of them begin and end.
    fn over_time(
        &mut self,
        codes: &[String],
        cells: &BTreeMap<Period, usize>,
        vintage: u32,
        known: &mut BTreeMap<Key, usize>,
    ) {
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
                let part = cells.get(tile).copied();
                let part = part.unwrap_or_else(|| self.unpublished(codes, *tile, cells, vintage));
                known.insert(Key { codes: codes.to_vec(), period: *tile }, part);
                parts.push(part);
            }
            self.relation(time_name(codes, *period, tiles.len()), total, parts);
        }
    }

    fn unpublished(
        &mut self,
        codes: &[String],
        period: Period,
        cells: &BTreeMap<Period, usize>,
        vintage: u32,
    ) -> usize {
        let key = Key { codes: codes.to_vec(), period };
        if let Some(known) = self.unpublished.get(&key)
            && known.within.iter().all(|(within, cell)| cells.get(within) == Some(cell))
        {
            return known.cell;
        }
        let cell = self.cell(name_of(&key, vintage), None);
        let covers = |within: &Period| within.start <= period.start && period.end <= within.end;
        let within = cells.iter().filter(|(within, _)| covers(within)).map(|(within, cell)| (*within, *cell));
        self.unpublished.insert(key, Unpublished { cell, within: within.collect() });
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
        let difference = match (people(total), unknown) {
            (None, _) => 0,
            (Some(_), true) => rest.min(0),
            (Some(_), false) => rest,
        };
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
