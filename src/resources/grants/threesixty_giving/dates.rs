//! The ways in which dates are written: those that are read, and those of which can be said what they would be.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime};

use super::text::brief;
use crate::sheet::DAY_ZERO;

/// A date as the standard writes it.
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

/// Why a text is no date, with the date that it would be if that is clear.
pub fn meant(text: &str) -> String {
    let shown = brief(text);
    if let Some(date) = british_date(text).or_else(|| year_first(text)).or_else(|| date_in_words(text)) {
        return format!(
            "`{shown}` is not in the form of the standard. If this is the date you mean, write `{date}`."
        );
    }
    if let Some(date) = serial_date(text, DAY_ZERO) {
        return of_serial(&shown, date);
    }
    if let Some(month) = month(text) {
        return format!(
            "`{shown}` names a month. A planned date may be `{month}`; any other date needs its day, such as `{month}-01`."
        );
    }
    format!("`{shown}` is not a date of the calendar. Write year, month and day, such as `2013-01-18`.")
}

/// What to do about the number of a day in a workbook that counts days from another day than most; none if it is no number of
/// a day.
pub fn meant_since(text: &str, day_zero: NaiveDate) -> Option<String> {
    (day_zero != DAY_ZERO)
        .then(|| serial_date(text, day_zero).map(|date| of_serial(&brief(text), date)))
        .flatten()
}

fn of_serial(shown: &str, date: NaiveDate) -> String {
    format!("`{shown}` is a spreadsheet's number for a date. Format the column as text, and write `{date}`.")
}

/// A date such as `18/01/2013`, day first.
fn british_date(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A date such as `2013/01/18`.
fn year_first(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['/', '.']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A date such as `18 January 2013` or `18-Jan-2013`.
fn date_in_words(text: &str) -> Option<NaiveDate> {
    let forms = ["%d %B %Y", "%d-%B-%Y", "%d/%B/%Y"];
    let year = text.get(text.len().checked_sub(4)?..)?;
    if !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    forms.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())
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
fn serial_date(text: &str, day_zero: NaiveDate) -> Option<NaiveDate> {
    let (days, time) = text.split_once('.').unwrap_or((text, "0"));
    if !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let days: u64 = days.parse().ok().filter(|days| (10_000..100_000).contains(days))?;
    day_zero.checked_add_days(Days::new(days))
}
