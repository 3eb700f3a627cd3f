//! Suppression: the small cells, and as few others as protect them.

use std::collections::BTreeMap;

use super::audit::one_narrow;
use super::component::Groups;
use super::profile::{Profile, is_small};
use super::ranges::Hint;
use super::search::protect;
use super::table::{Hidden, Shown, Table, TableFault};

/// What is shown of each cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// One for each cell.
    pub shown: Vec<Shown>,
    /// Whether it is proved that fewer secondary cells cannot protect the small ones. Large tables are not tried out.
    pub fewest: bool,
    /// Whether the audit finds nothing that is given away.
    pub safe: bool,
}

/// Hides the small cells, and others until no hidden cell can be bounded to an interval narrower than 1 to 4: as few as
/// possible, of these the smallest, of equal ones those with the lowest names.
pub fn suppress(table: &Table, profile: Profile) -> Result<Suppression, TableFault> {
    table.check()?;
    let mut shown = table.primary(profile);
    if profile == Profile::None {
        return Ok(Suppression { shown, fewest: true, safe: true });
    }
    let mut fewest = true;
    cover_small_totals(table, &mut shown);
    for block in blocks(table) {
        let part = block.table(table);
        let before: Vec<Shown> = block.cells.iter().map(|cell| shown[*cell]).collect();
        let (after, proved) = protect(&part, profile, before)?;
        fewest &= proved;
        for (cell, after) in block.cells.iter().zip(after) {
            shown[*cell] = after;
        }
    }
    let all: Vec<usize> = (0..table.relations.len()).collect();
    let safe = one_narrow(table, &shown, &all, &mut Hint::default())?.is_none();
    Ok(Suppression { shown, fewest, safe })
}

/// A small total of several small parts bounds each of them more narrowly than 1 to 4, whatever else is hidden: 1 + 2 = 3
/// says that no part is 4. Its status must not say that it is small, nor must that of a cell that is equal to it because
/// all other parts are 0.
fn cover_small_totals(table: &Table, shown: &mut [Shown]) {
    let primary = Shown::Hidden(Hidden::Primary);
    let covered = Shown::Hidden(Hidden::SmallTotal);
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for relation in
            table.relations.iter().filter(|relation| table.cells[relation.total].people.is_some_and(is_small))
        {
            let hidden =
                relation.parts.iter().copied().filter(|part| matches!(shown[*part], Shown::Hidden(_)));
            let parts: Vec<usize> = hidden.collect();
            let equal = [relation.total].into_iter().chain(parts.iter().copied());
            let cells: Vec<usize> = match parts.len() {
                0 => vec![],
                1 if equal.clone().any(|cell| shown[cell] == covered) => equal.collect(),
                1 => vec![],
                _ => vec![relation.total],
            };
            let open = |cell: &usize| shown[*cell] == primary && table.cells[*cell].published.is_none();
            for cell in cells.into_iter().filter(open).collect::<Vec<_>>() {
                shown[cell] = covered;
                changed = true;
            }
        }
    }
}

/// Cells that relations tie together, hidden or not. A 0 ties nothing: it is always shown.
struct Block {
    cells: Vec<usize>,
    relations: Vec<usize>,
}

impl Block {
    /// The table of the block alone. What lies outside is 0.
    fn table(&self, table: &Table) -> Table {
        let index: BTreeMap<usize, usize> = self.cells.iter().copied().zip(0..).collect();
        let mut part = Table::default();
        part.cells.extend(self.cells.iter().map(|cell| table.cells[*cell].clone()));
        for n in &self.relations {
            let mut relation = table.relations[*n].clone();
            let Some(total) = index.get(&relation.total) else { continue };
            relation.total = *total;
            relation.parts = relation.parts.iter().filter_map(|part| index.get(part).copied()).collect();
            part.relations.push(relation);
        }
        part
    }
}

fn blocks(table: &Table) -> Vec<Block> {
    let zero = |cell: usize| table.cells[cell].people == Some(0);
    let mut groups = Groups::new(table.cells.len());
    for relation in &table.relations {
        for part in relation.parts.iter().filter(|part| !zero(**part)) {
            groups.join(relation.total, *part);
        }
    }
    let mut found: BTreeMap<usize, Block> = BTreeMap::new();
    for cell in 0..table.cells.len() {
        let block = found.entry(groups.root(cell)).or_insert(Block { cells: vec![], relations: vec![] });
        block.cells.push(cell);
    }
    for (n, relation) in table.relations.iter().enumerate() {
        if let Some(block) = found.get_mut(&groups.root(relation.total)) {
            block.relations.push(n);
        }
    }
    let small = |cell: &usize| {
        let cell = &table.cells[*cell];
        cell.people.is_some_and(is_small) || matches!(cell.published, Some(Shown::Hidden(_)))
    };
    found.into_values().filter(|block| block.cells.iter().any(small)).collect()
}
