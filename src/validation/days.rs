//! The ways in which people write dates, so that a refusal can say what to write instead.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime};

use super::characters::brief;
use crate::clock::is_on_record;
use crate::sheet::DAY_ZERO;

/// What a text that is no date in our form means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A day.
    Day(NaiveDate),
    /// A day, by the number that spreadsheets have for it.
    Number(NaiveDate),
    /// A month, as `2016-10`.
    Month(String),
}

/// What a text means, if that is clear.
pub fn meant(text: &str) -> Option<Meant> {
    british_date(text)
        .or_else(|| year_first(text))
        .or_else(|| date_in_words(text))
        .filter(|day| is_on_record(*day))
        .map(Meant::Day)
        .or_else(|| serial_date(text, DAY_ZERO).map(Meant::Number))
        .or_else(|| month(text).map(Meant::Month))
}

/// What to write for a text that is not in the form of a date; none if that is not clear.
pub fn advice(text: &str) -> Option<String> {
    let text = super::blanks::trimmed(text);
    let shown = brief(text);
    let day = |day: NaiveDate| {
        format!(
            "`{shown}` is not in the form `YYYY-MM-DD`. If this is the date that you mean, write `{day}`."
        )
    };
    let written = day_of_date_time(text).or_else(|| iso_date(text));
    if written.is_some_and(|day| !is_on_record(day)) {
        return Some(format!("`{shown}` lies outside the years 1000 to 2999. Correct the year."));
    }
    let found = written.map(Meant::Day);
    Some(match found.or_else(|| meant(text))? {
        Meant::Day(date) => day(date),
        Meant::Number(date) => of_number(&shown, date),
        Meant::Month(month) => {
            format!("`{shown}` is a month. A date needs its day, such as `{month}-01`.")
        }
    })
}

/// What to do about the number that a spreadsheet has for a day.
pub fn of_number(shown: &str, date: NaiveDate) -> String {
    format!("`{shown}` is a spreadsheet's number for a date. Format the column as text, and write `{date}`.")
}

/// A date as the standards write it.
pub fn iso_date(text: &str) -> Option<NaiveDate> {
    let form = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if text.len() != 10 || !form || text.starts_with("0000") {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// The day of a date and time, at its own offset: midnight in Britain in summer is not the day before.
pub fn day_of_date_time(text: &str) -> Option<NaiveDate> {
    let day = iso_date(text.get(..10)?)?;
    let with_offset = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M:%S%.f%#z"];
    let without = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let read = DateTime::parse_from_rfc3339(text).is_ok()
        || with_offset.iter().any(|form| DateTime::parse_from_str(text, form).is_ok())
        || without.iter().any(|form| NaiveDateTime::parse_from_str(text, form).is_ok());
    read.then_some(day)
}

/// A year with four digits, or the one of this century with two.
fn year(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    match text.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    }
}

/// A date such as `18/01/2013`, day first.
fn british_date(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [day, month, of_year] = parts.as_slice() else { return None };
    // `01-02-03` may begin with its year.
    let year = year(of_year).filter(|_| of_year.len() == 4 || text.contains('/'))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

/// A date such as `2013/01/18`.
fn year_first(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A date such as `18 January 2013`, `18-Jan-2013` or `18-Jan-13`.
fn date_in_words(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['/', '-', ' ']).filter(|part| !part.is_empty()).collect();
    let [day, month, of_year] = parts.as_slice() else { return None };
    if !month.chars().all(char::is_alphabetic) {
        return None;
    }
    let whole = format!("{day} {month} {}", year(of_year)?);
    NaiveDate::parse_from_str(&whole, "%d %B %Y").ok()
}

/// A month such as `10/2016`, `October 2016` or `2016-10`, as year and month.
fn month(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let [one, other] = parts.as_slice() else { return None };
    let (month, year) = if other.len() == 4 { (one, other) } else { (other, one) };
    let first = format!("1 {month} {year}");
    let day =
        ["%d %m %Y", "%d %B %Y"].iter().find_map(|form| NaiveDate::parse_from_str(&first, form).ok())?;
    (year.len() == 4).then(|| day.format("%Y-%m").to_string())
}

/// The number of days since that day, as spreadsheets count; a part of a day is its time.
pub fn serial_date(text: &str, day_zero: NaiveDate) -> Option<NaiveDate> {
    let (days, time) = text.split_once('.').unwrap_or((text, "0"));
    if !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let days: u64 = days.parse().ok().filter(|days| (10_000..100_000).contains(days))?;
    day_zero.checked_add_days(Days::new(days))
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn a_date_in_another_form_is_told_in_ours() {
        for (text, right) in [
            ("31/03/2027", "2027-03-31"),
            ("31.03.2027", "2027-03-31"),
            ("31/3/27", "2027-03-31"),
            ("31-Mar-27", "2027-03-31"),
            ("31 March 2027", "2027-03-31"),
            ("2027/03/31", "2027-03-31"),
            ("2027-3-31", "2027-03-31"),
            ("2027-03-31T00:00:00", "2027-03-31"),
            ("2027-03-31 00:00:00", "2027-03-31"),
            (" 2027-03-31\u{a0}", "2027-03-31"),
            ("46477", "2027-03-31"),
            ("March 2027", "2027-03-01"),
            ("2027-03", "2027-03-01"),
        ] {
            let said = advice(text).unwrap_or_default();
            assert!(said.contains(&format!("`{right}`")), "{text}: {said}");
        }
        for text in ["9999-12-31", "0999-12-31", "3000-01-01T00:00:00Z"] {
            let said = advice(text).unwrap_or_default();
            assert_eq!(said, format!("`{text}` lies outside the years 1000 to 2999. Correct the year."));
        }
        for text in ["", "soon", "31/31/2027", "2027", "2027-02-30", "12-13-14", "7", "0000-01-01"] {
            assert_eq!(advice(text), None, "{text}");
        }
    }
}
