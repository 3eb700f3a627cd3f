//! An attacker who tries out all whole numbers. It shares no code with the audit.

use std::collections::BTreeMap;

use super::*;

/// No number of these tests is larger.
pub const LARGEST: i64 = 40;

/// The smallest and the largest number of each hidden cell in all tables that look like this one. A largest of
/// [`LARGEST`] stands for any.
pub fn attack(table: &Table, shown: &[Shown]) -> BTreeMap<usize, (i64, i64)> {
    let mut found = BTreeMap::new();
    let known = shown.iter().map(|shown| match shown {
        Shown::Value(people) => Some(*people),
        _ => None,
    });
    fill(table, shown, &mut known.collect::<Vec<_>>(), &mut found);
    found
}

fn possible(shown: Shown) -> std::ops::RangeInclusive<i64> {
    match shown {
        Shown::Value(people) => people..=people,
        Shown::Rounded(0) => 0..=0,
        Shown::Rounded(people) => (people - 2).max(5)..=people + 2,
        Shown::Hidden(Hidden::Primary) => 1..=4,
        Shown::Hidden(Hidden::Secondary) => 5..=LARGEST,
        Shown::Hidden(Hidden::SmallTotal) => 1..=LARGEST,
        Shown::Unpublished => 0..=LARGEST,
    }
}

/// Fills in the next cell in all ways. False if nothing was found.
fn fill(
    table: &Table,
    shown: &[Shown],
    people: &mut Vec<Option<i64>>,
    found: &mut BTreeMap<usize, (i64, i64)>,
) {
    // A sum with one open cell settles it; one with none must be right.
    for relation in &table.relations {
        let open: Vec<usize> = relation
            .parts
            .iter()
            .chain([&relation.total])
            .copied()
            .filter(|cell| people[*cell].is_none())
            .collect();
        let known: i64 = relation.parts.iter().filter_map(|part| people[*part]).sum();
        let total = people[relation.total];
        match (open.as_slice(), total) {
            ([], Some(total)) if total != known + relation.difference => return,
            ([cell], total) => {
                let number =
                    total.map_or(known + relation.difference, |total| total - known - relation.difference);
                if possible(shown[*cell]).contains(&number) {
                    people[*cell] = Some(number);
                    fill(table, shown, people, found);
                    people[*cell] = None;
                }
                return;
            }
            _ => {}
        }
    }
    match people.iter().position(Option::is_none) {
        Some(cell) => {
            for number in possible(shown[cell]) {
                people[cell] = Some(number);
                fill(table, shown, people, found);
            }
            people[cell] = None;
        }
        None => {
            for (cell, number) in people.iter().enumerate() {
                if let (Shown::Hidden(_), Some(number)) = (shown[cell], *number) {
                    let range = found.entry(cell).or_insert((number, number));
                    *range = (range.0.min(number), range.1.max(number));
                }
            }
        }
    }
}

/// True if no hidden cell has an interval narrower than 1 to 4.
pub fn is_safe(table: &Table, shown: &[Shown]) -> bool {
    attack(table, shown).values().all(|(least, most)| most - least >= 3)
}

/// The fewest further cells that must be hidden, by trying out all choices.
pub fn fewest(table: &Table, profile: Profile, start: &[Shown]) -> Option<usize> {
    let open: Vec<usize> =
        (0..start.len()).filter(|cell| matches!(start[*cell], Shown::Value(people) if people > 0)).collect();
    assert_eq!(profile, Profile::T5);
    let choices = 0..1_u32 << open.len();
    let safe = |choice: &u32| {
        let mut shown = start.to_vec();
        for (n, cell) in open.iter().enumerate() {
            if choice & (1 << n) != 0 {
                shown[*cell] = Shown::Hidden(Hidden::Secondary);
            }
        }
        is_safe(table, &shown)
    };
    let mut sizes: Vec<u32> = choices.collect();
    sizes.sort_by_key(|choice| choice.count_ones());
    sizes.iter().find(|choice| safe(choice)).map(|choice| choice.count_ones() as usize)
}
