//! Days as they are stored: the number of days since 1 January 1970.

use chrono::{NaiveDate, TimeDelta};

/// The stored number of a day.
pub fn days(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

/// The day with this stored number. None if it lies outside the calendar.
pub fn day(days: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(TimeDelta::try_days(days)?)
}
