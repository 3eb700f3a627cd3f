//! Why a text is no date of the standard, and what to write instead.

use chrono::NaiveDate;

use super::text::brief;
use crate::sheet::DAY_ZERO;
use crate::validation::days::{Meant, meant as meant_by, of_number, serial_date};

pub use crate::validation::days::{day_of_date_time, iso_date};

/// Why a text is no date, with the date that it would be if that is clear.
pub fn meant(text: &str) -> String {
    let shown = brief(text);
    match meant_by(text) {
        Some(Meant::Day(date)) => format!(
            "`{shown}` is not in the form of the standard. If this is the date you mean, write `{date}`."
        ),
        Some(Meant::Number(date)) => of_number(&shown, date),
        Some(Meant::Month(month)) => format!(
            "`{shown}` names a month. A planned date may be `{month}`; any other date needs its day, such as `{month}-01`."
        ),
        None => {
            format!(
                "`{shown}` is not a date of the calendar. Write year, month and day, such as `2013-01-18`."
            )
        }
    }
}

/// Whether a day is one that spreadsheets show for 0 or 1: the first of those that they count.
pub fn is_zero(day: NaiveDate) -> bool {
    ["1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01"].contains(&day.to_string().as_str())
}

/// What to do about the number of a day in a workbook that counts days from another day than most; none if it is no number of
/// a day.
pub fn meant_since(text: &str, day_zero: NaiveDate) -> Option<String> {
    (day_zero != DAY_ZERO)
        .then(|| serial_date(text, day_zero).map(|date| of_number(&brief(text), date)))
        .flatten()
}
