//! Parses a cell of the standard's spreadsheet, or says what would be right.

use chrono::DateTime;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::fields::{self, Form};
use super::text::brief;
use super::{dates, numbers, text};
use crate::record::money;
use crate::resources::shared::PartialDate;

/// An error or a warning about a cell.
#[derive(Debug, PartialEq, Eq)]
pub struct CellRemark {
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people: what is wrong and what would be right.
    pub detail: String,
    /// True for an error: the row cannot be imported.
    pub fatal: bool,
}

type Remarks = Vec<CellRemark>;

fn error(remarks: &mut Remarks, code: &'static str, detail: impl Into<String>) {
    remarks.push(CellRemark { code, detail: detail.into(), fatal: true });
}

fn warning(remarks: &mut Remarks, code: &'static str, detail: impl Into<String>) {
    remarks.push(CellRemark { code, detail: detail.into(), fatal: false });
}

/// Parses a cell that is not empty.
pub fn parse(form: Form, text: &str, remarks: &mut Remarks) -> Option<Value> {
    match form {
        Form::Text(max) | Form::Code(max) => long_text(text, max, remarks),
        Form::Currency => currency(text, remarks),
        Form::Money => amount(text, remarks),
        Form::Date => date(text, remarks),
        Form::PartialDate => partial_date(text, remarks),
        Form::DateTime => date_time(text, remarks),
        Form::Url => url(text, remarks),
        Form::Integer(max) => integer(text, max, remarks),
        Form::Degrees(max) => degrees(text, max, remarks),
        Form::YesNo => yes_no(text, remarks),
        Form::Country => country(text, remarks),
        Form::List => list(text, remarks),
    }
}

fn long_text(text: &str, max: usize, remarks: &mut Remarks) -> Option<Value> {
    let length = text.chars().count();
    if length > max {
        error(remarks, "too_long", format!("This has {length} characters; shorten it to at most {max}."));
        return None;
    }
    if let Some(repaired) = text::misread_utf8(text) {
        let detail = format!(
            "UTF-8 was read as Windows-1252 before the file was saved: this should be “{}”. It is imported unchanged.",
            brief(&repaired)
        );
        warning(remarks, "mojibake", detail);
    } else if text::has_lost_characters(text) {
        warning(remarks, "lost_character", "A character was lost before the file was saved. Enter it again.");
    }
    if let Some(odd) = text::odd_spaces(text) {
        warning(remarks, "blanks", format!("This {odd}. It is imported unchanged."));
    }
    Some(json!(text))
}

fn currency(text: &str, remarks: &mut Remarks) -> Option<Value> {
    if text != "GBP" {
        let detail =
            format!("`{}` is not supported: amounts must be in pounds sterling, `GBP`.", brief(text));
        error(remarks, "currency", detail);
        return None;
    }
    Some(json!(text))
}

fn amount(text: &str, remarks: &mut Remarks) -> Option<Value> {
    let Some(amount) = money::parse(text) else {
        let detail = match numbers::amount_meant(text) {
            Some(detail) => detail,
            None => format!(
                "`{}` is not an amount: give pounds as digits with at most two decimal places, not negative, such as \
                 `2266` or `3028.63`.",
                brief(text)
            ),
        };
        error(remarks, "amount", detail);
        return None;
    };
    Some(json!({"amount": amount.to_string(), "currency": "GBP"}))
}

fn date(text: &str, remarks: &mut Remarks) -> Option<Value> {
    let written = dates::iso_date(text).or_else(|| dates::day_of_date_time(text));
    if let Some(date) = written.filter(|date| dates::is_zero(*date)) {
        let detail =
            format!("`{date}` is what spreadsheets show for a zero in the place of a date. Give the date.");
        error(remarks, "date", detail);
        return None;
    }
    if let Some(date) = dates::iso_date(text) {
        return Some(json!(date.to_string()));
    }
    if let Some(date) = dates::day_of_date_time(text) {
        warning(
            remarks,
            "time_left_out",
            format!("The time is left out. Only the date is imported: `{date}`."),
        );
        return Some(json!(date.to_string()));
    }
    error(remarks, "date", dates::meant(text));
    None
}

/// The schema of the standard takes a year, or a year and a month, where the rest of a planned date is not known.
fn partial_date(text: &str, remarks: &mut Remarks) -> Option<Value> {
    match PartialDate::parse(text) {
        Some(_) if dates::iso_date(text).is_none() => Some(json!(text)),
        _ => date(text, remarks),
    }
}

fn date_time(text: &str, remarks: &mut Remarks) -> Option<Value> {
    let strict = text.len() <= 40 && text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('z');
    if !strict || DateTime::parse_from_rfc3339(text).is_err() {
        let detail = format!(
            "`{}` is not a date and time. Write date, time and offset, such as `2022-05-03T18:09:56Z`.",
            brief(text)
        );
        error(remarks, "date_time", detail);
        return None;
    }
    Some(json!(text))
}

fn url(text: &str, remarks: &mut Remarks) -> Option<Value> {
    let detail = if let Some(problem) = url_problem(text) {
        problem
    } else if text.len() > 2000 {
        "This is too long: shorten it to at most 2000 characters.".to_owned()
    } else {
        return Some(json!(text));
    };
    error(remarks, "url", detail);
    None
}

/// What is wrong with a web address.
fn url_problem(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        let shown = brief(text);
        return Some(match text.split_once("://") {
            None if text.contains('.') && !text.contains(' ') => {
                format!(
                    "`{shown}` is not a complete address. If this is the website you mean, write `https://{shown}`."
                )
            }
            _ => format!("`{shown}` is not a web address: it must begin with `https://` or `http://`."),
        });
    };
    if let Some(letter) =
        rest.chars().find(|letter| !letter.is_ascii_graphic() || "\"<>\\^`{|}".contains(*letter))
    {
        return Some(format!(
            "A web address cannot contain `{letter}`. Give one address only, and write such a character as a percent sign \
             and two hexadecimal digits."
        ));
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let labels = host.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default().split('.');
    if labels.clone().count() < 2 || labels.clone().any(str::is_empty) {
        return Some(format!("`{}` has no host name such as `www.example.org`.", brief(text)));
    }
    let escapes = rest.split('%').skip(1);
    if escapes
        .clone()
        .any(|after| after.len() < 2 || !after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
    {
        return Some(
            "Two hexadecimal digits must follow `%`. Write a percent sign itself as `%25`.".to_owned(),
        );
    }
    (rest.matches('#').count() > 1).then(|| "A web address can have only one `#`.".to_owned())
}

fn integer(text: &str, max: i64, remarks: &mut Remarks) -> Option<Value> {
    // A spreadsheet may write twelve as 12.0.
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<i64>() {
        Ok(number) if plain && number <= max => Some(json!(number)),
        _ => {
            let detail = format!("`{}` is not a whole number from 0 to {max}.", brief(text));
            error(remarks, "number", detail);
            None
        }
    }
}

fn degrees(text: &str, max: i64, remarks: &mut Remarks) -> Option<Value> {
    let decimals = text.split_once('.').map_or(0, |(_, rest)| rest.len());
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    let number =
        Decimal::from_str_exact(text).ok().filter(|number| plain && number.abs() <= Decimal::from(max));
    match number {
        Some(number) if decimals <= 6 => Some(json!(number.normalize().to_string())),
        Some(number) => {
            let detail = format!(
                "This has {decimals} decimal places. Give at most six, which is a tenth of a metre: `{}`.",
                number.round_dp(6).normalize()
            );
            error(remarks, "number", detail);
            None
        }
        None => {
            let detail = format!("`{}` is not a number of degrees from -{max} to {max}.", brief(text));
            error(remarks, "number", detail);
            None
        }
    }
}

fn yes_no(text: &str, remarks: &mut Remarks) -> Option<Value> {
    match text {
        "Yes" => Some(json!(true)),
        "No" => Some(json!(false)),
        _ => {
            error(remarks, "yes_no", format!("`{}` must be `Yes` or `No`.", brief(text)));
            None
        }
    }
}

fn country(text: &str, remarks: &mut Remarks) -> Option<Value> {
    if fields::is_country(text) {
        return Some(json!(text));
    }
    let upper = text.to_uppercase();
    let hint = match upper.as_str() {
        "UK" | "GBR" | "ENG" | "ENGLAND" | "UNITED KINGDOM" | "WALES" | "SCOTLAND" => {
            " The United Kingdom is `GB`."
        }
        _ => "",
    };
    let detail = format!("`{}` is not an ISO 3166-1 country code of two letters.{hint}", brief(text));
    error(remarks, "country", detail);
    None
}

/// Whether a value of a list can be told from its neighbours in a cell.
pub fn is_separable(value: &str) -> bool {
    !value.is_empty() && !value.contains(';') && value.trim() == value
}

fn list(text: &str, remarks: &mut Remarks) -> Option<Value> {
    let items: Vec<&str> = text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect();
    if items.len() > 100 || items.iter().any(|item| item.chars().count() > 200) {
        error(
            remarks,
            "too_long",
            "Give at most 100 items of at most 200 characters each, separated by semicolons.",
        );
        return None;
    }
    Some(json!(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(form: Form, text: &str) -> Result<Value, String> {
        let mut remarks = vec![];
        parse(form, text, &mut remarks).ok_or_else(|| remarks.remove(0).detail)
    }

    #[test]
    fn amounts() {
        assert_eq!(cell(Form::Money, "3028.6"), Ok(json!({"amount": "3028.60", "currency": "GBP"})));
        for (text, meant) in [
            ("£3,028.63", "`3028.63`"),
            ("GBP 3 028.63", "`3028.63`"),
            ("\u{a3}\u{a0}1\u{202f}200", "`1200`"),
            ("1.2E+06", "`1200000`"),
            ("2.5e3", "`2500`"),
            ("1.2345E+02", "`123.45`"),
            ("1133.3300000000002", "`1133.33`"),
            ("1133.3299999999999", "`1133.33`"),
            ("\u{a3}1,133.3300000000002", "`1133.33`"),
            ("0.30000000000000004", "`0.30`"),
            ("1000.000", "`1000.00`"),
        ] {
            assert!(cell(Form::Money, text).is_err_and(|detail| detail.contains(meant)), "{text}");
        }
        // What it would be is not said where it is not certain.
        for text in ["1,5", "2500.005", "(500)", "-500", "12.34.56"] {
            assert!(cell(Form::Money, text).is_err_and(|detail| detail.contains("`3028.63`")), "{text}");
        }
        for text in ["3028.631", "-5", "1e3", "two", "£"] {
            assert!(cell(Form::Money, text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(cell(Form::Date, "2013-01-18"), Ok(json!("2013-01-18")));
        assert_eq!(cell(Form::Date, "2013-01-18T00:00:00Z"), Ok(json!("2013-01-18")));
        assert!(cell(Form::Date, "18/01/2013").is_err_and(|detail| detail.contains("`2013-01-18`")));
        assert!(cell(Form::Date, "2013/01/18").is_err_and(|detail| detail.contains("`2013-01-18`")));
        assert!(cell(Form::Date, "41292").is_err_and(|detail| detail.contains("`2013-01-18`")));
        for text in ["2013-02-30", "2013", "+213-01-18", "Jan 2013", "2013-02-30T00:00:00Z"] {
            assert!(cell(Form::Date, text).is_err(), "{text}");
        }
        // What a sheet shows for a zero in the place of a date.
        for text in ["1899-12-30", "1900-01-01", "1900-01-01T00:00:00Z", "1904-01-01"] {
            for form in [Form::Date, Form::PartialDate] {
                assert!(cell(form, text).is_err_and(|detail| detail.contains("for a zero")), "{text}");
            }
        }
        assert_eq!(cell(Form::Date, "1900-01-02"), Ok(json!("1900-01-02")));
        // The day is that of the clock at the place, not that of Greenwich.
        for text in [
            "2016-10-25T00:00:00+01:00",
            "2016-10-25T23:30:00-05:00",
            "2016-10-25 00:00:00",
            "2016-10-25T10:00Z",
        ] {
            assert_eq!(cell(Form::Date, text), Ok(json!("2016-10-25")), "{text}");
        }
        for (text, meant) in [
            ("41292.5", "`2013-01-18`"),
            ("18 January 2013", "`2013-01-18`"),
            ("18-Jan-2013", "`2013-01-18`"),
        ] {
            assert!(cell(Form::Date, text).is_err_and(|detail| detail.contains(meant)), "{text}");
        }
        for text in ["2016-10", "2017", "2016-10-25"] {
            assert_eq!(cell(Form::PartialDate, text), Ok(json!(text)));
        }
        assert_eq!(cell(Form::PartialDate, "2016-10-25T00:00:00Z"), Ok(json!("2016-10-25")));
        for text in ["2016-13", "2016-1", "16", "42668", "0000", "0000-01", "2016-02-30", "October 2016"] {
            assert!(cell(Form::PartialDate, text).is_err(), "{text}");
        }
        assert!(cell(Form::PartialDate, "10/2016").is_err_and(|detail| detail.contains("`2016-10`")));
        assert!(cell(Form::PartialDate, "October 2016").is_err_and(|detail| detail.contains("`2016-10`")));
        assert_eq!(cell(Form::DateTime, "2022-05-03T18:09:56Z"), Ok(json!("2022-05-03T18:09:56Z")));
        for text in ["2022-05-03", "2022-05-03T18:09:56", "2022-05-03 18:09:56Z"] {
            assert!(cell(Form::DateTime, text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses() {
        for right in [
            "https://example.org",
            "http://example.org/a?b=c%20d#e",
            "https://example.org:8080/é".trim_end_matches('é'),
        ] {
            assert_eq!(cell(Form::Url, right), Ok(json!(right)));
        }
        assert!(cell(Form::Url, "www.example.org").is_err_and(|detail| detail.contains("https://www")));
        for text in [
            "ftp://example.org",
            "https://",
            "https://a b.org",
            "https://example.org/%zz",
            "n/a",
            "https://x",
        ] {
            assert!(cell(Form::Url, text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_texts_and_codes() {
        assert_eq!(cell(Form::Integer(1200), "12.0"), Ok(json!(12)));
        assert!(cell(Form::Integer(1200), "1201").is_err() && cell(Form::Integer(1200), "-1").is_err());
        assert_eq!(cell(Form::Degrees(90), "-51.50"), Ok(json!("-51.5")));
        assert!(cell(Form::Degrees(90), "90.1").is_err() && cell(Form::Degrees(90), "5.1234567").is_err());
        assert!(cell(Form::Country, "UK").is_err_and(|detail| detail.contains("`GB`")));
        assert_eq!(cell(Form::List, "a; b;"), Ok(json!(["a", "b"])));
        // A guard is removed from a spreadsheet's file, before its cells are parsed.
        assert_eq!(cell(Form::Text(5), "'=1+1"), Ok(json!("'=1+1")));
        assert_eq!(cell(Form::Text(5), "'tis"), Ok(json!("'tis")));
        assert!(cell(Form::Text(5), "longer").is_err() && cell(Form::YesNo, "yes").is_err());
    }
}
