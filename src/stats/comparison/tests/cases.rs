//! The worked cases, each to the digit.

use super::*;

#[test]
fn the_worked_cases_of_two_values() {
    let pounds = Measure { unit: Unit::Pounds, polarity: Polarity::Contextual, decimals: 2, ..CRIMES };
    for (measure, base, current, change, relative, favourable) in [
        (CRIMES, "51687", "53007", "1320", "2.6", Some(false)),
        (CRIMES, "7539", "6770", "-769", "-10.2", Some(true)),
        (pounds, "172400000", "171400000", "-1000000.00", "-0.6", None),
        (PERCENT, "97.0", "98.1", "1.1", "1.1", Some(true)),
        (PERCENT, "40", "44", "4.0", "10.0", Some(true)),
        (CRIMES, "0", "5", "5", "zero_baseline", Some(false)),
        (CRIMES, "6", "9", "3", "low_base", Some(false)),
        (CRIMES, "50", "50", "0", "0.0", None),
        // A result that rounds to 0 has no sign.
        (CRIMES, "10000", "9996", "-4", "0.0", Some(true)),
        // Half away from zero.
        (CRIMES, "1000", "1000.5", "1", "0.1", Some(false)),
        (CRIMES, "10000", "9995", "-5", "-0.1", Some(true)),
        // The base's size, so that a smaller loss is a rise.
        (pounds, "-200", "-100", "100.00", "50.0", None),
    ] {
        let result = two(measure, base, current);
        assert_eq!(texts(&result), pair(change, relative), "{base} to {current}");
        assert_eq!(result.favourable, favourable, "{base} to {current}");
    }
}

#[test]
fn percentages_differ_by_points_and_have_a_relative_change_of_its_own_name() {
    let (percent, count) = (two(PERCENT, "40", "44"), two(CRIMES, "51687", "53007"));
    assert_eq!((percent.change_name(), percent.relative_name()), ("change_pp", "relative_change_pct"));
    assert_eq!((count.change_name(), count.relative_name()), ("change", "change_pct"));
}

#[test]
fn the_formula_can_be_checked_with_a_pocket_calculator() {
    for (result, formula) in [
        (
            two(CRIMES, "51687", "53007"),
            "Apr 2012 to Mar 2013 compared with Apr 2011 to Mar 2012: 53,007 − 51,687 = 1,320; 100 × 1,320 ÷ 51,687 = 2.6 %.",
        ),
        (
            two(PERCENT, "97.0", "98.15"),
            "Apr 2012 to Mar 2013 compared with Apr 2011 to Mar 2012: 98.15 % − 97.0 % = 1.15 percentage points, rounded \
             1.2; 100 × 1.15 ÷ 97.0 = 1.2 %.",
        ),
        (
            two(CRIMES, "6", "3"),
            "Apr 2012 to Mar 2013 compared with Apr 2011 to Mar 2012: 3 − 6 = −3. No change in per cent: the base is so \
             small that a percentage would mislead.",
        ),
        (
            two(CRIMES, "?", "3"),
            "Apr 2012 to Mar 2013 compared with Apr 2011 to Mar 2012: no result. A value is not published.",
        ),
    ] {
        assert_eq!(result.formula, formula);
    }
    assert!(two(CRIMES, "1", "2").rounding.to_string().contains("half away from zero"));
}

#[test]
fn each_method_of_two_periods_finds_its_base() {
    let measure = Measure { frequency: Frequency::Monthly, ..CRIMES };
    let points = points(&[("2022-03", "100"), ("2022-04", "120"), ("2023-02", "90"), ("2023-03", "80")]);
    let series = series(&measure, &points);
    let options = Options::default();
    let march = period("2023-03");
    assert_eq!(texts(&previous(&series, march, &options).unwrap()), pair("-10", "-11.1"));
    assert_eq!(texts(&year_on_year(&series, march, &options).unwrap()), pair("-20", "-20.0"));
    let since = since(&series, march, period("2022-04"), &options).unwrap();
    assert_eq!(texts(&since), pair("-40", "-33.3"));
    assert_eq!(since.warnings, [Warning::DifferentSeason]);
    assert_eq!(
        since.inputs.iter().map(|input| (input.role, input.point.period)).collect::<Vec<_>>(),
        [(Role::Current, march), (Role::Base, period("2022-04"))]
    );
    let declared = BaselineBase {
        label: Some("Before the plan".into()),
        period: period("2022-03"),
        point: Some(points[0]),
    };
    let baseline = baseline(&series, march, Some(&declared), &options).unwrap();
    assert_eq!(texts(&baseline), pair("-20", "-20.0"));
    assert!(baseline.formula.contains("compared with Before the plan (Mar 2022): 80 − 100 = −20"));
}

/// Office for National Statistics, police recorded crime by police force area, rolling years (Open Government Licence v3.0).
#[test]
fn the_changes_of_derbyshires_recorded_crime() {
    let rolling = Measure { frequency: Frequency::YearByQuarter, ..CRIMES };
    let change = |cells: [(&str, &str); 2]| {
        let points = points(&cells);
        let (base, current) = (points[0].period, points[1].period);
        texts(&since(&series(&rolling, &points), current, base, &Options::default()).unwrap())
    };
    let (to_2003, to_2012, to_2013) = ("2002-04-01/P1Y", "2011-04-01/P1Y", "2012-04-01/P1Y");
    for (base, current, expected) in [
        // Burglary, domestic and non-domestic; vehicle offences; criminal damage and arson.
        ((to_2003, "18465"), (to_2012, "7979"), pair("-10486", "-56.8")),
        ((to_2003, "18861"), (to_2012, "5608"), pair("-13253", "-70.3")),
        ((to_2003, "17646"), (to_2012, "11493"), pair("-6153", "-34.9")),
        // All offences, and all without fraud.
        ((to_2003, "103180"), (to_2012, "61483"), pair("-41697", "-40.4")),
        ((to_2003, "100615"), (to_2012, "60540"), pair("-40075", "-39.8")),
        ((to_2003, "103180"), (to_2013, "51441"), pair("-51739", "-50.1")),
        ((to_2003, "100615"), (to_2013, "50831"), pair("-49784", "-49.5")),
        // The year to December 2012.
        (("2011", "63034"), ("2012", "53208"), pair("-9826", "-15.6")),
    ] {
        assert_eq!(change([base, current]), expected);
    }
}

#[test]
fn the_year_to_date_is_cut_at_the_same_month_in_both_years() {
    let measure = Measure { frequency: Frequency::Monthly, ..CRIMES };
    // Seven months of 50,000 and 42,000, and a part month in both years.
    let mut cells = vec![];
    for (year, value, part) in [(2022, "7000", "7700"), (2023, "6000", "60*")] {
        for month in 4..=10 {
            cells.push((format!("{year}-{month:02}"), value));
        }
        cells.push((format!("{year}-11"), part));
    }
    cells[7].1 = "70*";
    // The first month of the year before has the rest.
    cells[0].1 = "8000";
    let cells: Vec<(&str, &str)> = cells.iter().map(|(at, text)| (at.as_str(), *text)).collect();
    let points = points(&cells);
    let result = year_to_date(&series(&measure, &points), period("2023-11"), &Options::default()).unwrap();
    assert_eq!(texts(&result), pair("-8000", "-16.0"));
    assert_eq!(result.warnings, [Warning::PartPeriodLeftOut]);
    assert_eq!((result.inputs.len(), result.current.label.as_str()), (14, "Apr to Oct 2023"));
    assert!(
        result.formula.starts_with(
            "Apr to Oct 2023: 6,000 + 6,000 + 6,000 + 6,000 + 6,000 + 6,000 + 6,000 = 42,000. Apr to Oct 2022: 8,000 + "
        ),
        "{}",
        result.formula
    );
    // Asked for January, it is the same: nothing later is out.
    let january = year_to_date(&series(&measure, &points), period("2024-01"), &Options::default()).unwrap();
    assert_eq!(texts(&january), pair("-8000", "-16.0"));
    // Asked for June, it ends with June.
    let june = year_to_date(&series(&measure, &points), period("2023-06"), &Options::default()).unwrap();
    assert_eq!((june.current.label.as_str(), june.warnings.len()), ("Apr to Jun 2023", 0));
    // A month that is missing while later ones are out is a hole, and not the end of what is known.
    let hole: Vec<Point> = points.iter().copied().filter(|point| point.period != period("2023-06")).collect();
    for month in ["2023-06", "2023-08"] {
        let june = year_to_date(&series(&measure, &hole), period(month), &Options::default()).unwrap();
        assert_eq!(june.reason(), Some(Reason::IncompleteWindow), "{month}");
    }
    // Nothing of the year is complete.
    let later = year_to_date(&series(&measure, &points), period("2024-05"), &Options::default()).unwrap();
    assert_eq!(later.reason(), Some(Reason::NotPublished));
}

#[test]
fn a_rolling_year_adds_up_counts_and_pools_ratios() {
    let months = |year: i32| (1..=12).map(move |month| format!("{year}-{month:02}"));
    let names: Vec<String> = months(2022).chain(months(2023)).collect();
    let cells: Vec<(&str, i64, i64)> = names
        .iter()
        .map(|at| if at == "2023-07" { (at.as_str(), 10, 20) } else { (at.as_str(), 200, 200) })
        .collect();
    let points = ratios(&cells);
    let result = rolling_year(&series(&PERCENT, &points), period("2023-12"), &Options::default()).unwrap();
    assert_eq!(result.current.value.as_ref().unwrap().to_string(), "99.5");
    assert_eq!(texts(&result), pair("-0.5", "-0.5"));
    assert!(result.formula.contains("100 × (200 + 200 + "), "{}", result.formula);

    let counts = Measure { frequency: Frequency::Monthly, ..CRIMES };
    let cells: Vec<(&str, &str)> =
        names.iter().map(|at| (at.as_str(), if at.starts_with("2022") { "100" } else { "90" })).collect();
    let points = self::points(&cells);
    let result = rolling_year(&series(&counts, &points), period("2023-12"), &Options::default()).unwrap();
    assert_eq!(
        (result.current.value.as_ref().unwrap().to_string(), texts(&result)),
        ("1080".into(), pair("-120", "-10.0"))
    );
    assert_eq!(result.current.label, "Jan to Dec 2023");

    // A rolling series has the sum already.
    let rolling = Measure { frequency: Frequency::YearByQuarter, ..CRIMES };
    let points = self::points(&[("2016-04-01/P1Y", "1000"), ("2017-04-01/P1Y", "900")]);
    let result =
        rolling_year(&series(&rolling, &points), period("2017-04-01/P1Y"), &Options::default()).unwrap();
    assert_eq!(texts(&result), pair("-100", "-10.0"));
}

#[test]
fn a_rate_names_the_populations_year() {
    let points = points(&[("2012-04-01/P1Y", "51687")]);
    let population = Population { point: point("2012", "1018438") };
    let of = |population| rate(&series(&CRIMES, &points), period("2012-04-01/P1Y"), population).unwrap();
    let result = of(Some(&population));
    assert_eq!(result.current.value.as_ref().unwrap().to_string(), "50.75");
    assert_eq!(
        result.formula,
        "Apr 2012 to Mar 2013: 1,000 × 51,687 ÷ 1,018,438 (population of 2012) = 50.75 per 1,000."
    );
    assert_eq!((result.unit, result.warnings.as_slice()), (Unit::Rate(1_000), &[][..]));
    let older = Population { point: point("2011", "1018438") };
    assert_eq!(of(Some(&older)).warnings, [Warning::PopulationOfAnotherYear]);
    assert_eq!(of(None).reason(), Some(Reason::NoPopulation));
    assert_eq!(of(Some(&Population { point: point("2012", "0") })).reason(), Some(Reason::ZeroDenominator));
    let refused = rate(&series(&PERCENT, &points), period("2023-01"), Some(&population)).unwrap_err();
    assert_eq!((refused.code(), refused.to_string().ends_with('.')), ("not_a_count", true));
}

#[test]
fn a_target_is_met_at_it_and_beyond_it() {
    let target = |operator, value_of: &str, from: &str, to: Option<&str>| Target {
        value: value(value_of),
        operator,
        from: Some(day(from)),
        to: to.map(day),
    };
    let targets = [
        target(Operator::AtMost, "90", "2010-04-01", Some("2012-03-31")),
        target(Operator::AtMost, "100", "2012-04-01", None),
    ];
    let against = |current: &str, targets: &[Target]| {
        let points = points(&[("2012-04-01/P1Y", current)]);
        against_target(&series(&CRIMES, &points), period("2012-04-01/P1Y"), targets, &Options::default())
            .unwrap()
    };
    for (current, code, change, favourable) in [
        ("100", "on_target", "0", true),
        ("99", "on_target", "-1", true),
        ("101", "below_target", "1", false),
    ] {
        let result = against(current, &targets);
        let standing = result.standing.as_ref().unwrap().as_ref().unwrap().code();
        assert_eq!(
            (standing, texts(&result).0.as_str(), result.favourable),
            (code, change, Some(favourable))
        );
    }
    assert_eq!(against("1", &targets[..1]).reason(), Some(Reason::NoTarget));
    assert_eq!(against("-", &targets).reason(), Some(Reason::Suppressed));
    let wrong_way = [target(Operator::AtLeast, "100", "2012-04-01", None)];
    assert_eq!(against("100", &wrong_way).warnings, [Warning::TargetAgainstPolarity]);
    // A small target is no small base.
    let small = [target(Operator::AtMost, "10", "2012-04-01", None)];
    assert_eq!(texts(&against("5", &small)), pair("-5", "-50.0"));
}
