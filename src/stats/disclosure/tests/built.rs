//! Tables of observations: areas, categories, time, vintages.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::stats::period::Period;

fn axis(name: &str, parents: &[(&str, &str)]) -> Axis {
    let parents = parents.iter().map(|(child, parent)| ((*child).to_owned(), (*parent).to_owned()));
    Axis { name: name.to_owned(), parents: parents.collect(), lives: BTreeMap::new() }
}

fn entry(codes: &[&str], period: &str, vintage: u32, people: i64) -> TableRow {
    let key = Key {
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        period: Period::parse(period).unwrap(),
    };
    TableRow { key, vintage, people: Some(people), published: None }
}

/// What is shown of each row.
fn shown_of(rows: &Rows) -> (Table, Vec<String>) {
    let (table, cells) = build(rows);
    let result = suppress(&table, Profile::T5).unwrap();
    assert!(result.safe);
    let all = texts(&result.shown);
    let shown = cells.iter().map(|cell| cell.map_or_else(String::new, |cell| all[cell].clone()));
    (table, shown.collect())
}

fn areas() -> Axis {
    axis("AREA", &[("A", "ALL"), ("B", "ALL"), ("C", "ALL")])
}

#[test]
fn totals_run_over_areas() {
    let people = [("A", 3), ("ALL", 55), ("B", 12), ("C", 40)];
    let rows = people.map(|(area, people)| entry(&[area], "2023", 1, people)).to_vec();
    let (table, shown) = shown_of(&Rows { axes: vec![areas()], rows, sums_over_time: true });
    assert_eq!(shown, ["Q/A", "55", "Q/D", "40"]);
    assert_eq!(table.relations[0].name, "AREA: ALL = 3 parts, Jan to Dec 2023");
}

#[test]
fn totals_run_over_time() {
    // Eleven months of 10, one of 3, and only the year published too.
    let mut rows: Vec<TableRow> = (1..=12)
        .map(|month| entry(&["A"], &format!("2023-{month:02}"), 1, if month == 5 { 3 } else { 10 }))
        .collect();
    rows.push(entry(&["A"], "2023", 1, 113));
    let (_, shown) = shown_of(&Rows { axes: vec![axis("AREA", &[])], rows, sums_over_time: true });
    assert_eq!(shown, ["Q/D", "10", "10", "10", "Q/A", "10", "10", "10", "10", "10", "10", "10", "113"]);
}

#[test]
fn a_quarter_and_a_year_are_closed_together() {
    let mut rows: Vec<TableRow> = (1..=12)
        .map(|month| entry(&["A"], &format!("2023-{month:02}"), 1, if month == 5 { 3 } else { 20 }))
        .collect();
    for quarter in 1..=4 {
        rows.push(entry(&["A"], &format!("2023-Q{quarter}"), 1, if quarter == 2 { 43 } else { 60 }));
    }
    rows.push(entry(&["A"], "2023", 1, 223));
    let (_, shown) = shown_of(&Rows { axes: vec![axis("AREA", &[])], rows, sums_over_time: true });
    assert_eq!(
        (shown[3].as_str(), shown[4].as_str(), shown[13].as_str(), shown[16].as_str()),
        ("Q/D", "Q/A", "43", "223")
    );
    assert_eq!(shown.iter().filter(|shown| shown.starts_with('Q')).count(), 2);
}

#[test]
fn overlapping_years_are_seen_through() {
    // Two years that share nine months, and the year between their ends: 10 = 4 + 6 says all.
    let at = |start: &str, people| entry(&["A"], &format!("{start}/P1Y"), 1, people);
    let rows = vec![at("2020-01-01", 4), at("2020-07-01", 10), at("2021-01-01", 6)];
    let (table, cells) =
        build(&Rows { axes: vec![axis("AREA", &[])], rows: rows.clone(), sums_over_time: true });
    let found = audit(&table, &table.primary(Profile::T5)).unwrap();
    assert_eq!(found.leaks[0].bounds, Bounds { cell: cells[0].unwrap(), least: 4, most: Some(4) });
    let (_, shown) = shown_of(&Rows { axes: vec![axis("AREA", &[])], rows, sums_over_time: true });
    assert_eq!(shown[0], "Q/A");
    assert_eq!(shown.iter().filter(|shown| *shown == "Q/D").count(), 1);
}

#[test]
fn parts_that_are_not_published_leave_an_upper_bound() {
    // B is published nowhere: A is at most 2.
    let rows =
        vec![entry(&["A"], "2023", 1, 2), entry(&["ALL"], "2023", 1, 42), entry(&["C"], "2023", 1, 40)];
    let input = Rows { axes: vec![areas()], rows, sums_over_time: true };
    let (table, _) = build(&input);
    let found = audit(&table, &table.primary(Profile::T5)).unwrap();
    assert_eq!((found.leaks[0].bounds.least, found.leaks[0].bounds.most), (1, Some(2)));
    let (_, shown) = shown_of(&input);
    assert_eq!(shown, ["Q/A", "42", "Q/D"]);
}

#[test]
fn two_vintages_together_give_nothing_away() {
    // In the second publication C was revised, so that B is no longer the smallest beside A.
    let first = [("A", 3), ("B", 12), ("C", 40), ("ALL", 55)];
    let second = [("C", 10), ("ALL", 25)];
    let rows: Vec<TableRow> = first
        .iter()
        .map(|(area, people)| entry(&[area], "2023", 1, *people))
        .chain(second.iter().map(|(area, people)| entry(&[area], "2023", 2, *people)))
        .collect();
    let (table, shown) = shown_of(&Rows { axes: vec![areas()], rows, sums_over_time: true });
    assert_eq!((table.cells.len(), table.relations.len()), (6, 2));
    // B is hidden in both: showing it in the second would give A away in the first.
    assert_eq!(shown, ["Q/A", "Q/D", "40", "55", "10", "25"]);
    // Each vintage by itself would have hidden another cell in the second.
    let alone: Vec<TableRow> = [("A", 3), ("B", 12), ("C", 10), ("ALL", 25)]
        .iter()
        .map(|(area, people)| entry(&[area], "2023", 1, *people))
        .collect();
    assert_eq!(
        shown_of(&Rows { axes: vec![areas()], rows: alone, sums_over_time: true }).1,
        ["Q/A", "12", "Q/D", "25"]
    );
}

#[test]
fn a_status_that_tells_too_much_is_covered() {
    // A was 4 and is 3; B was 4 and is 5; their sum is 8 in both publications, and hidden: it would give 4 + 4 away. That B
    // was small and is not says that A fell.
    let rows = vec![
        entry(&["A"], "2023", 1, 4),
        entry(&["B"], "2023", 1, 4),
        entry(&["ALL"], "2023", 1, 8),
        entry(&["A"], "2023", 2, 3),
        entry(&["B"], "2023", 2, 5),
    ];
    let axes = vec![axis("AREA", &[("A", "ALL"), ("B", "ALL")])];
    let (_, shown) = shown_of(&Rows { axes, rows, sums_over_time: true });
    assert_eq!(shown[2], "Q/D");
    assert!(shown.iter().all(|shown| shown.starts_with('Q') || shown == "5"));
}

#[test]
fn an_observation_that_is_taken_back_is_no_longer_a_part() {
    let mut rows: Vec<TableRow> = [("A", 3), ("B", 12), ("C", 40), ("ALL", 55)]
        .iter()
        .map(|(area, people)| entry(&[area], "2023", 1, *people))
        .collect();
    rows.push(TableRow { people: None, vintage: 2, ..rows[0].clone() });
    let (table, cells) = build(&Rows { axes: vec![areas()], rows, sums_over_time: true });
    assert_eq!((cells[4], table.relations.len()), (None, 2));
    let rest = table.cells.last().unwrap();
    assert!(rest.people.is_none() && rest.name.ends_with("rest"));
}

#[test]
fn figures_that_do_not_add_up_protect_no_less() {
    let rows = [("A", 3), ("B", 12), ("C", 40), ("ALL", 56)]
        .map(|(area, people)| entry(&[area], "2023", 1, people))
        .to_vec();
    let (table, shown) = shown_of(&Rows { axes: vec![areas()], rows, sums_over_time: true });
    assert_eq!(
        (table.relations[0].difference, shown),
        (1, ["Q/A", "Q/D", "40", "56"].map(String::from).to_vec())
    );
}

fn any_people() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 1..5_i64, 5..40_i64, 5..40_i64]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Areas × categories × months, with totals of all, and a revision.
    #[test]
    fn no_planted_table_gives_a_hidden_cell_away(
        people in prop::collection::vec(any_people(), 2 * 2 * 3),
        revised in prop::collection::vec((0..12_usize, any_people()), 0..3),
    ) {
        let axes = vec![axis("AREA", &[("A", "ALL"), ("B", "ALL")]), axis("TYPE", &[("x", "xy"), ("y", "xy")])];
        let mut rows = vec![];
        let mut now = people;
        for vintage in 1..=2 {
            let mut sums: BTreeMap<(&str, &str, &str), i64> = BTreeMap::new();
            for (n, people) in now.iter().enumerate() {
                let (area, kind, month) = (n / 6, n / 3 % 2, n % 3);
                for area in [["A", "B"][area], "ALL"] {
                    for kind in [["x", "y"][kind], "xy"] {
                        for period in [["2023-01", "2023-02", "2023-03"][month], "2023-Q1"] {
                            *sums.entry((area, kind, period)).or_default() += people;
                        }
                    }
                }
            }
            rows.extend(sums.into_iter().map(|((area, kind, period), people)| entry(&[area, kind], period, vintage, people)));
            for (n, people) in &revised {
                now[*n] = *people;
            }
        }
        let (table, _) = build(&Rows { axes, rows, sums_over_time: true });
        for relation in &table.relations {
            prop_assert_eq!(relation.difference, 0);
        }
        let result = suppress(&table, Profile::T5).unwrap();
        prop_assert!(result.safe);
        let found = audit(&table, &result.shown).unwrap();
        for bounds in found.bounds {
            let people = table.cells[bounds.cell].people.unwrap();
            prop_assert!(bounds.least <= people && bounds.most.is_none_or(|most| people <= most));
            prop_assert!(bounds.most.is_none_or(|most| most - bounds.least >= 3));
        }
    }
}
