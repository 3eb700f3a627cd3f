use super::*;
use serde_json::{Value, from_value, json, to_value};

fn stored<T: Serialize + serde::de::DeserializeOwned>(input: Value) -> Option<Value> {
    from_value::<T>(input).ok().and_then(|value| to_value(value).ok())
}

#[test]
fn money_is_stored_with_two_decimals() {
    let input = json!({"amount": "0250000.5", "currency": "GBP"});
    assert_eq!(stored::<Money>(input), Some(json!({"amount": "250000.50", "currency": "GBP"})));
    assert_eq!(stored::<Money>(json!({"amount": "1", "currency": "EUR"})), None);
    assert_eq!(stored::<Money>(json!({"amount": "-1", "currency": "GBP"})), None);
    assert_eq!(stored::<Money>(json!({"amount": "1", "currency": "GBP", "net": true})), None);
}

#[test]
fn decimals_have_one_form() {
    for (input, output) in
        [("97.50", "97.5"), ("51687", "51687"), ("100", "100"), ("-0.0", "0"), ("007", "7"), ("-1.5", "-1.5")]
    {
        assert_eq!(stored::<Decimal>(json!(input)), Some(json!(output)));
    }
    for wrong in ["", "-", "1.", ".1", "1e3", "1.1234567", "12345678901234", "+1", "--1"] {
        assert_eq!(stored::<Decimal>(json!(wrong)), None, "{wrong}");
    }
    assert_eq!(stored::<Decimal>(json!(1.5)), None);
}

#[test]
fn powers_of_ten_are_known_as_such() {
    for (text, is_power) in [
        ("1", true),
        ("10", true),
        ("1000000000", true),
        ("0.1", true),
        ("0.000001", true),
        ("0", false),
        ("11", false),
        ("0.5", false),
        ("-1", false),
        ("1.1", false),
        ("10000000000", false),
    ] {
        assert_eq!(decimal(text).unwrap().is_power_of_ten(), is_power, "{text}");
    }
}

#[test]
fn a_period_is_kept_as_it_is_written() {
    for text in ["2023", "2023-03", "2023-Q1", "2022-04-01/P1Y", "2013-02-20", "2013-02-20/2013-03-04"] {
        assert_eq!(stored::<PeriodText>(json!(text)), Some(json!(text)));
    }
    for wrong in ["", "2022-23", "2023-13", "2023-02-30", "2023-Q5", "FY2023", "2023/24"] {
        assert_eq!(PeriodText::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_partial_date_has_a_first_and_a_last_day() {
    for (text, first, last) in [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2016-12", "2016-12-01", "2016-12-31"),
        ("2016-10-25", "2016-10-25", "2016-10-25"),
    ] {
        let date = PartialDate::parse(text).unwrap();
        let days = [date.first_day(), date.last_day()].map(|day| day.unwrap().to_string());
        assert_eq!(days, [first, last]);
        assert_eq!(stored::<PartialDate>(json!(text)), Some(json!(text)));
    }
    for wrong in [
        "",
        "16",
        "201",
        "2016-1",
        "2016-13",
        "2016-00",
        "0000",
        "2016-02-30",
        "2016-10-2",
        "20161025",
        "+016",
    ] {
        assert_eq!(PartialDate::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_financial_year_can_be_written_by_its_two_years() {
    for text in ["2013/14", "2013-14", "2013/2014", "2013-2014"] {
        assert_eq!(year_in_words(text).as_deref(), Some("2013-04-01/P1Y"), "{text}");
    }
    assert_eq!(year_in_words("1999/00").as_deref(), Some("1999-04-01/P1Y"));
    for wrong in ["2013", "2013/15", "2013/12", "13/14", "2013/4", "2013/014", "2013-04-01/P1Y", "2013/1a"] {
        assert_eq!(year_in_words(wrong), None, "{wrong}");
    }
}

#[test]
fn a_financial_year_begins_in_april() {
    assert_eq!(stored::<FinancialYear>(json!("2013-04-01/P1Y")), Some(json!("2013-04-01/P1Y")));
    for wrong in ["2013-01-01/P1Y", "2013-04-01/P2Y", "13-04-01/P1Y", "2013"] {
        assert_eq!(stored::<FinancialYear>(json!(wrong)), None, "{wrong}");
    }
}
