//! Days, periods, numbers and sums of money as people write them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use serde_json::{Map, Value};

use crate::stats::period::{Frequency, Period, PeriodKind};
use crate::stats::words::thousands;

/// A day in words.
pub fn day(text: &str) -> Option<String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10).then(|| day_in_words(day))
}

/// The day of a moment, or of a text that begins with a day, in words.
pub fn day_of(value: &Value) -> Option<String> {
    day(value.as_str()?.get(..10)?)
}

/// A day in words.
pub fn day_in_words(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A moment in words, in UTC as the record has it; only its day where no time is known.
pub fn moment(text: &str) -> Option<String> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    // Midnight stands for a day of which no time is known.
    let known = if moment.time() == NaiveTime::MIN { "%-d %B %Y" } else { "%-d %B %Y, %H:%M UTC" };
    Some(moment.format(known).to_string())
}

/// A title as a sentence: with a mark at its end.
pub fn ended(title: &str) -> String {
    if title.ends_with(['.', '?', '!', '…']) { title.to_owned() } else { format!("{title}.") }
}

/// A period with a length (`2022-04-01/P1Y`) in words.
pub fn period(text: &str) -> Option<String> {
    let frequency = Frequency::parse(text.split_once('/')?.1)?;
    Some(Period::parse(text).ok()?.words(frequency))
}

/// A financial year (`2012-04-01/P1Y`) as people write it: `2012/13`.
pub fn financial_year(text: &str) -> Option<String> {
    let year = Period::parse(text).ok().filter(|period| period.kind() == PeriodKind::FinancialYear)?;
    Some(format!("{}/{:02}", year.start.year(), year.last_day().year() % 100))
}

/// A whole number of five digits or more with separators; a year stays as it is.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("−", digits));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let whole = if whole.len() < 5 { whole.to_owned() } else { thousands(whole) };
    match part {
        Some(part) => format!("{sign}{whole}.{part}"),
        None => format!("{sign}{whole}"),
    }
}

/// An amount of money in words, if the object is one.
pub fn money(fields: &Map<String, Value>) -> Option<String> {
    let (amount, currency) = (fields.get("amount")?.as_str()?, fields.get("currency")?.as_str()?);
    if fields.len() != 2 {
        return None;
    }
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("−", digits));
    let (pounds, pence) = digits.split_once('.').unwrap_or((digits, "00"));
    let pounds = thousands(pounds);
    let words = if pence == "00" { pounds } else { format!("{pounds}.{pence}") };
    Some(match currency {
        "GBP" => format!("{sign}£{words}"),
        other => format!("{sign}{words} {other}"),
    })
}

/// A value with its unit.
pub fn figure(value: &str, unit: &str) -> String {
    let number = grouped_whole(value);
    match unit {
        "PERCENT" => format!("{number}%"),
        "GBP" => number.strip_prefix('−').map_or_else(|| format!("£{number}"), |rest| format!("−£{rest}")),
        "SECONDS" | "MINUTES" | "HOURS" | "DAYS" => {
            let unit = unit.to_ascii_lowercase();
            let unit = if value == "1" { unit.trim_end_matches('s').to_owned() } else { unit };
            format!("{number} {unit}")
        }
        unit => match unit.strip_prefix("RATE_") {
            Some(base) => format!("{number} per {}", grouped_whole(base)),
            None => number,
        },
    }
}

/// A number with separators; unlike [`grouped`], which leaves years as they are, from four digits on.
pub fn grouped_whole(value: &str) -> String {
    let digits = value.trim_start_matches('-');
    let whole = digits.split('.').next().unwrap_or_default();
    if whole.len() != 4 {
        return grouped(value);
    }
    let sign = if value.starts_with('-') { "−" } else { "" };
    let (thousands, rest) = digits.split_at(1);
    format!("{sign}{thousands},{rest}")
}

/// A change with its sign.
pub fn signed(value: &str, unit: &str) -> String {
    let shown = figure(value, unit);
    if value.starts_with('-') || value.trim_matches(['0', '.']).is_empty() {
        shown
    } else {
        format!("+{shown}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_money_and_days_are_written_as_people_do() {
        assert_eq!(
            (grouped("2011"), grouped("256814"), grouped("-12345.6")),
            ("2011".into(), "256,814".into(), "−12,345.6".into())
        );
        let of = |amount: &str, currency: &str| {
            money(json!({"amount": amount, "currency": currency}).as_object().unwrap())
        };
        assert_eq!(of("500000.00", "GBP").unwrap(), "£500,000");
        assert_eq!(of("-1249.50", "GBP").unwrap(), "−£1,249.50");
        assert_eq!(of("99.00", "EUR").unwrap(), "99 EUR");
        assert_eq!(day("2013-03-31").unwrap(), "31 March 2013");
        assert_eq!(moment("2013-03-31T09:30:00Z").unwrap(), "31 March 2013, 09:30 UTC");
        assert_eq!(moment("2013-03-31T00:00:00Z").unwrap(), "31 March 2013");
        assert_eq!(period("2022-04-01/P1Y").unwrap(), "Apr 2022 to Mar 2023");
        assert_eq!(financial_year("2012-04-01/P1Y").unwrap(), "2012/13");
        assert_eq!(financial_year("1999-04-01/P1Y").unwrap(), "1999/00");
        assert_eq!((financial_year("2012-01-01/P1Y"), financial_year("2012")), (None, None));
        assert_eq!((day("2013-02-30"), moment("2013")), (None, None));
    }
}
