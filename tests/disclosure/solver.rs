//! A solver of an outsider's: the least and the most of each unknown under sums and bounds, by Gauss and by Fourier and
//! Motzkin, in whole numbers. It shares no code with the audit.

use std::collections::BTreeSet;

/// `sum of coefficient × unknown + constant`, of which it is said that it is 0, or at least 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub coefficients: Vec<i128>,
    pub constant: i128,
}

impl Line {
    fn reduced(mut self) -> Line {
        let all = self.coefficients.iter().chain([&self.constant]);
        let divisor = all.fold(0_i128, |divisor, entry| gcd(divisor, entry.abs()));
        if divisor > 1 {
            self.coefficients.iter_mut().for_each(|entry| *entry /= divisor);
            self.constant /= divisor;
        }
        self
    }

    /// `a × this + b × other`.
    fn plus(&self, a: i128, other: &Line, b: i128) -> Line {
        let pairs = self.coefficients.iter().zip(&other.coefficients);
        Line {
            coefficients: pairs.map(|(ours, theirs)| a * ours + b * theirs).collect(),
            constant: a * self.constant + b * other.constant,
        }
        .reduced()
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The least and the most of one unknown; none without a bound.
pub fn bounds(equal: &[Line], at_least: &[Line], unknown: usize) -> (Option<i128>, Option<i128>) {
    let count = equal.iter().chain(at_least).map(|line| line.coefficients.len()).max().unwrap_or(0);
    let mut equal: Vec<Line> = equal.to_vec();
    let mut lines: BTreeSet<Line> = at_least.iter().cloned().map(Line::reduced).collect();
    // Each equation removes one unknown, never the one that is looked for while there is another.
    while let Some(line) = equal.pop() {
        let other = (0..count).find(|n| *n != unknown && line.coefficients[*n] != 0);
        match other {
            Some(n) => {
                let c = line.coefficients[n];
                let without = |of: &Line| {
                    let d = of.coefficients[n];
                    if d == 0 { of.clone() } else { of.plus(c.abs(), &line, -d * c.signum()) }
                };
                equal = equal.iter().map(without).collect();
                lines = lines.iter().map(without).collect();
            }
            None => {
                lines.insert(line.clone());
                lines.insert(line.plus(-1, &line, 0));
            }
        }
    }
    for n in (0..count).filter(|n| *n != unknown) {
        let (with, without): (Vec<Line>, Vec<Line>) =
            lines.into_iter().partition(|line| line.coefficients[n] != 0);
        lines = without.into_iter().collect();
        let (up, down): (Vec<Line>, Vec<Line>) = with.into_iter().partition(|line| line.coefficients[n] > 0);
        for a in &up {
            for b in &down {
                lines.insert(a.plus(-b.coefficients[n], b, a.coefficients[n]));
            }
        }
    }
    let (mut least, mut most): (Option<i128>, Option<i128>) = (None, None);
    for line in lines {
        let (a, b) = (line.coefficients[unknown], line.constant);
        match a.signum() {
            1 => {
                // a x + b ≥ 0
                let bound = -b.div_euclid(a);
                least = Some(least.map_or(bound, |least| least.max(bound)));
            }
            -1 => {
                let bound = b.div_euclid(-a);
                most = Some(most.map_or(bound, |most| most.min(bound)));
            }
            _ => assert!(b >= 0, "the sums contradict each other"),
        }
    }
    (least, most)
}

#[test]
fn the_solver_finds_what_a_person_finds() {
    // x + y = 8, both 1 to 4; x + z = 10, z at least 0.
    let line = |coefficients: [i128; 3], constant| Line { coefficients: coefficients.to_vec(), constant };
    let equal = [line([1, 1, 0], -8), line([1, 0, 1], -10)];
    let at_least = [
        line([1, 0, 0], -1),
        line([-1, 0, 0], 4),
        line([0, 1, 0], -1),
        line([0, -1, 0], 4),
        line([0, 0, 1], 0),
    ];
    assert_eq!(bounds(&equal, &at_least, 0), (Some(4), Some(4)));
    assert_eq!(bounds(&equal, &at_least, 2), (Some(6), Some(6)));
    assert_eq!(bounds(&equal[1..], &at_least, 2), (Some(6), Some(9)));
    assert_eq!(bounds(&[], &at_least[4..], 2), (Some(0), None));
}
