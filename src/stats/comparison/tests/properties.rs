//! What holds for all values.

use proptest::prelude::*;

use super::*;
use crate::stats::fraction::Fraction;

const MAX: i64 = 1_000_000_000_000_000_000;

fn compare(measure: Measure, base: i64, current: i64) -> Comparison {
    let points = [
        Point::of(period("2011-04-01/P1Y"), Scaled::from_raw(base)),
        Point::of(period("2012-04-01/P1Y"), Scaled::from_raw(current)),
    ];
    let measure = Measure { frequency: Frequency::Yearly, ..measure };
    year_on_year(&series(&measure, &points), period("2012-04-01/P1Y"), &Options::default()).unwrap()
}

fn change(result: &Comparison) -> Fraction {
    result.change.as_ref().unwrap().as_ref().unwrap().exact.clone()
}

fn relative(result: &Comparison) -> Option<Fraction> {
    result.relative.as_ref().unwrap().as_ref().ok().map(|number| number.exact.clone())
}

fn any_value() -> impl Strategy<Value = i64> {
    prop_oneof![
        -MAX..=MAX,
        -100_000_000..=100_000_000_i64,
        (-1_000..=1_000_i64).prop_map(|whole| whole * 1_000_000)
    ]
}

proptest! {
    #[test]
    fn a_change_there_and_back_is_none(base in any_value(), current in any_value()) {
        let (there, back) = (compare(CRIMES, base, current), compare(CRIMES, current, base));
        prop_assert_eq!(change(&there), -&change(&back));
        prop_assert_eq!(there.favourable.map(|good| !good), back.favourable);
        // The text has the value's sign, or none for 0; a change that is shown as none is neither good nor bad news.
        let text = texts(&there).0;
        prop_assert_eq!(there.favourable.is_none(), text == "0");
        prop_assert!(text != "-0" && !text.starts_with("-0.0"));
    }

    #[test]
    fn the_change_in_per_cent_leads_back_from_the_base_to_the_value(base in any_value(), current in any_value()) {
        let result = compare(CRIMES, base, current);
        if let Some(relative) = relative(&result) {
            let base = Fraction::from(Scaled::from_raw(base));
            let moved = (&relative * &base.abs()).over(&Fraction::from(100)).unwrap();
            prop_assert_eq!(&base + &moved, Fraction::from(Scaled::from_raw(current)));
            prop_assert!(base.abs() >= Fraction::from(50));
        } else {
            prop_assert!(base.abs() < 50_000_000);
        }
    }

    #[test]
    fn a_larger_unit_changes_no_percentage(base in 1..1_000_000_i64, current in 0..1_000_000_i64, times in 1..1_000_i64) {
        let (measure, one) = (PERCENT, 1_000_000);
        let small = compare(measure, base * one, current * one);
        let large = compare(measure, base * one * times, current * one * times);
        prop_assert_eq!(relative(&small), relative(&large));
        prop_assert_eq!(&change(&small) * &Fraction::from(times), change(&large));
    }

    #[test]
    fn a_pooled_ratio_lies_between_the_smallest_and_the_largest(
        months in prop::collection::vec((0..1_000_i64, 1..1_000_i64), 12),
    ) {
        let names: Vec<String> = (1..=12).map(|month| format!("2023-{month:02}")).collect();
        let cells: Vec<(&str, i64, i64)> = names
            .iter()
            .zip(&months)
            .map(|(at, (numerator, denominator))| (at.as_str(), *numerator, *denominator))
            .collect();
        let points = ratios(&cells);
        let result = rolling_year(&series(&PERCENT, &points), period("2023-12"), &Options::default()).unwrap();
        let pooled = result.current.value.unwrap().exact;
        let each: Vec<Fraction> =
            months.iter().map(|(above, below)| Fraction::new(100 * above, *below).unwrap()).collect();
        prop_assert!(*each.iter().min().unwrap() <= pooled && pooled <= *each.iter().max().unwrap());
        let above: i64 = months.iter().map(|(above, _)| above).sum();
        let below: i64 = months.iter().map(|(_, below)| below).sum();
        prop_assert_eq!(pooled, Fraction::new(100 * above, below).unwrap());
    }

    #[test]
    fn ranks_do_not_depend_on_the_order_and_add_up(counts in prop::collection::vec(0..20_i64, 2..9)) {
        let peer = |n: usize| Peer {
            area: format!("A{n}"),
            point: Some(Point::of(period("2012-04-01/P1Y"), Scaled::from_raw(counts[n] * 1_000_000))),
            population: Some(Point::of(period("2012"), value("1000"))),
        };
        let all: Vec<Peer> = (0..counts.len()).map(peer).collect();
        let mut ranks = vec![];
        for n in 0..all.len() {
            let mut others: Vec<Peer> = all.iter().filter(|peer| **peer != all[n]).cloned().collect();
            let rank = |others: &[Peer]| {
                let peers =
                    Peers { measure: &CRIMES, period: period("2012-04-01/P1Y"), own: &all[n], others };
                peer_rank(&peers).unwrap().standing.unwrap().unwrap()
            };
            let forwards = rank(&others);
            others.reverse();
            prop_assert_eq!(&forwards, &rank(&others));
            let Standing::Rank { rank, of, sharing, .. } = forwards else { unreachable!() };
            prop_assert_eq!(of, counts.len());
            ranks.push((rank, sharing, counts[n]));
        }
        for (rank, sharing, count) in &ranks {
            for (other, _, other_count) in &ranks {
                prop_assert_eq!(rank.cmp(other), count.cmp(other_count));
            }
            prop_assert_eq!(*sharing, ranks.iter().filter(|(other, ..)| other == rank).count());
        }
    }

    #[test]
    fn both_means_lie_within_the_rates(areas in prop::collection::vec((0..100_000_i64, 1..3_000_000_i64), 1..45)) {
        let peer = |n: usize| Peer {
            area: format!("A{n}"),
            point: Some(Point::of(period("2012-04-01/P1Y"), Scaled::from_raw(areas[n].0 * 1_000_000))),
            population: Some(Point::of(period("2012"), Scaled::from_raw(areas[n].1 * 1_000_000))),
        };
        let all: Vec<Peer> = (0..areas.len()).map(peer).collect();
        let own = Peer { area: "own".into(), ..all[0].clone() };
        let peers = Peers { measure: &CRIMES, period: period("2012-04-01/P1Y"), own: &own, others: &all };
        let rates: Vec<Fraction> =
            areas.iter().map(|(count, people)| Fraction::new(1_000 * count, *people).unwrap()).collect();
        for mean in [Mean::OfRates, Mean::Pooled] {
            let result = peer_mean(&peers, mean, false, &Options::default()).unwrap();
            let mean = result.base.unwrap().value.unwrap().exact;
            prop_assert!(*rates.iter().min().unwrap() <= mean && mean <= *rates.iter().max().unwrap());
            let (current, change) = (result.current.value.unwrap().exact, result.change.unwrap().unwrap());
            prop_assert_eq!(&current - &mean, change.exact.clone());
            let shown_as_none = change.to_string().bytes().all(|byte| matches!(byte, b'0' | b'.'));
            prop_assert_eq!(result.favourable.is_none(), shown_as_none);
        }
    }
}
