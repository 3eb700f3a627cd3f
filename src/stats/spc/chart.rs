//! A chart: its points, phases and verdicts.

use chrono::NaiveDate;

use super::limits::Limits;
use super::options::{ENOUGH, ENOUGH_TO_FREEZE, MOST_POINTS, Options, Refusal, check_windows};
use super::signals::{Signals, of_run};
use super::verdict::{Assurance, NoVerdict, Variation, Warning};
use crate::stats::decimal::Scaled;
use crate::stats::measure::{Measure, MeasureType};
use crate::stats::period::Period;
use crate::stats::point::{Absence, Point, Series};
use crate::stats::status::ObsStatus;
use crate::stats::target::Target;

/// A stretch of the series between recorded breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The index of its first point.
    pub first: usize,
    /// The index of its last point.
    pub last: usize,
    /// The break with which it begins; none for the first phase.
    pub break_on: Option<NaiveDate>,
    /// The number of its points with a value.
    pub values: usize,
    /// The number of values from which the limits were computed.
    pub values_of_limits: usize,
    /// The indexes of the points whose moving range was left out as an outlier.
    pub screened: Vec<usize>,
    /// Centre and limits. None without a value.
    pub limits: Option<Limits>,
    /// Whether it has enough values for signals.
    pub has_signals: bool,
}

/// A point of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartPoint {
    pub period: Period,
    /// The value, or why there is none.
    pub value: Result<Scaled, Absence>,
    pub obs: ObsStatus,
    /// The index of its phase.
    pub phase: usize,
    /// The distance to the point before. None after a gap and at the start of a phase.
    pub moving_range: Option<Scaled>,
    pub signals: Signals,
}

/// A control chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    pub phases: Vec<Phase>,
    pub points: Vec<ChartPoint>,
    /// What the latest value shows.
    pub variation: Variation,
    /// Whether the latest phase meets the target.
    pub assurance: Result<Assurance, NoVerdict>,
    /// The target that assurance was judged by.
    pub target: Option<Target>,
    pub warnings: Vec<Warning>,
}

impl Chart {
    /// The index of the latest point with a value.
    pub fn latest(&self) -> Option<usize> {
        self.points.iter().rposition(|point| point.value.is_ok())
    }
}

/// Draws the chart of a series. Phases begin only at its recorded breaks.
pub fn chart(series: &Series<'_>, targets: &[Target], options: &Options) -> Result<Chart, Refusal> {
    let measure = series.measure;
    check_windows(measure.frequency, options.every)?;
    let used: Vec<&Point> = series
        .points
        .iter()
        .filter(|point| options.every.is_none_or(|every| every.includes(point.period)))
        .collect();
    if used.len() > MOST_POINTS {
        return Err(Refusal::TooMany);
    }
    check_periods(&used, measure)?;
    let values = used.iter().filter(|point| point.usable().is_ok()).count();
    if options.fix.is_some_and(|fix| fix < 2 || fix > values) {
        return Err(Refusal::Fix(values));
    }
    let mut points = chart_points(&used);
    let starts = if points.is_empty() { vec![] } else { phase_starts(&used, series.breaks) };
    let ends = starts.iter().skip(1).map(|(first, _)| *first).chain([points.len()]);
    let mut phases = vec![];
    for ((first, break_on), end) in starts.iter().zip(ends) {
        let phase = phases.len();
        points[*first..end].iter_mut().for_each(|point| point.phase = phase);
        phases.push(phase_of(&mut points, (*first, end), *break_on, measure, options));
    }
    Ok(finish(phases, points, measure, targets))
}

/// Refuses periods that overlap, and those of different lengths where the values grow with them.
fn check_periods(used: &[&Point], measure: &Measure) -> Result<(), Refusal> {
    if used.windows(2).any(|pair| pair[0].period.end > pair[1].period.start) {
        return Err(Refusal::OverlappingPeriods);
    }
    // Months have the same length for a reader, whatever their days.
    let length = |point: &&Point| {
        let period = point.period;
        period.whole_months().map_or_else(|| Err((period.end - period.start).num_days()), Ok)
    };
    let grows = measure.measure_type == MeasureType::Count;
    if grows && used.windows(2).any(|pair| length(&pair[0]) != length(&pair[1])) {
        return Err(Refusal::UnequalPeriods);
    }
    Ok(())
}

fn chart_points(used: &[&Point]) -> Vec<ChartPoint> {
    let point = |point: &&Point| ChartPoint {
        period: point.period,
        value: point.usable(),
        obs: point.obs,
        phase: 0,
        moving_range: None,
        signals: Signals::default(),
    };
    used.iter().map(point).collect()
}

/// The index of the first point of each phase, with its break. A point that reaches over the break is not comparable
/// with either side; it belongs to the phase in which it ends. A cell marked as the first after a break begins one too.
fn phase_starts(points: &[&Point], breaks: &[NaiveDate]) -> Vec<(usize, Option<NaiveDate>)> {
    let mut starts = vec![(0, None)];
    for (n, pair) in points.windows(2).enumerate() {
        let (before, point) = (pair[0], pair[1]);
        let crossed =
            breaks.iter().copied().filter(|day| before.period.end <= *day && *day < point.period.end);
        let by_status = (point.obs == ObsStatus::Break).then_some(point.period.start);
        if let Some(day) = crossed.max().or(by_status) {
            starts.push((n + 1, Some(day)));
        }
    }
    starts
}

/// Computes the limits of a phase, and the moving ranges and signals of its points, which are those from `first` to
/// before `end`.
fn phase_of(
    points: &mut [ChartPoint],
    (first, end): (usize, usize),
    break_on: Option<NaiveDate>,
    measure: &Measure,
    options: &Options,
) -> Phase {
    let runs = runs_of(&points[first..end], measure);
    for run in &runs {
        for n in run.clone().skip(1) {
            let (before, value) = (points[first + n - 1].value, points[first + n].value);
            points[first + n].moving_range = before
                .ok()
                .zip(value.ok())
                .and_then(|(before, value)| value.checked_sub(before).and_then(Scaled::checked_abs));
        }
    }
    let values: Vec<(usize, i64)> =
        (first..end).filter_map(|n| Some((n, points[n].value.ok()?.raw()))).collect();
    let fixed = options.fix.unwrap_or(values.len()).min(values.len());
    let last_fixed = fixed.checked_sub(1).map(|n| values[n].0);
    let ranges: Vec<(usize, i64)> = (first..end)
        .filter(|n| last_fixed.is_some_and(|last| *n <= last))
        .filter_map(|n| Some((n, points[n].moving_range?.raw())))
        .collect();
    let fixed_values: Vec<i64> = values[..fixed].iter().map(|(_, value)| *value).collect();
    let numbers = |ranges: &[(usize, i64)]| ranges.iter().map(|(_, range)| *range).collect::<Vec<i64>>();
    let mut limits = Limits::new(&fixed_values, &numbers(&ranges));
    let mut screened = vec![];
    if options.screen_outliers
        && let Some(unscreened) = limits
    {
        let (outliers, rest): (Vec<(usize, i64)>, _) =
            ranges.iter().copied().partition(|(_, range)| *range > 0 && unscreened.is_outlier(*range));
        // If no other values differ, nothing is left that says how much is ordinary.
        if rest.iter().any(|(_, range)| *range > 0) {
            screened = outliers.into_iter().map(|(n, _)| n).collect();
            limits = Limits::new(&fixed_values, &numbers(&rest));
        }
    }
    let has_signals = values.len() >= ENOUGH && limits.is_some_and(|limits| limits.has_limits());
    if has_signals && let Some(limits) = limits {
        for run in runs {
            let numbers: Vec<i64> =
                run.clone().filter_map(|n| Some(points[first + n].value.ok()?.raw())).collect();
            for (n, signals) in run.zip(of_run(&numbers, &limits)) {
                points[first + n].signals = signals;
            }
        }
    }
    Phase {
        first,
        last: end.saturating_sub(1),
        break_on,
        values: values.len(),
        values_of_limits: fixed,
        screened,
        limits,
        has_signals,
    }
}

/// The stretches of points with a value and without a gap between them.
fn runs_of(points: &[ChartPoint], measure: &Measure) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = vec![];
    for (n, point) in points.iter().enumerate().filter(|(_, point)| point.value.is_ok()) {
        match runs.last_mut() {
            Some(run) if run.end == n && follows(points[n - 1].period, point.period, measure) => {
                run.end = n + 1
            }
            _ => runs.push(n..n + 1),
        }
    }
    runs
}

/// True if no period lies between the two. In a series without fixed steps nobody knows of one.
fn follows(before: Period, period: Period, measure: &Measure) -> bool {
    measure.frequency.step().is_none() || before.end == period.start
}

fn finish(phases: Vec<Phase>, points: Vec<ChartPoint>, measure: &Measure, targets: &[Target]) -> Chart {
    let mut chart = Chart {
        phases,
        points,
        variation: Variation::InsufficientData,
        assurance: Err(NoVerdict::InsufficientData),
        target: None,
        warnings: vec![],
    };
    chart.warnings = warnings(&chart, measure);
    let Some(latest) = chart.latest() else { return chart };
    let point = &chart.points[latest];
    let phase = &chart.phases[point.phase];
    chart.target = Target::in_force(targets, point.period).copied();
    if phase.has_signals {
        chart.variation = Variation::of(&point.signals, measure.polarity);
    }
    let judged = phase.limits.as_ref().filter(|_| phase.has_signals);
    chart.assurance = match (chart.target, judged) {
        (None, _) => Err(NoVerdict::NoTarget),
        (Some(target), Some(limits)) => {
            Assurance::of(limits, target.value, target.operator).ok_or(NoVerdict::InsufficientData)
        }
        (Some(_), None) => Err(NoVerdict::InsufficientData),
    };
    chart
}

fn warnings(chart: &Chart, measure: &Measure) -> Vec<Warning> {
    let gap = chart.points.windows(2).any(|pair| !follows(pair[0].period, pair[1].period, measure))
        || chart.points.iter().any(|point| point.value.is_err());
    let uncertain = chart.points.iter().any(|point| {
        matches!(point.obs, ObsStatus::Provisional | ObsStatus::Estimated | ObsStatus::LowReliability)
    });
    let latest = chart.points.last().is_some_and(|point| point.value.is_err());
    let short = chart.phases.iter().any(|phase| !phase.has_signals);
    let few = |phase: &Phase| phase.values_of_limits < phase.values.min(ENOUGH_TO_FREEZE);
    let irregular = measure.frequency.step().is_none();
    let unstable = chart.latest().is_some_and(|latest| is_unstable(chart, chart.points[latest].phase));
    [
        (gap, Warning::Gaps),
        (latest, Warning::LatestWithoutValue),
        (short, Warning::ShortPhase),
        (chart.phases.iter().any(few), Warning::FewForLimits),
        (irregular, Warning::IrregularSteps),
        (unstable, Warning::UnstablePhase),
        (uncertain, Warning::UncertainValues),
    ]
    .into_iter()
    .filter_map(|(holds, warning)| holds.then_some(warning))
    .collect()
}

/// Whether more than a third of the values of a phase have a signal: then there is no one level that they vary around.
fn is_unstable(chart: &Chart, phase: usize) -> bool {
    let of_phase = || chart.points.iter().filter(|point| point.phase == phase && point.value.is_ok());
    let signals = of_phase().filter(|point| point.signals != Signals::default()).count();
    3 * signals > of_phase().count()
}
