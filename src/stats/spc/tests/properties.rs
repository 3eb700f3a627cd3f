//! What holds for all values.

use proptest::prelude::*;

use super::*;
use crate::stats::fraction::Fraction;

fn any_values() -> impl Strategy<Value = Vec<i64>> {
    prop_oneof![
        prop::collection::vec(-1_000_000_000_000_000_000..=1_000_000_000_000_000_000_i64, 2..40),
        prop::collection::vec((0..30_i64).prop_map(|value| value * 1_000_000), 2..60),
    ]
}

fn any_options(screen: bool) -> Options {
    Options { screen_outliers: screen, ..Options::default() }
}

/// The signals of all points, as sets.
fn signals(chart: &Chart) -> Vec<Vec<Signal>> {
    chart.points.iter().map(|point| point.signals.all()).collect()
}

proptest! {
    #[test]
    fn limits_are_symmetric_around_the_centre_and_in_order(values in any_values(), screen in any::<bool>()) {
        let chart = draw(&raw_months(&values), any_options(screen));
        let limits = chart.phases[0].limits.unwrap();
        let (centre, upper, lower) = (limits.centre(), limits.upper().unwrap(), limits.lower().unwrap());
        let (near_upper, near_lower) = (limits.upper_near().unwrap(), limits.lower_near().unwrap());
        prop_assert_eq!(&upper - &centre, &centre - &lower);
        prop_assert_eq!(&near_upper - &centre, &centre - &near_lower);
        let three = Fraction::from(3);
        prop_assert_eq!(&three * &(&near_upper - &centre), &Fraction::from(2) * &(&upper - &centre));
        prop_assert!(lower <= near_lower && near_lower <= centre && centre <= near_upper && near_upper <= upper);
        let sum: Fraction = values.iter().map(|value| Fraction::from(Scaled::from_raw(*value))).collect::<Vec<_>>().iter().sum();
        prop_assert_eq!(&centre * &Fraction::from(i64::try_from(values.len()).unwrap()), sum);
    }

    #[test]
    fn a_signal_is_judged_by_the_limits_that_are_shown(values in any_values()) {
        let chart = draw(&raw_months(&values), Options::default());
        let limits = chart.phases[0].limits.unwrap();
        for point in chart.points.iter().filter(|_| values.len() >= 13) {
            let value = Fraction::from(point.value.unwrap());
            let outside = value > limits.upper().unwrap() || value < limits.lower().unwrap();
            prop_assert_eq!(point.signals.all().contains(&Signal::OutsideLimits), outside);
        }
        prop_assert!(values.len() >= 13 || quiet(&chart));
    }

    #[test]
    fn another_unit_and_another_zero_change_no_signal(
        values in prop::collection::vec(0..30_i64, 13..50),
        times in 1..1_000_i64,
        plus in -1_000..1_000_i64,
        screen in any::<bool>(),
    ) {
        let moved: Vec<i64> = values.iter().map(|value| value * times + plus).collect();
        let (one, other) = (draw(&months(&values), any_options(screen)), draw(&months(&moved), any_options(screen)));
        prop_assert_eq!(signals(&one), signals(&other));
        prop_assert_eq!(one.variation, other.variation);
    }

    #[test]
    fn the_mirror_image_has_the_same_signals_and_the_opposite_verdict(
        values in prop::collection::vec(0..30_i64, 13..50),
    ) {
        let mirror: Vec<i64> = values.iter().map(|value| -value).collect();
        let (one, other) = (draw(&months(&values), Options::default()), draw(&months(&mirror), Options::default()));
        prop_assert_eq!(signals(&one), signals(&other));
        let opposite = match one.variation {
            Variation::Improvement => Variation::Concern,
            Variation::Concern => Variation::Improvement,
            same => same,
        };
        prop_assert_eq!(other.variation, opposite);
    }

    #[test]
    fn screening_never_widens_the_limits(values in any_values()) {
        let (all, screened) = (draw(&raw_months(&values), any_options(false)), draw(&raw_months(&values), any_options(true)));
        let range = |chart: &Chart| chart.phases[0].limits.unwrap().mean_moving_range().unwrap();
        prop_assert!(range(&screened) <= range(&all));
        prop_assert_eq!(screened.phases[0].screened.is_empty(), range(&screened) == range(&all));
    }
}
