//! What the public can work out of the hidden cells of a component.

use std::collections::{BTreeMap, BTreeSet};

use super::component::{Component, Range, is_narrow, whole};
use super::nearby::Nearby;
use super::simplex::{Equation, Quotient, Simplex};
use super::table::{MOST_UNKNOWN, Shown, Table, TableFault};

/// Which ranges are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of all hidden cells.
    All,
    /// That of this cell, if it is narrow.
    Narrow(usize),
}

/// What is known before a narrow range is looked for.
#[derive(Clone, Debug, Default)]
pub struct Hint {
    /// Where it is looked for first.
    pub near: Option<usize>,
    /// Cells whose range is wide. It stays so while more cells are hidden.
    pub protected: BTreeSet<usize>,
}

/// The most cells of a component that is worked out as a whole at once. In larger ones cells are tried with their
/// neighbours first.
const SMALL: usize = 120;

/// A component as a problem: bounds of its cells, and equations between them.
struct Problem {
    bounds: Vec<Range>,
    equations: Vec<Equation>,
    /// The variable of each cell.
    index: BTreeMap<usize, usize>,
}

impl Problem {
    fn new(table: &Table, shown: &[Shown], component: &Component) -> Result<Problem, TableFault> {
        if component.cells.len() > MOST_UNKNOWN {
            return Err(TableFault::TooLarge(component.cells.len()));
        }
        let index: BTreeMap<usize, usize> = component.cells.iter().copied().zip(0..).collect();
        let bounds = component.cells.iter().map(|cell| shown[*cell].range()).collect();
        let equations = component.relations.iter().map(|n| equation(table, shown, *n, &index)).collect();
        Ok(Problem { bounds, equations, index })
    }

    fn simplex(&self, table: &Table, component: &Component) -> Result<Simplex, TableFault> {
        Simplex::new(&self.bounds, &self.equations)?.ok_or_else(|| {
            let names = component.relations.iter().map(|n| table.relations[*n].name.clone());
            TableFault::Contradiction(names.collect())
        })
    }
}

fn is_hidden(shown: &[Shown], cell: usize) -> bool {
    matches!(shown[cell], Shown::Hidden(_))
}

/// The hidden cells of a component with the range of each, as far as the scope goes.
pub fn ranges(
    table: &Table,
    shown: &[Shown],
    component: &Component,
    scope: Scope,
) -> Result<Vec<(usize, Range)>, TableFault> {
    let problem = Problem::new(table, shown, component)?;
    let mut simplex = problem.simplex(table, component)?;
    let mut found = vec![];
    for cell in component.cells.iter().copied().filter(|cell| is_hidden(shown, *cell)) {
        if matches!(scope, Scope::Narrow(other) if other != cell) {
            continue;
        }
        let variable = problem.index[&cell];
        let least = simplex.optimise(variable, false)?;
        let range = range_of(least, simplex.optimise(variable, true)?)?;
        if scope == Scope::All || is_narrow(range) {
            found.push((cell, range));
        }
    }
    Ok(found)
}

/// A hidden cell of the component with a narrow range, if there is any. Cells that are seen to have a wide one on the way
/// are not worked out any further.
pub fn narrow_one(
    table: &Table,
    shown: &[Shown],
    component: &Component,
    hint: &mut Hint,
) -> Result<Option<usize>, TableFault> {
    let problem = Problem::new(table, shown, component)?;
    let cells = match hint.near {
        Some(near) => component.nearest_to(table, near),
        None => component.cells.clone(),
    };
    let open = |hint: &Hint, cell: usize| is_hidden(shown, cell) && !hint.protected.contains(&cell);
    let outer = propagated(&problem.bounds, &problem.equations);
    let narrow = |cell: &&usize| open(hint, **cell) && is_narrow(outer[problem.index[*cell]]);
    if let Some(cell) = cells.iter().find(narrow) {
        return Ok(Some(*cell));
    }
    if cells.len() > SMALL
        && let Some(mut nearby) = Nearby::new(table, shown, component)
    {
        for cell in &cells {
            if open(hint, *cell) {
                nearby.protects(*cell)?;
                hint.protected.append(&mut nearby.protected);
            }
        }
    }
    if !cells.iter().any(|cell| open(hint, *cell)) {
        return Ok(None);
    }
    let mut simplex = problem.simplex(table, component)?;
    let hidden: Vec<usize> = cells.iter().copied().filter(|cell| is_hidden(shown, *cell)).collect();
    let mut seen: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
    let mut look = |simplex: &Simplex, hint: &mut Hint| -> Result<(), TableFault> {
        // A solution need not be whole, but its whole neighbours on the inner side are within the range.
        for cell in hidden.iter().filter(|cell| !hint.protected.contains(cell)).copied().collect::<Vec<_>>() {
            let value = simplex.value(problem.index[&cell])?;
            let (up, down) = (whole(value, true)?, whole(value, false)?);
            let (least, most) = seen.entry(cell).or_insert((up, down));
            (*least, *most) = ((*least).min(up), (*most).max(down));
            if !is_narrow((*least, Some(*most))) {
                hint.protected.insert(cell);
            }
        }
        Ok(())
    };
    for cell in &cells {
        if !open(hint, *cell) {
            continue;
        }
        let variable = problem.index[cell];
        let least = simplex.optimise(variable, false)?;
        look(&simplex, hint)?;
        let most = simplex.optimise(variable, true)?;
        look(&simplex, hint)?;
        if is_narrow(range_of(least, most)?) {
            return Ok(Some(*cell));
        }
        hint.protected.insert(*cell);
    }
    Ok(None)
}

/// The whole numbers from the least to the most, which have no bound if there is none.
fn range_of(least: Option<Quotient>, most: Option<Quotient>) -> Result<Range, TableFault> {
    let least = least.map_or(Ok(0), |value| whole(value, true))?;
    Ok((least, most.map(|value| whole(value, false)).transpose()?))
}

/// The most rounds of narrowing ranges equation by equation.
const ROUNDS: usize = 8;

/// Ranges that each equation by itself narrows. The true ones lie within: a narrow range found here is narrow indeed, and a
/// wide one may not be.
fn propagated(bounds: &[Range], equations: &[Equation]) -> Vec<Range> {
    let mut ranges: Vec<(i128, Option<i128>)> =
        bounds.iter().map(|(least, most)| (i128::from(*least), most.map(i128::from))).collect();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for equation in equations {
            for (variable, sign) in &equation.terms {
                // The others' sum, moved to the right, from its least to its most.
                let (mut least, mut most) = (Some(equation.constant), Some(equation.constant));
                for (other, coefficient) in equation.terms.iter().filter(|(other, _)| other != variable) {
                    let (low, high) = ranges[*other];
                    let (low, high) = if *coefficient > 0 { (Some(low), high) } else { (high, Some(low)) };
                    most = most.zip(low).map(|(most, low)| most - coefficient * low);
                    least = least.zip(high).map(|(least, high)| least - coefficient * high);
                }
                if *sign < 0 {
                    (least, most) = (most.map(|most| -most), least.map(|least| -least));
                }
                let (low, high) = &mut ranges[*variable];
                if let Some(least) = least.filter(|least| *least > *low) {
                    (*low, changed) = (least, true);
                }
                if let Some(most) = most.filter(|most| high.is_none_or(|high| *most < high)) {
                    (*high, changed) = (Some(most), true);
                }
            }
        }
        if !changed {
            break;
        }
    }
    let short = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
    ranges.into_iter().map(|(least, most)| (short(least), most.map(short))).collect()
}

/// A relation as an equation between the unknown cells of a component.
fn equation(table: &Table, shown: &[Shown], n: usize, index: &BTreeMap<usize, usize>) -> Equation {
    let relation = &table.relations[n];
    let mut equation = Equation { terms: vec![], constant: i128::from(relation.difference) };
    let signed = relation.parts.iter().map(|part| (*part, -1_i128)).chain([(relation.total, 1)]);
    for (cell, sign) in signed {
        match index.get(&cell) {
            Some(variable) => equation.terms.push((*variable, sign)),
            None => equation.constant -= sign * i128::from(shown[cell].range().0),
        }
    }
    equation
}
