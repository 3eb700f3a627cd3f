//! Checks each observation against the indicator and against the rows before it, whatever form it was submitted in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

use chrono::NaiveDate;

use super::draft::{AcceptableFault, Draft, Number, Titles};
use super::report::Report;
use super::row::UploadRow;
use super::shape::{IndicatorShape, Validity};
use super::text::letters;
use crate::problem::Problem;
use crate::stats::calendar::is_over;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

/// The least value from which a fall to zero causes a warning: 50, in millionths.
const LARGE_VALUE: i64 = 50_000_000;

/// Receives the correct rows.
pub type RowConsumer<'a> = dyn FnMut(UploadRow) -> Result<(), Problem> + 'a;

/// Checks observations and passes on the correct ones.
pub struct RowChecker<'a> {
    shape: &'a IndicatorShape,
    consume: &'a mut RowConsumer<'a>,
    /// The first row with each series and period and its column, by two 64-bit hashes of them to save memory.
    first_rows: HashMap<(u64, u64), (u64, u16)>,
    /// The previous value of each series, by a hash of its codes.
    previous: HashMap<u64, PreviousValue>,
    hashers: [RandomState; 2],
}

/// The value of a series that was read before.
struct PreviousValue {
    start: NaiveDate,
    value: Scaled,
    row: u64,
}

impl<'a> RowChecker<'a> {
    pub fn new(shape: &'a IndicatorShape, consume: &'a mut RowConsumer<'a>) -> RowChecker<'a> {
        let hashers = [RandomState::new(), RandomState::new()];
        RowChecker { shape, consume, first_rows: HashMap::new(), previous: HashMap::new(), hashers }
    }

    pub fn shape(&self) -> &'a IndicatorShape {
        self.shape
    }

    /// Reports the faults of a row, or passes it on if it has none.
    pub fn check(&mut self, mut draft: Draft, titles: &Titles, report: &mut Report) -> Result<(), Problem> {
        let obs = self.check_status(&mut draft, titles, report);
        if !draft.delete {
            self.check_value(&mut draft, obs, titles, report);
            self.check_ratio(&mut draft, titles, report);
        }
        self.check_frequency(&mut draft, titles, report);
        self.check_code_validity(&mut draft, obs, titles, report);
        let codes: Option<Vec<u32>> = draft.codes.iter().copied().collect();
        if let (Some(codes), Some(period)) = (&codes, draft.period) {
            self.check_unique(&mut draft, codes, period, titles, report);
        }
        if draft.has_faults() {
            draft.report_faults(report);
            return Ok(());
        }
        let (Some(codes), Some(period)) = (codes, draft.period) else {
            return Err(Problem::internal("a row without a code or a period has no fault"));
        };
        let has_value = !draft.delete && !obs.without_value();
        let value = draft.value.get().filter(|_| has_value);
        if let Some(value) = value {
            self.warn_of_decimals(&draft, value, titles, report);
            self.warn_of_future_period(&draft, period, titles, report);
            self.warn_of_fall_to_zero(&draft, &codes, period, value, titles, report);
        }
        report.observations += 1;
        let column = draft.value_column;
        let row = UploadRow {
            row: draft.row,
            codes,
            frequency: self.shape.frequency,
            period,
            value,
            numerator: draft.numerator.get().filter(|_| has_value),
            denominator: draft.denominator.get().filter(|_| has_value),
            obs,
            conf: draft.conf.unwrap_or(ConfStatus::Free),
            complete: draft.complete,
            reason: draft.reason,
            note: draft.note,
            delete: draft.delete,
        };
        report.understood.add(&row, column, self.shape);
        (self.consume)(row)
    }

    /// The status. Without one, a value is normal, and a missing value is a fault.
    fn check_status(&self, draft: &mut Draft, titles: &Titles, report: &Report) -> ObsStatus {
        match draft.obs {
            Some(status) => status,
            None if draft.value == Number::Absent && !draft.delete && !draft.status_invalid => {
                draft.add_fault(report, &titles.value, "no_value", || {
                    "There is no value and no reason for that. Give a value, or OBS_STATUS `O` if the value is missing, `M` if \
                     it cannot exist, `Q` if it is suppressed."
                        .to_owned()
                });
                ObsStatus::Missing
            }
            None => ObsStatus::Normal,
        }
    }

    fn check_value(&self, draft: &mut Draft, obs: ObsStatus, titles: &Titles, report: &Report) {
        let has_status = draft.obs.is_some();
        match draft.value {
            Number::Valid(_) if obs.without_value() => {
                draft.add_fault(report, &titles.value, "value_not_allowed", || {
                    format!(
                        "OBS_STATUS `{}` ({}) means that there is no value. Remove the value, or give another status.",
                        obs.code(),
                        obs.words()
                    )
                });
            }
            Number::Absent if has_status && !obs.without_value() => {
                draft.add_fault(report, &titles.value, "no_value", || {
                    format!(
                        "OBS_STATUS `{}` ({}) needs a value. Give one, or give the status `O`, `M` or `Q`.",
                        obs.code(),
                        obs.words()
                    )
                });
            }
            Number::Valid(value)
                if self.shape.counts
                    && value.is_negative()
                    && !draft.accepted.contains(AcceptableFault::NegativeCount) =>
            {
                draft.add_fault(report, &titles.value, "negative_count", || {
                    format!(
                        "{value} is negative, and this indicator is a count. Correct the value. If the source has it so, \
                         accept it by a rule of the mapping with the reason."
                    )
                });
            }
            _ => {}
        }
    }

    /// A ratio needs both numerator and denominator, or neither: percentages are often published without them.
    fn check_ratio(&self, draft: &mut Draft, titles: &Titles, report: &mut Report) {
        let neither = draft.numerator == Number::Absent && draft.denominator == Number::Absent;
        let parts = [
            ("numerator", draft.numerator, &titles.numerator),
            ("denominator", draft.denominator, &titles.denominator),
        ];
        for (name, number, title) in parts {
            if !self.shape.ratio && number != Number::Absent {
                draft.add_fault(report, title, "not_a_ratio", || {
                    format!("This indicator is not a ratio. Remove the {name}.")
                });
            }
            if self.shape.ratio && number == Number::Absent && !neither && draft.value.get().is_some() {
                let code = if name == "numerator" { "numerator_missing" } else { "denominator_missing" };
                draft.add_fault(report, title, code, || {
                    format!("The {name} is missing. Give both numerator and denominator, or neither.")
                });
            }
        }
        if self.shape.ratio && neither && draft.value.get().is_some() {
            report.warning(draft.row, &titles.value, "parts_missing", || {
                "A ratio without numerator and denominator cannot be aggregated. Give them if they are known."
                    .to_owned()
            });
        }
        if self.shape.ratio && draft.denominator == Number::Valid(Scaled::ZERO) && draft.value.get().is_some()
        {
            draft.add_fault(report, &titles.denominator, "denominator_zero", || {
                "The denominator is 0, so there can be no value. Remove the value and give OBS_STATUS `M`.".to_owned()
            });
            return;
        }
        if let (true, Number::Valid(value), Number::Valid(above), Number::Valid(below)) = (
            self.shape.ratio && self.shape.unit == "PERCENT",
            draft.value,
            draft.numerator,
            draft.denominator,
        ) && !draft.accepted.contains(AcceptableFault::RatioDisagrees)
            && !agrees(value, above, below, self.shape.decimals)
        {
            report.warning(draft.row, &titles.value, "ratio_disagrees", || {
                format!("{value} is not 100 × {above} / {below}, rounded to the decimals of the indicator. Check all three.")
            });
        }
    }

    fn check_frequency(&self, draft: &mut Draft, titles: &Titles, report: &Report) {
        let Some(period) = draft.period else { return };
        let frequency = self.shape.frequency;
        if let Err(fault) = frequency.fits(period) {
            draft.add_fault(report, &titles.period, "wrong_frequency", || {
                format!(
                    "{} does not have the frequency `{}` ({}). {fault}",
                    period.text(frequency),
                    frequency.code(),
                    frequency.words()
                )
            });
            draft.period = None;
        }
    }

    /// A code is used from its first to its last day; outside these days there are no values for it.
    fn check_code_validity(&self, draft: &mut Draft, obs: ObsStatus, titles: &Titles, report: &mut Report) {
        let Some(period) = draft.period else { return };
        if draft.delete || obs == ObsStatus::CannotExist || draft.status_invalid {
            return;
        }
        for (n, dimension) in self.shape.dimensions.iter().enumerate() {
            let Some(code) = draft.codes[n].and_then(|index| dimension.at(index)) else { continue };
            let title = titles.dimensions.get(n).map_or("", AsRef::as_ref);
            let statement = || {
                let (days, period) = (code.validity_words(), period.words(self.shape.frequency));
                format!("`{}` of {} is used {days}, and the period is {period}.", code.code, dimension.code)
            };
            match code.validity(period) {
                Validity::Outside if !draft.accepted.contains(AcceptableFault::OutsideLife) => {
                    draft.add_fault(report, title, "outside_life", || {
                        format!(
                            "{} There can be no value. Give OBS_STATUS `M`, in the row or by a rule of the mapping.",
                            statement()
                        )
                    });
                }
                Validity::Partly if !draft.accepted.contains(AcceptableFault::PartlyOutsideLife) => {
                    report.warning(draft.row, title, "partly_outside_life", || {
                        format!("{} The value covers only part of the period.", statement())
                    });
                }
                _ => {}
            }
        }
    }

    /// Each series and period may occur once.
    fn check_unique(
        &mut self,
        draft: &mut Draft,
        codes: &[u32],
        period: Period,
        titles: &Titles,
        report: &Report,
    ) {
        let key = (codes, period);
        let key = (self.hashers[0].hash_one(key), self.hashers[1].hash_one(key));
        let column = draft.value_column.and_then(|column| u16::try_from(column).ok()).unwrap_or(u16::MAX);
        match self.first_rows.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert((draft.row, column));
            }
            Entry::Occupied(first) if *first.get() != (draft.row, column) && first.get().0 == draft.row => {
                let other = letters(first.get().1.into());
                draft.add_fault(report, &titles.value, "duplicate_row", || {
                    format!(
                        "The column {other} has the same series and period in this row. Give each observation once."
                    )
                });
            }
            Entry::Occupied(first) => {
                let row = first.get().0;
                draft.add_fault(report, "", "duplicate_row", || {
                    format!("Row {row} has the same series and period. Give each observation once.")
                });
            }
        }
    }

    /// A count has at most the decimals of its indicator, and money whole pence. If it has more, the row may belong to another
    /// table.
    fn warn_of_decimals(&self, draft: &Draft, value: Scaled, titles: &Titles, report: &mut Report) {
        let is_money = self.shape.unit == "GBP";
        let decimals = if is_money { 2 } else { self.shape.decimals };
        if !(self.shape.counts || is_money) || value.raw() % 10_i64.pow(6_u32.saturating_sub(decimals)) == 0 {
            return;
        }
        report.warning(draft.row, &titles.value, "more_decimals", || {
            let what = if is_money { "a sum of money" } else { "a count" };
            format!(
                "{value} has more than {decimals} decimals, and this indicator is {what}. Check the value."
            )
        });
    }

    /// A count of a period that is not over is incomplete, or the period is mistyped.
    fn warn_of_future_period(&self, draft: &Draft, period: Period, titles: &Titles, report: &mut Report) {
        let Some(today) = self.shape.today.filter(|_| self.shape.counts && draft.complete) else { return };
        if is_over(period, today) {
            return;
        }
        report.warning(draft.row, &titles.period, "not_over", || {
            let words = period.words(self.shape.frequency);
            format!("{words} is not over yet. If the value covers a part of it, give `complete` false. Otherwise correct the period.")
        });
    }

    /// If a series falls to zero, its code has often only ended.
    fn warn_of_fall_to_zero(
        &mut self,
        draft: &Draft,
        codes: &[u32],
        period: Period,
        value: Scaled,
        titles: &Titles,
        report: &mut Report,
    ) {
        let current = PreviousValue { start: period.start, value, row: draft.row };
        let Some(previous) = self.previous.insert(self.hashers[0].hash_one(codes), current) else { return };
        // A file runs from the earliest period to the latest, or the other way round.
        let (from, to, row) = if previous.start < period.start {
            (previous.value, value, draft.row)
        } else {
            (value, previous.value, previous.row)
        };
        if to != Scaled::ZERO
            || from.raw() < LARGE_VALUE
            || draft.accepted.contains(AcceptableFault::FallsToZero)
        {
            return;
        }
        report.warning(row, &titles.value, "falls_to_zero", || {
            format!(
                "The series falls from {from} to 0. If its code has ended, there is no value: give OBS_STATUS `M` by a rule of \
                 the mapping, and give the code its last day."
            )
        });
    }
}

/// Whether a percentage equals its numerator divided by its denominator, to within half a unit of its last decimal.
fn agrees(value: Scaled, above: Scaled, below: Scaled, decimals: u32) -> bool {
    let places = 6_u32.saturating_sub(decimals);
    let half = 10_i128.pow(places);
    let (value, above, below) = (i128::from(value.raw()), i128::from(above.raw()), i128::from(below.raw()));
    // 2 |value − 100·above/below| <= one unit of the last decimal, multiplied by `below`.
    let difference = (value * below - 100_000_000 * above).abs();
    2 * difference <= half * below.abs()
}
