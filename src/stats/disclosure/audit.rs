//! The audit: what an outsider can work out of each hidden cell.

use std::collections::BTreeSet;

use super::component::{components, is_narrow};
use super::ranges::{Hint, Scope, narrow_one, ranges};
use super::table::{Hidden, Shown, Table, TableFault};

/// What the public can work out of a hidden cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The index of the cell.
    pub cell: usize,
    pub least: i64,
    /// None if there is no largest.
    pub most: Option<i64>,
}

/// A hidden cell that the published figures give away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    pub bounds: Bounds,
    /// The indexes of relations that together give it away. None of them can be left out.
    pub given_away_by: Vec<usize>,
}

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Each hidden cell, in the order of the cells.
    pub bounds: Vec<Bounds>,
    /// Those with an interval that is narrower than 1 to 4.
    pub leaks: Vec<Leak>,
}

impl Audit {
    /// True if nothing can be worked out.
    pub fn is_clean(&self) -> bool {
        self.leaks.is_empty()
    }
}

/// Bounds every hidden cell by all that is public, exactly.
pub fn audit(table: &Table, shown: &[Shown]) -> Result<Audit, TableFault> {
    table.check()?;
    let all: Vec<usize> = (0..table.relations.len()).collect();
    let mut audit = Audit::default();
    for component in components(table, shown, &all) {
        for (cell, range) in ranges(table, shown, &component, Scope::All)? {
            let bounds = Bounds { cell, least: range.0, most: range.1 };
            audit.bounds.push(bounds);
            if is_narrow(range) {
                let given_away_by = explain(table, shown, &component.relations, cell)?;
                audit.leaks.push(Leak { bounds, given_away_by });
            }
        }
    }
    let in_a_sum: BTreeSet<usize> = audit.bounds.iter().map(|bounds| bounds.cell).collect();
    for (cell, shown) in shown.iter().enumerate() {
        if matches!(shown, Shown::Hidden(_)) && !in_a_sum.contains(&cell) {
            let (least, most) = shown.range();
            audit.bounds.push(Bounds { cell, least, most });
        }
    }
    audit.bounds.sort_unstable_by_key(|bounds| bounds.cell);
    audit.leaks.sort_unstable_by_key(|leak| leak.bounds.cell);
    Ok(audit)
}

/// A hidden cell that these relations give away, if there is any.
pub fn one_narrow(
    table: &Table,
    shown: &[Shown],
    relations: &[usize],
    hint: &mut Hint,
) -> Result<Option<usize>, TableFault> {
    for component in components(table, shown, relations) {
        if let Some(cell) = narrow_one(table, shown, &component, hint)? {
            return Ok(Some(cell));
        }
    }
    Ok(None)
}

/// True if these relations give the cell away.
pub fn gives_away(
    table: &Table,
    shown: &[Shown],
    relations: &[usize],
    cell: usize,
) -> Result<bool, TableFault> {
    for component in components(table, shown, relations).iter().filter(|part| part.cells.contains(&cell)) {
        if !ranges(table, shown, component, Scope::Narrow(cell))?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Relations that give a cell away and none of which can be left out: all that can be are, one after the other.
fn explain(
    table: &Table,
    shown: &[Shown],
    relations: &[usize],
    cell: usize,
) -> Result<Vec<usize>, TableFault> {
    let mut needed = relations.to_vec();
    for relation in relations.iter().rev() {
        let without: Vec<usize> = needed.iter().copied().filter(|other| other != relation).collect();
        if gives_away(table, shown, &without, cell)? {
            needed = without;
        }
    }
    Ok(needed)
}

/// What a secondary cell protects: the cells that would be given away if it were shown.
pub fn protected_by(table: &Table, shown: &[Shown], cell: usize) -> Result<Vec<usize>, TableFault> {
    let people = table.cells.get(cell).and_then(|cell| cell.people);
    let (Some(people), Some(Shown::Hidden(Hidden::Secondary))) = (people, shown.get(cell)) else {
        return Ok(vec![]);
    };
    let mut opened = shown.to_vec();
    opened[cell] = Shown::Value(people);
    let leaks = audit(table, &opened)?.leaks;
    Ok(leaks.into_iter().map(|leak| leak.bounds.cell).collect())
}
