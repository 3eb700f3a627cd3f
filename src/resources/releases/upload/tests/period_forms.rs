//! Periods in the forms in which people write them.

use crate::resources::releases::upload::period_form::{PeriodForm, PeriodText};
use crate::resources::releases::upload::period_length::Length;
use crate::resources::releases::upload::text;
use crate::sheet::DAY_ZERO;
use crate::stats::period::Frequency;

fn form_of(form: &str) -> Option<PeriodForm> {
    PeriodForm::parse(form, None, false, DAY_ZERO)
}

/// What a text in a form says: a period, or the days of which the mapping says what they are.
fn said(form: &str, text: &str) -> String {
    let Some(form) = form_of(form) else { return "no form".to_owned() };
    match form.read(&text::tidy(text)) {
        None => "not in this form".to_owned(),
        Some(Err(fault)) => fault.code().to_owned(),
        Some(Ok(PeriodText::Days(first, last))) if first == last => first.to_string(),
        Some(Ok(PeriodText::Days(first, last))) => format!("{first}..{last}"),
        Some(Ok(PeriodText::Period(period))) => period.text(Frequency::Irregular),
    }
}

#[test]
fn days_months_and_years_are_read_as_people_write_them() {
    for (form, text, right) in [
        ("DD-MM-YYYY", "31-03-2003", "2003-03-31"),
        ("DD/MM/YYYY", "1/4/2024", "2024-04-01"),
        ("DD/MM/YYYY", "1/4/2024 0:00", "2024-04-01"),
        ("DD/MM/YYYY", "01/04/2024 12:00:00 AM", "2024-04-01"),
        ("DD/MM/YYYY", "01/04/2024 12:00", "not in this form"),
        ("DD/MM/YYYY", "01/04/2024 12:00 PM", "not in this form"),
        ("DD/MM/YYYY", "01/04/2024 12:30 AM", "not in this form"),
        ("DD/MM/YYYY", "01/04/2024 1:00 AM", "not in this form"),
        ("DD/MM/YYYY", "01/04/2024 10:00", "not in this form"),
        ("MMM''YY", "Apr'24", "2024-04-01..2024-04-30"),
        ("MMM''YY", "Apr\u{2019}24", "2024-04-01..2024-04-30"),
        ("DD/MM/YY", "01/04/24", "2024-04-01"),
        ("DD/MM/YY", "01/04/98", "1998-04-01"),
        ("YYYY-MM-DD", "2024-04-01T00:00:00Z", "2024-04-01"),
        ("YYYY-MM-DD", "2024-04-01 00:00:00", "2024-04-01"),
        ("YYYY-MM-DD", "2024-04-01T00:00:00+01:00", "2024-04-01"),
        ("DD MMMM YYYY", "1st April 2024", "2024-04-01"),
        ("DD MMM YYYY", "22nd Sept. 2024", "2024-09-22"),
        ("MMM YYYY", "Feb 2024", "2024-02-01..2024-02-29"),
        ("MMM YYYY", "SEPT\u{a0}2024", "2024-09-01..2024-09-30"),
        ("MMM-YY", "Apr–24", "2024-04-01..2024-04-30"),
        ("YY-MMM", "24-Apr", "2024-04-01..2024-04-30"),
        ("YYYY.MM", "2020.10", "2020-10-01..2020-10-31"),
        ("MM.YYYY", "1.2020", "2020-01-01..2020-01-31"),
        ("YYYYMM", "202404", "2024-04-01..2024-04-30"),
        ("YYYYMMDD", "20240401", "2024-04-01"),
        ("YYYY'M'MM", "2024M04", "2024-04-01..2024-04-30"),
        ("YYYY", "2024", "2024-01-01..2024-12-31"),
        ("Year ending MMMM YYYY", "year ending March 2024", "2024-03-01..2024-03-31"),
        ("YE MMM YY", "YE Mar 24", "2024-03-01..2024-03-31"),
        ("w/e DD/MM/YYYY", "W/E 7/4/2024", "2024-04-07"),
        ("Week ending DD/MM/YYYY", "week ending 7/4/2024", "2024-04-07"),
        ("MMM YYYY/YY", "Apr 2019/20", "2019-04-01..2019-04-30"),
        ("YYYY/YY MMMM", "2019/20 January", "2020-01-01..2020-01-31"),
        ("DD MMM YYYY-YY", "1 Mar 2019-20", "2020-03-01"),
        ("MM YYYY to YYYY", "3 2019 to 2020", "2020-03-01..2020-03-31"),
        ("serial", "45383", "2024-04-01"),
    ] {
        assert_eq!(said(form, text), right, "{form}: {text}");
    }
}

#[test]
fn whole_periods_are_read_as_people_write_them() {
    for (form, text, right) in [
        ("YYYY/YY", "2023/24", "2023-04-01/P1Y"),
        ("YYYY-YY", "1999–00", "1999-04-01/P1Y"),
        ("YYYY/YYYY", "2023/2024", "2023-04-01/P1Y"),
        ("YY/YY", "23/24", "2023-04-01/P1Y"),
        ("YYYYYY", "202324", "2023-04-01/P1Y"),
        ("FYYYYY-YY", "FY2023-24", "2023-04-01/P1Y"),
        ("YYYY Qq", "2023 Q2", "2023-04-01/P3M"),
        ("Qq YYYY", "q2 2023", "2023-04-01/P3M"),
        ("YYYYQq", "2023Q2", "2023-04-01/P3M"),
        ("Quarter q YYYY", "Quarter 2 2023", "2023-04-01/P3M"),
        ("Qq YYYY-YY", "Q1 2023-24", "2023-04-01/P3M"),
        ("YYYY/YY Qq", "2023/24 Q4", "2024-01-01/P3M"),
        ("Qq (MMM-MMM) YYYY/YY", "Q1 (Apr-Jun) 2023/24", "2023-04-01/P3M"),
        ("Qq (MMM-MMM) YYYY/YY", "Q2 (Apr-Jun) 2023/24", "not in this form"),
        ("Hh YYYY/YY", "H2 2023/24", "2023-10-01/P6M"),
        ("Hh YYYY", "H2 2023", "2023-07-01/P6M"),
        ("MMM to MMM YYYY", "Apr to Jun 2023", "2023-04-01/P3M"),
        ("MMM to MMM YYYY", "Oct to Mar 2024", "2023-10-01/P6M"),
        ("MMM YYYY to MMM YYYY", "Apr 2023 to Mar 2024", "2023-04-01/P1Y"),
        ("MMM-MMM YYYY/YY", "Apr-Jun 2019/20", "2019-04-01/P3M"),
        ("YYYY/YY (MMM to MMM)", "2019/20 (Jan to Mar)", "2020-01-01/P3M"),
        ("MMM-MMM YYYY/YY", "Oct-Mar 2019/20", "2019-10-01/P6M"),
        ("MMM-MMM YYYY/YY", "Apr-Mar 2019/20", "2019-04-01/P1Y"),
        ("MMM YY - MMM YY", "Apr 23 – Mar 24", "2023-04-01/P1Y"),
        ("DD/MM/YYYY - DD/MM/YYYY", "1/4/2024 - 7/4/2024", "2024-04-01/P7D"),
        ("YYYY-Www", "2024-W14", "2024-04-01/P7D"),
        ("Week w YYYY", "Week 1 2024", "2024-01-01/P7D"),
    ] {
        assert_eq!(said(form, text), right, "{form}: {text}");
        assert!(form_of(form).unwrap().is_whole(), "{form}");
    }
    let from_september = PeriodForm::parse("YYYY/YY", Some(9), false, DAY_ZERO).unwrap();
    let Some(Ok(PeriodText::Period(period))) = from_september.read("2023/24") else { panic!("no period") };
    assert_eq!(period.text(Frequency::Irregular), "2023-09-01/P1Y");
}

#[test]
fn what_does_not_have_the_form_is_not_read() {
    for (form, text, right) in [
        ("DD-MM-YYYY", "2003-03-31", "not in this form"),
        ("DD-MM-YYYY", "31/03/2003", "not in this form"),
        ("DD-MM-YYYY", "30-02-2003", "not_in_calendar"),
        ("DD-MM-YYYY", "3١-03-2003", "not in this form"),
        ("YYYY-MM-DD", "2024-03-31T23:00:00Z", "not in this form"),
        ("YYYY/YY", "2023/25", "not in this form"),
        ("YYYY/YY", "2023/23", "not in this form"),
        ("MMM YYYY/YY", "Apr 2019/21", "not in this form"),
        ("MMM-MMM YYYY/YY", "Apr-Jun 2019/21", "not in this form"),
        ("MMM-MMM YYYY/YY", "Jan-Jun 2019/20", "order"),
        ("YYYY Qq", "2023 Q5", "not_in_calendar"),
        ("MMM YYYY", "Marble 2024", "not in this form"),
        ("MMM YYYY", "Mar 2024 (p)", "not in this form"),
        ("YYYY-Www", "2024-W54", "not_in_calendar"),
        ("DD/MM/YYYY - DD/MM/YYYY", "7/4/2024 - 1/4/2024", "order"),
        ("YYYY.MM", "2020.1", "not in this form"),
        ("serial", "60", "not in this form"),
        ("serial", "45383.5", "not in this form"),
    ] {
        assert_eq!(said(form, text), right, "{form}: {text}");
    }
    for wrong in
        ["", "DD-MM", "DD-YYYY", "YYYYYYYYYYYY", "MM MMM MMM YYYY", "Qq", "YYYY Qq Hh", "YYYY MMM YY"]
    {
        assert_eq!(form_of(wrong), None, "{wrong}");
    }
}

#[test]
fn a_year_that_is_named_by_its_end_began_in_the_year_before() {
    let said = |form: &str, by_end: bool, text: &str| {
        let form = PeriodForm::parse(form, Some(4), by_end, DAY_ZERO).unwrap();
        match form.read(text).unwrap().unwrap() {
            PeriodText::Days(first, last) => format!("{first}..{last}"),
            PeriodText::Period(period) => period.text(Frequency::Irregular),
        }
    };
    assert_eq!(said("FYYYYY", false, "FY2020"), "2020-04-01..2021-03-31");
    assert_eq!(said("FYYYYY", true, "FY2020"), "2019-04-01..2020-03-31");
    assert_eq!(said("Qq YYYY", true, "Q4 2020"), "2020-01-01/P3M");
    assert_eq!(said("YYYY/YY", true, "2019/20"), "2019-04-01/P1Y");
    assert_eq!(said("MMM YYYY", true, "Jun 2020"), "2020-06-01..2020-06-30");
}

#[test]
fn a_length_is_in_days_weeks_months_or_years() {
    assert_eq!(Length::parse("P1Y"), Some(Length::Months(12)));
    assert_eq!(Length::parse("P18M"), Some(Length::Months(18)));
    assert_eq!(Length::parse("P1W"), Some(Length::Days(7)));
    for wrong in ["", "P", "P0M", "P0D", "1Y", "P1H", "P+1M", "P9999Y", "P101Y"] {
        assert_eq!(Length::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_number_that_no_year_has_is_told_for_what_it_is() {
    for (form, text, part) in [
        ("Hh YYYY", "H3 2023", "halves 1 and 2"),
        ("Qq YYYY", "Q5 2023", "Q1 to Q4"),
        ("YYYY-Www", "2023-W53", "52 weeks"),
        ("YYYY-MM", "2024-13", "from 01 to 12"),
        ("DD/MM/YYYY", "31/04/2024", "a day that exists"),
    ] {
        let fault = form_of(form).unwrap().read(text).unwrap().unwrap_err();
        assert!(fault.to_string().contains(part) && fault.code() == "not_in_calendar", "{text}: {fault}");
    }
}

#[test]
fn a_form_with_the_number_of_one_of_two_years_needs_which() {
    use crate::resources::releases::upload::Mapping;
    use serde_json::json;
    for (form, begins, is, count) in [
        ("Qq FYYY", json!(4), json!(null), 1),
        ("Qq FYYY", json!(4), json!("end"), 0),
        ("Hh YYYY", json!(4), json!(null), 1),
        ("Qq YYYY", json!(1), json!(null), 0),
        ("Qq YYYY", json!(null), json!(null), 0),
        ("Qq YYYY/YY", json!(4), json!(null), 0),
    ] {
        let mapping: Mapping = serde_json::from_value(json!({
            "dimensions": [], "value": {"column": "N"},
            "period": {"column": "P", "form": form, "year_begins": begins, "is": is},
        }))
        .unwrap();
        let mut faults = vec![];
        mapping.check(&mut faults, "/mapping");
        let places: Vec<_> = faults.iter().map(|fault| json!(fault)["pointer"].clone()).collect();
        assert_eq!(
            places.iter().filter(|at| **at == json!("/mapping/period/is")).count(),
            count,
            "{form} {begins}"
        );
    }
}
