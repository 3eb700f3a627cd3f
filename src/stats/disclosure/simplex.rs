//! The smallest and the largest value of a variable under linear equations and bounds, exactly: the simplex method for
//! bounded variables with Bland's rule, which never cycles.
//!
//! The tableau has whole numbers with one common denominator (Edmonds' integer pivoting), so that nothing is rounded.
//! An overflow of 128 bits is reported, never wrapped.

use super::table::TableFault;

/// A value as numerator and positive denominator.
pub type Quotient = (i128, i128);

/// Equations and bounds, with a solution that satisfies them all.
pub struct Simplex {
    /// One row for each equation: a column for each variable, then the value of the row's basic variable. All are
    /// multiplied by `denominator`.
    rows: Vec<Vec<i128>>,
    denominator: i128,
    /// The basic variable of each row. Those from `width` on are artificial: they are 0 in every solution.
    basis: Vec<usize>,
    /// The row in which a variable is basic.
    row_of: Vec<Option<usize>>,
    /// The lower bounds.
    least: Vec<i128>,
    /// The distance between the bounds; None without an upper one.
    span: Vec<Option<i128>>,
    /// Whether the variable is measured from its upper bound down.
    flipped: Vec<bool>,
    width: usize,
}

/// `sum of coefficient × variable = constant`.
pub struct Equation {
    pub terms: Vec<(usize, i128)>,
    pub constant: i128,
}

const OVERFLOW: TableFault = TableFault::Overflow;

fn times(a: i128, b: i128) -> Result<i128, TableFault> {
    a.checked_mul(b).ok_or(OVERFLOW)
}

fn minus(a: i128, b: i128) -> Result<i128, TableFault> {
    a.checked_sub(b).ok_or(OVERFLOW)
}

impl Simplex {
    /// Finds a solution. None if there is none.
    pub fn new(bounds: &[(i64, Option<i64>)], equations: &[Equation]) -> Result<Option<Simplex>, TableFault> {
        let width = bounds.len();
        let count = equations.len();
        let least: Vec<i128> = bounds.iter().map(|(least, _)| i128::from(*least)).collect();
        let span = bounds.iter().map(|(least, most)| most.map(|most| i128::from(most) - i128::from(*least)));
        let mut rows = vec![];
        for equation in equations {
            let mut row = vec![0; width + 1];
            row[width] = equation.constant;
            for (variable, coefficient) in &equation.terms {
                row[*variable] += coefficient;
                row[width] = minus(row[width], times(*coefficient, least[*variable])?)?;
            }
            if row[width] < 0 {
                row.iter_mut().for_each(|entry| *entry = -*entry);
            }
            rows.push(row);
        }
        let mut row_of = vec![None; width];
        row_of.extend((0..count).map(Some));
        let mut simplex = Simplex {
            rows,
            denominator: 1,
            basis: (width..width + count).collect(),
            row_of,
            least: least.into_iter().chain(std::iter::repeat_n(0, count)).collect(),
            span: span.chain(std::iter::repeat_n(None, count)).collect(),
            flipped: vec![false; width + count],
            width,
        };
        // Each artificial variable is brought down to 0 and held there.
        for artificial in width..width + count {
            if simplex.optimise(artificial, false)?.is_some_and(|(value, _)| value != 0) {
                return Ok(None);
            }
            simplex.span[artificial] = Some(0);
            simplex.remove_if_empty(artificial);
        }
        Ok(Some(simplex))
    }

    /// Removes the row of a variable that no other variable depends on: its equation follows from the others.
    fn remove_if_empty(&mut self, artificial: usize) {
        let Some(row) = self.row_of[artificial] else { return };
        if self.rows[row].iter().any(|entry| *entry != 0) {
            return;
        }
        self.rows.swap_remove(row);
        self.basis.swap_remove(row);
        self.row_of[artificial] = None;
        if let Some(moved) = self.basis.get(row) {
            self.row_of[*moved] = Some(row);
        }
    }

    /// The value of a variable in the present solution.
    pub fn value(&self, variable: usize) -> Result<Quotient, TableFault> {
        let distance = self.row_of[variable].map_or(0, |row| self.rows[row][self.width]);
        let offset = match (self.flipped[variable], self.span[variable]) {
            (true, Some(span)) => minus(times(span, self.denominator)?, distance)?,
            _ => distance,
        };
        let base = times(self.least[variable], self.denominator)?;
        Ok((base.checked_add(offset).ok_or(OVERFLOW)?, self.denominator))
    }

    /// Moves to a solution in which the variable is largest (`up`) or smallest, and returns its value. None if it has no
    /// bound.
    pub fn optimise(&mut self, variable: usize, up: bool) -> Result<Option<Quotient>, TableFault> {
        loop {
            // Whether its distance from the bound that it is measured from must grow.
            let grow = up != self.flipped[variable];
            let entering = match self.row_of[variable] {
                None if grow && self.span[variable] != Some(0) => variable,
                None => return self.value(variable).map(Some),
                Some(row) => match self.improving(row, grow) {
                    Some(entering) => entering,
                    None => return self.value(variable).map(Some),
                },
            };
            if !self.step(entering)? {
                return Ok(None);
            }
        }
    }

    /// The first nonbasic variable whose growth makes the basic variable of the row grow or shrink.
    fn improving(&self, row: usize, grow: bool) -> Option<usize> {
        let entries = self.rows[row][..self.width].iter().enumerate();
        let helps = |entry: i128| if grow { entry < 0 } else { entry > 0 };
        entries
            .filter(|(variable, entry)| {
                helps(**entry) && self.row_of[*variable].is_none() && self.span[*variable] != Some(0)
            })
            .map(|(variable, _)| variable)
            .next()
    }

    /// Lets a nonbasic variable grow as far as it can. False if nothing stops it.
    fn step(&mut self, entering: usize) -> Result<bool, TableFault> {
        // How far: a quotient, whose variable stops it, and at which end.
        let mut nearest: Option<(Quotient, usize, bool)> = None;
        if let Some(span) = self.span[entering] {
            nearest = Some(((span, 1), entering, true));
        }
        for (row, entries) in self.rows.iter().enumerate() {
            let (entry, distance) = (entries[entering], entries[self.width]);
            let leaving = self.basis[row];
            let stop = if entry > 0 {
                (distance, entry)
            } else if let (true, Some(span)) = (entry < 0, self.span[leaving]) {
                (minus(times(span, self.denominator)?, distance)?, -entry)
            } else {
                continue;
            };
            let closer = match &nearest {
                None => true,
                Some(((above, below), other, _)) => {
                    let (ours, theirs) = (times(stop.0, *below)?, times(*above, stop.1)?);
                    ours < theirs || (ours == theirs && leaving < *other)
                }
            };
            if closer {
                nearest = Some((stop, leaving, entry < 0));
            }
        }
        let Some((_, leaving, at_upper)) = nearest else { return Ok(false) };
        match self.row_of[leaving] {
            None => self.flip_nonbasic(entering)?,
            Some(row) => {
                if at_upper {
                    self.flip_basic(row, leaving)?;
                }
                self.pivot(row, entering)?;
            }
        }
        Ok(true)
    }

    /// Measures a nonbasic variable from its other bound, to which it moves.
    fn flip_nonbasic(&mut self, variable: usize) -> Result<(), TableFault> {
        let span = self.span[variable].unwrap_or(0);
        for row in &mut self.rows {
            row[self.width] = minus(row[self.width], times(row[variable], span)?)?;
            row[variable] = -row[variable];
        }
        self.flipped[variable] = !self.flipped[variable];
        Ok(())
    }

    /// Measures the basic variable of a row from its other bound.
    fn flip_basic(&mut self, row: usize, variable: usize) -> Result<(), TableFault> {
        let span = times(self.span[variable].unwrap_or(0), self.denominator)?;
        let width = self.width;
        for (column, entry) in self.rows[row].iter_mut().enumerate() {
            if column != variable {
                *entry = if column == width { minus(span, *entry)? } else { -*entry };
            }
        }
        self.flipped[variable] = !self.flipped[variable];
        Ok(())
    }

    /// Makes a variable basic in a row in which its entry is positive.
    fn pivot(&mut self, row: usize, entering: usize) -> Result<(), TableFault> {
        let pivot_row = self.rows[row].clone();
        let (pivot, denominator) = (pivot_row[entering], self.denominator);
        let filled: Vec<usize> = (0..pivot_row.len()).filter(|column| pivot_row[*column] != 0).collect();
        for (n, entries) in self.rows.iter_mut().enumerate() {
            let factor = entries[entering];
            if n == row {
                continue;
            }
            // The divisions have no rest: both are minors of the same whole matrix.
            if pivot == denominator {
                if factor != 0 {
                    for column in &filled {
                        let product = times(factor, pivot_row[*column])?;
                        // Nearly always 1, and a division of 128 bits is slow.
                        let less = if denominator == 1 { product } else { product / denominator };
                        entries[*column] = minus(entries[*column], less)?;
                    }
                }
                continue;
            }
            for (entry, above) in entries.iter_mut().zip(&pivot_row) {
                *entry = minus(times(*entry, pivot)?, times(factor, *above)?)? / denominator;
            }
        }
        let leaving = std::mem::replace(&mut self.basis[row], entering);
        self.row_of[leaving] = None;
        self.row_of[entering] = Some(row);
        self.denominator = pivot;
        Ok(())
    }
}
