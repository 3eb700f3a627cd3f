//! Where values and days lie in a picture, and which of them the axes name. All in whole numbers.

use chrono::{Datelike, NaiveDate};

use super::model::Shown;
use super::px::Px;
use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;
use crate::stats::measure::Unit;
use crate::stats::period::Period;

/// One, in the units of [`Scaled::raw`].
const ONE: i128 = 1_000_000;
/// From this value on, the axis counts in millions.
const MILLIONS_FROM: i128 = 10_000_000 * ONE;

/// With fewer values than this, an axis always begins at 0.
const FEW: usize = 8;

/// The scale of the values.
#[derive(Debug)]
pub struct ValueScale {
    low: i128,
    high: i128,
    step: i128,
    top: Px,
    bottom: Px,
    unit: Unit,
}

impl ValueScale {
    /// A scale with these values on it and with at most so many steps. It begins at 0, unless there are several values that lie
    /// so close together that their differences could not be seen.
    pub fn new(shown: &Shown, values: &[Scaled], must_have_zero: bool, steps: i64) -> ValueScale {
        let raw = || values.iter().map(|value| i128::from(value.raw()));
        let (mut low, mut high) = (raw().min().unwrap_or(0), raw().max().unwrap_or(0));
        // A few values that lie close together are best shown as that: nearly the same.
        let is_wide = (high - low) * 10 >= high.abs().max(low.abs()) || values.len() < FEW;
        if must_have_zero || is_wide {
            (low, high) = (low.min(0), high.max(0));
        } else {
            // A small change is not to fill the picture.
            let room = (high - low) / 2;
            (low, high) = (if low < 0 { low - room } else { (low - room).max(0) }, high + room);
        }
        if low == high {
            high += ONE;
        }
        let step = step_of(high - low, steps.max(1).into(), shown.is_whole);
        let (low, high) = (low.div_euclid(step) * step, -((-high).div_euclid(step)) * step);
        ValueScale { low, high, step, top: Px::of(0), bottom: Px::of(0), unit: shown.unit }
    }

    /// The scale between two heights.
    pub fn between(self, top: Px, bottom: Px) -> ValueScale {
        ValueScale { top, bottom, ..self }
    }

    /// Whether 0 is at the foot of the axis.
    pub fn begins_at_zero(&self) -> bool {
        self.low == 0
    }

    pub fn counts_in_millions(&self) -> bool {
        self.low.abs().max(self.high.abs()) >= MILLIONS_FROM
    }

    /// The value at the foot of the axis, in words.
    pub fn foot(&self) -> String {
        self.words(self.low)
    }

    /// The height of a value.
    pub fn y(&self, value: Scaled) -> Px {
        self.y_of(value.raw().into())
    }

    /// The height of 0, or of the end of the axis that is nearest to it.
    pub fn y_of_zero(&self) -> Px {
        self.y_of(self.low.max(0).min(self.high))
    }

    fn y_of(&self, raw: i128) -> Px {
        let (top, bottom) = (i128::from(self.top.raw()), i128::from(self.bottom.raw()));
        let up = (raw - self.low) * (bottom - top);
        Px::tenths(i64::try_from(bottom - up / (self.high - self.low).max(1)).unwrap_or_default())
    }

    /// The heights that the axis names, from below, each with its text; and whether it is 0.
    pub fn ticks(&self) -> Vec<(Px, String, bool)> {
        let mut ticks = vec![];
        let mut at = self.low;
        while at <= self.high {
            ticks.push((self.y_of(at), self.words(at), at == 0));
            at += self.step;
        }
        ticks
    }

    fn words(&self, raw: i128) -> String {
        let unit = if self.counts_in_millions() { ONE * ONE } else { ONE };
        let decimals = (0..=6_u32).find(|places| (self.step * 10_i128.pow(*places)) % unit == 0).unwrap_or(6);
        let number = Fraction::new(raw, unit).unwrap_or_else(Fraction::zero).in_words(decimals);
        match self.unit {
            Unit::Pounds => Unit::Pounds.of(&number),
            _ => number,
        }
    }
}

/// The smallest of 1, 2, 5, 10 and so on with which the range has at most so many steps.
fn step_of(range: i128, steps: i128, is_whole: bool) -> i128 {
    let mut power = if is_whole { ONE } else { 1 };
    loop {
        for times in [1, 2, 5] {
            let step = power * times;
            // One more where the ends of the range lie between two steps.
            if range <= step * (steps - 1).max(1) {
                return step;
            }
        }
        power *= 10;
    }
}

/// The scale of the days.
#[derive(Debug)]
pub struct DayScale {
    /// In half days, so that the middle of a period is a whole number.
    first: i64,
    last: i64,
    left: Px,
    right: Px,
    rolls: bool,
}

fn half_days(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce()) * 2
}

impl DayScale {
    /// A scale of these periods between two places.
    pub fn new(shown: &Shown, periods: &[Period], left: Px, right: Px) -> DayScale {
        let rolls = shown.frequency.rolls();
        let scale = DayScale { first: 0, last: 1, left, right, rolls };
        let (mut first, mut last) = match rolls {
            // Where periods overlap, a point stands at the end of its period.
            true => {
                let room = i64::from(shown.frequency.step().unwrap_or(1)) * 30;
                let of = |period: &Period| scale.place(*period);
                (
                    periods.iter().map(of).min().map(|one| one - room),
                    periods.iter().map(of).max().map(|one| one + room),
                )
            }
            false => (
                periods.iter().map(|period| half_days(period.start)).min(),
                periods.iter().map(|period| half_days(period.end)).max(),
            ),
        };
        if let (Some(from), Some(to)) = (first, last)
            && to - from < 60
        {
            (first, last) = (Some(from - 30), Some(to + 30));
        }
        DayScale { first: first.unwrap_or(0), last: last.unwrap_or(1), ..scale }
    }

    fn place(&self, period: Period) -> i64 {
        match self.rolls {
            true => half_days(period.last_day()),
            false => i64::midpoint(half_days(period.start), half_days(period.end)),
        }
    }

    fn x_of(&self, half_days: i64) -> Px {
        let width = (self.right - self.left).raw();
        let passed = (half_days - self.first) * width;
        self.left + Px::tenths(passed / (self.last - self.first).max(1))
    }

    /// Where a point of this period stands.
    pub fn x(&self, period: Period) -> Px {
        self.x_of(self.place(period))
    }

    /// Where a day begins, if that is in the picture.
    pub fn x_of_day(&self, day: NaiveDate) -> Option<Px> {
        let at = half_days(day);
        (self.first <= at && at <= self.last).then(|| self.x_of(at))
    }

    /// Where a day begins, or the end of the picture that is nearest to it.
    pub fn x_within(&self, day: Option<NaiveDate>, otherwise: Px) -> Px {
        day.map_or(otherwise, |day| self.x_of(half_days(day).clamp(self.first, self.last)))
    }

    /// From where to where a stretch of periods reaches.
    pub fn span(&self, shown: &Shown, first: Period, last: Period) -> (Px, Px) {
        if !self.rolls {
            return (self.x_of(half_days(first.start)), self.x_of(half_days(last.end)));
        }
        let half_step = i64::from(shown.frequency.step().unwrap_or(1)) * 30;
        let within = |at: i64| self.x_of(at.clamp(self.first, self.last));
        (within(self.place(first) - half_step), within(self.place(last) + half_step))
    }

    /// The days that the axis names, with their texts: years if there are several, otherwise months.
    pub fn ticks(&self, width_of: impl Fn(&str) -> Px) -> Vec<(Px, String)> {
        let months = (self.last - self.first) / 61;
        let is_years = months > 38;
        let widest = if is_years { width_of("2018") } else { width_of("Mar 2018") } + Px::of(14);
        let room = ((self.right - self.left).raw() / widest.raw().max(1)).max(1);
        let steps: &[i64] = if is_years { &[12, 24, 60, 120, 240, 600] } else { &[1, 2, 3, 6, 12, 24] };
        let step = steps.iter().copied().find(|step| months / step < room).unwrap_or(1_200);
        let Some(start) = NaiveDate::from_num_days_from_ce_opt(i32::try_from(self.first / 2).unwrap_or(0))
        else {
            return vec![];
        };
        let mut month = i64::from(start.year()) * 12 + i64::from(start.month0());
        month = (month + step - 1).div_euclid(step) * step;
        let mut ticks = vec![];
        loop {
            let year = i32::try_from(month.div_euclid(12)).unwrap_or(0);
            let day = NaiveDate::from_ymd_opt(year, u32::try_from(month.rem_euclid(12) + 1).unwrap_or(1), 1);
            let Some(day) = day.filter(|day| half_days(*day) <= self.last) else { return ticks };
            let text = if is_years { day.format("%Y") } else { day.format("%b %Y") }.to_string();
            ticks.extend(self.x_of_day(day).map(|x| (x, text)));
            month += step;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::period::Frequency;

    fn shown(unit: Unit, is_whole: bool) -> Shown {
        Shown { unit, decimals: 0, frequency: Frequency::Quarterly, step: Some(3), is_whole }
    }

    fn scale(values: &[&str], unit: Unit, must_have_zero: bool) -> ValueScale {
        let values: Vec<Scaled> = values.iter().map(|text| Scaled::parse(text).unwrap()).collect();
        let scale = ValueScale::new(&shown(unit, unit == Unit::Count), &values, must_have_zero, 6);
        scale.between(Px::of(0), Px::of(600))
    }

    fn texts(scale: &ValueScale) -> Vec<String> {
        scale.ticks().into_iter().map(|(_, text, _)| text).collect()
    }

    #[test]
    fn an_axis_begins_at_zero_unless_its_values_lie_close_together() {
        let counts = scale(&["120", "2310"], Unit::Count, false);
        assert_eq!(texts(&counts), ["0", "500", "1,000", "1,500", "2,000", "2,500"]);
        assert!(counts.begins_at_zero());
        assert_eq!(counts.y(Scaled::parse("1250").unwrap()), Px::of(300));
        let near = ["51000", "53007"].repeat(4);
        let close = scale(&near, Unit::Count, false);
        assert_eq!(texts(&close), ["49,000", "50,000", "51,000", "52,000", "53,000", "54,000", "55,000"]);
        assert!(!close.begins_at_zero());
        for few in [scale(&near, Unit::Count, true), scale(&near[..7], Unit::Count, false)] {
            assert_eq!(texts(&few)[..2], ["0", "20,000"]);
        }
        assert_eq!(
            texts(&scale(&["-3", "5"], Unit::Count, false)),
            ["-4", "-2", "0", "2", "4", "6"].map(|text| text.replace('-', "−"))
        );
        assert_eq!(texts(&scale(&["0"], Unit::Count, false)), ["0", "1"]);
        let percent = scale(&["97.1", "98.1"].repeat(4), Unit::Percent, false);
        assert_eq!(texts(&percent), ["96.5", "97.0", "97.5", "98.0", "98.5", "99.0"]);
        assert_eq!(texts(&scale(&["172400000"], Unit::Pounds, true)), ["£0", "£50", "£100", "£150", "£200"]);
    }

    #[test]
    fn years_or_months_are_named_and_have_room() {
        let period = |text: &str| Period::parse(text).unwrap();
        let ten = DayScale::new(
            &shown(Unit::Count, true),
            &[period("2012-Q2"), period("2023-Q4")],
            Px::of(0),
            Px::of(600),
        );
        let width = |text: &str| super::super::text::plain(12).width(text);
        let years: Vec<String> = ten.ticks(width).into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            years,
            ["2013", "2014", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024"]
        );
        let one = DayScale::new(
            &shown(Unit::Count, true),
            &[period("2018-12"), period("2019-11")],
            Px::of(0),
            Px::of(300),
        );
        let months: Vec<String> = one.ticks(width).into_iter().map(|(_, text)| text).collect();
        assert_eq!(months, ["Jan 2019", "Apr 2019", "Jul 2019", "Oct 2019"]);
    }

    proptest! {
        #[test]
        fn every_value_lies_between_the_ends_of_its_axis(values in proptest::collection::vec(-10_i64.pow(18)..10_i64.pow(18), 1..9), zero: bool, whole: bool) {
            let values: Vec<Scaled> = values.into_iter().map(Scaled::from_raw).collect();
            let scale = ValueScale::new(&shown(Unit::Count, whole), &values, zero, 6).between(Px::of(10), Px::of(300));
            prop_assert!(values.iter().all(|value| Px::of(10) <= scale.y(*value) && scale.y(*value) <= Px::of(300)));
            let ticks = scale.ticks();
            prop_assert!((2..=7).contains(&ticks.len()), "{:?}", ticks);
        }

        #[test]
        fn names_of_days_do_not_overlap(from in 0..40_000_i64, days in 1..30_000_i64, width in 100..1_600_i64) {
            let start = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + chrono::Duration::days(from);
            let period = Period { start, end: start + chrono::Duration::days(days) };
            let scale = DayScale::new(&shown(Unit::Count, true), &[period], Px::of(0), Px::of(width));
            let face = super::super::text::plain(12);
            let ticks = scale.ticks(|text| face.width(text));
            for pair in ticks.windows(2) {
                prop_assert!(pair[1].0 - pair[0].0 >= face.width(&pair[0].1), "{:?}", ticks);
            }
        }
    }
}
