//! A quick proof that a hidden cell is protected: it is, if it can take 1 to 4 values while only the cells near it move
//! and all others are what they are. Where that fails nothing is proved, and the whole component is worked out.

use std::collections::{BTreeMap, BTreeSet};

use super::component::{Component, Range, is_narrow, whole};
use super::simplex::{Equation, Simplex};
use super::table::{Shown, Table, TableFault};

/// How many cells may move.
const SIZE: usize = 24;

/// What has been seen of the hidden cells.
pub struct Nearby<'a> {
    table: &'a Table,
    shown: &'a [Shown],
    /// The relations of each cell of the component.
    relations: BTreeMap<usize, Vec<usize>>,
    /// The cells that are proved to be protected.
    pub protected: BTreeSet<usize>,
}

impl<'a> Nearby<'a> {
    /// None if the number of a cell is not known: then there is no solution to start from.
    pub fn new(table: &'a Table, shown: &'a [Shown], component: &Component) -> Option<Nearby<'a>> {
        let mut relations: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for cell in &component.cells {
            table.cells[*cell].people?;
            relations.insert(*cell, vec![]);
        }
        for n in &component.relations {
            let relation = &table.relations[*n];
            let sum: i64 = relation.parts.iter().filter_map(|part| table.cells[*part].people).sum();
            // Where the numbers do not satisfy the sums, they are no solution.
            if table.cells[relation.total].people != Some(sum + relation.difference) {
                return None;
            }
            for cell in relation.parts.iter().chain([&relation.total]) {
                if let Some(of_cell) = relations.get_mut(cell) {
                    of_cell.push(*n);
                }
            }
        }
        Some(Nearby { table, shown, relations, protected: BTreeSet::new() })
    }

    /// Tries to prove that the cell is protected.
    pub fn protects(&mut self, cell: usize) -> Result<bool, TableFault> {
        if !self.protected.contains(&cell) {
            let around = self.around(cell);
            self.try_with(cell, &around)?;
        }
        Ok(self.protected.contains(&cell))
    }

    /// The cells nearest to this one, by the relations that they share.
    fn around(&self, cell: usize) -> Vec<usize> {
        let mut cells = vec![cell];
        let mut seen = BTreeSet::from([cell]);
        let mut next = 0;
        while next < cells.len() && cells.len() < SIZE {
            for n in &self.relations[&cells[next]] {
                let relation = &self.table.relations[*n];
                for other in relation.parts.iter().chain([&relation.total]) {
                    if self.relations.contains_key(other) && seen.insert(*other) {
                        cells.push(*other);
                    }
                }
            }
            next += 1;
        }
        cells
    }

    fn try_with(&mut self, cell: usize, around: &[usize]) -> Result<(), TableFault> {
        let index: BTreeMap<usize, usize> = around.iter().copied().zip(0..).collect();
        let people = |cell: usize| self.table.cells[cell].people.unwrap_or(0);
        let used: BTreeSet<usize> =
            around.iter().flat_map(|cell| self.relations[cell].iter().copied()).collect();
        let mut equations = vec![];
        for n in used {
            let relation = &self.table.relations[n];
            let mut equation = Equation { terms: vec![], constant: 0 };
            let signed = relation.parts.iter().map(|part| (*part, -1_i128)).chain([(relation.total, 1)]);
            for (cell, sign) in signed {
                if let Some(variable) = index.get(&cell) {
                    equation.terms.push((*variable, sign));
                    equation.constant += sign * i128::from(people(cell));
                }
            }
            equations.push(equation);
        }
        let bounds: Vec<Range> = around.iter().map(|cell| self.shown[*cell].range()).collect();
        let Some(mut simplex) = Simplex::new(&bounds, &equations)? else { return Ok(()) };
        let mut seen: Vec<Option<(i64, i64)>> = vec![None; around.len()];
        for up in [false, true] {
            if simplex.optimise(index[&cell], up)?.is_none() {
                self.protected.insert(cell);
            }
            for (n, seen) in seen.iter_mut().enumerate() {
                let value = simplex.value(n)?;
                let (least, most) = (whole(value, true)?, whole(value, false)?);
                *seen = Some(seen.map_or((least, most), |(low, high)| (low.min(least), high.max(most))));
            }
        }
        for (cell, seen) in around.iter().zip(seen) {
            let wide = seen.is_some_and(|(least, most)| !is_narrow((least, Some(most))));
            if wide && matches!(self.shown[*cell], Shown::Hidden(_)) {
                self.protected.insert(*cell);
            }
        }
        Ok(())
    }
}
