//! The worked cases, each to the digit.

use super::*;
use crate::stats::decimal::Scaled;

#[test]
fn the_smallest_other_cell_protects_the_small_one() {
    for (parts, expected) in [
        (&[3, 12, 40][..], &["Q/A", "Q/D", "40", "55"][..]),
        (&[0, 3, 40], &["0", "Q/A", "Q/D", "43"]),
        (&[3], &["Q/A", "Q/A"]),
        (&[3, 0, 0], &["Q/A", "0", "0", "Q/A"]),
        (
            &[3, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10],
            &["Q/A", "Q/D", "10", "10", "10", "10", "10", "10", "10", "10", "10", "10", "113"],
        ),
        (&[7, 12, 40], &["7", "12", "40", "59"]),
        // Both are hidden for themselves, and their sum does not say more than 1 to 4 of either.
        (&[2, 3, 40], &["Q/A", "Q/A", "40", "45"]),
        // 4 + 4 = 8 would: a third is needed.
        (&[4, 4, 40], &["Q/A", "Q/A", "Q/D", "48"]),
        // A secondary cell is 5 or more: 3 + 5 = 8 says that the other is at most 3, so that the next larger is taken.
        (&[3, 5, 40], &["Q/A", "5", "Q/D", "48"]),
        // No other part can protect it, but the total can.
        (&[3, 5], &["Q/A", "5", "Q/D"]),
        (&[3, 3], &["Q/A", "Q/A", "Q/D"]),
        // The total is small as well: that it is must not be said.
        (&[1, 2], &["Q/A", "Q/A", "Q/D"]),
    ] {
        let table = row(parts);
        assert_eq!(suppressed(&table), expected, "{parts:?}");
        let result = suppress(&table, Profile::T5).unwrap();
        assert!(result.safe && result.fewest, "{parts:?}");
    }
}

#[test]
fn a_cell_that_equals_a_small_total_does_not_say_either_that_it_is_small() {
    // 1 + 2 = 3 in the only area that has any.
    let table = table(&[1, 2, 3, 3], &[(2, &[0, 1]), (3, &[2])]);
    let result = suppress(&table, Profile::T5).unwrap();
    assert_eq!(
        (texts(&result.shown), result.safe),
        (["Q/A", "Q/A", "Q/D", "Q/D"].map(String::from).to_vec(), true)
    );
}

#[test]
fn a_table_with_both_margins_hides_a_rectangle() {
    let table = grid(&[&[3, 20, 30], &[25, 10, 15], &[40, 50, 60]]);
    assert_eq!(
        suppressed(&table),
        [
            "Q/A", "Q/D", "30", "53", "Q/D", "Q/D", "15", "50", "40", "50", "60", "150", "68", "80", "105",
            "253"
        ]
    );
}

#[test]
fn the_profile_none_hides_nothing() {
    let result = suppress(&row(&[3, 12, 40]), Profile::None).unwrap();
    assert_eq!(
        (texts(&result.shown), result.safe),
        (["3", "12", "40", "55"].map(String::from).to_vec(), true)
    );
}

#[test]
fn rounding_is_to_base_five_half_away_from_zero() {
    for (text, expected) in [
        ("0", "0"),
        ("1", "0"),
        ("2", "0"),
        ("2.5", "5"),
        ("3", "5"),
        ("7", "5"),
        ("7.5", "10"),
        ("8", "10"),
        ("12", "10"),
        ("13", "15"),
    ] {
        assert_eq!(rounded_to_five(Scaled::parse(text).unwrap()).text(0), expected, "{text}");
    }
    for people in 0..200 {
        let exact = rounded_to_five(Scaled::from_raw(people * 1_000_000));
        assert_eq!(exact.text(0), super::super::profile::rounded(people).to_string());
    }
}

#[test]
fn cells_and_totals_are_rounded_each_by_itself() {
    let result = suppress(&row(&[3, 12, 40, 13]), Profile::T5R5).unwrap();
    assert_eq!(texts(&result.shown), ["Q/A", "10", "40", "15", "70"]);
    // Where rounding alone does not protect, another cell is hidden too: 3 of 8 leave 5, of 5 to 7.
    let result = suppress(&row(&[3, 5]), Profile::T5R5).unwrap();
    assert!(result.safe);
}

#[test]
fn a_ratio_of_few_people_is_hidden() {
    for (numerator, base, expected) in [
        (12, 22, "hidden"),
        (12, 23, "52"),
        (21, 23, "hidden"),
        (3, 40, "hidden"),
        (0, 23, "0"),
        (23, 23, "100"),
        (5, 1_000, "1"),
        (1, 0, "hidden"),
    ] {
        let text = match ratio(numerator, base) {
            Ratio::Percent(percent) => percent.text(0),
            Ratio::Hidden => "hidden".to_owned(),
        };
        assert_eq!(text, expected, "{numerator}/{base}");
    }
}

#[test]
fn the_audit_says_what_is_given_away_and_by_which_sums() {
    let table = grid(&[&[3, 20], &[25, 10]]);
    let mut shown = table.primary(Profile::T5);
    let found = audit(&table, &shown).unwrap();
    assert_eq!((found.leaks.len(), found.leaks[0].bounds), (1, Bounds { cell: 0, least: 3, most: Some(3) }));
    assert_eq!(found.leaks[0].given_away_by.len(), 1);
    // The other cell of the row is hidden: the column still gives it away.
    shown[1] = Shown::Hidden(Hidden::Secondary);
    let found = audit(&table, &shown).unwrap();
    let by: Vec<&str> =
        found.leaks[0].given_away_by.iter().map(|n| table.relations[*n].name.as_str()).collect();
    assert_eq!((found.leaks.len(), by), (2, vec!["sum 6"]));
    // The rectangle is closed.
    shown[3] = Shown::Hidden(Hidden::Secondary);
    shown[4] = Shown::Hidden(Hidden::Secondary);
    let found = audit(&table, &shown).unwrap();
    assert!(found.is_clean());
    assert_eq!(
        found.bounds.iter().map(|bounds| (bounds.cell, bounds.least, bounds.most)).collect::<Vec<_>>(),
        [(0, 1, Some(4)), (1, 19, Some(22)), (3, 24, Some(27)), (4, 8, Some(11))]
    );
    assert_eq!(protected_by(&table, &shown, 1).unwrap(), [0, 3, 4]);
    assert_eq!(protected_by(&table, &shown, 0).unwrap(), [] as [usize; 0]);
}

#[test]
fn what_is_no_table_is_refused() {
    let fault = |table: &Table| suppress(table, Profile::T5).unwrap_err();
    let mut negative = row(&[3, 12]);
    negative.cells[1].people = Some(-1);
    assert_eq!(fault(&negative).code(), "not_a_count_of_people");
    let mut huge = row(&[3, 12]);
    huge.cells[1].people = Some(i64::MAX);
    assert_eq!(fault(&huge).code(), "not_a_count_of_people");
    for (total, parts) in [(9, vec![0, 1]), (2, vec![0, 0]), (2, vec![0, 2])] {
        let mut wrong = row(&[3, 12]);
        (wrong.relations[0].total, wrong.relations[0].parts) = (total, parts);
        assert_eq!(fault(&wrong).code(), "relation");
    }
    let wide = row(&[3; 500]);
    let fault = fault(&wide);
    assert_eq!(fault, TableFault::TooLarge(501 - 1));
    assert!(fault.to_string().contains("500 cells") && fault.to_string().ends_with('.'));
    let mut contradicting = row(&[30, 12]);
    contradicting.relations[0].difference = 1;
    let shown = [Shown::Hidden(Hidden::Primary), Shown::Value(12), Shown::Value(42)];
    assert_eq!(audit(&contradicting, &shown).unwrap_err().code(), "contradiction");
}
