//! Examples, and properties: every text that is written is parsed to the same period.

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;

use super::days::after_months;
use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn the_forms_of_iso_8601_are_read() {
    for (text, start, end) in [
        ("2023-03", "2023-03-01", "2023-04-01"),
        ("2022-12", "2022-12-01", "2023-01-01"),
        ("2023-Q1", "2023-01-01", "2023-04-01"),
        ("2023-Q4", "2023-10-01", "2024-01-01"),
        ("2023", "2023-01-01", "2024-01-01"),
        ("2022-04-01/P1Y", "2022-04-01", "2023-04-01"),
        ("2022-04-01/P12M", "2022-04-01", "2023-04-01"),
        ("2022-04-01/2023-04-01", "2022-04-01", "2023-04-01"),
        ("2023-04-01/P3M", "2023-04-01", "2023-07-01"),
        ("2012-12-11", "2012-12-11", "2012-12-12"),
        ("2013-02-20/P12D", "2013-02-20", "2013-03-04"),
        ("2013-02-20/2013-03-04", "2013-02-20", "2013-03-04"),
        ("2013-02-20/P2M", "2013-02-20", "2013-04-20"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("1900", "1900-01-01", "1901-01-01"),
        ("2200-12-31", "2200-12-31", "2201-01-01"),
        ("1900-01-01/P301Y", "1900-01-01", "2201-01-01"),
    ] {
        assert_eq!(period(text), Period::new(day(start), day(end)).unwrap(), "{text}");
    }
}

#[test]
fn each_frequency_has_one_text_a_label_and_words() {
    for (input, frequency, text, label, kind, words) in [
        ("2023-03", "P1M", "2023-03", None, PeriodKind::Month, "Mar 2023"),
        ("2023-Q2", "P3M", "2023-Q2", Some("2023/24 Q1"), PeriodKind::Quarter, "Apr to Jun 2023"),
        ("2023-04-01/P3M", "P3M", "2023-Q2", Some("2023/24 Q1"), PeriodKind::Quarter, "Apr to Jun 2023"),
        ("2023-Q1", "P3M", "2023-Q1", Some("2022/23 Q4"), PeriodKind::Quarter, "Jan to Mar 2023"),
        (
            "2023-Q2",
            "irregular",
            "2023-04-01/P3M",
            Some("2023/24 Q1"),
            PeriodKind::Quarter,
            "Apr to Jun 2023",
        ),
        ("2022-10-01/P6M", "P6M", "2022-10-01/P6M", None, PeriodKind::HalfYear, "Oct 2022 to Mar 2023"),
        ("2023", "P1Y", "2023", None, PeriodKind::CalendarYear, "Jan to Dec 2023"),
        (
            "2022-04-01/P1Y",
            "P1Y",
            "2022-04-01/P1Y",
            Some("2022/23"),
            PeriodKind::FinancialYear,
            "Apr 2022 to Mar 2023",
        ),
        (
            "1999-04-01/P1Y",
            "P1Y",
            "1999-04-01/P1Y",
            Some("1999/00"),
            PeriodKind::FinancialYear,
            "Apr 1999 to Mar 2000",
        ),
        ("2022-07-01/P1Y", "P1Y", "2022-07-01/P1Y", None, PeriodKind::Year, "Jul 2022 to Jun 2023"),
        ("2017-07-01/P1Y", "P1Y-P3M", "2017-07-01/P1Y", None, PeriodKind::RollingYear, "Year to Jun 2018"),
        ("2017-04-01/P1Y", "P1Y-P3M", "2017-04-01/P1Y", None, PeriodKind::RollingYear, "Year to Mar 2018"),
        ("2018", "P1Y-P3M", "2018-01-01/P1Y", None, PeriodKind::RollingYear, "Year to Dec 2018"),
        ("2017-06-01/P1Y", "P1Y-P1M", "2017-06-01/P1Y", None, PeriodKind::RollingYear, "Year to May 2018"),
        (
            "2011-04-01/P1Y",
            "irregular",
            "2011-04-01/P1Y",
            Some("2011/12"),
            PeriodKind::FinancialYear,
            "Apr 2011 to Mar 2012",
        ),
        ("2012-12-11", "irregular", "2012-12-11", None, PeriodKind::Day, "11 Dec 2012"),
        ("2012-12-11/P1D", "irregular", "2012-12-11", None, PeriodKind::Day, "11 Dec 2012"),
        (
            "2013-02-20/2013-03-04",
            "irregular",
            "2013-02-20/P12D",
            None,
            PeriodKind::Interval,
            "20 Feb 2013 to 3 Mar 2013",
        ),
        (
            "2013-02-20/P1M",
            "irregular",
            "2013-02-20/P28D",
            None,
            PeriodKind::Interval,
            "20 Feb 2013 to 19 Mar 2013",
        ),
        ("2012-11-01/P5M", "irregular", "2012-11-01/P5M", None, PeriodKind::Interval, "Nov 2012 to Mar 2013"),
        (
            "2010-04-01/P36M",
            "irregular",
            "2010-04-01/P3Y",
            None,
            PeriodKind::Interval,
            "Apr 2010 to Mar 2013",
        ),
        ("2023-03-01/P31D", "irregular", "2023-03", None, PeriodKind::Month, "Mar 2023"),
        ("2023-01-01/P365D", "irregular", "2023", None, PeriodKind::CalendarYear, "Jan to Dec 2023"),
        ("2023-02-01/P3M", "irregular", "2023-02-01/P3M", None, PeriodKind::Interval, "Feb to Apr 2023"),
    ] {
        let (period, frequency) = (period(input), Frequency::parse(frequency).unwrap());
        assert_eq!(frequency.fits(period), Ok(()), "{input}");
        let written = (period.text(frequency), period.label(frequency), period.words(frequency));
        assert_eq!(written, (text.to_owned(), label.map(str::to_owned), words.to_owned()), "{input}");
        assert_eq!(period.kind_under(frequency), kind, "{input}");
    }
    // Without a frequency it is what its days are.
    assert_eq!(
        (period("2017-04-01/P1Y").kind(), period("2018").kind()),
        (PeriodKind::FinancialYear, PeriodKind::CalendarYear)
    );
}

#[test]
fn what_leaves_something_open_is_refused_and_says_how_to_write_it() {
    for (text, right) in [
        ("2022-23", "`2022-04-01/P1Y`"),
        ("2022/23", "`2022-04-01/P1Y`"),
        ("2011/12", "`2011-04-01/P1Y`"),
        ("1999-00", "`1999-04-01/P1Y`"),
        ("2022/2023", "`2022-04-01/P1Y`"),
        ("2022-2023", "`2022-04-01/P1Y`"),
        ("FY2022/23", "`2022-04-01/P1Y`"),
        ("2022/23 Q1", "`2022-04-01/P3M`"),
        ("Q4 2022/23", "`2023-01-01/P3M`"),
        ("2023Q1", "`2023-Q1`"),
        ("2023-q1", "`2023-Q1`"),
        ("2023 Q3", "`2023-Q3`"),
        ("Q1 2023", "`2023-04-01/P3M`"),
        ("Mar 2023", "`2023-03`"),
        ("MARCH 2023", "`2023-03`"),
        ("2023-3", "`2023-03`"),
        ("2023/03", "`2023-03`"),
        ("03/2023", "`2023-03`"),
        ("30-12-2017", "`2017-12-30`"),
        ("30/12/2017", "`2017-12-30`"),
        ("1 Mar 2023", "`2023-03-01`"),
        ("2023/03/01", "`2023-03-01`"),
        ("2023-3-1", "`2023-03-01`"),
    ] {
        let fault = Period::parse(text).unwrap_err();
        assert!(fault.to_string().contains(right), "{text}: {fault}");
        assert_eq!(fault.code(), "form_of_period", "{text}");
        // What it says is right is.
        period(right.trim_matches('`'));
    }
}

#[test]
fn what_is_not_in_the_calendar_is_refused() {
    for (text, fault) in [
        ("", PeriodFault::Empty),
        ("  ", PeriodFault::Empty),
        ("2022-13", PeriodFault::NoSuchMonth),
        ("2022-24", PeriodFault::NoSuchMonth),
        ("2022-00", PeriodFault::NoSuchMonth),
        ("2023-Q5", PeriodFault::NoSuchQuarter),
        ("2023-Q0", PeriodFault::NoSuchQuarter),
        ("2023-02-29", PeriodFault::NoSuchDay),
        ("2023-04-31/P1Y", PeriodFault::NoSuchDay),
        ("2023-04-01/2023-04-31", PeriodFault::NoSuchDay),
        ("2024-02-29/P1Y", PeriodFault::NoSuchEnd),
        ("2023-01-31/P1M", PeriodFault::NoSuchEnd),
        ("2023-04-01/2023-04-01", PeriodFault::Order),
        ("2023-04-01/2022-04-01", PeriodFault::Order),
        ("2023-04-01/P", PeriodFault::Duration),
        ("2023-04-01/PY", PeriodFault::Duration),
        ("2023-04-01/P0M", PeriodFault::Duration),
        ("2023-04-01/P1", PeriodFault::Duration),
        ("2023-04-01/P2W", PeriodFault::Duration),
        ("2023-04-01/P1Y6M", PeriodFault::Duration),
        ("2023-04-01/P-1Y", PeriodFault::Duration),
        ("2023-04-01/P1\u{e9}", PeriodFault::Duration),
        ("2023-04-01/", PeriodFault::Form),
        ("2023-04-01/2024", PeriodFault::Form),
        ("2023-04-01/P999999Y", PeriodFault::OutOfRange),
        ("2023-04-01/P999999D", PeriodFault::OutOfRange),
        ("1899", PeriodFault::OutOfRange),
        ("2201", PeriodFault::OutOfRange),
        ("2200-12-01/P2M", PeriodFault::OutOfRange),
        ("2023-04/P1Y", PeriodFault::Form),
        ("202303", PeriodFault::Form),
        ("latest", PeriodFault::Form),
        (" 2023", PeriodFault::Form),
        ("2023-03-01T00:00:00Z", PeriodFault::Form),
        ("2023-", PeriodFault::Form),
        ("-2023", PeriodFault::Form),
        ("2023-04-01/P1Y and so on, for as long as anybody can stand it", PeriodFault::Form),
    ] {
        assert_eq!(Period::parse(text), Err(fault), "{text}");
        assert!(fault.to_string().ends_with('.') && !fault.code().contains(' '));
    }
}

#[test]
fn a_period_that_ends_on_a_day_ends_with_its_month() {
    for (last, months, text) in [
        ("2018-06-30", 12, "2017-07-01/P1Y"),
        ("2003-03-31", 12, "2002-04-01/P1Y"),
        ("2024-02-29", 1, "2024-02"),
        ("2023-06-30", 3, "2023-04-01/P3M"),
        ("2018-12-31", 12, "2018"),
    ] {
        let period = Period::ending(day(last), months).unwrap();
        assert_eq!((period.text(Frequency::Irregular), period.last_day()), (text.to_owned(), day(last)));
    }
    let fault = Period::ending(day("2017-12-30"), 12).unwrap_err();
    assert_eq!(fault, PeriodFault::NotAMonthEnd(day("2017-12-31")));
    assert!(fault.to_string().contains("2017-12-31"));
    for (last, right) in [("2024-02-28", "2024-02-29"), ("2023-02-01", "2023-02-28")] {
        assert_eq!(Period::ending(day(last), 3), Err(PeriodFault::NotAMonthEnd(day(right))));
    }
    assert_eq!(Period::ending(day("2018-12-31"), 0), Err(PeriodFault::Duration));
    assert_eq!(Period::ending(day("1900-01-31"), 2), Err(PeriodFault::OutOfRange));
    assert_eq!(Period::ending(day("1900-01-31"), u32::MAX), Err(PeriodFault::OutOfRange));
    assert_eq!(Period::ending(NaiveDate::MAX, 1), Err(PeriodFault::OutOfRange));
}

#[test]
fn a_frequency_takes_only_its_own_periods() {
    for (frequency, texts) in [
        (Frequency::Monthly, &["2023-Q1", "2023-03-02/P1M", "2023-03-01", "2023"][..]),
        (Frequency::Quarterly, &["2023-02-01/P3M", "2023-03", "2023-04-02/2023-07-02"]),
        (Frequency::HalfYearly, &["2023-02-01/P6M", "2023-Q1", "2023"]),
        (Frequency::Yearly, &["2022-04-02/P1Y", "2022-04-01/P2Y", "2023-Q1"]),
        (Frequency::YearByQuarter, &["2017-06-01/P1Y", "2017-07-01/P3M", "2017-07-02/P1Y"]),
        (Frequency::YearByMonth, &["2017-06-15/P1Y", "2017-06"]),
    ] {
        for text in texts {
            let fault = frequency.fits(period(text)).unwrap_err();
            assert_eq!(
                (fault, fault.code()),
                (PeriodFault::Frequency(frequency), "wrong_frequency"),
                "{text}"
            );
            assert_eq!(period(text).next(frequency), None);
            // Each example in the sentence is a period of the frequency.
            for (n, example) in fault.to_string().split('`').enumerate() {
                assert!(n % 2 == 0 || frequency.fits(period(example)).is_ok(), "{fault}");
            }
        }
    }
}

#[test]
fn frequencies_have_the_codes_of_the_indicators() {
    let codes: Vec<&str> = Frequency::ALL.iter().map(|frequency| frequency.code()).collect();
    assert_eq!(codes, ["P1M", "P3M", "P6M", "P1Y", "P1Y-P3M", "P1Y-P1M", "irregular"]);
    for frequency in Frequency::ALL {
        assert_eq!(Frequency::parse(frequency.code()), Some(*frequency));
        assert_eq!(frequency.rolls(), frequency.words().contains("rolling"));
    }
    assert_eq!((Frequency::parse("P12M"), Frequency::parse("")), (None, None));
}

#[test]
fn the_next_period_is_a_step_later() {
    for (frequency, from, to) in [
        (Frequency::Monthly, "2023-12", Some("2024-01")),
        (Frequency::Quarterly, "2023-Q4", Some("2024-Q1")),
        (Frequency::HalfYearly, "2022-10-01/P6M", Some("2023-04-01/P6M")),
        (Frequency::Yearly, "2022-04-01/P1Y", Some("2023-04-01/P1Y")),
        (Frequency::YearByQuarter, "2017-04-01/P1Y", Some("2017-07-01/P1Y")),
        (Frequency::YearByMonth, "2017-04-01/P1Y", Some("2017-05-01/P1Y")),
        (Frequency::Irregular, "2012-12-11", None),
        (Frequency::Yearly, "2200", None),
    ] {
        assert_eq!(period(from).next(frequency), to.map(period), "{from}");
    }
}

#[test]
fn the_same_period_a_year_before_has_the_same_length() {
    for (from, to) in [
        ("2023-03", Some("2022-03")),
        // February has one day more in a leap year; it is the same month.
        ("2024-02", Some("2023-02")),
        ("2023-04-01/P3M", Some("2022-04-01/P3M")),
        ("2017-04-01/P1Y", Some("2016-04-01/P1Y")),
        // So many days, from the same day on.
        ("2024-02-20/2024-03-04", Some("2023-02-20/2023-03-05")),
        ("2024-02-29", None),
        ("1900-01", None),
    ] {
        assert_eq!(period(from).year_before(), to.map(period), "{from}");
    }
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0..109_937_u64).prop_map(|days| day("1900-01-01") + Days::new(days))
}

fn any_frequency() -> impl Strategy<Value = Frequency> {
    prop::sample::select(Frequency::ALL.to_vec())
}

/// Any days, and more often than by chance whole months.
fn any_period() -> impl Strategy<Value = Period> {
    let whole = |(day, months, aligned): (NaiveDate, u32, bool)| {
        let month = if aligned { day.month0() / 3 * 3 + 1 } else { day.month() };
        let start = NaiveDate::from_ymd_opt(day.year(), month, 1)?;
        Period::new(start, after_months(start, months)?)
    };
    prop_oneof![
        (any_day(), any_day()).prop_filter_map("no days", |(start, end)| Period::new(start, end)),
        any_day().prop_filter_map("the last", |day| Period::new(day, day.succ_opt()?)),
        (any_day(), 1..40_u32, any::<bool>()).prop_filter_map("beyond", whole),
        (any_day(), prop::sample::select(vec![1, 3, 6, 12]), any::<bool>()).prop_filter_map("beyond", whole),
    ]
}

/// Texts of which some are nearly periods.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,50}", "[0-9/PQYMDqFeb -]{0,20}", "[0-9]{4}-[0-9]{2}-[0-9]{2}/P[0-9]{0,7}[YMDW]"]
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_period(period in any_period(), frequency in any_frequency()) {
        let text = period.text(frequency);
        prop_assert_eq!(Period::parse(&text), Ok(period), "{}", text);
        let both = format!("{}/{}", period.start, period.end);
        prop_assert_eq!(Period::parse(&both), Ok(period), "{}", both);
        prop_assert!(!period.words(frequency).is_empty());
        let named = matches!(period.kind_under(frequency), PeriodKind::FinancialYear | PeriodKind::Quarter);
        prop_assert_eq!(period.label(frequency).is_some(), named);
    }

    #[test]
    fn what_fits_has_a_length_a_successor_and_an_end(period in any_period(), frequency in any_frequency()) {
        if frequency.fits(period).is_ok() && let Some(months) = frequency.months() {
            prop_assert_eq!(Period::ending(period.last_day(), months), Ok(period));
            if let Some(next) = period.next(frequency) {
                prop_assert_eq!(frequency.fits(next), Ok(()));
                prop_assert!(next > period && (next.start == period.end) != frequency.rolls());
                prop_assert_eq!(next.previous(frequency), Some(period));
            } else {
                prop_assert!(period.end.year() > 2199);
            }
        }
    }

    #[test]
    fn no_text_stops_the_reader(text in any_text()) {
        if let Err(fault) = Period::parse(&text) {
            prop_assert!(fault.to_string().ends_with('.'));
        }
    }
}
