//! The columns of a CSV, and their order.
//!
//! A program gets the fields in the order of the JSON. People get first what names a row (its reference, its title), and
//! beside each period the days on which it begins and ends, which a spreadsheet can sort and compare.

use chrono::NaiveDate;
use serde_json::Value;

use super::{Audience, cell};
use crate::stats::period::Period;

/// What names a row, the best first.
const REFERENCE: &[&str] = &["reference", "record", "key", "series", "login", "id"];
/// What a row is called, the best first. The field that is the title of a kind is among them.
const TITLE: &[&str] =
    &["title", "name", "label", "wording", "claim", "holder", "text", "rationale", "basis", "summary"];
/// The field with the period of a figure.
const TIME_PERIOD: &str = "TIME_PERIOD";
/// The field with a period; beside [`TIME_PERIOD`] it has the same in words.
const PERIOD: &str = "period";
/// What the names of the columns with the days of a period end in.
const STARTS: &str = "_start";
const ENDS: &str = "_end";

/// A column.
struct Column {
    title: String,
    /// The field that it is made from.
    field: String,
    what: What,
}

/// What a column shows of its field.
#[derive(Clone, Copy)]
enum What {
    Value,
    FirstDay,
    LastDay,
}

/// The columns of a CSV.
pub struct Columns(Vec<Column>);

impl Columns {
    /// These fields in this order, and nothing else.
    pub fn exactly(fields: &[String]) -> Columns {
        let column =
            |field: &String| Column { title: field.clone(), field: field.clone(), what: What::Value };
        Columns(fields.iter().map(column).collect())
    }

    /// These fields, as whoever reads them needs them. The order that a reader has chosen stays.
    pub fn of(fields: &[String], audience: Audience, is_chosen: bool) -> Columns {
        let mut columns = Columns::exactly(fields);
        if audience.is_people() {
            if !is_chosen {
                columns.bring_first();
            }
            columns.add_days(fields);
        }
        columns
    }

    /// Moves what names a row to the front.
    fn bring_first(&mut self) {
        for (place, names) in [REFERENCE, TITLE].iter().enumerate() {
            let mut found =
                names.iter().filter_map(|name| self.0.iter().position(|column| column.field == **name));
            if let Some(at) = found.next() {
                let column = self.0.remove(at);
                self.0.insert(place.min(self.0.len()), column);
            }
        }
    }

    /// Adds the days of each period.
    fn add_days(&mut self, fields: &[String]) {
        let has = |name: &str| fields.iter().any(|field| field == name);
        for field in fields.iter().filter(|field| is_period(field)) {
            let name = if field == TIME_PERIOD { PERIOD } else { field };
            // It has the same period in words.
            if (field == PERIOD && has(TIME_PERIOD)) || has(&format!("{name}{STARTS}")) {
                continue;
            }
            let Some(at) = self.0.iter().position(|column| column.field == *field) else { continue };
            let day = |end: &str, what| Column { title: format!("{name}{end}"), field: field.clone(), what };
            self.0.splice(at + 1..at + 1, [day(STARTS, What::FirstDay), day(ENDS, What::LastDay)]);
        }
    }

    /// The titles of the columns.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|column| column.title.as_str())
    }

    /// The cells of a row.
    pub(super) fn cells<'a>(
        &'a self,
        row: &'a Value,
        audience: Audience,
    ) -> impl Iterator<Item = String> + 'a {
        self.0.iter().map(move |column| {
            let value = &row[&column.field];
            let day = |end, is_first| match day_of(value, end, is_first) {
                Some(day) => audience.text(&day.to_string()).into_owned(),
                None => String::new(),
            };
            match column.what {
                What::Value => cell(value, audience),
                What::FirstDay => day("start", true),
                What::LastDay => day("end", false),
            }
        })
    }
}

/// Whether a field has a period.
fn is_period(field: &str) -> bool {
    field == TIME_PERIOD || field == PERIOD || field.ends_with("_period")
}

/// A day of a period, which is in the notation of ISO 8601 or has fields for both days.
fn day_of(value: &Value, name: &str, is_first: bool) -> Option<NaiveDate> {
    match value {
        Value::String(text) => {
            let period = Period::parse(text).ok()?;
            Some(if is_first { period.start } else { period.last_day() })
        }
        period => period[name].as_str()?.parse().ok(),
    }
}

/// Whether a column is one that a CSV for people has beside one of these fields.
pub fn is_day_of_period(title: &str, mut fields: impl Iterator<Item = impl AsRef<str>>) -> bool {
    let period = title.strip_suffix(STARTS).or_else(|| title.strip_suffix(ENDS));
    period.is_some_and(|period| fields.any(|field| is_period(field.as_ref()) && field.as_ref() == period))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::csv::write;

    fn written(row: Value, fields: &[&str], audience: Audience, is_chosen: bool) -> String {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        String::from_utf8(write(&Columns::of(&fields, audience, is_chosen), &[row], audience).unwrap())
            .unwrap()
    }

    #[test]
    fn people_get_reference_and_title_first_and_programs_the_order_of_the_json() {
        let row = json!({"id": "7", "kind": "plan", "title": "A", "reference": "P-1"});
        let fields = ["id", "kind", "title", "reference"];
        assert_eq!(
            written(row.clone(), &fields, Audience::Program, false),
            "id,kind,title,reference\n7,plan,A,P-1\n"
        );
        let people = "\u{feff}reference,title,id,kind\r\nP-1,A,7,plan\r\n";
        assert_eq!(written(row.clone(), &fields, Audience::Spreadsheet, false), people);
        let chosen = "\u{feff}id,kind,title,reference\r\n7,plan,A,P-1\r\n";
        assert_eq!(written(row, &fields, Audience::Spreadsheet, true), chosen);
    }

    #[test]
    fn each_period_has_its_days_beside_it() {
        let row = json!({"TIME_PERIOD": "2023-Q1", "period": "Jan to Mar 2023", "base_period": {"start": "2022-01-01", "end": "2022-03-31"}});
        let fields = ["TIME_PERIOD", "period", "base_period"];
        let text = written(row, &fields, Audience::Spreadsheet, false);
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let titles =
            "TIME_PERIOD,period_start,period_end,period,base_period,base_period_start,base_period_end";
        assert_eq!(lines.next(), Some(titles));
        let row = lines.next().unwrap();
        assert!(row.starts_with("2023-Q1,2023-01-01,2023-03-31,Jan to Mar 2023,"), "{row}");
        assert!(row.ends_with(",2022-01-01,2022-03-31"), "{row}");
        let row = json!({"period": "2022-04-01/P1Y"});
        let text = written(row, &["period"], Audience::Spreadsheet, true);
        assert_eq!(
            text,
            "\u{feff}period,period_start,period_end\r\n2022-04-01/P1Y,2022-04-01,2023-03-31\r\n"
        );
        let text = written(json!({"period": "spring"}), &["period"], Audience::Spreadsheet, false);
        assert_eq!(text, "\u{feff}period,period_start,period_end\r\nspring,,\r\n");
    }

    #[test]
    fn the_days_of_a_period_are_known_when_they_come_in_again() {
        let fields = ["period", "title"];
        assert!(
            is_day_of_period("period_start", fields.iter()) && is_day_of_period("period_end", fields.iter())
        );
        for other in ["title_start", "period", "base_period_start", "_start", "start"] {
            assert!(!is_day_of_period(other, fields.iter()), "{other}");
        }
    }

    #[test]
    fn a_workbook_is_written_from_texts_that_are_marked_and_numbers_that_are_not() {
        let row = json!({"title": "007", "value": -3, "sum": {"amount": "-3.00", "currency": "GBP"}, "is": true, "none": null, "list": ["a", "b"]});
        let text = written(row, &["title", "value", "sum", "is", "none", "list"], Audience::Workbook, true);
        assert_eq!(text, "title,value,sum,is,none,list\n'007,-3,-3.00,true,,'a | b\n");
    }
}
