//! The worked cases, each to the digit.

use super::*;

fn two_levels() -> Vec<i64> {
    let mut values = [100, 110].repeat(6);
    values.push(100);
    values
}

#[test]
fn an_outlier_widens_the_limits_unless_it_is_screened() {
    let mut values = vec![1, 2, 1, 2, 10];
    values.extend([1, 2].repeat(6));
    values.push(1);
    let points = months(&values);
    let plain = draw(&points, Options::default());
    assert_eq!(lines(&plain, 0), ["1.94", "6.95", "-3.06"]);
    assert_eq!(flagged(&plain, Signal::OutsideLimits), [5]);
    let screened = draw(&points, Options { screen_outliers: true, ..Options::default() });
    assert_eq!(lines(&screened, 0), ["1.94", "4.60", "-0.72"]);
    assert_eq!(screened.phases[0].screened, [4, 5]);
    assert_eq!(flagged(&screened, Signal::OutsideLimits), [5]);
}

#[test]
fn twelve_points_are_too_few_for_a_verdict() {
    let points = months(&[100, 110].repeat(6));
    let chart = draw(&points, Options::default());
    assert_eq!((chart.variation, chart.assurance), (Variation::InsufficientData, Err(NoVerdict::NoTarget)));
    assert!(chart.phases[0].limits.unwrap().upper().is_some() && quiet(&chart));
    assert_eq!(chart.warnings, [Warning::ShortPhase]);
    // Not even a point far outside has a signal.
    let mut far = [100, 110].repeat(5);
    far.push(100_000);
    assert!(quiet(&draw(&months(&far), Options::default())));
}

#[test]
fn thirteen_points_have_one_and_the_target_is_judged_by_the_limits() {
    let points = months(&two_levels());
    let plain = draw(&points, Options::default());
    let limits = plain.phases[0].limits.unwrap();
    assert_eq!(lines(&plain, 0), ["104.62", "131.22", "78.02"]);
    assert_eq!(limits.mean_moving_range().unwrap().text(2), "10.00");
    assert_eq!(
        [limits.upper_near(), limits.lower_near()].map(|line| line.unwrap().text(2)),
        ["122.35", "86.88"]
    );
    assert_eq!(plain.variation, Variation::CommonCause);
    assert!(quiet(&plain) && plain.warnings.is_empty());
    let assured = |operator, value: &str| {
        let target = Target { value: Scaled::parse(value).unwrap(), operator, from: None, to: None };
        let series = Series { measure: &MONTHLY, points: &points, breaks: &[] };
        chart(&series, &[target], &Options::default()).unwrap().assurance.map(Assurance::code)
    };
    assert_eq!(assured(Operator::AtMost, "140"), Ok("consistent_pass"));
    assert_eq!(assured(Operator::AtMost, "100"), Ok("hit_or_miss"));
    assert_eq!(assured(Operator::AtMost, "70"), Ok("consistent_fail"));
    assert_eq!(assured(Operator::AtLeast, "70"), Ok("consistent_pass"));
    assert_eq!(assured(Operator::AtLeast, "140"), Ok("consistent_fail"));
    assert_eq!(assured(Operator::AtLeast, "131"), Ok("hit_or_miss"));
}

#[test]
fn values_that_never_vary_meet_their_own_value_always() {
    let points = months(&[5; 15]);
    let assured = |operator, value: &str| {
        let target = Target { value: Scaled::parse(value).unwrap(), operator, from: None, to: None };
        let series = Series { measure: &MONTHLY, points: &points, breaks: &[] };
        chart(&series, &[target], &Options::default()).unwrap().assurance.map(Assurance::code)
    };
    for operator in [Operator::AtMost, Operator::AtLeast] {
        assert_eq!(assured(operator, "5"), Ok("consistent_pass"));
    }
    assert_eq!(assured(Operator::AtMost, "4"), Ok("consistent_fail"));
}

#[test]
fn screening_leaves_something_that_says_how_much_is_ordinary() {
    // The only two ranges that are not 0 are those of the one other value.
    let mut values = vec![5; 14];
    values.insert(7, 6);
    let screened = draw(&months(&values), Options { screen_outliers: true, ..Options::default() });
    assert_eq!(lines(&screened, 0), lines(&draw(&months(&values), Options::default()), 0));
    assert!(screened.phases[0].screened.is_empty());
    assert_eq!(flagged(&screened, Signal::OutsideLimits), [8]);
}

#[test]
fn frozen_limits_judge_later_points() {
    let mut values = two_levels();
    values.extend([135, 125, 110]);
    let chart = draw(&months(&values), Options { fix: Some(13), ..Options::default() });
    assert_eq!(lines(&chart, 0), ["104.62", "131.22", "78.02"]);
    assert_eq!(flagged(&chart, Signal::OutsideLimits), [14]);
    assert_eq!(flagged(&chart, Signal::TwoOfThree), [14, 15]);
    assert!(chart.points[15].signals.is_empty());
    assert_eq!((chart.variation, chart.phases[0].values_of_limits), (Variation::CommonCause, 13));
}

#[test]
fn seven_points_on_one_side_are_a_shift() {
    let chart =
        draw(&months(&[110, 100, 112, 98, 111, 101, 109, 99, 97, 98, 96, 97, 95, 98]), Options::default());
    assert_eq!(lines(&chart, 0)[0], "101.50");
    assert_eq!(flagged(&chart, Signal::Shift), [8, 9, 10, 11, 12, 13, 14]);
    assert_eq!(chart.variation, Variation::Improvement);
}

#[test]
fn six_strict_steps_in_a_row_are_a_trend_and_a_tie_ends_it() {
    let first = [100, 104, 98, 103, 99, 102, 97];
    let values = |rest: [i64; 7]| months(&[first, rest].concat());
    let chart = draw(&values([100, 99, 98, 97, 96, 95, 94]), Options::default());
    assert_eq!(flagged(&chart, Signal::Trend), [8, 9, 10, 11, 12, 13, 14]);
    assert_eq!(chart.variation, Variation::Improvement);
    assert!(quiet(&draw(&values([100, 99, 98, 98, 97, 96, 95]), Options::default())));
}

#[test]
fn a_phase_has_limits_of_its_own_and_begins_only_at_a_recorded_break() {
    let first = [120, 126, 119, 125, 121, 127, 120, 124, 122, 126, 119, 125, 121];
    let points = months(&[first, first.map(|value| value - 30)].concat());
    let breaks = ["2021-02-01".parse().unwrap()];
    let series = Series { measure: &MONTHLY, points: &points, breaks: &breaks };
    let phased = chart(&series, &[], &Options::default()).unwrap();
    assert_eq!(lines(&phased, 0), ["122.69", "136.66", "108.73"]);
    assert_eq!(lines(&phased, 1), ["92.69", "106.66", "78.73"]);
    assert!(quiet(&phased));
    let second = &phased.phases[1];
    assert_eq!((second.first, second.last, second.break_on), (13, 25, Some(breaks[0])));
    assert_eq!(phased.points[13].moving_range, None);
    let whole = draw(&points, Options::default());
    assert_eq!((whole.phases.len(), flagged(&whole, Signal::Shift).len()), (1, 26));
}

/// NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2. Its limits use 3 ÷ 1.128, ours 2.66.
#[test]
fn the_example_of_nists_handbook() {
    let values = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1];
    let points = raw_months(&values.map(|value| Scaled::parse(&value.to_string()).unwrap().raw()));
    let chart = draw(&points, Options::default());
    let limits = chart.phases[0].limits.unwrap();
    assert_eq!(limits.centre().text(2), "50.81");
    assert_eq!(limits.mean_moving_range().unwrap().text(4), "1.8778");
    assert_eq!([limits.upper(), limits.lower()].map(|limit| limit.unwrap().text(4)), ["55.8049", "45.8151"]);
}
