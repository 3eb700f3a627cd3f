//! Planted tables of areas, categories and months with all their totals, published in several releases, corrected, taken back
//! and withdrawn. An outsider who has kept everything recovers no hidden cell.
//!
//! The outsider's equations are put together here, not by `build`. That an interval is wide is shown by two solutions that
//! are both checked against every equation and every bound: whoever finds them, nobody can exclude either.

use std::collections::BTreeMap;

use super::super::simplex::{Equation, Quotient, Simplex};
use super::*;
use crate::stats::period::Period;

/// Numbers that look random, the same each time.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn people(&mut self) -> i64 {
        let number = match self.below(10) {
            0..=2 => 0,
            3..=5 => 1 + self.below(4),
            6..=7 => 5 + self.below(6),
            _ => 11 + self.below(60),
        };
        i64::try_from(number).unwrap()
    }
}

/// Area, category and period; the last of each is the total.
type Place = [usize; 3];

struct Planted {
    /// How many areas, categories and months, without the totals.
    size: Place,
}

const MONTHS: [&str; 4] = ["2025-01", "2025-02", "2025-03", "2025-Q1"];

impl Planted {
    fn key(&self, place: Place) -> Key {
        let period = if place[2] == self.size[2] { MONTHS[3] } else { MONTHS[place[2]] };
        Key {
            codes: vec![format!("A{}", place[0]), format!("T{}", place[1])],
            period: Period::parse(period).unwrap(),
        }
    }

    fn places(&self) -> Vec<Place> {
        let mut all = vec![];
        for area in 0..=self.size[0] {
            for kind in 0..=self.size[1] {
                all.extend((0..=self.size[2]).map(|month| [area, kind, month]));
            }
        }
        all
    }

    /// All cells, from those without totals.
    fn with_totals(&self, base: &BTreeMap<Place, i64>) -> BTreeMap<Place, i64> {
        let mut all = BTreeMap::new();
        for place in self.places() {
            let within = |other: &Place| (0..3).all(|n| place[n] == self.size[n] || place[n] == other[n]);
            all.insert(place, base.iter().filter(|(other, _)| within(other)).map(|(_, people)| people).sum());
        }
        all
    }

    fn axes(&self) -> Vec<Axis> {
        let axis = |n: usize, name: &str, letter: &str| Axis {
            name: name.to_owned(),
            parents: (0..self.size[n])
                .map(|code| (format!("{letter}{code}"), format!("{letter}{}", self.size[n])))
                .collect(),
            lives: BTreeMap::new(),
        };
        vec![axis(0, "AREA", "A"), axis(1, "TYPE", "T")]
    }
}

/// What became of the planted tables.
#[derive(Debug, Default)]
struct Outcome {
    published: u64,
    refused: u64,
    hidden: u64,
    /// Hidden cells of releases that correct or take back.
    later: u64,
}

/// Publishes releases as the API does, each with all earlier ones in view, and attacks what the public has.
fn plant(seed: u64, outcome: &mut Outcome) {
    let mut random = Seeded(seed);
    let size = [1, 2].map(|_| usize::try_from(1 + random.below(2)).unwrap());
    // All three months, or the first alone beside a quarter of its own would not add up.
    let planted = Planted { size: [size[0], size[1], 3] };
    let mut base = BTreeMap::new();
    for place in planted.places() {
        if (0..3).all(|n| place[n] < planted.size[n]) {
            base.insert(place, random.people());
        }
    }
    // The cells as they are, with none where the last publication took it back.
    let mut now: BTreeMap<Place, Option<i64>> = BTreeMap::new();
    let mut rows: Vec<(Place, TableRow)> = vec![];
    for vintage in 0..1 + u32::try_from(random.below(3)).unwrap() {
        if vintage > 0 {
            for _ in 0..1 + random.below(2) {
                let places: Vec<Place> = base.keys().copied().collect();
                let place = places[usize::try_from(random.below(places.len() as u64)).unwrap()];
                base.insert(place, random.people());
            }
        }
        let mut next: BTreeMap<Place, Option<i64>> =
            planted.with_totals(&base).into_iter().map(|(place, people)| (place, Some(people))).collect();
        if vintage > 0 && random.below(4) == 0 {
            let places = planted.places();
            next.insert(places[usize::try_from(random.below(places.len() as u64)).unwrap()], None);
        }
        let new = next.iter().filter(|(place, people)| now.get(*place) != Some(people));
        let mut tried = rows.clone();
        tried.extend(new.map(|(place, people)| {
            (*place, TableRow { key: planted.key(*place), vintage, people: *people, published: None })
        }));
        let input = Rows {
            axes: planted.axes(),
            rows: tried.iter().map(|(_, row)| row.clone()).collect(),
            sums_over_time: true,
        };
        let (table, cells) = build(&input);
        let result = suppress(&table, Profile::T5).unwrap();
        if !result.safe {
            // Nothing of it becomes public, so that the next release corrects what is.
            outcome.refused += 1;
            continue;
        }
        outcome.published += 1;
        for ((_, row), cell) in tried.iter_mut().zip(&cells) {
            let Some(cell) = cell else { continue };
            let shown = result.shown[*cell];
            assert!(row.published.is_none() || row.published == Some(shown), "what was public has changed");
            row.published = Some(shown);
            // A small number is never shown.
            assert!(matches!(shown, Shown::Hidden(_)) || !(1..=4).contains(&row.people.unwrap()));
        }
        (rows, now) = (tried, next);
    }
    attack(&planted, &rows, outcome, seed);
}

/// The outsider's view: a variable for each number, whatever was published or withdrawn since.
fn attack(planted: &Planted, rows: &[(Place, TableRow)], outcome: &mut Outcome, seed: u64) {
    let (mut people, mut bounds): (Vec<i64>, Vec<(i64, Option<i64>)>) = (vec![], vec![]);
    let mut hidden = vec![];
    let mut equations: Vec<Equation> = vec![];
    let mut current: BTreeMap<Place, usize> = BTreeMap::new();
    let last = rows.iter().map(|(_, row)| row.vintage).max().unwrap_or(0);
    for vintage in 0..=last {
        for (place, row) in rows.iter().filter(|(_, row)| row.vintage == vintage) {
            let Some(number) = row.people else {
                current.remove(place);
                continue;
            };
            // Who compares two publications sees what was not corrected.
            if current.get(place).is_some_and(|variable| people[*variable] == number) {
                continue;
            }
            current.insert(*place, people.len());
            bounds.push(match row.published.unwrap() {
                Shown::Value(value) => {
                    assert_eq!(value, number);
                    (value, Some(value))
                }
                Shown::Hidden(kind) => {
                    hidden.push(people.len());
                    outcome.hidden += 1;
                    outcome.later += u64::from(vintage > 0);
                    match kind {
                        Hidden::Primary => (1, Some(4)),
                        Hidden::Secondary => (5, Some(100_000)),
                        Hidden::SmallTotal => (1, Some(100_000)),
                    }
                }
                other => panic!("{other:?}"),
            });
            people.push(number);
        }
        for (place, total) in &current {
            for axis in (0..3).filter(|axis| place[*axis] == planted.size[*axis]) {
                let parts: Vec<Option<usize>> = (0..planted.size[axis])
                    .map(|code| {
                        let mut part = *place;
                        part[axis] = code;
                        current.get(&part).copied()
                    })
                    .collect();
                let mut terms: Vec<(usize, i128)> = parts.iter().flatten().map(|part| (*part, -1)).collect();
                if terms.is_empty() {
                    continue;
                }
                terms.push((*total, 1));
                let difference: i128 =
                    terms.iter().map(|(variable, sign)| sign * i128::from(people[*variable])).sum();
                if parts.contains(&None) {
                    // What was taken back is in the total all the same.
                    terms.push((people.len(), -1));
                    people.push(i64::try_from(difference.max(0)).unwrap());
                    bounds.push((0, Some(100_000)));
                    equations.push(Equation { terms, constant: difference.min(0) });
                } else {
                    equations.push(Equation { terms, constant: difference });
                }
            }
        }
    }
    if hidden.is_empty() {
        return;
    }
    let mut simplex = Simplex::new(&bounds, &equations).unwrap().unwrap();
    let mut seen: Vec<Option<(Quotient, Quotient)>> = vec![None; bounds.len()];
    let less = |a: Quotient, b: Quotient| a.0 * b.1 < b.0 * a.1;
    for variable in &hidden {
        for up in [false, true] {
            if seen[*variable].is_some_and(is_wide) {
                continue;
            }
            simplex.optimise(*variable, up).unwrap();
            let solution: Vec<Quotient> = (0..bounds.len()).map(|n| simplex.value(n).unwrap()).collect();
            check(&bounds, &equations, &solution);
            for (seen, value) in seen.iter_mut().zip(solution) {
                let (least, most) = seen.unwrap_or((value, value));
                *seen = Some((
                    if less(value, least) { value } else { least },
                    if less(most, value) { value } else { most },
                ));
            }
        }
        assert!(
            seen[*variable].is_some_and(is_wide),
            "table {seed}: {} is {:?}",
            people[*variable],
            seen[*variable]
        );
    }
}

/// Whether the interval is no narrower than 1 to 4.
fn is_wide((least, most): (Quotient, Quotient)) -> bool {
    most.0 * least.1 - least.0 * most.1 >= 3 * least.1 * most.1
}

/// The solution satisfies every bound and every equation.
fn check(bounds: &[(i64, Option<i64>)], equations: &[Equation], solution: &[Quotient]) {
    for ((least, most), (above, below)) in bounds.iter().zip(solution) {
        assert!(*below > 0 && i128::from(*least) * below <= *above);
        assert!(most.is_none_or(|most| *above <= i128::from(most) * below));
    }
    for equation in equations {
        let below = solution.iter().map(|(_, below)| *below).max().unwrap_or(1);
        let sum: i128 = equation
            .terms
            .iter()
            .map(|(variable, sign)| {
                let (above, own) = solution[*variable];
                assert_eq!(below % own, 0, "one denominator");
                sign * above * (below / own)
            })
            .sum();
        assert_eq!(sum, equation.constant * below);
    }
}

/// Two hundred tables; ten thousand with TEST_FULL.
#[test]
#[expect(clippy::print_stdout, reason = "says how much was tried")]
fn nobody_recovers_a_hidden_cell_of_releases_that_are_corrected_and_withdrawn() {
    let count: u64 = if std::env::var_os("TEST_FULL").is_some() { 10_000 } else { 200 };
    let half = |first: u64| {
        let mut outcome = Outcome::default();
        (first..count).step_by(2).for_each(|seed| plant(seed, &mut outcome));
        outcome
    };
    let (even, odd) = std::thread::scope(|scope| {
        let odd = scope.spawn(|| half(1));
        (half(0), odd.join().unwrap())
    });
    println!("{count} tables: {even:?} {odd:?}");
    let all = |of: fn(&Outcome) -> u64| of(&even) + of(&odd);
    assert!(
        all(|one| one.published) > count && all(|one| one.hidden) > 5 * count && all(|one| one.later) > count
    );
}
