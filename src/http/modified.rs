//! `Last-Modified` and the dates that it is compared with (RFC 9110, sections 5.6.7 and 8.8.2).

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::clock::Ts;

/// When what a response shows changed last.
///
/// Such dates have whole seconds. In the second of a change another one can follow: then the date is that of the second
/// before, and no date is compared. So equal dates stand for equal responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastModified {
    second: i64,
    is_over: bool,
}

impl LastModified {
    /// Of what changed last at that moment, by a response of now.
    pub fn new(changed: Ts, now: Ts) -> LastModified {
        let (changed, now) = (changed.0.timestamp(), now.0.timestamp());
        let is_over = changed < now;
        LastModified { second: if is_over { changed } else { now - 1 }, is_over }
    }

    /// The header's value.
    pub fn header(self) -> String {
        let date = DateTime::from_timestamp(self.second, 0).unwrap_or_default();
        date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Whether nothing has changed since the date of an `If-Modified-Since`.
    pub fn is_not_after(self, if_modified_since: &str) -> bool {
        self.is_over && parse(if_modified_since).is_some_and(|date| self.second <= date.timestamp())
    }

    /// Whether something has changed since the date of an `If-Unmodified-Since`. What is no date is ignored.
    pub fn is_after(self, if_unmodified_since: &str) -> bool {
        parse(if_unmodified_since).is_some_and(|date| self.second > date.timestamp())
    }

    /// Whether the date of an `If-Range` is this one.
    pub fn is(self, if_range: &str) -> bool {
        self.is_over && parse(if_range).is_some_and(|date| self.second == date.timestamp())
    }
}

/// A date in one of the three forms that a server must read.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())
        .map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Ts {
        Ts::parse(text).unwrap()
    }

    #[test]
    fn dates_have_the_forms_of_the_standard() {
        let last = LastModified::new(at("1994-11-06T08:49:37.5Z"), at("1994-11-06T08:49:38Z"));
        assert_eq!(last.header(), "Sun, 06 Nov 1994 08:49:37 GMT");
        for same in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert!(last.is_not_after(same) && last.is(same), "{same}");
        }
        let later = "Wed, 21 Oct 2037 07:28:00 GMT";
        assert!(last.is_after("Sun, 06 Nov 1994 08:49:36 GMT") && !last.is_after("yesterday"));
        assert!(!last.is_after("Sun, 06 Nov 1994 08:49:37 GMT") && !last.is_after(later));
        assert!(last.is_not_after(later) && !last.is(later));
        for other in ["Sun, 06 Nov 1994 08:49:36 GMT", "yesterday", "", "Mon, 06 Nov 1994 08:49:37 GMT"] {
            assert!(!last.is_not_after(other) && !last.is(other), "{other}");
        }
    }

    #[test]
    fn in_the_second_of_a_change_no_date_is_compared() {
        let changed = at("2026-11-01T11:30:00.2Z");
        let early = LastModified::new(changed, at("2026-11-01T11:30:00.9Z"));
        assert_eq!(early.header(), "Sun, 01 Nov 2026 11:29:59 GMT");
        assert!(!early.is_not_after(&early.header()) && !early.is(&early.header()));
        let late = LastModified::new(changed, at("2026-11-01T11:30:01Z"));
        assert_eq!(late.header(), "Sun, 01 Nov 2026 11:30:00 GMT");
        assert!(!late.is_not_after(&early.header()) && late.is_not_after(&late.header()));
    }
}
