//! Which further cells to hide. First sum by sum: the smallest cell that protects it. Then those are shown again that are
//! not needed. In small tables all smaller choices are tried, so that the choice is the best.

use super::audit::{gives_away, one_narrow};
use super::component::components;
use super::profile::Profile;
use super::ranges::Hint;
use super::table::{Hidden, Shown, Table, TableFault};

/// The most choices of cells that are tried out in one block, and the most cells of such a block.
const MOST_TRIED: usize = 2_000;
const MOST_CELLS: usize = 60;

/// The most further cells for which smaller choices are tried out: with more, the choices are far too many.
const MOST_FURTHER: usize = 8;

/// Hides cells of a block until nothing is given away. True if it is proved that fewer do not suffice.
pub fn protect(
    table: &Table,
    profile: Profile,
    mut shown: Vec<Shown>,
) -> Result<(Vec<Shown>, bool), TableFault> {
    let search = Search { table, profile, all: (0..table.relations.len()).collect() };
    if search.safe(&shown)? {
        return Ok((shown, true));
    }
    let mut found = shown.clone();
    search.sum_by_sum(&mut found)?;
    search.show_again(&mut found)?;
    // The statuses that were covered on the way stay so.
    for (cell, found) in found.iter().enumerate() {
        if *found == Shown::Hidden(Hidden::SmallTotal) {
            shown[cell] = *found;
        }
    }
    search.fewest(&shown, found)
}

struct Search<'a> {
    table: &'a Table,
    profile: Profile,
    all: Vec<usize>,
}

impl Search<'_> {
    fn safe(&self, shown: &[Shown]) -> Result<bool, TableFault> {
        self.safe_near(shown, None)
    }

    /// Whether these cells are safe; a narrow range is looked for near a cell first.
    fn safe_near(&self, shown: &[Shown], near: Option<usize>) -> Result<bool, TableFault> {
        let mut hint = Hint { near, ..Hint::default() };
        Ok(one_narrow(self.table, shown, &self.all, &mut hint)?.is_none())
    }

    /// Whether this sum by itself gives nothing away.
    fn sum_is_safe(&self, shown: &[Shown], relation: usize) -> Result<bool, TableFault> {
        Ok(one_narrow(self.table, shown, &[relation], &mut Hint::default())?.is_none())
    }

    /// Whether a cell is shown and would be a secondary one if hidden.
    fn can_hide(&self, shown: &[Shown], cell: usize) -> bool {
        let is_shown = matches!(shown[cell], Shown::Value(people) | Shown::Rounded(people) if people > 0);
        is_shown && self.is_new(cell)
    }

    /// Whether the public has not seen the cell yet, so that it can still be decided what is shown of it.
    fn is_new(&self, cell: usize) -> bool {
        self.table.cells[cell].published.is_none()
    }

    fn people(&self, cell: usize) -> i64 {
        self.table.cells[cell].people.unwrap_or(0)
    }

    /// Sorted by number, then by name.
    fn sorted(&self, mut cells: Vec<usize>) -> Vec<usize> {
        cells.sort_by(|a, b| {
            let names = || self.table.cells[*a].name.cmp(&self.table.cells[*b].name);
            self.people(*a).cmp(&self.people(*b)).then_with(names).then(a.cmp(b))
        });
        cells.dedup();
        cells
    }

    /// The cells of a relation that can be hidden: the parts from the smallest, then the total.
    fn candidates(&self, shown: &[Shown], relation: usize) -> Vec<usize> {
        let relation = &self.table.relations[relation];
        let parts = relation.parts.iter().copied().filter(|part| self.can_hide(shown, *part));
        let mut cells = self.sorted(parts.collect());
        cells.extend(Some(relation.total).filter(|total| self.can_hide(shown, *total)));
        cells
    }

    fn sum_by_sum(&self, shown: &mut [Shown]) -> Result<(), TableFault> {
        let mut hint = Hint::default();
        loop {
            let mut changed = true;
            while std::mem::take(&mut changed) {
                for relation in &self.all {
                    while !self.sum_is_safe(shown, *relation)? {
                        let candidates = self.candidates(shown, *relation);
                        let Some(cell) = self.first_that_protects(shown, *relation, &candidates)? else {
                            break;
                        };
                        shown[cell] = Shown::Hidden(Hidden::Secondary);
                        changed = true;
                    }
                }
            }
            // Each sum by itself gives nothing away. Several together may.
            let found = one_narrow(self.table, shown, &self.all, &mut hint)?;
            let Some(narrow) = found else { return Ok(()) };
            hint.near = found;
            if let Some(cell) = self.nearest(shown, narrow) {
                shown[cell] = Shown::Hidden(Hidden::Secondary);
            } else if let Some(cell) = self.status_that_tells(shown, narrow)? {
                shown[cell] = Shown::Hidden(Hidden::SmallTotal);
            } else if let Some(cell) = self.smallest(shown) {
                shown[cell] = Shown::Hidden(Hidden::Secondary);
            } else {
                return Ok(());
            }
        }
    }

    /// The first candidate that protects the relation by itself, or else the first.
    fn first_that_protects(
        &self,
        shown: &[Shown],
        relation: usize,
        candidates: &[usize],
    ) -> Result<Option<usize>, TableFault> {
        for cell in candidates {
            let mut tried = shown.to_vec();
            tried[*cell] = Shown::Hidden(Hidden::Secondary);
            if self.sum_is_safe(&tried, relation)? {
                return Ok(Some(*cell));
            }
        }
        Ok(candidates.first().copied())
    }

    /// The smallest cell that can be hidden in the relations of this cell.
    fn nearest(&self, shown: &[Shown], cell: usize) -> Option<usize> {
        let with_cell = self.all.iter().copied().filter(|n| {
            let relation = &self.table.relations[*n];
            relation.total == cell || relation.parts.contains(&cell)
        });
        let near: Vec<usize> = with_cell.flat_map(|relation| self.candidates(shown, relation)).collect();
        self.sorted(near).first().copied()
    }

    /// The smallest cell that can be hidden anywhere.
    fn smallest(&self, shown: &[Shown]) -> Option<usize> {
        let anywhere = (0..shown.len()).filter(|cell| self.can_hide(shown, *cell));
        self.sorted(anywhere.collect()).first().copied()
    }

    /// A primary cell whose status gives this cell away even if everything is hidden: one sum of two vintages, of which
    /// one part was small before, and is not now. None if hiding more helps.
    fn status_that_tells(&self, shown: &[Shown], narrow: usize) -> Result<Option<usize>, TableFault> {
        let hidden = |cell: usize| {
            let all = self.can_hide(shown, cell).then_some(Shown::Hidden(Hidden::Secondary));
            all.unwrap_or(shown[cell])
        };
        let mut closed: Vec<Shown> = (0..shown.len()).map(hidden).collect();
        if !gives_away(self.table, &closed, &self.all, narrow)? {
            return Ok(None);
        }
        let found = components(self.table, &closed, &self.all);
        let Some(component) = found.into_iter().find(|part| part.cells.contains(&narrow)) else {
            return Ok(None);
        };
        let near = component.nearest_to(self.table, narrow);
        let can_change = |cell: &usize| closed[*cell] == Shown::Hidden(Hidden::Primary) && self.is_new(*cell);
        let primary: Vec<usize> = near.into_iter().filter(can_change).collect();
        for cell in &primary {
            closed[*cell] = Shown::Hidden(Hidden::SmallTotal);
            if !gives_away(self.table, &closed, &self.all, narrow)? {
                return Ok(Some(*cell));
            }
            closed[*cell] = Shown::Hidden(Hidden::Primary);
        }
        // One alone is not enough: the nearest is the first of several.
        Ok(primary.first().copied())
    }

    /// The secondary cells that can be shown again.
    fn secondary(&self, shown: &[Shown]) -> Vec<usize> {
        let hidden = |cell: &usize| shown[*cell] == Shown::Hidden(Hidden::Secondary) && self.is_new(*cell);
        (0..shown.len()).filter(hidden).collect()
    }

    /// Shows each secondary cell again that is not needed, the largest first.
    fn show_again(&self, shown: &mut [Shown]) -> Result<(), TableFault> {
        if !self.safe(shown)? {
            return Ok(());
        }
        let covered = |cell: &usize| shown[*cell] == Shown::Hidden(Hidden::SmallTotal) && self.is_new(*cell);
        for cell in (0..shown.len()).filter(covered).collect::<Vec<_>>() {
            shown[cell] = Shown::Hidden(Hidden::Primary);
            if !self.safe_near(shown, Some(cell))? {
                shown[cell] = Shown::Hidden(Hidden::SmallTotal);
            }
        }
        for cell in self.sorted(self.secondary(shown)).into_iter().rev() {
            let hidden = shown[cell];
            shown[cell] = self.table.cells[cell].shown(self.profile);
            if !self.safe_near(shown, Some(cell))? {
                shown[cell] = hidden;
            }
        }
        Ok(())
    }

    /// Tries all choices of fewer cells, and of as many with a smaller sum, as far as they are not too many.
    fn fewest(&self, before: &[Shown], found: Vec<Shown>) -> Result<(Vec<Shown>, bool), TableFault> {
        let most = self.secondary(&found).len();
        if before.len() > MOST_CELLS || most > MOST_FURTHER || !self.safe(&found)? {
            return Ok((found, false));
        }
        let candidates = self.sorted((0..before.len()).filter(|cell| self.can_hide(before, *cell)).collect());
        let mut tried = 0_usize;
        for size in 1..=most {
            let Some(choices) = choices(candidates.len(), size, MOST_TRIED - tried) else {
                return Ok((found, false));
            };
            tried += choices.len();
            let mut choices: Vec<(i128, Vec<usize>)> = choices
                .into_iter()
                .map(|choice| (choice.iter().map(|n| i128::from(self.people(candidates[*n]))).sum(), choice))
                .collect();
            choices.sort_unstable();
            for (_, choice) in choices {
                let mut shown = before.to_vec();
                for n in choice {
                    shown[candidates[n]] = Shown::Hidden(Hidden::Secondary);
                }
                if self.safe(&shown)? {
                    return Ok((shown, true));
                }
            }
        }
        Ok((found, true))
    }
}

/// All choices of `size` of the first `count` numbers, in order. None if they are more than `most`.
fn choices(count: usize, size: usize, most: usize) -> Option<Vec<Vec<usize>>> {
    let mut all: Vec<Vec<usize>> = vec![];
    let mut choice: Vec<usize> = (0..size).collect();
    if size > count {
        return Some(all);
    }
    loop {
        if all.len() == most {
            return None;
        }
        all.push(choice.clone());
        let Some(place) = (0..size).rev().find(|place| choice[*place] < count - size + place) else {
            return Some(all);
        };
        choice[place] += 1;
        for next in place + 1..size {
            choice[next] = choice[next - 1] + 1;
        }
    }
}
