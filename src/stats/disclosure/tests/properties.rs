//! What holds for all tables.

use proptest::prelude::*;

use super::attacker::{LARGEST, attack, fewest, is_safe};
use super::*;

/// Mostly numbers about the threshold.
fn any_people() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 1..5_i64, 5..9_i64, 9..13_i64]
}

/// The largest total stays below what the attacker tries.
fn any_row() -> impl Strategy<Value = Table> {
    prop::collection::vec(any_people(), 1..6)
        .prop_filter("too large", |parts| parts.iter().sum::<i64>() < LARGEST - 10)
        .prop_map(|parts| row(&parts))
}

fn any_grid() -> impl Strategy<Value = Table> {
    (2..4_usize, 2..4_usize)
        .prop_flat_map(|(height, width)| {
            prop::collection::vec(prop::collection::vec(any_people(), width), height)
        })
        .prop_filter("too large", |cells| cells.iter().flatten().sum::<i64>() < LARGEST - 10)
        .prop_map(|cells| {
            let rows: Vec<&[i64]> = cells.iter().map(Vec::as_slice).collect();
            grid(&rows)
        })
}

fn check(table: &Table, profile: Profile) -> Result<Suppression, TestCaseError> {
    let result = suppress(table, profile).unwrap();
    for (cell, shown) in table.cells.iter().zip(&result.shown) {
        let people = cell.people.unwrap();
        let small = (1..=4).contains(&people);
        match shown {
            // What is shown is right, and nothing small is shown.
            Shown::Value(value) => prop_assert!(*value == people && !small && profile == Profile::T5),
            Shown::Rounded(value) => prop_assert!((value - people).abs() <= 2 && !small),
            Shown::Hidden(Hidden::Secondary) => prop_assert!(people >= 5),
            Shown::Hidden(_) => prop_assert!(small),
            Shown::Unpublished => prop_assert!(false),
        }
        // Read back from the status that is published, it is the same.
        if let Shown::Hidden(hidden) = shown {
            prop_assert_eq!(Shown::published(people, hidden.statuses().1, profile), *shown);
        } else {
            prop_assert_eq!(
                Shown::published(people, crate::stats::status::ConfStatus::Free, profile),
                *shown
            );
        }
        // The truth is never outside what the public can work out.
        let (least, most) = shown.range();
        prop_assert!(least <= people && most.is_none_or(|most| people <= most));
    }
    prop_assert!(result.safe);
    let found = audit(table, &result.shown).unwrap();
    prop_assert!(found.is_clean());
    for bounds in &found.bounds {
        let people = table.cells[bounds.cell].people.unwrap();
        prop_assert!(bounds.least <= people && bounds.most.is_none_or(|most| people <= most));
        prop_assert!(bounds.most.is_none_or(|most| most - bounds.least >= 3));
    }
    Ok(result)
}

/// How many cells are hidden to protect others, and what would be shown without that.
fn before_secondary(table: &Table, result: &Suppression) -> (usize, Vec<Shown>) {
    let is_secondary = |shown: &Shown| *shown == Shown::Hidden(Hidden::Secondary);
    let shown = result.shown.iter().zip(&table.cells);
    let before = shown.map(|(shown, cell)| match cell.people {
        Some(people) if is_secondary(shown) => Shown::Value(people),
        _ => *shown,
    });
    (result.shown.iter().filter(|shown| is_secondary(shown)).count(), before.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nobody_recovers_a_hidden_cell_of_a_row(table in any_row()) {
        let result = check(&table, Profile::T5)?;
        prop_assert!(is_safe(&table, &result.shown));
        // As few as can be, by trying out all choices.
        prop_assert!(result.fewest);
        let (secondary, start) = before_secondary(&table, &result);
        prop_assert_eq!(Some(secondary), fewest(&table, Profile::T5, &start));
    }

    #[test]
    fn nobody_recovers_a_hidden_cell_of_a_table_with_both_margins(table in any_grid()) {
        let result = check(&table, Profile::T5)?;
        // The attacker tries out all numbers, where they are not too many.
        if result.shown.iter().filter(|shown| matches!(shown, Shown::Hidden(_))).count() <= 9 {
            prop_assert!(is_safe(&table, &result.shown));
        }
    }

    #[test]
    fn a_small_table_with_both_margins_hides_as_few_cells_as_can_be(
        cells in prop::collection::vec(any_people(), 4)
            .prop_filter("too large", |cells| cells.iter().sum::<i64>() < LARGEST - 10),
    ) {
        let table = grid(&[&cells[..2], &cells[2..]]);
        let result = check(&table, Profile::T5)?;
        prop_assert!(result.fewest);
        let (secondary, start) = before_secondary(&table, &result);
        prop_assert_eq!(Some(secondary), fewest(&table, Profile::T5, &start));
    }

    #[test]
    fn the_bounds_are_exactly_those_that_the_attacker_finds(table in any_grid(), hide in any::<u16>()) {
        // Any cells are hidden, whether that protects anything or not.
        let mut shown = table.primary(Profile::T5);
        for (n, shown) in shown.iter_mut().enumerate() {
            if matches!(shown, Shown::Value(people) if *people >= 5) && hide & (1 << n) != 0 {
                *shown = Shown::Hidden(Hidden::Secondary);
            }
        }
        if shown.iter().filter(|shown| matches!(shown, Shown::Hidden(_))).count() <= 7 {
            let found = attack(&table, &shown);
            for bounds in audit(&table, &shown).unwrap().bounds {
                let (least, most) = found[&bounds.cell];
                prop_assert_eq!(bounds.least, least);
                match bounds.most {
                    Some(largest) if largest < LARGEST => prop_assert_eq!(largest, most),
                    // Without a largest number, the attacker's is held only by the largest that is tried.
                    _ => prop_assert!(most >= table.cells[bounds.cell].people.unwrap() + 10),
                }
            }
        }
    }

    #[test]
    fn rounding_protects_too(parts in prop::collection::vec(any_people(), 1..5)) {
        let table = row(&parts);
        let result = check(&table, Profile::T5R5)?;
        if result.shown.iter().filter(|shown| !matches!(shown, Shown::Rounded(0))).count() <= 4 {
            prop_assert!(is_safe(&table, &result.shown));
        }
    }

    #[test]
    fn hiding_more_never_tells_more(table in any_grid(), cell in any::<prop::sample::Index>()) {
        let result = suppress(&table, Profile::T5).unwrap();
        let before = audit(&table, &result.shown).unwrap().bounds;
        let mut more = result.shown.clone();
        let cell = cell.index(more.len());
        if matches!(more[cell], Shown::Value(people) if people > 0) {
            more[cell] = Shown::Hidden(Hidden::Secondary);
        }
        let after = audit(&table, &more).unwrap().bounds;
        for bounds in before {
            let wider = after.iter().find(|other| other.cell == bounds.cell).unwrap();
            prop_assert!(wider.least <= bounds.least);
            prop_assert!(wider.most.is_none_or(|wide| bounds.most.is_some_and(|most| most <= wide)));
        }
    }
}
