//! What a picture shows. Every number in it is one that the JSON of the series or of its control chart has.

use chrono::{Months, NaiveDate};

use crate::stats::decimal::Scaled;
use crate::stats::fraction::Fraction;
use crate::stats::measure::Unit;
use crate::stats::period::{Frequency, Period};

/// The kinds of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    Line,
    Spc,
    Bar,
    Sparkline,
}

impl PictureKind {
    pub const ALL: [PictureKind; 4] =
        [PictureKind::Line, PictureKind::Spc, PictureKind::Bar, PictureKind::Sparkline];

    /// Its name in `kind=`.
    pub const fn name(self) -> &'static str {
        match self {
            PictureKind::Line => "line",
            PictureKind::Spc => "spc",
            PictureKind::Bar => "bar",
            PictureKind::Sparkline => "sparkline",
        }
    }

    /// The kind of this name; a line by default.
    pub fn named(name: Option<&str>) -> PictureKind {
        let known = Self::ALL.into_iter().find(|kind| Some(kind.name()) == name);
        known.unwrap_or(PictureKind::Line)
    }
}

/// A picture of one series, or of several.
#[derive(Debug)]
pub struct Picture {
    pub kind: PictureKind,
    pub title: String,
    /// Whether the title is written above it. A page that has it already needs no second.
    pub is_titled: bool,
    /// The sentence that says the latest value and the verdict.
    pub description: String,
    /// The verdict of a control chart, which it shows under its title.
    pub verdict: Option<String>,
    pub measure: Shown,
    /// The first is what the picture is about.
    pub lines: Vec<Line>,
    pub levels: Vec<Level>,
    pub breaks: Vec<BreakLine>,
    pub phases: Vec<PhaseLines>,
    /// What a reader must know, from the first to the last.
    pub notes: Vec<String>,
    /// Source, licence, moment and address.
    pub footer: Vec<String>,
}

/// How the values are shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub unit: Unit,
    pub decimals: u32,
    pub frequency: Frequency,
    /// The months from a point to the next; none without fixed steps.
    pub step: Option<u32>,
    /// Whether values are whole numbers.
    pub is_whole: bool,
}

impl Shown {
    /// A value with all its decimals and its unit.
    pub fn value(&self, value: Scaled) -> String {
        self.unit.of(&Fraction::from(value).all_in_words(self.decimals))
    }

    /// A period, short: `2012/13`, `2012`, or in words.
    pub fn period(&self, period: Period) -> String {
        use crate::stats::period::PeriodKind;
        match period.kind_under(self.frequency) {
            PeriodKind::CalendarYear => period.start.format("%Y").to_string(),
            PeriodKind::FinancialYear => {
                period.label(self.frequency).unwrap_or_else(|| period.words(self.frequency))
            }
            _ => period.words(self.frequency),
        }
    }

    /// Whether nothing lies between two periods.
    pub fn are_neighbours(&self, earlier: Period, later: Period) -> bool {
        self.step.is_none_or(|step| earlier.start.checked_add_months(Months::new(step)) == Some(later.start))
    }
}

/// A series as it is drawn.
#[derive(Debug)]
pub struct Line {
    pub label: String,
    pub dots: Vec<Dot>,
}

/// A period of a series.
#[derive(Clone, Debug)]
pub struct Dot {
    pub period: Period,
    /// The value, or why there is none to draw.
    pub value: Result<Scaled, Missing>,
    pub shape: Shape,
    /// Provisional values, and others that are not certain, are drawn hollow.
    pub is_hollow: bool,
}

/// Why a period has no value to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    Suppressed,
    Incomplete,
    NotPublished,
}

impl Missing {
    /// What the note calls such periods.
    pub fn words(self) -> &'static str {
        match self {
            Missing::Suppressed => "Suppressed",
            Missing::Incomplete => "Not complete, so not drawn",
            Missing::NotPublished => "No figure",
        }
    }
}

/// The shape of a point: it is told apart without its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Circle,
    /// A value that was revised.
    Diamond,
    /// One of a run: a shift, a trend, or two of three near a limit.
    Square,
    /// Outside the limits.
    Triangle,
}

/// A horizontal line.
#[derive(Debug)]
pub struct Level {
    pub sort: LevelSort,
    pub value: Scaled,
    /// The first and the last day on which it holds; none for all days.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelSort {
    Target,
    Baseline,
}

/// A day from which values cannot be compared with earlier ones.
#[derive(Debug)]
pub struct BreakLine {
    pub day: NaiveDate,
    /// What changed, in few words.
    pub label: String,
}

/// Centre and limits of a phase.
#[derive(Debug)]
pub struct PhaseLines {
    pub first: Period,
    pub last: Period,
    pub centre: Option<Scaled>,
    pub upper: Option<Scaled>,
    pub lower: Option<Scaled>,
    /// The decimals of the three.
    pub decimals: u32,
}

impl Line {
    /// The latest point with a value.
    pub fn latest(&self) -> Option<(&Dot, Scaled)> {
        self.dots.iter().rev().find_map(|dot| Some((dot, dot.value.ok()?)))
    }

    /// Stretches of points with values and nothing between them.
    pub fn runs<'a>(&'a self, shown: &Shown, breaks: &[BreakLine]) -> Vec<Vec<(&'a Dot, Scaled)>> {
        let mut runs: Vec<Vec<(&Dot, Scaled)>> = vec![];
        let mut before: Option<&Dot> = None;
        for dot in &self.dots {
            let joined = before.is_some_and(|before| {
                let broken =
                    |one: &BreakLine| before.period.last_day() < one.day && one.day <= dot.period.last_day();
                before.value.is_ok()
                    && shown.are_neighbours(before.period, dot.period)
                    && !breaks.iter().any(broken)
            });
            before = Some(dot);
            let Ok(value) = dot.value else { continue };
            match runs.last_mut() {
                Some(run) if joined => run.push((dot, value)),
                _ => runs.push(vec![(dot, value)]),
            }
        }
        runs
    }

    /// Stretches of periods without a value to draw, each with the reason.
    pub fn gaps(&self, shown: &Shown) -> Vec<(Missing, Period, Period)> {
        let mut gaps: Vec<(Missing, Period, Period)> = vec![];
        let mut before: Option<Period> = None;
        for dot in &self.dots {
            if let Some(earlier) = before
                && !shown.are_neighbours(earlier, dot.period)
                && let Some((first, last)) = between(shown, earlier, dot.period)
            {
                extend(&mut gaps, shown, (Missing::NotPublished, first, last));
            }
            if let Err(missing) = dot.value {
                extend(&mut gaps, shown, (missing, dot.period, dot.period));
            }
            before = Some(dot.period);
        }
        gaps
    }
}

/// The first and the last of the periods that lie between two.
fn between(shown: &Shown, earlier: Period, later: Period) -> Option<(Period, Period)> {
    let step = Months::new(shown.step?);
    let moved = |period: Period, day: fn(NaiveDate, Months) -> Option<NaiveDate>| {
        Period::new(day(period.start, step)?, day(period.end, step)?)
    };
    let first = moved(earlier, NaiveDate::checked_add_months)?;
    let last = moved(later, NaiveDate::checked_sub_months)?;
    (first <= last).then_some((first, last))
}

fn extend(gaps: &mut Vec<(Missing, Period, Period)>, shown: &Shown, next: (Missing, Period, Period)) {
    match gaps.last_mut() {
        Some(last) if last.0 == next.0 && shown.are_neighbours(last.2, next.1) && shown.step.is_some() => {
            last.2 = next.2;
        }
        _ => gaps.push(next),
    }
}
