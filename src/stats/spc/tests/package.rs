//! The charts of NHSRplotthedots 0.2.2, point by point (tests/fixtures/spc/README.md).

use super::*;
use crate::stats::fraction::Fraction;

const VALUES: &str = include_str!("../../../../tests/fixtures/spc/values.csv");
const EXPECTED: &str = include_str!("../../../../tests/fixtures/spc/expected.csv");

fn rows(csv: &str) -> impl Iterator<Item = Vec<&str>> {
    csv.lines().skip(1).map(|line| line.split(',').collect())
}

fn points_of(org: &str, metric: &str) -> Vec<Point> {
    let row = rows(VALUES).find(|row| row[0] == org && row[1] == metric).unwrap();
    let mut month = Period::parse("2016-04").unwrap();
    let mut points = vec![];
    for value in row[2].split(' ') {
        points.push(Point::of(month, Scaled::parse(value).unwrap()));
        month = month.next(Frequency::Monthly).unwrap();
    }
    points
}

/// The package writes 15 significant digits of a binary number: the last may be one off.
fn agrees(ours: &Fraction, text: &str) -> bool {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let decimals = 15 - whole.trim_start_matches('-').len();
    let digits: i64 = format!("{whole}{places:0<decimals$}").parse().unwrap();
    let unit = 10_i64.pow(u32::try_from(decimals).unwrap());
    let theirs = Fraction::new(digits, unit).unwrap();
    (ours - &theirs).abs() <= Fraction::new(1, unit).unwrap()
}

/// The signal that the letter stands for, and whether it is a high one.
fn signal_of(letter: char) -> Option<(Signal, Option<bool>)> {
    match letter {
        'U' | 'L' => Some((Signal::OutsideLimits, Some(letter == 'U'))),
        'A' | 'B' => Some((Signal::Shift, Some(letter == 'A'))),
        // A trend has the side of its point where another signal gives it one.
        'R' | 'F' => Some((Signal::Trend, None)),
        't' | 'b' => Some((Signal::TwoOfThree, Some(letter == 't'))),
        _ => None,
    }
}

#[test]
fn centre_limits_and_signals_are_those_of_the_package() {
    let (mut charts, mut compared, mut differ) = (0, 0, 0);
    for row in rows(EXPECTED) {
        let [org, metric, variant, phases, letters] = row[..] else { unreachable!() };
        let points = points_of(org, metric);
        let options = Options {
            // The package does so unless it is told not to.
            screen_outliers: variant != "unscreened",
            fix: (variant == "fix12").then_some(12),
            every: None,
        };
        let breaks: Vec<_> =
            (variant == "rebase2017-10").then(|| "2017-10-01".parse().unwrap()).into_iter().collect();
        let polarity = if variant == "increase" { Polarity::HigherIsBetter } else { Polarity::LowerIsBetter };
        let measure = Measure { polarity, ..MONTHLY };
        let series = Series { measure: &measure, points: &points, breaks: &breaks };
        let chart = chart(&series, &[], &options).unwrap();
        let phases: Vec<&str> = phases.split(' ').collect();
        assert_eq!(chart.phases.len(), phases.len(), "{row:?}");
        for (ours, theirs) in chart.phases.iter().zip(phases) {
            let theirs: Vec<&str> = theirs.split(':').collect();
            let limits = ours.limits.unwrap();
            assert_eq!(ours.first.to_string(), theirs[0], "{row:?}");
            let lines = [limits.centre(), limits.lower().unwrap(), limits.upper().unwrap()];
            for (line, text) in lines.iter().zip(&theirs[1..]) {
                assert!(agrees(line, text), "{row:?}: {line} is not {text}");
            }
        }
        charts += 1;
        for (point, letter) in chart.points.iter().zip(letters.chars()) {
            compared += 1;
            let ours = point.signals.all();
            match signal_of(letter) {
                Some((signal, high)) => {
                    assert!(ours.contains(&signal), "{row:?}: {} lacks {signal:?}", point.period.start);
                    assert!(high.is_none_or(|high| point.signals.high() == Some(high)), "{row:?}");
                }
                // The package leaves points outside the limits out when it counts two of three.
                None if ours == [Signal::TwoOfThree] => differ += 1,
                None => assert!(ours.is_empty(), "{row:?}: {} has {ours:?}", point.period.start),
            }
        }
    }
    assert_eq!((charts, compared), (63, 2_268));
    // The documented difference, and no more of it.
    assert_eq!(differ, 11);
}
