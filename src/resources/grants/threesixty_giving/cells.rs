//! One cell of the standard's spreadsheet: what it means, or what would be right.

use chrono::{DateTime, Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::fields::{self, Form};
use super::words;
use crate::record::money;

/// What there is to say of a cell.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence: what is wrong and what would be right.
    pub detail: String,
    /// Whether the row cannot be taken so.
    pub fatal: bool,
}

/// What a cell may have beside its value.
type All = Vec<Told>;

fn wrong(told: &mut All, code: &'static str, detail: impl Into<String>) {
    told.push(Told { code, detail: detail.into(), fatal: true });
}

fn remark(told: &mut All, code: &'static str, detail: impl Into<String>) {
    told.push(Told { code, detail: detail.into(), fatal: false });
}

/// A text as far as a sentence shows it.
pub fn brief(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Reads a cell that is not empty.
pub fn read(form: Form, text: &str, told: &mut All) -> Option<Value> {
    match form {
        Form::Text(most) => words(text, most, told),
        Form::Currency => currency(text, told),
        Form::Money => sum(text, told),
        Form::Day => day(text, told),
        Form::Moment => moment(text, told),
        Form::Address => address(text, told),
        Form::Whole(most) => whole(text, most, told),
        Form::Degrees(most) => degrees(text, most, told),
        Form::YesNo => yes_no(text, told),
        Form::Country => country(text, told),
        Form::Several => several(text, told),
    }
}

fn words(text: &str, most: usize, told: &mut All) -> Option<Value> {
    let text = unguarded(text, told);
    let length = text.chars().count();
    if length > most {
        wrong(told, "too_long", format!("These are {length} characters; at most {most} may stand here."));
        return None;
    }
    if let Some(mended) = words::mended(text) {
        let detail = format!(
            "UTF-8 was read as Windows-1252 before it came here: this should be “{}”. It is kept as it stands.",
            brief(&mended)
        );
        remark(told, "mojibake", detail);
    } else if words::lost(text) {
        remark(told, "lost_character", "A character was lost before it came here; put it in again.");
    }
    if let Some(odd) = words::blanks(text) {
        remark(told, "blanks", format!("This {odd}. It is kept as it stands."));
    }
    Some(json!(text))
}

/// Takes off the apostrophe that keeps a spreadsheet from running a cell, as our own CSV has it.
fn unguarded<'a>(text: &'a str, told: &mut All) -> &'a str {
    match text.strip_prefix('\'') {
        Some(rest) if crate::http::csv::guarded(rest) == text => {
            remark(told, "guarded", "The apostrophe in front guards against formulas; it is taken off.");
            rest
        }
        _ => text,
    }
}

fn currency(text: &str, told: &mut All) -> Option<Value> {
    if text != "GBP" {
        let detail = format!("`{}` is not taken: amounts are in pounds sterling, `GBP`.", brief(text));
        wrong(told, "currency", detail);
        return None;
    }
    Some(json!(text))
}

fn sum(text: &str, told: &mut All) -> Option<Value> {
    let Some(sum) = money::parse(text) else {
        let bare: String =
            text.chars().filter(|letter| !['£', ',', ' ', '\u{a0}'].contains(letter)).collect();
        let detail = match money::parse(&bare) {
            Some(_) => format!(
                "`{}` has more than digits and a point in it; without sign, commas and blanks it would be `{bare}`.",
                brief(text)
            ),
            None => format!(
                "`{}` is not an amount: give pounds in digits, at most two decimals after a point, not negative, \
                 such as `2266` or `3028.63`.",
                brief(text)
            ),
        };
        wrong(told, "amount", detail);
        return None;
    };
    Some(json!({"amount": sum.to_string(), "currency": "GBP"}))
}

fn day(text: &str, told: &mut All) -> Option<Value> {
    if let Some(day) = iso(text) {
        return Some(json!(day.to_string()));
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        let day = moment.date_naive();
        remark(told, "time_left_out", format!("Only the day of it is kept: `{day}`."));
        return Some(json!(day.to_string()));
    }
    let detail = match (british(text), serial(text)) {
        (Some(day), _) => {
            format!("`{text}` is not written as the standard has it: if it is meant so, `{day}`.")
        }
        (_, Some(day)) => {
            format!(
                "`{text}` is a spreadsheet's number for a day: format the column as text; it would be `{day}`."
            )
        }
        _ => format!(
            "`{}` is not a day of the calendar: write year, month and day, such as `2013-01-18`.",
            brief(text)
        ),
    };
    wrong(told, "date", detail);
    None
}

fn iso(text: &str) -> Option<NaiveDate> {
    let form = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if text.len() != 10 || !form {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// `18/01/2013` and its like, day first.
fn british(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// The days since 30 December 1899, in which spreadsheets count.
fn serial(text: &str) -> Option<NaiveDate> {
    let days: u64 = text.parse().ok().filter(|days| (10_000..100_000).contains(days))?;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
}

fn moment(text: &str, told: &mut All) -> Option<Value> {
    let strict = text.len() <= 40 && text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('z');
    if !strict || DateTime::parse_from_rfc3339(text).is_err() {
        let detail = format!(
            "`{}` is not a moment: write day, time and offset, such as `2022-05-03T18:09:56Z`.",
            brief(text)
        );
        wrong(told, "date_time", detail);
        return None;
    }
    Some(json!(text))
}

fn address(text: &str, told: &mut All) -> Option<Value> {
    let detail = if let Some(fault) = broken(text) {
        fault
    } else if text.len() > 2000 {
        "At most 2000 characters may stand here.".to_owned()
    } else {
        return Some(json!(text));
    };
    wrong(told, "url", detail);
    None
}

/// What is wrong with a web address.
fn broken(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        let shown = brief(text);
        return Some(match text.split_once("://") {
            None if text.contains('.') && !text.contains(' ') => {
                format!("`{shown}` is not a whole address: write `https://{shown}` if that is where it is.")
            }
            _ => format!("`{shown}` is not a web address: it begins with `https://` or `http://`."),
        });
    };
    if let Some(letter) =
        rest.chars().find(|letter| !letter.is_ascii_graphic() || "\"<>\\^`{|}".contains(*letter))
    {
        return Some(format!(
            "A web address has no `{letter}` in it: give one address, and write such a character as percent and two \
             hexadecimal digits."
        ));
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let labels = host.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default().split('.');
    if labels.clone().count() < 2 || labels.clone().any(str::is_empty) {
        return Some(format!("`{}` names no host such as `www.example.org`.", brief(text)));
    }
    let escapes = rest.split('%').skip(1);
    if escapes
        .clone()
        .any(|after| after.len() < 2 || !after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
    {
        return Some("After `%` come two hexadecimal digits; a percent sign itself is `%25`.".to_owned());
    }
    (rest.matches('#').count() > 1).then(|| "A web address has at most one `#`.".to_owned())
}

fn whole(text: &str, most: i64, told: &mut All) -> Option<Value> {
    // A spreadsheet writes twelve as 12.0, and it is the same number.
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<i64>() {
        Ok(number) if plain && number <= most => Some(json!(number)),
        _ => {
            let detail = format!("`{}` is not a whole number from 0 to {most}.", brief(text));
            wrong(told, "number", detail);
            None
        }
    }
}

fn degrees(text: &str, most: i64, told: &mut All) -> Option<Value> {
    let decimals = text.split_once('.').map_or(0, |(_, rest)| rest.len());
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    let number =
        Decimal::from_str_exact(text).ok().filter(|number| plain && number.abs() <= Decimal::from(most));
    match number {
        Some(number) if decimals <= 6 => Some(json!(number.normalize().to_string())),
        Some(number) => {
            let detail = format!(
                "These are {decimals} decimals; at most six are kept (a tenth of a metre): `{}`.",
                number.round_dp(6).normalize()
            );
            wrong(told, "number", detail);
            None
        }
        None => {
            let detail = format!("`{}` is not a number of degrees from -{most} to {most}.", brief(text));
            wrong(told, "number", detail);
            None
        }
    }
}

fn yes_no(text: &str, told: &mut All) -> Option<Value> {
    match text {
        "Yes" => Some(json!(true)),
        "No" => Some(json!(false)),
        _ => {
            wrong(
                told,
                "yes_no",
                format!("`{}` is neither `Yes` nor `No`, which are all that may stand here.", brief(text)),
            );
            None
        }
    }
}

fn country(text: &str, told: &mut All) -> Option<Value> {
    if fields::country(text) {
        return Some(json!(text));
    }
    let upper = text.to_uppercase();
    let near = match upper.as_str() {
        "UK" | "GBR" | "ENG" | "ENGLAND" | "UNITED KINGDOM" | "WALES" | "SCOTLAND" => {
            " The United Kingdom is `GB`."
        }
        _ => "",
    };
    let detail = format!("`{}` is not the two letters of a country in ISO 3166-1.{near}", brief(text));
    wrong(told, "country", detail);
    None
}

fn several(text: &str, told: &mut All) -> Option<Value> {
    let text = unguarded(text, told);
    let items: Vec<&str> = text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect();
    if items.len() > 100 || items.iter().any(|item| item.chars().count() > 200) {
        wrong(
            told,
            "too_long",
            "At most 100 items, of at most 200 characters each, with semicolons between them.",
        );
        return None;
    }
    Some(json!(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(form: Form, text: &str) -> Result<Value, String> {
        let mut told = vec![];
        read(form, text, &mut told).ok_or_else(|| told.remove(0).detail)
    }

    #[test]
    fn amounts() {
        assert_eq!(cell(Form::Money, "3028.6"), Ok(json!({"amount": "3028.60", "currency": "GBP"})));
        assert!(cell(Form::Money, "£3,028.63").is_err_and(|detail| detail.contains("`3028.63`")));
        for text in ["3028.631", "-5", "1e3", "two", "£"] {
            assert!(cell(Form::Money, text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_and_moments() {
        assert_eq!(cell(Form::Day, "2013-01-18"), Ok(json!("2013-01-18")));
        assert_eq!(cell(Form::Day, "2013-01-18T00:00:00Z"), Ok(json!("2013-01-18")));
        assert!(cell(Form::Day, "18/01/2013").is_err_and(|detail| detail.contains("`2013-01-18`")));
        assert!(cell(Form::Day, "41292").is_err_and(|detail| detail.contains("`2013-01-18`")));
        for text in ["2013-02-30", "2013", "+213-01-18", "Jan 2013"] {
            assert!(cell(Form::Day, text).is_err(), "{text}");
        }
        assert_eq!(cell(Form::Moment, "2022-05-03T18:09:56Z"), Ok(json!("2022-05-03T18:09:56Z")));
        for text in ["2022-05-03", "2022-05-03T18:09:56", "2022-05-03 18:09:56Z"] {
            assert!(cell(Form::Moment, text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses() {
        for right in [
            "https://example.org",
            "http://example.org/a?b=c%20d#e",
            "https://example.org:8080/é".trim_end_matches('é'),
        ] {
            assert_eq!(cell(Form::Address, right), Ok(json!(right)));
        }
        assert!(cell(Form::Address, "www.example.org").is_err_and(|detail| detail.contains("https://www")));
        for text in [
            "ftp://example.org",
            "https://",
            "https://a b.org",
            "https://example.org/%zz",
            "n/a",
            "https://x",
        ] {
            assert!(cell(Form::Address, text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_words_and_codes() {
        assert_eq!(cell(Form::Whole(1200), "12.0"), Ok(json!(12)));
        assert!(cell(Form::Whole(1200), "1201").is_err() && cell(Form::Whole(1200), "-1").is_err());
        assert_eq!(cell(Form::Degrees(90), "-51.50"), Ok(json!("-51.5")));
        assert!(cell(Form::Degrees(90), "90.1").is_err() && cell(Form::Degrees(90), "5.1234567").is_err());
        assert!(cell(Form::Country, "UK").is_err_and(|detail| detail.contains("`GB`")));
        assert_eq!(cell(Form::Several, "a; b;"), Ok(json!(["a", "b"])));
        assert_eq!(cell(Form::Text(5), "'=1+1"), Ok(json!("=1+1")));
        assert_eq!(cell(Form::Text(5), "'tis"), Ok(json!("'tis")));
        assert!(cell(Form::Text(5), "longer").is_err() && cell(Form::YesNo, "yes").is_err());
    }
}
