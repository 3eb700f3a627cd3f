//! Gaps, phases, windows that overlap, refusals, and the verdict on the latest point.

use super::*;

fn calm(count: usize) -> Vec<i64> {
    [100, 110].iter().copied().cycle().take(count).collect()
}

#[test]
fn a_gap_has_no_moving_range_and_ends_a_run() {
    // Seven high values, but the fourth month of them is not there.
    let mut values = calm(13);
    values.extend([106; 8]);
    let mut points = months(&values);
    let whole = draw(&points, Options { fix: Some(13), ..Options::default() });
    assert_eq!(flagged(&whole, Signal::Shift), (14..=21).collect::<Vec<_>>());
    for hole in [None, Some(ObsStatus::Suppressed), Some(ObsStatus::Missing)] {
        let mut with_gap = points.clone();
        match hole {
            None => {
                with_gap.remove(16);
            }
            Some(obs) => with_gap[16] = Point { value: None, obs, ..with_gap[16] },
        }
        let chart = draw(&with_gap, Options { fix: Some(13), ..Options::default() });
        assert!(quiet(&chart), "{hole:?}");
        let after = if hole.is_none() { 16 } else { 17 };
        assert_eq!(chart.points[after].moving_range, None);
        assert_eq!(chart.warnings, [Warning::Gaps]);
    }
    // An incomplete value is a gap too, and the verdict is then on the one before.
    points[20].complete = false;
    let chart = draw(&points, Options { fix: Some(13), ..Options::default() });
    assert_eq!((chart.latest(), chart.variation), (Some(19), Variation::Concern));
    let expected = [Warning::Gaps, Warning::LatestWithoutValue, Warning::UnstablePhase];
    assert_eq!(chart.warnings, expected, "seven of nineteen are signals");
}

#[test]
fn a_gap_ends_a_trend_and_two_of_three() {
    let mut values = calm(13);
    values.extend([101, 102, 103, 104, 105, 106, 107]);
    let mut points = months(&values);
    assert_eq!(flagged(&draw(&points, Options::default()), Signal::Trend), (13..=20).collect::<Vec<_>>());
    points.remove(16);
    assert!(quiet(&draw(&points, Options::default())));
    let mut values = calm(13);
    values.extend([125, 125, 106]);
    let mut points = months(&values);
    let fixed = Options { fix: Some(13), ..Options::default() };
    assert_eq!(flagged(&draw(&points, fixed), Signal::TwoOfThree), [14, 15]);
    points.remove(14);
    assert!(quiet(&draw(&points, fixed)));
}

#[test]
fn a_short_phase_has_limits_but_no_verdict() {
    let points = months(&calm(20));
    let breaks = ["2021-03-01".parse().unwrap()];
    let target = Target { value: Scaled::ZERO, operator: Operator::AtMost, from: None, to: None };
    let series = Series { measure: &MONTHLY, points: &points, breaks: &breaks };
    let chart = chart(&series, &[target], &Options::default()).unwrap();
    assert_eq!((chart.phases[0].values, chart.phases[1].values), (14, 6));
    assert!(chart.phases[1].limits.unwrap().upper().is_some());
    assert_eq!(
        (chart.variation, chart.assurance),
        (Variation::InsufficientData, Err(NoVerdict::InsufficientData))
    );
    assert_eq!((chart.warnings, chart.target), (vec![Warning::ShortPhase], Some(target)));
}

#[test]
fn a_cell_marked_as_the_first_after_a_break_begins_a_phase() {
    let mut points = months(&calm(26));
    points[13].obs = ObsStatus::Break;
    let chart = draw(&points, Options::default());
    assert_eq!(chart.phases.iter().map(|phase| phase.first).collect::<Vec<_>>(), [0, 13]);
    // A break before the first point or after the last begins none.
    let breaks = ["2019-05-01", "2030-01-01"].map(|day| day.parse().unwrap());
    let points = months(&calm(26));
    let series = Series { measure: &MONTHLY, points: &points, breaks: &breaks };
    assert_eq!(super::chart(&series, &[], &Options::default()).unwrap().phases.len(), 1);
}

fn rolling(first_year: i32, quarters: usize) -> Vec<Point> {
    let mut at = Period::parse(&format!("{first_year}-04-01/P1Y")).unwrap();
    let mut points = vec![];
    for n in 0..quarters {
        points.push(Point::of(at, Scaled::from_raw(1_000_000 * i64::try_from(n % 5).unwrap())));
        at = at.next(Frequency::YearByQuarter).unwrap();
    }
    points
}

#[test]
fn overlapping_windows_are_refused_unless_one_a_year_is_chosen() {
    let measure = Measure { frequency: Frequency::YearByQuarter, ..MONTHLY };
    let points = rolling(2002, 64);
    let draw = |measure: &Measure, every| {
        let series = Series { measure, points: &points, breaks: &[] };
        chart(&series, &[], &Options { every, ..Options::default() })
    };
    let refusal = draw(&measure, None).unwrap_err();
    assert_eq!(refusal.code(), "overlapping_periods");
    assert!(refusal.to_string().contains("every=P1Y&anchor=03"));
    let chart = draw(&measure, Some(Every { anchor: 3 })).unwrap();
    assert_eq!(chart.points.len(), 16);
    assert!(chart.points[1].moving_range.is_some() && chart.phases[0].has_signals);
    for anchor in [0, 4, 13] {
        assert_eq!(draw(&measure, Some(Every { anchor })).unwrap_err().code(), "wrong_month");
    }
    let by_month = Measure { frequency: Frequency::YearByMonth, ..MONTHLY };
    assert!(draw(&by_month, Some(Every { anchor: 4 })).is_ok());
    let refusal = draw(&Measure { frequency: Frequency::Yearly, ..MONTHLY }, Some(Every { anchor: 3 }));
    assert_eq!(refusal.unwrap_err().code(), "not_for_this_frequency");
}

/// Vehicle offences in Derbyshire, years to March 2003 to 2018, from the Office for National Statistics' rolling years.
#[test]
fn the_chart_of_derbyshires_vehicle_offences() {
    let values = [
        18_861, 16_104, 11_461, 11_071, 11_151, 9_510, 9_398, 7_373, 5_987, 5_608, 5_170, 5_641, 5_706,
        5_785, 6_001, 6_126,
    ];
    let mut points = vec![];
    for (year, value) in (2002..).zip(values) {
        let at = Period::parse(&format!("{year}-04-01/P1Y")).unwrap();
        points.push(Point::of(at, Scaled::from_raw(value * 1_000_000)));
        // The year to June: it is not used.
        let at = at.next(Frequency::YearByQuarter).unwrap();
        points.push(Point::of(at, Scaled::ZERO));
    }
    let measure = Measure { frequency: Frequency::YearByQuarter, ..MONTHLY };
    let series = Series { measure: &measure, points: &points, breaks: &[] };
    let options = Options { every: Some(Every { anchor: 3 }), ..Options::default() };
    let chart = chart(&series, &[], &options).unwrap();
    // By hand: the sum is 140,953; the moving ranges add up to 14,807 over fifteen.
    assert_eq!(lines(&chart, 0), ["8809.56", "11435.34", "6183.79"]);
    assert_eq!(flagged(&chart, Signal::OutsideLimits), [1, 2, 3, 9, 10, 11, 12, 13, 14, 15, 16]);
    assert_eq!(flagged(&chart, Signal::Shift), (1..=16).collect::<Vec<_>>());
    assert_eq!(flagged(&chart, Signal::Trend), (5..=11).collect::<Vec<_>>());
    assert_eq!(chart.variation, Variation::Improvement);
}

#[test]
fn limits_are_frozen_to_two_points_at_least_and_to_no_more_than_there_are() {
    let points = months(&calm(14));
    let series = Series { measure: &MONTHLY, points: &points, breaks: &[] };
    for fix in [0, 1, 15] {
        let refusal = chart(&series, &[], &Options { fix: Some(fix), ..Options::default() }).unwrap_err();
        assert_eq!(refusal, Refusal::Fix(14));
        assert!(refusal.to_string().contains("from 2 to 14"));
    }
    let fixed = draw(&points, Options { fix: Some(2), ..Options::default() });
    assert_eq!(lines(&fixed, 0), ["105.00", "131.60", "78.40"]);
    assert_eq!(fixed.warnings, [Warning::FewForLimits]);
    assert!(draw(&points, Options { fix: Some(12), ..Options::default() }).warnings.is_empty());
}

#[test]
fn few_points_have_what_can_be_had() {
    let empty = draw(&[], Options::default());
    assert_eq!((empty.phases.len(), empty.variation), (0, Variation::InsufficientData));
    assert_eq!(empty.latest(), None);
    let one = draw(&months(&[5]), Options::default());
    let limits = one.phases[0].limits.unwrap();
    assert_eq!(
        (limits.centre().text(0), limits.upper(), limits.mean_moving_range()),
        ("5".into(), None, None)
    );
    let two = draw(&months(&[5, 7]), Options::default());
    assert_eq!(lines(&two, 0), ["6.00", "11.32", "0.68"]);
    // All the same: the limits are the centre, and nothing lies outside.
    let same = draw(&months(&[5; 20]), Options { screen_outliers: true, ..Options::default() });
    assert_eq!(
        (lines(&same, 0), same.variation),
        (["5.00", "5.00", "5.00"].map(String::from), Variation::CommonCause)
    );
}

#[test]
fn the_verdict_depends_on_what_is_better() {
    let mut values = calm(13);
    values.push(200);
    let verdict = |values: &[i64], polarity| {
        let points = months(values);
        let measure = Measure { polarity, ..MONTHLY };
        let series = Series { measure: &measure, points: &points, breaks: &[] };
        chart(&series, &[], &Options::default()).unwrap().variation.code()
    };
    assert_eq!(verdict(&values, Polarity::LowerIsBetter), "concern");
    assert_eq!(verdict(&values, Polarity::HigherIsBetter), "improvement");
    assert_eq!(verdict(&values, Polarity::Contextual), "neutral_high");
    values[13] = 0;
    assert_eq!(verdict(&values, Polarity::LowerIsBetter), "improvement");
    assert_eq!(verdict(&values, Polarity::HigherIsBetter), "concern");
    assert_eq!(verdict(&values, Polarity::Contextual), "neutral_low");
}

#[test]
fn periods_that_overlap_or_differ_in_length_make_no_chart() {
    let irregular = Measure { frequency: Frequency::Irregular, ..MONTHLY };
    let of = |measure: &Measure, periods: &[&str]| {
        let points: Vec<Point> =
            periods.iter().map(|text| Point::of(Period::parse(text).unwrap(), Scaled::whole(100))).collect();
        chart(&Series { measure, points: &points, breaks: &[] }, &[], &Options::default())
    };
    // A year after its own months, a calendar and a financial year.
    for overlapping in [
        &["2021-01", "2021-02", "2021"][..],
        &["2020", "2020-04-01/P1Y"],
        &["2020-01-01/P12M", "2020-02-01/P12M"],
    ] {
        let mut sorted: Vec<&str> = overlapping.to_vec();
        sorted.sort_by_key(|text| Period::parse(text).unwrap());
        assert_eq!(of(&irregular, &sorted), Err(Refusal::OverlappingPeriods), "{overlapping:?}");
    }
    for unequal in [&["2021-01", "2021-02", "2022"][..], &["2020-03-01", "2020-04"]] {
        assert_eq!(of(&irregular, unequal), Err(Refusal::UnequalPeriods), "{unequal:?}");
        // A percentage does not grow with its period.
        let percent = Measure { measure_type: MeasureType::Ratio, ..irregular };
        assert!(of(&percent, unequal).is_ok(), "{unequal:?}");
    }
    // Months have different numbers of days, and so have years.
    assert!(of(&MONTHLY, &["2021-01", "2021-02", "2021-03"]).is_ok());
    assert!(of(&irregular, &["2019-04-01/P1Y", "2020-04-01/P1Y", "2022"]).is_ok());
}

#[test]
fn a_phase_that_is_mostly_signals_is_called_unstable() {
    let warned =
        |values: &[i64]| draw(&months(values), Options::default()).warnings.contains(&Warning::UnstablePhase);
    assert!(!warned(&calm(30)));
    // Ten years around one level and ten around another, and no break is recorded.
    let mut steps = calm(20);
    steps.extend(calm(20).iter().map(|value| value + 60));
    assert!(warned(&steps));
}
