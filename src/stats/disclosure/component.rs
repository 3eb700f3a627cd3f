//! The cells that hang together.

use std::collections::{BTreeMap, BTreeSet};

use super::simplex::Quotient;
use super::table::{Shown, Table, TableFault};

/// Cells that the public does not know exactly and that relations tie together, with those relations.
pub struct Component {
    /// The indexes of the cells.
    pub cells: Vec<usize>,
    /// The indexes of the relations.
    pub relations: Vec<usize>,
}

/// The least and the largest whole number that a cell can be; None without a largest.
pub type Range = (i64, Option<i64>);

/// The components that contain a hidden cell, from the relations that are passed. A cell that none of them names is in
/// no component: nothing is known of it but its status.
pub fn components(table: &Table, shown: &[Shown], relations: &[usize]) -> Vec<Component> {
    let unknown_of = |n: usize| {
        let relation = &table.relations[n];
        relation.parts.iter().chain([&relation.total]).copied().filter(|cell| !shown[*cell].is_known())
    };
    let cells: BTreeSet<usize> = relations.iter().flat_map(|n| unknown_of(*n)).collect();
    let index: BTreeMap<usize, usize> = cells.iter().copied().zip(0..).collect();
    let mut groups = Groups::new(cells.len());
    for n in relations {
        let mut unknown = unknown_of(*n);
        if let Some(first) = unknown.next() {
            unknown.for_each(|cell| groups.join(index[&first], index[&cell]));
        }
    }
    let mut found: BTreeMap<usize, Component> = BTreeMap::new();
    for (cell, n) in &index {
        let empty = Component { cells: vec![], relations: vec![] };
        found.entry(groups.root(*n)).or_insert(empty).cells.push(*cell);
    }
    for n in relations {
        let first = unknown_of(*n).next().map(|cell| groups.root(index[&cell]));
        if let Some(component) = first.and_then(|root| found.get_mut(&root)) {
            component.relations.push(*n);
        }
    }
    let hidden =
        |component: &Component| component.cells.iter().any(|cell| matches!(shown[*cell], Shown::Hidden(_)));
    found.into_values().filter(hidden).collect()
}

impl Component {
    /// The cells, those first that the fewest relations lie between them and this cell; others after them.
    pub fn nearest_to(&self, table: &Table, cell: usize) -> Vec<usize> {
        let mut rest: BTreeSet<usize> = self.cells.iter().copied().collect();
        let mut of_cell: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for n in &self.relations {
            let relation = &table.relations[*n];
            for other in relation.parts.iter().chain([&relation.total]) {
                of_cell.entry(*other).or_default().push(*n);
            }
        }
        let mut nearest = vec![cell];
        let mut next = 0;
        while let Some(near) = nearest.get(next) {
            for n in of_cell.remove(near).unwrap_or_default() {
                let relation = &table.relations[n];
                let all = relation.parts.iter().chain([&relation.total]);
                nearest.extend(all.copied().filter(|other| rest.remove(other)));
            }
            next += 1;
        }
        let found = nearest.into_iter().filter(|near| self.cells.binary_search(near).is_ok());
        let mut once = BTreeSet::new();
        found.chain(rest).filter(|cell| once.insert(*cell)).collect()
    }
}

/// Disjoint sets of cells.
pub struct Groups(Vec<usize>);

impl Groups {
    pub fn new(count: usize) -> Groups {
        Groups((0..count).collect())
    }

    pub fn root(&mut self, cell: usize) -> usize {
        let mut root = cell;
        while self.0[root] != root {
            self.0[root] = self.0[self.0[root]];
            root = self.0[root];
        }
        root
    }

    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The lower index is the root, so that the order of components is that of the cells.
        self.0[a.max(b)] = a.min(b);
    }
}

/// A range that is narrower than 1 to 4 gives the cell away.
pub fn is_narrow((least, most): Range) -> bool {
    most.is_some_and(|most| most - least < super::profile::THRESHOLD - 1)
}

/// The next whole number above or below.
pub fn whole((above, below): Quotient, up: bool) -> Result<i64, TableFault> {
    let floor = above.div_euclid(below);
    let exact = above.rem_euclid(below) == 0;
    let whole = if up && !exact { floor + 1 } else { floor };
    i64::try_from(whole).map_err(|_| TableFault::Overflow)
}
