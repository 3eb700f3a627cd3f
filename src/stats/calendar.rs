//! Days and deadlines, lateness of figures, and the periods that a figure covers.
//!
//! All days are civil days; which day a moment falls on in London is `clock::Ts::day`. Deadlines count all days, as the
//! Police Act 1996 (section 55: 56 days) and the precept regulations (SI 2012/2271) do: no deadline of the record counts working
//! days, so there is no list of bank holidays.

use chrono::{Days, Months, NaiveDate};

use super::period::{Frequency, Period};

/// How many steps of its frequency a figure may be late before it is stale.
pub const STEPS_UNTIL_STALE: u32 = 2;

/// The last day of this many days, of which `start` is the first: 56 days from 16 November 2021 end on 10 January 2022.
/// None for no days, or beyond the calendar.
pub fn last_of_days(start: NaiveDate, days: u64) -> Option<NaiveDate> {
    start.checked_add_days(Days::new(days.checked_sub(1)?))
}

/// The last of this many counted days, of which `start` is the first, if the days from `ignored.0` to `ignored.1` are
/// not counted: the time of an election.
pub fn last_of_counted_days(
    start: NaiveDate,
    days: u64,
    ignored: Option<(NaiveDate, NaiveDate)>,
) -> Option<NaiveDate> {
    let last = last_of_days(start, days)?;
    let Some((from, to)) = ignored.filter(|(from, to)| from <= to && *from <= last && start <= *to) else {
        return Some(last);
    };
    let skipped = (to - from.max(start)).num_days() + 1;
    last.checked_add_days(Days::new(u64::try_from(skipped).ok()?))
}

/// The day this many days after the period: a return that is due 30 days after June is due on 30 July.
pub fn days_after(period: Period, days: i64) -> Option<NaiveDate> {
    days_from(period.last_day(), days)
}

/// The day this many days after a day.
pub fn days_from(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    day.checked_add_signed(chrono::TimeDelta::try_days(days)?)
}

/// The day this many days after the first day of the period, before it if the number is negative.
pub fn days_from_start(period: Period, days: i64) -> Option<NaiveDate> {
    days_from(period.start, days)
}

/// The clear days between two days: neither is counted. Negative if they are out of order.
pub fn clear_days(from: NaiveDate, to: NaiveDate) -> i64 {
    (to - from).num_days() - 1
}

/// How many days after the first day the second is; negative if it comes before.
pub fn days_between(first: NaiveDate, second: NaiveDate) -> i64 {
    (second - first).num_days()
}

/// How many periods of the series have ended since the latest figure's. None without fixed steps.
pub fn periods_since(latest: Period, frequency: Frequency, today: NaiveDate) -> Option<u32> {
    let step = frequency.step()?;
    let mut periods = 0;
    // The end is the day after the last: a period is over when that day has come.
    while latest.end.checked_add_months(Months::new((periods + 1) * step)).is_some_and(|end| end <= today) {
        periods += 1;
    }
    Some(periods)
}

/// True if the next figure is late by more than its publication may take: two steps of the frequency have passed since
/// the end of the first period without one. A quarterly figure to June is stale from 1 April, when the figure to September
/// has been wanting for six months. Never without fixed steps.
pub fn is_stale(latest: Period, frequency: Frequency, today: NaiveDate) -> bool {
    periods_since(latest, frequency, today).is_some_and(|periods| periods > STEPS_UNTIL_STALE)
}

/// Why a figure does not cover its whole period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartCovered {
    /// The code came into use after the first day of the period.
    BeforeCode(NaiveDate),
    /// The code went out of use before the last day of the period.
    AfterCode(NaiveDate),
    /// The period was not over when the figure was published.
    NotOver,
}

impl PartCovered {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            PartCovered::BeforeCode(_) => "before_code",
            PartCovered::AfterCode(_) => "after_code",
            PartCovered::NotOver => "period_not_over",
        }
    }
}

/// What to know of it.
impl std::fmt::Display for PartCovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PartCovered::BeforeCode(day) => {
                write!(f, "The code is in use since {day}: the figure covers a part of its period.")
            }
            PartCovered::AfterCode(day) => {
                write!(f, "The code was in use until {day}: the figure covers a part of its period.")
            }
            PartCovered::NotOver => f.write_str("The period was not over when the figure was published."),
        }
    }
}

/// What the figures of a series can cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The first day on which all codes of the series are in use.
    pub from: Option<NaiveDate>,
    /// The last day on which all of them are in use.
    pub to: Option<NaiveDate>,
    /// Whether a figure says what happened in its period, so that the period must be over. A number on a given day and a
    /// sum of money, which is set beforehand, do not.
    pub must_be_over: bool,
}

/// Whether a period is over on a day. On its last day it is not; only what is of that one day alone can be known on it.
pub fn is_over(period: Period, day: NaiveDate) -> bool {
    period.end <= day || (period.last_day() == period.start && period.start <= day)
}

impl Coverage {
    /// Whether a figure that was published on a day covers its whole period.
    pub fn of(&self, period: Period, published: NaiveDate) -> Result<(), PartCovered> {
        if let Some(from) = self.from.filter(|from| period.start < *from) {
            return Err(PartCovered::BeforeCode(from));
        }
        if let Some(to) = self.to.filter(|to| *to < period.last_day()) {
            return Err(PartCovered::AfterCode(to));
        }
        if self.must_be_over && !is_over(period, published) { Err(PartCovered::NotOver) } else { Ok(()) }
    }

    /// With the days on which one more code is in use, both included.
    pub fn with_code(self, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Coverage {
        let to = match (self.to, to) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Coverage { from: self.from.max(from), to, ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(text: &str) -> Period {
        Period::parse(text).unwrap()
    }

    #[test]
    fn fifty_six_days_include_the_day_of_publication() {
        for (published, due) in [
            ("2021-11-16", "2022-01-10"),
            ("2022-10-21", "2022-12-15"),
            ("2022-11-02", "2022-12-27"),
            ("2024-01-05", "2024-02-29"),
            ("2026-09-07", "2026-11-01"),
        ] {
            assert_eq!(last_of_days(day(published), 56), Some(day(due)));
        }
        assert_eq!((last_of_days(day("2024-01-05"), 0), last_of_days(NaiveDate::MAX, 2)), (None, None));
    }

    #[test]
    fn days_that_are_not_counted_move_the_last_one() {
        let ignored = |from, to| Some((day(from), day(to)));
        for (start, ignored, last) in [
            ("2026-03-02", None, "2026-03-22"),
            ("2024-04-25", ignored("2024-05-02", "2024-05-08"), "2024-05-22"),
            // It began before: only the days from the start on are skipped.
            ("2024-05-05", ignored("2024-05-02", "2024-05-08"), "2024-05-29"),
            ("2024-05-09", ignored("2024-05-02", "2024-05-08"), "2024-05-29"),
            // It begins after the last day, or is the wrong way round.
            ("2024-04-01", ignored("2024-05-02", "2024-05-08"), "2024-04-21"),
            ("2024-04-25", ignored("2024-05-08", "2024-05-02"), "2024-05-15"),
        ] {
            assert_eq!(last_of_counted_days(day(start), 21, ignored), Some(day(last)), "{start}");
        }
    }

    #[test]
    fn a_return_is_due_days_after_its_period() {
        for (text, due) in
            [("2026-04-01/P3M", "2026-07-30"), ("2026-07-01/P3M", "2026-10-30"), ("2026-10", "2026-11-30")]
        {
            assert_eq!(days_after(period(text), 30), Some(day(due)));
        }
        assert_eq!(days_from_start(period("2024-04-01/P1Y"), -1), Some(day("2024-03-31")));
        assert_eq!(days_after(period("2024"), i64::MAX), None);
        assert_eq!(clear_days(day("2026-11-02"), day("2026-11-09")), 6);
        assert_eq!(days_between(day("2026-07-30"), day("2026-11-01")), 94);
        assert_eq!(days_between(day("2026-11-01"), day("2026-11-01")), 0);
    }

    #[test]
    fn a_period_is_over_on_the_day_after_it() {
        for (text, today, over) in [
            ("2024-06", "2024-06-30", false),
            ("2024-06", "2024-07-01", true),
            ("2023-04-01/P1Y", "2024-03-31", false),
            ("2023-04-01/P1Y", "2024-04-01", true),
            ("2024-06-30", "2024-06-30", true),
            ("2024-06-30", "2024-06-29", false),
        ] {
            assert_eq!(is_over(period(text), day(today)), over, "{text} {today}");
        }
    }

    #[test]
    fn a_figure_is_stale_when_the_next_is_two_steps_late() {
        for (latest, frequency, today, periods, stale) in [
            ("2026-04-01/P3M", Frequency::Quarterly, "2026-09-30", 0, false),
            ("2026-04-01/P3M", Frequency::Quarterly, "2026-10-01", 1, false),
            ("2026-04-01/P3M", Frequency::Quarterly, "2027-03-31", 2, false),
            ("2026-04-01/P3M", Frequency::Quarterly, "2027-04-01", 3, true),
            ("2017-04-01/P1Y", Frequency::YearByQuarter, "2019-01-01", 3, true),
            ("2023-04-01/P1Y", Frequency::Yearly, "2027-03-31", 2, false),
            ("2024-01", Frequency::Monthly, "2024-04-30", 2, false),
            ("2024-01", Frequency::Monthly, "2024-05-01", 3, true),
        ] {
            let (latest, today) = (period(latest), day(today));
            assert_eq!(periods_since(latest, frequency, today), Some(periods), "{latest:?} {today}");
            assert_eq!(is_stale(latest, frequency, today), stale, "{latest:?} {today}");
        }
        assert_eq!(periods_since(period("2024"), Frequency::Irregular, day("2030-01-01")), None);
        assert!(!is_stale(period("2012-12-11"), Frequency::Irregular, day("2030-01-01")));
    }

    #[test]
    fn a_window_that_reaches_beyond_the_life_of_its_code_is_not_covered() {
        let (from, published) = (Some(day("2017-04-01")), day("2018-07-19"));
        let covered = |text, from, to| {
            Coverage { from, to, must_be_over: true }.of(period(text), published).map_err(PartCovered::code)
        };
        for text in ["2016-07-01/P1Y", "2016-10-01/P1Y", "2017-01-01/P1Y"] {
            assert_eq!(covered(text, from, None), Err("before_code"));
        }
        assert_eq!(covered("2017-04-01/P1Y", from, None), Ok(()));
        assert_eq!(covered("2016-04-01/P1Y", None, Some(day("2017-03-31"))), Ok(()));
        assert_eq!(covered("2016-04-01/P1Y", None, Some(day("2017-03-30"))), Err("after_code"));
        assert_eq!(covered("2018-07", None, None), Err("period_not_over"));
        assert_eq!(covered("2018-07-20", None, None), Err("period_not_over"));
        assert_eq!(covered("2018-07-19", None, None), Ok(()));
        assert_eq!(Coverage::default().of(period("2018-07"), published), Ok(()));
        let both = Coverage::default().with_code(from, None).with_code(None, Some(published));
        assert_eq!(both.with_code(Some(day("2016-01-01")), Some(day("2020-01-01"))), both);
        assert_eq!((both.from, both.to), (from, Some(published)));
        for part in
            [PartCovered::BeforeCode(published), PartCovered::AfterCode(published), PartCovered::NotOver]
        {
            assert!(part.to_string().ends_with('.'));
        }
    }

    proptest! {
        #[test]
        fn later_days_never_make_a_figure_fresher(month in 0..1_200_u32, days in 0..3_000_u64, more in 0..400_u64) {
            let start = day("1950-01-01") + Months::new(month);
            let latest = Period::new(start, start + Months::new(1)).unwrap();
            let today = latest.end + Days::new(days);
            let since = |today| periods_since(latest, Frequency::Monthly, today).unwrap();
            prop_assert!(since(today) <= since(today + Days::new(more)));
            prop_assert_eq!(since(latest.last_day()), 0);
        }

        #[test]
        fn counted_days_are_as_many_as_requested(days in 1..100_u64, from in 0..120_u64, length in 0..30_u64) {
            let start = day("2024-01-01");
            let ignored = (start + Days::new(from), start + Days::new(from + length));
            let last = last_of_counted_days(start, days, Some(ignored)).unwrap();
            let counted = start.iter_days().take_while(|day| *day <= last);
            let counted = counted.filter(|day| *day < ignored.0 || ignored.1 < *day).count();
            prop_assert_eq!(u64::try_from(counted).unwrap(), days);
            prop_assert!(last < ignored.0 || ignored.1 < last);
        }
    }
}
