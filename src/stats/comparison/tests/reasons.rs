//! Null results and refusals.

use super::*;

#[test]
fn a_value_that_is_not_there_is_a_reason_and_never_0() {
    for (base, current, reason) in [
        ("?", "5", Reason::NotPublished),
        ("5", "?", Reason::NotPublished),
        ("-", "5", Reason::Suppressed),
        ("5", "-", Reason::Suppressed),
        ("?", "-", Reason::Suppressed),
        ("-", "?", Reason::Suppressed),
        ("-", "5*", Reason::Suppressed),
        ("?", "5*", Reason::IncompleteWindow),
        ("5*", "5", Reason::IncompleteWindow),
        ("5", "5*", Reason::IncompleteWindow),
    ] {
        let result = two(CRIMES, base, current);
        assert_eq!(texts(&result), pair(reason.code(), reason.code()), "{base} {current}");
        assert_eq!((result.reason(), result.favourable), (Some(reason), None));
    }
    // No cell at all, and a day that the year before does not have.
    let points = points(&[("2012-04-01/P1Y", "5")]);
    let series = series(&CRIMES, &points);
    let result = year_on_year(&series, period("2012-04-01/P1Y"), &Options::default()).unwrap();
    assert_eq!(result.reason(), Some(Reason::NotPublished));
    let irregular = Measure { frequency: Frequency::Irregular, ..CRIMES };
    let points = [Point::of(period("2024-02-29"), value("1"))];
    let series = self::series(&irregular, &points);
    let result = year_on_year(&series, period("2024-02-29"), &Options::default()).unwrap();
    assert_eq!(result.reason(), Some(Reason::NotPublished));
}

#[test]
fn a_missing_baseline_is_a_reason() {
    let points = points(&[("2012-04-01/P1Y", "60")]);
    let series = series(&CRIMES, &points);
    let of = |declared: Option<&BaselineBase>| {
        baseline(&series, period("2012-04-01/P1Y"), declared, &Options::default())
            .map(|result| result.reason())
    };
    assert_eq!(of(None), Ok(Some(Reason::MissingBaseline)));
    let without = BaselineBase { label: None, period: period("2010-04-01/P1Y"), point: None };
    assert_eq!(of(Some(&without)), Ok(Some(Reason::MissingBaseline)));
    let later = BaselineBase { period: period("2013-04-01/P1Y"), ..without };
    assert_eq!(of(Some(&later)), Err(Refusal::BaseNotEarlier));
}

#[test]
fn nothing_is_compared_across_a_break_unless_requested() {
    let points = points(&[("2011-04-01/P1Y", "100"), ("2012-04-01/P1Y", "80")]);
    let at = period("2012-04-01/P1Y");
    let change = |breaks: &[NaiveDate], across_break| {
        let series = Series { measure: &CRIMES, points: &points, breaks };
        year_on_year(&series, at, &Options { across_break, ..Options::default() }).unwrap()
    };
    // On the first day of the base or after the current period it is not between.
    for (on, broken) in [
        ("2011-04-01", false),
        ("2011-04-02", true),
        ("2012-04-01", true),
        ("2013-03-31", true),
        ("2013-04-01", false),
    ] {
        let result = change(&[day(on)], false);
        assert_eq!(result.reason(), broken.then_some(Reason::BreakBetween), "{on}");
        // The two values are still in the receipt.
        assert_eq!(result.current.value.unwrap().to_string(), "80");
        let across = change(&[day(on)], true);
        assert_eq!(texts(&across), pair("-20", "-20.0"));
        assert_eq!(across.warnings.contains(&Warning::AcrossBreak), broken, "{on}");
    }
    let mut marked = points.clone();
    marked[1].obs = ObsStatus::Break;
    let result = year_on_year(&series(&CRIMES, &marked), at, &Options::default()).unwrap();
    assert_eq!(result.reason(), Some(Reason::BreakBetween));
}

#[test]
fn a_window_with_a_missing_month_has_no_sum() {
    let measure = Measure { frequency: Frequency::Monthly, ..CRIMES };
    let names: Vec<String> =
        (2022..=2023).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}"))).collect();
    for (hole, reason) in
        [("?", Reason::IncompleteWindow), ("5*", Reason::IncompleteWindow), ("-", Reason::Suppressed)]
    {
        for at in ["2022-05", "2023-05"] {
            let cells: Vec<(&str, &str)> =
                names.iter().map(|name| (name.as_str(), if name == at { hole } else { "10" })).collect();
            let points = points(&cells);
            let series = series(&measure, &points);
            let rolling = rolling_year(&series, period("2023-12"), &Options::default()).unwrap();
            assert_eq!(texts(&rolling), pair(reason.code(), reason.code()), "{hole} {at}");
            let date = year_to_date(&series, period("2023-12"), &Options::default()).unwrap();
            assert_eq!(date.reason(), Some(reason), "{hole} {at}");
        }
    }
    // The cell is not there at all.
    let cells: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "10")).collect();
    let mut points = points(&cells);
    points.remove(3);
    let series = series(&measure, &points);
    let rolling = rolling_year(&series, period("2023-12"), &Options::default()).unwrap();
    assert_eq!(rolling.reason(), Some(Reason::IncompleteWindow));
    assert_eq!(rolling.current.value.unwrap().to_string(), "120");
}

#[test]
fn what_makes_no_sense_is_refused_and_says_what_works() {
    let options = Options::default();
    let percentile = Measure { measure_type: MeasureType::Percentile, ..PERCENT };
    let rolling = Measure { frequency: Frequency::YearByQuarter, ..CRIMES };
    let irregular = Measure { frequency: Frequency::Irregular, ..CRIMES };
    let stock = Measure { measure_type: MeasureType::Stock, ..CRIMES };
    let month = period("2023-03");
    let year = period("2012-04-01/P1Y");
    let none: &[Point] = &[];
    let refused = [
        (rolling_year(&series(&percentile, none), month, &options), "not_for_this_measure"),
        (rolling_year(&series(&stock, none), year, &options), "not_for_this_measure"),
        (year_to_date(&series(&rolling, none), year, &options), "not_for_this_frequency"),
        (year_to_date(&series(&CRIMES, none), year, &options), "not_for_this_frequency"),
        (rolling_year(&series(&irregular, none), month, &options), "not_for_this_frequency"),
        (previous(&series(&CRIMES, none), month, &options), "wrong_frequency"),
        (since(&series(&CRIMES, none), year, year, &options), "order"),
        (since(&series(&CRIMES, none), year, period("2013-04-01/P1Y"), &options), "order"),
        (since(&series(&CRIMES, none), year, period("2011"), &options), "different_years"),
        (since(&series(&irregular, none), month, period("2022-01-01/P3M"), &options), "unequal_periods"),
    ];
    for (result, code) in refused {
        let refusal = result.unwrap_err();
        assert_eq!(refusal.code(), code);
        assert!(refusal.to_string().ends_with('.'), "{refusal}");
    }
    // Rates of unequal periods can be compared, with a warning; so can two rolling years, whatever they begin with.
    let ratio = Measure { frequency: Frequency::Irregular, ..PERCENT };
    let points = points(&[("2022-01-01/P3M", "50"), ("2023-03", "60")]);
    let result = since(&series(&ratio, &points), month, period("2022-01-01/P3M"), &options).unwrap();
    assert_eq!((texts(&result), result.warnings), (pair("10.0", "20.0"), vec![Warning::UnequalPeriods]));
    assert!(since(&series(&rolling, none), year, period("2011-01-01/P1Y"), &options).is_ok());
}

#[test]
fn warnings_say_what_a_reader_must_know() {
    let rolling = Measure { frequency: Frequency::YearByQuarter, ..CRIMES };
    let mut points = points(&[("2017-04-01/P1Y", "100"), ("2017-07-01/P1Y", "80")]);
    points[1].obs = ObsStatus::Provisional;
    let result = previous(&series(&rolling, &points), period("2017-07-01/P1Y"), &Options::default()).unwrap();
    assert_eq!(result.warnings, [Warning::Provisional, Warning::OverlappingPeriods]);
    let irregular = Measure { frequency: Frequency::Irregular, ..CRIMES };
    let points = self::points(&[("2022-11", "90"), ("2023-01-01/P3M", "100"), ("2023-05", "80")]);
    let result = previous(&series(&irregular, &points), period("2023-05"), &Options::default()).unwrap();
    assert_eq!((texts(&result).0.as_str(), result.base.unwrap().label.as_str()), ("-10", "Nov 2022"));
    assert_eq!(result.warnings, [Warning::DifferentSeason, Warning::IrregularSteps]);
}

#[test]
fn codes_are_each_their_own() {
    for method in Method::ALL {
        assert_eq!(Method::parse(method.code()), Some(*method));
        assert!(!method.words().is_empty());
    }
    assert_eq!(Method::parse("mean"), None);
}

#[test]
fn the_year_to_date_needs_a_period_that_begins_with_april() {
    for (frequency, first, at, fits) in [
        (Frequency::HalfYearly, "2023-01-01/P6M", "2023-07-01/P6M", false),
        (Frequency::HalfYearly, "2023-07-01/P6M", "2024-01-01/P6M", false),
        (Frequency::HalfYearly, "2023-04-01/P6M", "2023-10-01/P6M", true),
        (Frequency::HalfYearly, "2022-10-01/P6M", "2023-04-01/P6M", true),
        (Frequency::Quarterly, "2023-10-01/P3M", "2024-01-01/P3M", true),
        (Frequency::Monthly, "2023-03-01/P1M", "2023-04-01/P1M", true),
    ] {
        let measure = Measure { frequency, ..CRIMES };
        let points = points(&[(first, "60"), (at, "70")]);
        let result = year_to_date(&series(&measure, &points), period(at), &Options::default());
        match fits {
            true => assert!(result.is_ok(), "{at}"),
            false => assert_eq!(result.unwrap_err(), Refusal::NotFromApril(frequency), "{at}"),
        }
        // Twelve months are twelve months, whenever they begin.
        assert!(rolling_year(&series(&measure, &points), period(at), &Options::default()).is_ok());
    }
}
